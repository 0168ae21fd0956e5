#!/bin/sh
# What the C libraries export: the shared one, and, if an object can be packed, the static one too,
# exactly the functions that the header declares.
# usage: symbols.sh build/lib include/wxsign.h
set -eu
lib=$1 header=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A declaration is a name before a bracket on a line that is no comment, preprocessor line or
# typedef.
grep -vE '^( \*|/\*|#|typedef)' "$header" | grep -o 'wxsign_[a-z0-9_]*(' | tr -d '(' | sort -u > "$work/declared"

if [ -e "$lib/libwxsign.dylib" ]; then
    nm -gU "$lib/libwxsign.dylib" | awk '{print $NF}' | sed 's/^_//' | sort -u > "$work/exported"
else
    nm -D --defined-only "$lib/libwxsign.so" | awk '{print $NF}' | sed 's/@.*//' | sort -u > "$work/exported"
fi
diff "$work/declared" "$work/exported" || { echo "the shared library does not export exactly what the header declares"; exit 1; }

nm -g --defined-only "$lib/libwxsign.a" 2>/dev/null | awk 'NF == 3 {print $3}' | sed 's/^_wxsign/wxsign/' | sort -u > "$work/globals"
comm -23 "$work/declared" "$work/globals" > "$work/missing"
[ ! -s "$work/missing" ] || { echo "the static library lacks:"; cat "$work/missing"; exit 1; }
if [ "$(uname -s)" = Linux ]; then
    diff "$work/declared" "$work/globals" || { echo "the static library has globals that are not ours"; exit 1; }
    [ "$(ar t "$lib/libwxsign.a")" = wxsign.o ] || { echo "the static library is not one object"; exit 1; }
    [ "$(wc -c < "$lib/libwxsign.a")" -lt 5100000 ] || { echo "the static library has over 5.1 MB"; exit 1; }
fi
# Its name carries the number of the ABI, and it is never unloaded.
if [ -e "$lib/libwxsign.so" ] && command -v readelf > /dev/null; then
    abi=$(sed -n 's/^#define WXSIGN_ABI_VERSION //p' "$header")
    readelf -d "$lib/libwxsign.so" | grep -q "soname: \[libwxsign.so.$abi\]" || { echo "the SONAME is not libwxsign.so.$abi"; exit 1; }
    readelf -d "$lib/libwxsign.so" | grep -q NODELETE || { echo "the library can be unloaded"; exit 1; }
    grep -q "^wxsign_abi_$abi\$" "$work/exported" || { echo "there is no wxsign_abi_$abi"; exit 1; }
fi
echo "$(wc -l < "$work/exported") symbols, all in the header"

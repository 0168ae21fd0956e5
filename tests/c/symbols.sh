#!/bin/sh
# What the C libraries export: the shared one exactly the functions that the header declares; the static one, besides
# what Rust mangles, no name that another library could have too.
# usage: symbols.sh build/lib include/wxsign.h
set -eu
lib=$1 header=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A declaration is a name before a bracket on a line that is no comment, preprocessor line or typedef.
grep -v '^ \*\|^/\*\|^#\|^typedef' "$header" | grep -o 'wxsign_[a-z0-9_]*(' | tr -d '(' | sort -u > "$work/declared"

if [ -e "$lib/libwxsign.dylib" ]; then
    nm -gU "$lib/libwxsign.dylib" | awk '{print $NF}' | sed 's/^_//' | sort -u > "$work/exported"
else
    nm -D --defined-only "$lib/libwxsign.so" | awk '{print $NF}' | sed 's/@.*//' | sort -u > "$work/exported"
fi
diff "$work/declared" "$work/exported" || { echo "the shared library does not export exactly what the header declares"; exit 1; }

nm -g --defined-only "$lib/libwxsign.a" 2>/dev/null | awk 'NF == 3 {print $3}' | sed 's/^_wxsign/wxsign/' | sort -u > "$work/globals"
comm -23 "$work/declared" "$work/globals" > "$work/missing"
[ ! -s "$work/missing" ] || { echo "the static library lacks:"; cat "$work/missing"; exit 1; }
# What could clash with another library: neither ours, nor mangled by Rust, nor ring's (which carries its version), nor
# weak, nor hidden as the compiler's own helpers are. Rust's one public name is left for the day on which the archive is
# linked into one object with our names alone kept.
if command -v readelf > /dev/null && [ ! -e "$lib/libwxsign.dylib" ]; then
    readelf -sW "$lib/libwxsign.a" 2>/dev/null \
        | awk '$5 == "GLOBAL" && $6 == "DEFAULT" && $7 != "UND" {print $8}' \
        | grep -v '^wxsign_\|^_ZN\|^_R\|^ring_core_[0-9]\|^rust_eh_personality$' | sort -u > "$work/foreign" || true
    if [ -s "$work/foreign" ]; then
        echo "the static library has globals that are not ours:"
        cat "$work/foreign"
        exit 1
    fi
fi
# Its name carries the number of the ABI, and it is never unloaded.
if [ -e "$lib/libwxsign.so" ] && command -v readelf > /dev/null; then
    abi=$(sed -n 's/^#define WXSIGN_ABI_VERSION //p' "$header")
    readelf -d "$lib/libwxsign.so" | grep -q "soname: \[libwxsign.so.$abi\]" || { echo "the SONAME is not libwxsign.so.$abi"; exit 1; }
    readelf -d "$lib/libwxsign.so" | grep -q NODELETE || { echo "the library can be unloaded"; exit 1; }
    grep -q "^wxsign_abi_$abi\$" "$work/exported" || { echo "there is no wxsign_abi_$abi"; exit 1; }
fi
echo "$(wc -l < "$work/exported") symbols, all in the header"

#!/bin/sh
# Installs what a C or C++ program needs: headers, libraries with their links, wxsign.pc, the CMake package.
# usage: PREFIX=/usr/local DESTDIR= LIBDIR=… INCLUDEDIR=… install.sh   (called by make install, after make build-c)
set -eu
cd "$(dirname "$0")/../.."
lib=build/lib
PREFIX=${PREFIX:-/usr/local} DESTDIR=${DESTDIR:-}
LIBDIR=${LIBDIR:-$PREFIX/lib} INCLUDEDIR=${INCLUDEDIR:-$PREFIX/include}
for dir in "$PREFIX" "$LIBDIR" "$INCLUDEDIR"; do
    case $dir in
    /*) ;;
    *) echo "install.sh: $dir is not an absolute path" >&2 && exit 1 ;;
    esac
    case $dir in
    # wxsign.pc and the CMake files cannot contain these characters.
    *[\ \|\\\&\;\$\"\']*) echo "install.sh: $dir contains a character that build tools cannot handle" >&2 && exit 1 ;;
    esac
done

version=$(sed -n 's/^#define WXSIGN_VERSION "\(.*\)"/\1/p' include/wxsign.h)
# The number in the shared library's file name. docs/abi.md says when it changes.
library=1.0.0
abi=$(sed -n 's/^#define WXSIGN_ABI_VERSION //p' include/wxsign.h)
[ "${library%%.*}" = "$abi" ] || { echo "install.sh: the library's version $library does not begin with the ABI number $abi" >&2 && exit 1; }

case $(uname -s) in
Darwin) from=libwxsign.dylib real=libwxsign.$library.dylib soname=libwxsign.$abi.dylib link=libwxsign.dylib ;;
*) from=libwxsign.so real=libwxsign.so.$library soname=libwxsign.so.$abi link=libwxsign.so ;;
esac
# Each once, where it was last. Not libgcc_s: every C compiler adds the unwinder by itself, and under -static there is no
# such library.
private=$(sed 's/-framework /-framework%/g' "$lib/native-static-libs" | tr ' ' '\n' | awk '
    NF && $0 != "-lgcc_s" { all[++n] = $0; last[$0] = n }
    END { for (i = 1; i <= n; i++) if (last[all[i]] == i) printf " %s", all[i] }' |
    sed 's/^ //; s/%/ /g')

# put MODE SOURCE TARGET: replaces the file as a whole, so that a program that runs with the old one goes on.
put() {
    cp "$2" "$3.new"
    chmod "$1" "$3.new"
    mv -f "$3.new" "$3"
}
# From the directory of the CMake package to the headers, where both are below the prefix.
case $LIBDIR::$INCLUDEDIR in
"$PREFIX"/*::"$PREFIX"/*)
    up=$(echo "${LIBDIR#"$PREFIX"}" | sed 's#/[^/][^/]*#/..#g')
    cmake_includedir="\${_wxsign_here}/../..$up${INCLUDEDIR#"$PREFIX"}" ;;
*) cmake_includedir=$INCLUDEDIR ;;
esac
# wxsign.pc spells them from the prefix, so that pkg-config --define-prefix can move them.
pc_libdir=$(echo "$LIBDIR" | sed "s|^$PREFIX/|\${prefix}/|")
pc_includedir=$(echo "$INCLUDEDIR" | sed "s|^$PREFIX/|\${prefix}/|")
cmake_private=$(echo "$private" | sed 's/ -framework /;-framework /g; s/ -l/;-l/g')
case $(head -c 5 "$lib/$from" | od -An -tu1 | awk '{print $5}') in
1) pointer=4 ;;
*) pointer=8 ;;
esac
# fill NAME: a text with @NAMES@ in it becomes the file that is installed.
fill() {
    sed -e "s|@PREFIX@|$PREFIX|; s|@LIBDIR@|$pc_libdir|; s|@INCLUDEDIR@|$pc_includedir|" \
        -e "s|@VERSION@|$version|; s|@LIBS_PRIVATE@|$private|; s|@CMAKE_LIBS_PRIVATE@|$cmake_private|" \
        -e "s|@CMAKE_INCLUDEDIR@|$cmake_includedir|; s|@POINTER_SIZE@|$pointer|" \
        -e "s|@REAL_NAME@|$real|; s|@SONAME@|$soname|" "bindings/c/$1.in" > "$work/$1"
    put 644 "$work/$1" "$2/$1"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

libdir=$DESTDIR$LIBDIR includedir=$DESTDIR$INCLUDEDIR
mkdir -p "$libdir/pkgconfig" "$libdir/cmake/wxsign" "$includedir"
put 644 include/wxsign.h "$includedir/wxsign.h"
put 644 include/wxsign.hpp "$includedir/wxsign.hpp"
put 644 "$lib/libwxsign.a" "$libdir/libwxsign.a"
put 755 "$lib/$from" "$libdir/$real"
ln -sf "$real" "$libdir/$soname"
ln -sf "$soname" "$libdir/$link"
fill wxsign.pc "$libdir/pkgconfig"
fill wxsignConfig.cmake "$libdir/cmake/wxsign"
fill wxsignConfigVersion.cmake "$libdir/cmake/wxsign"
echo "wxsign $version is in $DESTDIR$PREFIX"

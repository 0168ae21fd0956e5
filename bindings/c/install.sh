#!/bin/sh
# Installs what a C or C++ program needs: headers, libraries with their links, wxsign.pc, the CMake
# package, licences, and the suppressions for valgrind. Or removes them.
# usage: PREFIX=/usr/local DESTDIR= LIBDIR=… INCLUDEDIR=… DATADIR=… \
#          install.sh install|uninstall [directory of the libraries]
#   (called by make install and make uninstall)
set -eu
cd "$(dirname "$0")/../.."
action=$1 lib=${2:-build/lib}
PREFIX=${PREFIX:-/usr/local} DESTDIR=${DESTDIR:-}
LIBDIR=${LIBDIR:-$PREFIX/lib} INCLUDEDIR=${INCLUDEDIR:-$PREFIX/include} DATADIR=${DATADIR:-$PREFIX/share}
for dir in "$PREFIX" "$LIBDIR" "$INCLUDEDIR" "$DATADIR"; do
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

libdir=$DESTDIR$LIBDIR includedir=$DESTDIR$INCLUDEDIR
docdir=$DESTDIR$DATADIR/doc/wxsign datadir=$DESTDIR$DATADIR/wxsign
if [ "$action" = uninstall ]; then
    # Every version's files.
    rm -f "$libdir/libwxsign.a" "$libdir"/libwxsign.so "$libdir"/libwxsign.so.[0-9]* "$libdir"/libwxsign.dylib "$libdir"/libwxsign.[0-9]*.dylib \
        "$libdir/pkgconfig/wxsign.pc" "$includedir/wxsign.h" "$includedir/wxsign.hpp"
    rm -rf "$libdir/cmake/wxsign" "$docdir" "$datadir"
    echo "wxsign is no longer in $DESTDIR$PREFIX"
    exit
fi

if [ -e "$lib/libwxsign.dylib" ]; then
    from=libwxsign.dylib real=libwxsign.$library.dylib soname=libwxsign.$abi.dylib link=libwxsign.dylib
else
    from=libwxsign.so real=libwxsign.so.$library soname=libwxsign.so.$abi link=libwxsign.so
fi
# The system libraries in the order of their last mention, each once. Not libgcc_s: every C compiler
# adds the unwinder by itself, and there is no such library for -static.
private=$(sed 's/-framework /-framework%/g' "$lib/native-static-libs" | tr ' ' '\n' | awk '
    NF && $0 != "-lgcc_s" { all[++n] = $0; last[$0] = n }
    END { for (i = 1; i <= n; i++) if (last[all[i]] == i) printf " %s", all[i] }' |
    sed 's/^ //; s/%/ /g')

# put MODE SOURCE TARGET: replaces the file by a rename, so that running programs keep the old one.
put() {
    cp "$2" "$3.new"
    chmod "$1" "$3.new"
    mv -f "$3.new" "$3"
}
# The path from the CMake package to the headers, if both are below the prefix.
case $LIBDIR::$INCLUDEDIR in
"$PREFIX"/*::"$PREFIX"/*)
    up=$(echo "${LIBDIR#"$PREFIX"}" | sed 's#/[^/][^/]*#/..#g')
    cmake_includedir="\${_wxsign_here}/../..$up${INCLUDEDIR#"$PREFIX"}" ;;
*) cmake_includedir=$INCLUDEDIR ;;
esac
# wxsign.pc spells its paths from the prefix, so that pkg-config --define-prefix can move them.
pc_libdir=$(echo "$LIBDIR" | sed "s|^$PREFIX/|\${prefix}/|")
pc_includedir=$(echo "$INCLUDEDIR" | sed "s|^$PREFIX/|\${prefix}/|")
cmake_private=$(echo "$private" | sed 's/ -framework /;-framework /g; s/ -l/;-l/g')
case $(head -c 5 "$lib/$from" | od -An -tu1 | awk '{print $5}') in
1) pointer=4 ;;
*) pointer=8 ;;
esac
# fill NAME DIRECTORY: writes a template's file with its @NAMES@ replaced.
fill() {
    sed -e "s|@PREFIX@|$PREFIX|; s|@LIBDIR@|$pc_libdir|; s|@INCLUDEDIR@|$pc_includedir|" \
        -e "s|@VERSION@|$version|; s|@LIBS_PRIVATE@|$private|; s|@CMAKE_LIBS_PRIVATE@|$cmake_private|" \
        -e "s|@CMAKE_INCLUDEDIR@|$cmake_includedir|; s|@POINTER_SIZE@|$pointer|" \
        -e "s|@REAL_NAME@|$real|; s|@SONAME@|$soname|" "bindings/c/$1.in" > "$work/$1"
    put 644 "$work/$1" "$2/$1"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$libdir/pkgconfig" "$libdir/cmake/wxsign" "$includedir" "$docdir" "$datadir"
put 644 include/wxsign.h "$includedir/wxsign.h"
put 644 include/wxsign.hpp "$includedir/wxsign.hpp"
put 644 "$lib/libwxsign.a" "$libdir/libwxsign.a"
put 755 "$lib/$from" "$libdir/$real"
ln -sf "$real" "$libdir/$soname"
ln -sf "$soname" "$libdir/$link"
fill wxsign.pc "$libdir/pkgconfig"
fill wxsignConfig.cmake "$libdir/cmake/wxsign"
fill wxsignConfigVersion.cmake "$libdir/cmake/wxsign"
for file in LICENSE-MIT LICENSE-APACHE THIRD-PARTY-NOTICES.md; do
    put 644 "$file" "$docdir/$file"
done
put 644 bindings/c/wxsign.supp "$datadir/wxsign.supp"
echo "wxsign $version is in $DESTDIR$PREFIX"

# The loader of glibc finds libraries through a cache, which only root can renew. With TARGET, the
# programs run on another machine.
if [ "$lib" = build/lib ] && [ -z "$DESTDIR" ] && [ -e /etc/ld.so.cache ] && [ -x /sbin/ldconfig ]; then
    [ "$(id -u)" != 0 ] || /sbin/ldconfig
    /sbin/ldconfig -p | grep -qF "=> $LIBDIR/$soname" ||
        echo "The loader does not search $LIBDIR: link with -Wl,-rpath,$LIBDIR, or set LD_LIBRARY_PATH."
fi

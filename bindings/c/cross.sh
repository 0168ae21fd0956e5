#!/bin/sh
# Builds the C libraries for another platform into build/lib/TARGET. For Windows that is the shared
# library alone, with MinGW's linker.
# usage: cross.sh TARGET   (called by make build-c TARGET=…)
set -eu
cd "$(dirname "$0")/../.."
target=$1
out=${CARGO_TARGET_DIR:-target}/$target/release
lib=build/lib/$target
build() { # CRATE-TYPES
    mkdir -p "$lib" "$out"
    bindings/zig/cargo.sh "$target" rustc --release --locked --lib --features capi,redis --crate-type "$1" -- -C opt-level=3 \
        --print native-static-libs="$(cd "$out" && pwd)/native-static-libs"
}
case $target in
x86_64-unknown-linux-gnu | aarch64-unknown-linux-gnu | x86_64-unknown-linux-musl | aarch64-unknown-linux-musl | \
    armv7-unknown-linux-gnueabihf) ;;
x86_64-pc-windows-gnu)
    build cdylib
    cp "$out/wxsign.dll" "$out/libwxsign.dll.a" "$lib/"
    exit ;;
*) echo "cross.sh: no recipe for $target; there is one for x86_64 and aarch64, each with -unknown-linux-gnu and -musl, and for armv7-unknown-linux-gnueabihf" >&2 && exit 1 ;;
esac
# As Debian calls it.
case $target in
armv7-*) system=arm-linux-gnueabihf ;;
*) system=${target%%-*}-linux-gnu ;;
esac
binutils=
if [ "${target%%-*}" != "$(uname -m)" ]; then
    binutils=$system-
    command -v "${binutils}ld" > /dev/null || { echo "cross.sh: install binutils-$system first" >&2; exit 1; }
fi

# Debian's musl-gcc takes the unwinder of GNU's compiler, which needs glibc. Rust brings one for
# musl.
case $target in
*-musl) UNWINDER=$(rustc --print target-libdir --target "$target")/self-contained/libunwind.a && export UNWINDER ;;
esac

build staticlib,cdylib
cp "$out/libwxsign.so" "$out/native-static-libs" "$lib/"
NM=${binutils}nm LD=${binutils}ld OBJCOPY=${binutils}objcopy AR=${binutils}ar bindings/c/archive.sh "$out/libwxsign.a" "$lib/libwxsign.a"
ln -sf libwxsign.so "$lib/libwxsign.so.$(sed -n 's/^#define WXSIGN_ABI_VERSION //p' include/wxsign.h)"

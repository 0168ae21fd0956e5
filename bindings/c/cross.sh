#!/bin/sh
# Builds the C libraries for another Linux platform into build/lib/TARGET, with zig as C compiler and linker.
# usage: cross.sh TARGET   (called by make build-c TARGET=…)
set -eu
cd "$(dirname "$0")/../.."
target=$1
# The glibc that Node and the published libraries need at least. musl's libraries are linked dynamically to libc, so that
# a program never contains two of them.
case $target in
x86_64-unknown-linux-gnu) zig=x86_64-linux-gnu.2.28 flags= ;;
aarch64-unknown-linux-gnu) zig=aarch64-linux-gnu.2.28 flags= ;;
x86_64-unknown-linux-musl) zig=x86_64-linux-musl flags='-C target-feature=-crt-static' ;;
aarch64-unknown-linux-musl) zig=aarch64-linux-musl flags='-C target-feature=-crt-static' ;;
*) echo "cross.sh: no recipe for $target; there is one for x86_64 and aarch64, each with -unknown-linux-gnu and -musl" >&2 && exit 1 ;;
esac
arch=${target%%-*}
binutils=
if [ "$arch" != "$(uname -m)" ]; then
    binutils=$arch-linux-gnu-
    command -v "${binutils}ld" > /dev/null || { echo "cross.sh: install binutils-$arch-linux-gnu first" >&2; exit 1; }
fi
if command -v rustup > /dev/null; then
    rustup target add "$target" > /dev/null 2>&1 || { echo "cross.sh: rustup target add $target failed" >&2; exit 1; }
fi

tools=$PWD/bindings/node/release
upper=$(echo "$target" | tr 'a-z-' 'A-Z_') lower=$(echo "$target" | tr - _)
export WXSIGN_ZIG_TARGET=$zig "CARGO_TARGET_${upper}_LINKER=$tools/zigcc.sh" "CC_$lower=$tools/zigcc.sh" "AR_$lower=$tools/zigar.sh"
export RUSTFLAGS="${RUSTFLAGS:-} $flags"
out=${CARGO_TARGET_DIR:-target}/$target/release
lib=build/lib/$target
mkdir -p "$lib" "$out"
${CARGO:-cargo} rustc --release --target "$target" --lib --features capi,redis --crate-type staticlib,cdylib -- \
    --print native-static-libs="$(cd "$out" && pwd)/native-static-libs"
cp "$out/libwxsign.so" "$out/native-static-libs" "$lib/"
NM=${binutils}nm LD=${binutils}ld OBJCOPY=${binutils}objcopy AR=${binutils}ar bindings/c/archive.sh "$out/libwxsign.a" "$lib/libwxsign.a"
ln -sf libwxsign.so "$lib/libwxsign.so.$(sed -n 's/^#define WXSIGN_ABI_VERSION //p' include/wxsign.h)"

#!/bin/sh
# zig as the C compiler and linker for WXSIGN_TARGET, a target of Rust for Linux. zig brings each
# libc itself. glibc is the one of Debian 10 and RHEL 8, which Node needs too: the programs run on
# everything newer.
#
# Left out is what rustc and cc-rs add for GNU's compiler alone. The unwinder is zig's own, linked
# in.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
arch=${WXSIGN_TARGET%%-*} libc=${WXSIGN_TARGET##*-}
# The processor that Rust means by armv7, without NEON; cc-rs says it in GNU's words.
cpu=
case $arch in
armv7*) arch=arm cpu=-mcpu=generic+v7a-neon-d32 ;;
esac
case $libc in
gnu*) libc=$libc.2.28 ;;
esac
for argument do
  shift
  case $argument in
    -lgcc_s) set -- "$@" -lunwind ;;
    -fuse-ld=* | */gcc-ld | -lgcc_eh | -lgcc | -m64 | -march=* | -mfpu=* | -Wl,--no-undefined-version | --target=*) ;;
    *) set -- "$@" "$argument" ;;
  esac
done
exec "$root/build/zig/ziglang/zig" cc -target "$arch-linux-$libc" $cpu "$@"

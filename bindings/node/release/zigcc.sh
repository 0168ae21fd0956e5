#!/bin/sh
# The C compiler and linker for the target in WXSIGN_ZIG_TARGET: zig's, which brings each libc itself.
# What rustc and cc-rs add for GNU's compiler alone is left out; the unwinder is zig's own, linked in.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
for argument do
  shift
  case $argument in
    -lgcc_s) set -- "$@" -lunwind ;;
    -fuse-ld=* | */gcc-ld | -lgcc_eh | -lgcc | -m64 | -Wl,--no-undefined-version | --target=*) ;;
    *) set -- "$@" "$argument" ;;
  esac
done
exec "$root/build/zig/ziglang/zig" cc -target "$WXSIGN_ZIG_TARGET" "$@"

#!/bin/sh
# rustc's linker for the addon that is released: zig's, which links against glibc 2.28 on a machine with a newer one.
# What rustc says for GNU's compiler alone is left out; the unwinder is zig's own, linked in.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
for argument do
  shift
  case $argument in
    -lgcc_s) set -- "$@" -lunwind ;;
    -fuse-ld=* | */gcc-ld | -lgcc_eh | -lgcc) ;;
    *) set -- "$@" "$argument" ;;
  esac
done
exec "$root/build/zig/ziglang/zig" cc -target "$(uname -m)-linux-gnu.2.28" "$@"

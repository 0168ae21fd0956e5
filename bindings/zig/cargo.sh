#!/bin/sh
# Runs cargo for a platform. For Linux zig compiles the C code of dependencies and links; elsewhere
# the system's tools do.
# usage: cargo.sh TARGET COMMAND [ARGUMENT...]   (cargo gets --target TARGET behind COMMAND)
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
target=$1 command=$2
shift 2
if command -v rustup > /dev/null; then
    rustup target add "$target" > /dev/null 2>&1 || { echo "cargo.sh: rustup has no target $target, or cannot fetch it" >&2; exit 1; }
fi
case $target in
*-linux-*)
    upper=$(echo "$target" | tr 'a-z-' 'A-Z_') lower=$(echo "$target" | tr - _)
    export WXSIGN_TARGET="$target" "CARGO_TARGET_${upper}_LINKER=$tools/cc.sh" "CC_$lower=$tools/cc.sh" "AR_$lower=$tools/ar.sh"
    ;;
esac
# musl's targets link statically by default. A shared library cannot, and a program must not contain
# two of libc.
case $target in
*-musl) export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=-crt-static" ;;
# A Windows without Visual C++'s runtime, as in many containers, loads it too.
*-windows-msvc) export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static" ;;
esac
exec "${CARGO:-cargo}" "$command" --target "$target" "$@"

#!/bin/sh
# zig's archiver, for the C code of dependencies.
exec "$(cd "$(dirname "$0")/../.." && pwd)/build/zig/ziglang/zig" ar "$@"

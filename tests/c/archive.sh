#!/bin/sh
# The static library in company: beside another Rust library, packed or not, in a C program and in a
# Go program.
# usage: archive.sh [build directory]
set -u
suite=archive
build=${1:-}
# shellcheck source=tests/c/suite.sh
. "$(dirname "$0")/suite.sh"

other() {
    rustc --edition 2024 --crate-type staticlib --crate-name other -C opt-level=1 -C panic=unwind \
        -o "$work/libother.a" "$here/other_archive.rs" && \
        "$root/bindings/c/archive.sh" "$work/libother.a" "$work/libother_packed.a" other_
}
two() { # archive: the other library, on either side of ours
    for order in "$lib/libwxsign.a $work/$1" "$work/$1 $lib/libwxsign.a"; do
        # shellcheck disable=SC2086
        $cc -std=c99 $strict -I"$root/include" -o "$work/two" "$here/two_archives.c" $order $system && "$work/two" || return 1
    done
}
two_in_go() {
    mkdir -p "$work/go" && cat > "$work/go/main.go" <<GO
package main

// #cgo LDFLAGS: $work/libother.a
// int other_catches(int number);
import "C"

import (
	"fmt"

	"github.com/wxsign/wxsign/bindings/go"
)

func main() {
	fmt.Println(C.other_catches(7))
	fmt.Println(wxsign.Sign("t", "n", 1, "u"))
}
GO
    (cd "$work/go" && go mod init two && go mod edit -require github.com/wxsign/wxsign/bindings/go@v0.0.0 \
        -replace "github.com/wxsign/wxsign/bindings/go=$root/bindings/go" && go run . > "$work/said") || return 1
    cat "$work/said"
    [ "$(sed -n 1p "$work/said")" = 7 ] && grep -q '^[0-9a-f]\{40\} <nil>$' "$work/said"
}

check "another Rust library builds" other
check "it links beside ours, as Cargo made it" two libother.a
check "packed like ours, it still catches its panics" two libother_packed.a
if command -v go > /dev/null; then
    check "both link into a Go program" two_in_go
else
    echo "skip Go: it is not installed"
fi
finish

#!/bin/sh
# The Go module as it is released: a program in an empty module gets it with `go get` from a git
# server, without `replace`, builds it in each way, runs, vets, tests and vendors it.
# usage: go_release.sh [build directory]   (with ALL=1 no library of a release may be missing)
set -u
suite=release
build=${1:-}
# shellcheck source=tests/c/suite.sh
. "$(dirname "$0")/suite.sh"
module=github.com/wxsign/wxsign/bindings/go
version=v$(sed -n 's/^#define WXSIGN_VERSION "\(.*\)"/\1/p' "$root/include/wxsign.h")
official=0f9de62fce790f9a083d5c99e95740ceb90c27ed
WX_ALLOWED_HOST=example.com
export WX_ALLOWED_HOST
unset MAKEFLAGS GOWORK TARGET

releases() {
    make --no-print-directory -C "$root" go-release GO_RELEASE="$work/git" && git -C "$work/git" rev-parse HEAD > "$work/first" && \
        make --no-print-directory -C "$root" go-release GO_RELEASE="$work/git" && git -C "$work/git" rev-parse HEAD | diff "$work/first" - && \
        [ "$(git -C "$work/git" tag)" = "bindings/go/$version" ] && \
        for file in LICENSE-MIT LICENSE-APACHE THIRD-PARTY-NOTICES.md; do [ -e "$work/git/bindings/go/$file" ] || return 1; done
}
# Runs a command in the consumer's directory. Its git finds the release in place of github.com.
elsewhere() { # command…
    (cd "$work/consumer" && env GOPROXY="${GOPROXY_OVERRIDE:-direct}" GOSUMDB=off GOFLAGS=-modcacherw GOMODCACHE="$work/modules" \
        GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://$work/git.insteadOf" GIT_CONFIG_VALUE_0=https://github.com/wxsign/wxsign "$@")
}
signs() { # command…
    elsewhere "$@" > "$work/said" || return 1
    cat "$work/said"
    grep -qx "$official <nil>" "$work/said"
}
gets() {
    mkdir "$work/consumer" && cat > "$work/consumer/main.go" <<'GO'
package main

import (
	"fmt"

	"github.com/wxsign/wxsign/bindings/go"
)

func main() {
	fmt.Println(wxsign.Sign(
		"sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
		"Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value"))
	client, err := wxsign.New(wxsign.WithAppID("wx1"), wxsign.WithAppSecret("s"), wxsign.WithMemoryStore())
	fmt.Println(wxsign.Version(), client != nil, err)
}
GO
    elsewhere go mod init consumer && elsewhere go get "$module@latest" && grep "$module $version" "$work/consumer/go.mod" && \
        ! grep replace "$work/consumer/go.mod"
}
serves() {
    elsewhere go build -o "$work/server" "$module/examples/server" && python3 "$here/serves.py" "$work/server"
}
static_builds() {
    elsewhere go build -ldflags '-linkmode external -extldflags "-static"' -o "$work/static" . && \
        ! readelf -d "$work/static" | grep NEEDED && signs "$work/static" && grep -q ' true <nil>' "$work/said"
}
# Without cgo: Sign works, and New says what is missing.
pure_go_builds() {
    elsewhere env CGO_ENABLED=0 go vet "$module" && elsewhere env CGO_ENABLED=0 go build -o "$work/pure" . && \
        signs "$work/pure" && grep -q 'false wxsign: INVALID_ARGUMENT: New needs cgo' "$work/said"
}
# GNU's compiler leaves the table of frames out of static programs: without it a panic of the
# library would end the program.
musl_builds() {
    elsewhere env CC=musl-gcc go build -tags wxsign_musl -ldflags '-linkmode external -extldflags "-static -Wl,--eh-frame-hdr"' -o "$work/musl" . && \
        readelf -lW "$work/musl" | grep -q GNU_EH_FRAME && signs "$work/musl" && grep -q ' true <nil>' "$work/said"
}
arm_builds() {
    elsewhere env GOARCH=arm64 CGO_ENABLED=1 CC=aarch64-linux-gnu-gcc go build -o "$work/arm" . && \
        signs qemu-aarch64-static -L /usr/aarch64-linux-gnu "$work/arm" && grep -q ' true <nil>' "$work/said"
}
arm_builds_statically() {
    elsewhere env GOARCH=arm64 CGO_ENABLED=1 CC=aarch64-linux-gnu-gcc go build -ldflags '-linkmode external -extldflags "-static"' \
        -o "$work/arm_static" . && signs qemu-aarch64-static "$work/arm_static" && grep -q ' true <nil>' "$work/said"
}
# zig as compiler: Debian has none for musl on arm64.
arm_musl_builds() {
    elsewhere env GOARCH=arm64 CGO_ENABLED=1 CC="$root/bindings/zig/cc.sh" WXSIGN_TARGET=aarch64-unknown-linux-musl \
        go build -tags wxsign_musl -ldflags '-linkmode external -extldflags "-static"' -o "$work/arm_musl" . && \
        signs qemu-aarch64-static "$work/arm_musl" && grep -q ' true <nil>' "$work/said"
}
vendors() {
    elsewhere go mod vendor && [ -e "$work/consumer/vendor/$module/include/wxsign.h" ] && \
        GOPROXY_OVERRIDE=off signs go run -mod=vendor . && rm -rf "$work/consumer/vendor"
}
# Without a sandbox and a checkout, tests print why they are skipped.
tested() {
    elsewhere go vet "$module/..." && elsewhere env -u WXSIGN_SANDBOX go test -v "$module/..." > "$work/tests" 2>&1 || { cat "$work/tests"; return 1; }
    grep -q 'is not tested without the sandbox' "$work/tests" && grep -q '^--- PASS: ExampleSign' "$work/tests"
}
races() {
    elsewhere env -u WXSIGN_SANDBOX go test -race "$module" && signs go run -race .
}
# Only pkg-config can find the library.
uses_the_system() {
    make --no-print-directory -C "$root" install PREFIX="$work/prefix" && \
        elsewhere env PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig" go build -tags wxsign_system -o "$work/system" . && \
        readelf -d "$work/system" | grep -q 'NEEDED.*libwxsign.so.1\]' && signs env LD_LIBRARY_PATH="$work/prefix/lib" "$work/system"
}
version_is_refused() {
    ! elsewhere go get "$module@v99.0.0"
}
# A pinned version. Later runs find it in Go's cache.
staticcheck_is_silent() {
    (cd "$root/bindings/go" && go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...)
}
# has ARCHIVE TOOL…: whether an optional check can run; says why not.
has() {
    [ -z "${ALL:-}" ] || return 0
    [ -e "$root/bindings/go/lib/libwxsign_$1.a" ] || { echo "skip $1: its library is not built (make go-archives)"; return 1; }
    shift
    for tool; do
        command -v "$tool" > /dev/null || { echo "skip: $tool is not installed"; return 1; }
    done
}
# Every library that link.go names for Linux is in the tag.
complete() {
    for archive in $(sed -n 's/.*lib\/\(libwxsign_linux_[a-z0-9_]*\.a\).*/\1/p' "$root/bindings/go/link.go"); do
        git -C "$work/git" cat-file -e "bindings/go/$version:bindings/go/lib/$archive" || return 1
    done
}

command -v go > /dev/null || { echo "skip Go: it is not installed"; finish; exit; }
check "make go-release gives the same commit twice" releases
check "an empty module gets it from a git server" gets
check "it builds and runs" signs go run .
check "it builds statically" static_builds
check "it builds without cgo" pure_go_builds
leash
check "the example server builds and serves pages" serves
unleash
check "its tests run without a sandbox" tested
check "it runs with the race detector" races
check "vendored, it builds without the network" vendors
check "-tags wxsign_system links the installed library" uses_the_system
check "only its version is offered" version_is_refused
[ -z "${ALL:-}" ] || check "the tag has the libraries of all platforms" complete
if has linux_amd64_musl musl-gcc; then
    check "-tags wxsign_musl builds with musl" musl_builds
fi
if has linux_arm64 aarch64-linux-gnu-gcc qemu-aarch64-static; then
    check "it builds and runs for arm64" arm_builds
    check "it builds statically for arm64" arm_builds_statically
fi
if has linux_arm64_musl "$root/build/zig/ziglang/zig" qemu-aarch64-static; then
    check "-tags wxsign_musl builds for arm64" arm_musl_builds
fi
check "staticcheck has nothing to say" staticcheck_is_silent
finish

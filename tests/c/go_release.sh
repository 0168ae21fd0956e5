#!/bin/sh
# The Go module as it is released: a consumer elsewhere gets the zip of make go-release from a file proxy, without `replace`
# and without the network, builds, runs, and vendors it; the installed library serves -tags wxsign_system.
# usage: go_release.sh [build directory]
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
unset MAKEFLAGS GOWORK

releases() {
    make --no-print-directory -C "$root" go-release GO_RELEASE="$work/proxy" && cp -R "$work/proxy" "$work/first" && \
        make --no-print-directory -C "$root" go-release GO_RELEASE="$work/proxy" && diff -r "$work/first" "$work/proxy"
}
# What the program that a reader of the README writes needs, and nothing of this checkout.
elsewhere() { # command…
    (cd "$work/consumer" && env GOPROXY="file://$work/proxy" GOSUMDB=off GOFLAGS=-modcacherw GOMODCACHE="$work/modules" "$@")
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
}
GO
    elsewhere go mod init consumer && elsewhere go get "$module@latest" && grep "$module $version" "$work/consumer/go.mod" && \
        ! grep replace "$work/consumer/go.mod"
}
serves() {
    elsewhere go build -o "$work/server" "$module/examples/server" && python3 "$here/serves.py" "$work/server"
}
vendors() {
    elsewhere go mod vendor && [ -e "$work/consumer/vendor/$module/include/wxsign.h" ] && rm -rf "$work/modules" && \
        signs env GOPROXY=off go run -mod=vendor . && rm -rf "$work/consumer/vendor"
}
tested() {
    elsewhere go vet "$module/..." && elsewhere go test "$module/..."
}
# With an archive that is not there, so that nothing but pkg-config can have found the library.
uses_the_system() {
    make --no-print-directory -C "$root" install PREFIX="$work/prefix" && \
        elsewhere env PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig" go build -tags wxsign_system -o "$work/system" . && \
        readelf -d "$work/system" | grep -q 'NEEDED.*libwxsign.so.1\]' && signs env LD_LIBRARY_PATH="$work/prefix/lib" "$work/system"
}
version_is_refused() {
    ! elsewhere go get "$module@v99.0.0"
}
# Pinned, and built once: later runs find it in Go's cache.
staticcheck_is_silent() {
    (cd "$root/bindings/go" && go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...)
}

command -v go > /dev/null || { echo "skip Go: it is not installed"; finish; exit; }
check "make go-release gives the same to the byte twice" releases
check "a consumer gets the module from a file proxy" gets
check "it builds and runs" signs go run .
leash
check "the example server builds and serves pages" serves
unleash
check "the module's own examples run there" tested
check "vendored, it builds and runs without a proxy" vendors
check "-tags wxsign_system links the installed library" uses_the_system
check "only its version is offered" version_is_refused
check "staticcheck has nothing to say" staticcheck_is_silent
finish

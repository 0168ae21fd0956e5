// Links the static library of this platform. With -tags wxsign_musl it links the one for musl.

//go:build !wxsign_system

package wxsign

// #cgo CFLAGS: -I${SRCDIR}/include
// #cgo linux,amd64,!wxsign_musl LDFLAGS: ${SRCDIR}/lib/libwxsign_linux_amd64.a
// #cgo linux,arm64,!wxsign_musl LDFLAGS: ${SRCDIR}/lib/libwxsign_linux_arm64.a
// #cgo linux,amd64,wxsign_musl LDFLAGS: ${SRCDIR}/lib/libwxsign_linux_amd64_musl.a
// #cgo linux,arm64,wxsign_musl LDFLAGS: ${SRCDIR}/lib/libwxsign_linux_arm64_musl.a
// #cgo darwin,amd64 LDFLAGS: ${SRCDIR}/lib/libwxsign_darwin_amd64.a
// #cgo darwin,arm64 LDFLAGS: ${SRCDIR}/lib/libwxsign_darwin_arm64.a
// #cgo linux LDFLAGS: -lutil -lrt -lpthread -lm -ldl -lc
// #cgo darwin LDFLAGS: -framework Security -framework CoreFoundation -liconv -lSystem -lc -lm
import "C"

import (
	_ "github.com/wxsign/wxsign/bindings/go/include" // so that go mod vendor keeps it
	_ "github.com/wxsign/wxsign/bindings/go/lib"     // likewise
)

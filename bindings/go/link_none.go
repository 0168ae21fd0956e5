// Fails with instructions on platforms that no static library is built for.

//go:build !wxsign_system && !((linux || darwin) && (amd64 || arm64))

package wxsign

// #cgo CFLAGS: -I${SRCDIR}/include
// #error "wxsign has no library for this platform: install it (make install) and build with -tags wxsign_system"
import "C"

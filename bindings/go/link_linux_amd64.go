// Links the static library of this platform.

//go:build !wxsign_system

package wxsign

// #cgo CFLAGS: -I${SRCDIR}/include
// #cgo LDFLAGS: ${SRCDIR}/lib/linux_amd64/libwxsign.a -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc
import "C"

import (
	_ "github.com/wxsign/wxsign/bindings/go/include"         // kept by go mod vendor
	_ "github.com/wxsign/wxsign/bindings/go/lib/linux_amd64" // likewise
)

// Links the static library of this platform.

//go:build !wxsign_system

package wxsign

// #cgo CFLAGS: -I${SRCDIR}/include
// #cgo LDFLAGS: ${SRCDIR}/lib/darwin_amd64/libwxsign.a -framework Security -framework CoreFoundation -liconv -lSystem -lc -lm
import "C"

import (
	_ "github.com/wxsign/wxsign/bindings/go/include"          // kept by go mod vendor
	_ "github.com/wxsign/wxsign/bindings/go/lib/darwin_amd64" // likewise
)

// Links the installed library, which pkg-config finds: go build -tags wxsign_system.

//go:build wxsign_system

package wxsign

// #cgo pkg-config: wxsign
import "C"

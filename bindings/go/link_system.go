// Links the library that is installed on this machine, where pkg-config finds it: go build -tags wxsign_system.

//go:build wxsign_system

package wxsign

// #cgo pkg-config: wxsign
import "C"

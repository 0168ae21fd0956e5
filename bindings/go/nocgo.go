// Says what is missing where cgo is off: the name that nobody defines is the message.

//go:build !cgo

package wxsign

var _ = wxsign_needs_cgo_and_a_C_compiler_so_set_CGO_ENABLED_to_1

//go:build cgo

package wxsign_test

const withCgo = true

// Package linux_arm64 is the place of libwxsign.a for this platform, which make build puts here on such a machine. Being a
// package keeps the directory where go mod vendor drops those without Go files.
package linux_arm64

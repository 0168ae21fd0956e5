// Package lib is the place of the static libraries, one for each platform. make build-go puts this
// machine's library here; a release contains all of them. It is a package because go mod vendor
// drops directories without Go files.
package lib

import "embed"

// Archives makes the build depend on the libraries: Go's cache only knows files of Go packages. No
// code uses it, so the linker drops it from the program.
//
//go:embed *
var Archives embed.FS

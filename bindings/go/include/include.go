// Package include is the place of wxsign.h, a copy of the repository's that a test holds to it.
// Being a package keeps the directory where `go mod vendor` drops those without Go files.
package include

import _ "embed"

// Header is the text of wxsign.h. No code uses it: a build depends on its header only by this,
// because Go's cache knows files of Go packages alone. The linker leaves it out.
//
//go:embed wxsign.h
var Header string

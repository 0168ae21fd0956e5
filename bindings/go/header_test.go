// The header of this module is a copy of the repository's. WXSIGN_BLESS=1 copies it.

package wxsign_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestTheHeaderIsACopy(t *testing.T) {
	original, err := os.ReadFile(filepath.Join("..", "..", "include", "wxsign.h"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("skipped: outside of a checkout, the header is not compared with the repository's")
	}
	if err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join("include", "wxsign.h")
	if os.Getenv("WXSIGN_BLESS") == "1" {
		if err := os.WriteFile(mine, original, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	copied, err := os.ReadFile(mine)
	if err != nil || !bytes.Equal(original, copied) {
		t.Errorf("the header differs from the repository's: WXSIGN_BLESS=1 go test -run Header . (%v)", err)
	}
}

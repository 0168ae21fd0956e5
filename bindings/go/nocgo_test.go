// Without cgo: Sign and Nonce work (vectors_test.go), and New says what is missing.

//go:build !cgo

package wxsign_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/wxsign/wxsign/bindings/go"
)

const withCgo = false

func TestNewFailsClearly(t *testing.T) {
	client, err := wxsign.New(wxsign.WithAppID("wx1"), wxsign.WithAppSecret("s"))
	var e *wxsign.Error
	if client != nil || !errors.As(err, &e) || !strings.HasPrefix(e.Message, "New needs cgo: build with CGO_ENABLED=1") {
		t.Errorf("%v", err)
	}
	if _, err := client.Config(t.Context(), "https://example.com/"); !errors.Is(err, wxsign.ErrInvalidArgument) {
		t.Errorf("%v", err)
	}
	if wxsign.Version() != "" {
		t.Error(wxsign.Version())
	}
}

// Without cgo: Sign, CardSign and Nonce are pure Go, and New fails. The tests run the same vectors
// against both implementations of Sign and CardSign.

//go:build !cgo

package wxsign

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

func newError(code Code, message string) *Error {
	return &Error{
		Code: code, Message: message, Hint: invalidHint, HintZH: invalidHintZH,
		answer: answer{status: 400, body: fmt.Sprintf(`{"code":%q}`, string(code))},
	}
}

type native struct{}

func newNative(*settings) (native, error) {
	return native{}, &Error{
		Code:    ErrInvalidArgument,
		Message: "New needs cgo: build with CGO_ENABLED=1 and a C compiler; without them only Sign, CardSign and Nonce work",
		Hint:    "Set CGO_ENABLED=1 and install a C compiler, or sign with Sign and your own ticket.",
		HintZH:  "请设置 CGO_ENABLED=1 并安装 C 编译器；或使用 Sign 与自己的 ticket 签名。",
		answer:  answer{status: 500, body: `{"code":"INVALID_ARGUMENT"}`},
	}
}

// No client exists without cgo, so none of these is ever called.
func (native) ids() (appID, agentID string)                 { return "", "" }
func (native) tryConfig(configKind, string) (Config, error) { return Config{}, noClient() }
func (native) configIfFresh(string) (Config, bool, error)   { return Config{}, false, noClient() }
func (native) askConfig(configKind, string, *signing) error { return noClient() }
func (native) ask(credential, *request) error               { return noClient() }
func (native) setAccessToken(string) error                  { return noClient() }
func (native) setTicket(string) error                       { return noClient() }
func (native) invalidate(string) (bool, error)              { return false, noClient() }
func (native) state() (State, error)                        { return State{}, noClient() }
func (native) explain(string) (string, error)               { return "", noClient() }
func (native) close()                                       {}
func (native) free()                                        {}

func noClient() error {
	_, err := newNative(nil)
	return err
}

func sign(ticket, nonce string, timestamp int64, url string) (string, error) {
	for name, text := range map[string]string{"ticket": ticket, "nonce": nonce, "url": url} {
		if !utf8.ValidString(text) {
			return "", invalid(name + " is not UTF-8")
		}
	}
	url, _, _ = strings.Cut(url, "#")
	digest := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + nonce +
		"&timestamp=" + strconv.FormatInt(timestamp, 10) + "&url=" + url))
	return hex.EncodeToString(digest[:]), nil
}

func cardSign(values []string) (string, error) {
	for _, value := range values {
		if !utf8.ValidString(value) {
			return "", invalid("values is not UTF-8")
		}
	}
	sorted := slices.Sorted(slices.Values(values))
	digest := sha1.Sum([]byte(strings.Join(sorted, "")))
	return hex.EncodeToString(digest[:]), nil
}

func explain(string) (string, error) {
	return "", newError(ErrInvalidArgument, "Explain needs cgo: build with CGO_ENABLED=1 and a C compiler")
}

func nonce() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	var out [32]byte
	var random [64]byte
	for filled := 0; filled < len(out); {
		// Never fails: crypto/rand ends the program if the system has no random numbers.
		_, _ = rand.Read(random[:])
		for _, b := range random {
			// A byte from 248 on would make some letters more likely than others.
			if int(b) < 4*len(letters) && filled < len(out) {
				out[filled] = letters[int(b)%len(letters)]
				filled++
			}
		}
	}
	return string(out[:])
}

func urlFromQuery(string) (string, error) { return "", noClient() }

// Version is the version of the C library, so it is empty without cgo.
func version() string { return "" }

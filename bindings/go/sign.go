// Signing with the caller's own ticket: pure functions, without a client.

package wxsign

// Sign signs a page with your own ticket; a [Client] keeps the ticket for you. It only computes.
//
// Pass the page's location.href as url: it is cut at the first # and otherwise signed as it is.
// timestamp is in seconds. The page must pass the same timestamp and nonce to wx.config. The result
// has 40 hexadecimal digits.
//
// It fails with [ErrInvalidArgument] if a text is not UTF-8 or the time is before 1970. It also
// works without cgo.
func Sign(ticket, nonce string, timestamp int64, url string) (string, error) {
	if timestamp < 0 {
		return "", invalid("timestamp is negative")
	}
	return sign(ticket, nonce, timestamp, url)
}

// Nonce makes a nonceStr: 32 random letters and digits. It also works without cgo.
func Nonce() string { return nonce() }

// Version returns the version of the linked library, such as "0.1.0". Without cgo it is empty.
func Version() string { return version() }

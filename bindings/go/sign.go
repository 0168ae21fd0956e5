// Signing with a ticket that the caller has: pure, without a client.

package wxsign

// #include "shim.h"
//
// // Neither keeps a pointer or can call back into Go, which saves the call most of its price. A function that can,
// // as those of a client can by its listener, must never stand in such a list: the program would crash.
// #cgo noescape wxsign_sign
// #cgo nocallback wxsign_sign
// #cgo noescape wxsign_nonce
// #cgo nocallback wxsign_nonce
import "C"

// Sign signs a page with a ticket that you have; a [Client] keeps the ticket for you. It computes and does nothing else.
//
// url is cut at its first # and otherwise taken as it is: pass the page's location.href. timestamp is in seconds; the
// page must hand the very same timestamp and nonce to wx.config. The result is forty hexadecimal digits.
//
// It fails with [ErrInvalidArgument] only: a text that is not UTF-8, or a time before 1970.
func Sign(ticket, nonce string, timestamp int64, url string) (string, error) {
	if timestamp < 0 {
		return "", invalid("timestamp is negative")
	}
	var signature [C.WXSIGN_SIGNATURE_SIZE]C.char
	var failed *C.wxsign_error
	t, tLen := text(ticket)
	n, nLen := text(nonce)
	u, uLen := text(url)
	status := C.wxsign_sign(t, tLen, n, nLen, C.uint64_t(timestamp), u, uLen, &signature[0], &failed)
	if status != C.WXSIGN_STATUS_OK {
		return "", failure(C.wxsign_go_outcome{status: status, error: failed})
	}
	return characters(&signature[0], C.WXSIGN_SIGNATURE_SIZE-1), nil
}

// Nonce makes a nonceStr: 32 random letters and digits.
func Nonce() string {
	var nonce [C.WXSIGN_NONCE_SIZE]C.char
	// It fails for a NULL only.
	C.wxsign_nonce(&nonce[0], nil)
	return characters(&nonce[0], C.WXSIGN_NONCE_SIZE-1)
}

// Version is the version of the library that is linked, such as "0.1.0".
func Version() string { return C.GoString(C.wxsign_version()) }

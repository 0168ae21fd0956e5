// The package's comment. The code begins in client.go and sign.go.

// Package wxsign signs WeChat JS-SDK pages and keeps the access_token and jsapi_ticket that signing
// needs.
//
// It is unofficial. It is a binding to the Rust library of the same name, so a [Client] needs cgo
// and a static or installed libwxsign (see README.md). Without cgo only [Sign], [CardSign] and
// [Nonce] work.
//
// [Sign] is pure and takes your own ticket. A [Client] keeps the ticket for you:
//
//	client, err := wxsign.New(wxsign.WithAppID("wx…"), wxsign.WithAppSecret("…"))
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	config, err := client.Config(ctx, "https://example.com/page?from=timeline",
//		wxsign.WithJSAPIList("updateAppMessageShareData"))
//
// [Config] encodes to the JSON that wx.config takes, and [Handler] serves it to pages:
//
//	http.Handle("/wx/config", wxsign.Handler(client, wxsign.WithJSAPIList("updateAppMessageShareData")))
//
// # Cost of a call
//
// While a ticket is in memory, a call signs and returns: no I/O, and no lock that a refresh can
// hold. Tokens and tickets are fetched once for all callers, refreshed ahead of their expiry in the
// background, and shared by all processes of this machine that use the same store. A goroutine that
// waits for a fetch occupies no thread, and returns at once when its context ends.
//
// # Errors
//
// Every error is an [*Error]. It has a code, WeChat's errcode and rid, the thing that failed, the
// time when wxsign asks again, and a hint in English and Chinese that says what to do next.
// [errors.Is] compares it with the codes:
//
//	if errors.Is(err, wxsign.ErrIPNotAllowed) { … }
//
// A cancelled context gives an error that is both [ErrAborted] and [context.Canceled]. A context
// whose deadline passed gives [ErrTimeout] and [context.DeadlineExceeded].
package wxsign

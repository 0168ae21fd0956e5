// The package's comment; the code begins in client.go and sign.go.

// Package wxsign signs WeChat JS-SDK pages and keeps the access_token and jsapi_ticket that signing needs.
//
// It is unofficial, and a binding to the Rust library of the same name: it needs cgo, and libwxsign.a or an installed
// wxsign (see README.md).
//
// [Sign] is pure and takes a ticket that you have. A [Client] keeps the ticket for you:
//
//	client, err := wxsign.New(wxsign.WithAppID("wx…"), wxsign.WithAppSecret("…"))
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	config, err := client.Config(ctx, "https://example.com/page?from=timeline")
//
// [Config] encodes to the JSON that wx.config takes, and [Handler] serves it to pages:
//
//	http.Handle("/wx/config", wxsign.Handler(client))
//
// # What a call costs
//
// While a ticket is in memory, a call signs and returns: no I/O, no lock that a refresh can hold. Tokens and tickets
// are fetched once for all callers, refreshed ahead of their end behind them, and shared by all processes of this
// machine that use the same store. Goroutines that wait for a fetch hold no thread, and a context that ends lets them
// go at once.
//
// # Errors
//
// Every error is an [*Error]. It carries a code, WeChat's errcode and rid, when wxsign will ask again, and a hint in
// English and Chinese that says what to do next. [errors.Is] compares it with the codes:
//
//	if errors.Is(err, wxsign.ErrIPNotAllowed) { … }
//
// A context that was cancelled gives an error that is both [ErrAborted] and [context.Canceled]; one whose deadline
// passed gives [ErrTimeout] and [context.DeadlineExceeded].
package wxsign

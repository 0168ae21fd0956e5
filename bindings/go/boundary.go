// The calls into the C library. callback.go has the calls back.

package wxsign

// #include "shim.h"
//
// // These functions keep no pointer and never call Go, which makes the call much cheaper. A function of a client must
// // never be in this list: its listener can call Go, and the program would crash.
// #cgo noescape wxsign_sign
// #cgo nocallback wxsign_sign
// #cgo noescape wxsign_nonce
// #cgo nocallback wxsign_nonce
import "C"

import (
	"encoding/json"
	"runtime"
	"time"
	"unsafe"
)

// empty gives an empty text an address, because NULL means a missing text to C.
var empty [1]byte

// text passes a string without a copy. C reads it during the call and keeps no pointer. The
// returned pointer keeps the string alive.
func text(s string) (*C.char, C.size_t) {
	if s == "" {
		return (*C.char)(unsafe.Pointer(&empty[0])), 0
	}
	return (*C.char)(unsafe.Pointer(unsafe.StringData(s))), C.size_t(len(s))
}

// failure returns the error of a failed call, and frees C's.
func failure(outcome C.wxsign_go_outcome) error {
	if outcome.status == C.WXSIGN_STATUS_OK {
		return nil
	}
	defer C.wxsign_error_free(outcome.error)
	return readError(outcome.error)
}

// readError copies an error of the C library.
func readError(from *C.wxsign_error) *Error {
	c := C.wxsign_go_read_error(from)
	if c.json.outcome.status != C.WXSIGN_STATUS_OK {
		C.wxsign_error_free(c.json.outcome.error)
		// The C library has no memory left, or is defective.
		return &Error{Code: ErrInternal, Message: "the error could not be read", answer: answer{status: 500, body: "{}"}}
	}
	var read errorJSON
	if err := json.Unmarshal([]byte(take(c.json)), &read); err != nil {
		read = errorJSON{errorFields: errorFields{Code: ErrInternal, Message: "the error could not be read: " + err.Error()}}
	}
	e := read.error()
	e.answer = answer{
		status:     int(c.http_status),
		retryAfter: time.Duration(c.retry_after_seconds) * time.Second,
		body:       C.GoString(c.public_json),
	}
	return e
}

// newError makes an error of this package, with the core's hints for the code.
func newError(code Code, message string) *Error {
	status := map[Code]C.uint32_t{
		ErrInvalidArgument: C.WXSIGN_STATUS_INVALID_ARGUMENT,
		ErrTimeout:         C.WXSIGN_STATUS_TIMEOUT,
		ErrAborted:         C.WXSIGN_STATUS_ABORTED,
		ErrInternal:        C.WXSIGN_STATUS_INTERNAL,
	}[code]
	p, n := text(message)
	made := C.wxsign_error_new(status, p, n)
	defer C.wxsign_error_free(made)
	return readError(made)
}

// take copies a string of the C library, and wipes and frees it.
func take(from C.wxsign_go_string) string {
	defer C.wxsign_string_free(from.text)
	return C.GoStringN(from.text, C.int(from.len))
}

// characters copies a string out of a buffer. Unlike C.GoStringN, it lets the buffer stay on the
// stack.
func characters(from *C.char, length int) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(from)), length))
}

// The numbers of this package are those of C. If one differs, its index is out of range and this
// does not compile.
var equal [1]struct{}

var (
	_ = equal[setAppID-C.WXSIGN_GO_APP_ID]
	_ = equal[setAppSecret-C.WXSIGN_GO_APP_SECRET]
	_ = equal[addBaseURL-C.WXSIGN_GO_BASE_URL]
	_ = equal[setAccessToken-C.WXSIGN_GO_ACCESS_TOKEN]
	_ = equal[setStoreDir-C.WXSIGN_GO_STORE_DIR]
	_ = equal[setStoreRedis-C.WXSIGN_GO_STORE_REDIS]
	_ = equal[setStoreMemory-C.WXSIGN_GO_STORE_MEMORY]
	_ = equal[addAllowedHost-C.WXSIGN_GO_ALLOWED_HOST]
	_ = equal[setProxy-C.WXSIGN_GO_PROXY]
	_ = equal[setCAFile-C.WXSIGN_GO_CA_FILE]
	_ = equal[setTokenAPI-C.WXSIGN_GO_TOKEN_API]
	_ = equal[setTimeout-C.WXSIGN_GO_TIMEOUT_MS]
	_ = equal[setAllowHTTP-C.WXSIGN_GO_ALLOW_HTTP]
	_ = equal[setCorp-C.WXSIGN_GO_CORP]
	_ = equal[setOwnTicket-C.WXSIGN_GO_OWN_TICKET]
	_ = equal[setImportTicketFile-C.WXSIGN_GO_IMPORT_TICKET_FILE]
	_ = equal[ticket-C.WXSIGN_GO_TICKET]
	_ = equal[token-C.WXSIGN_GO_TOKEN]
	_ = equal[pageConfig-C.WXSIGN_GO_PAGE_CONFIG]
	_ = equal[agentConfig-C.WXSIGN_GO_AGENT_CONFIG]
	_ = equal[invoiceConfig-C.WXSIGN_GO_INVOICE_CONFIG]
	_ = equal[StableToken-C.WXSIGN_TOKEN_API_STABLE]
	_ = equal[ClassicToken-C.WXSIGN_TOKEN_API_CLASSIC]
)

// native is a client of the C library.
type native struct{ client *C.wxsign_client }

// newNative applies the options and makes a client.
func newNative(s *settings) (native, error) {
	options := C.wxsign_options_new()
	defer C.wxsign_options_free(options)
	for _, one := range s.list {
		p, n := text(one.text)
		q, m := text(one.second)
		if err := failure(C.wxsign_go_set(options, C.int(one.option), p, n, q, m, C.uint32_t(one.number))); err != nil {
			return native{}, err
		}
	}
	if s.tokens != nil {
		if err := withContext(s.tokens, func(id C.uintptr_t) error {
			return failure(C.wxsign_go_set_token_function(options, id))
		}); err != nil {
			return native{}, err
		}
	}
	if s.tickets != nil {
		if err := withContext(s.tickets, func(id C.uintptr_t) error {
			return failure(C.wxsign_go_set_ticket_function(options, id))
		}); err != nil {
			return native{}, err
		}
	}
	if s.listener.listens() {
		if err := withContext(s.listener, func(id C.uintptr_t) error {
			return failure(C.wxsign_go_set_event_listener(options, id))
		}); err != nil {
			return native{}, err
		}
	}
	made := C.wxsign_go_client_new(options)
	return native{made.client}, failure(made.outcome)
}

// ids returns the ids that a page passes on, as the core reads them: an appId or the corp's id, and
// an app's agentId.
func (n native) ids() (appID, agentID string) {
	return C.GoString(C.wxsign_client_app_id(n.client)), C.GoString(C.wxsign_client_agent_id(n.client))
}

// tryConfig signs without waiting. An invoice needs no URL.
func (n native) tryConfig(kind configKind, url string) (Config, error) {
	p, length := text(url)
	got := C.wxsign_go_try_config(n.client, C.int(kind), p, length)
	if err := failure(got.outcome); err != nil {
		return Config{}, err
	}
	return readConfig(&got.config), nil
}

// configIfFresh signs a page if the caller need not wait. Otherwise it returns notReady, also if
// the ticket in memory is about to expire.
func (n native) configIfFresh(url string) (config Config, notReady bool, err error) {
	p, length := text(url)
	got := C.wxsign_go_config_if_fresh(n.client, p, length)
	if got.outcome.status == C.WXSIGN_STATUS_NOT_READY {
		C.wxsign_error_free(got.outcome.error)
		return Config{}, true, nil
	}
	if err := failure(got.outcome); err != nil {
		return Config{}, false, err
	}
	return readConfig(&got.config), false, nil
}

// readConfig copies what C signed.
func readConfig(from *C.wxsign_config) Config {
	// One allocation for both: in C's struct one follows the other.
	both := characters(&from.nonce[0], C.WXSIGN_NONCE_SIZE+C.WXSIGN_SIGNATURE_SIZE-1)
	return Config{
		Timestamp: int64(from.timestamp),
		NonceStr:  both[:C.WXSIGN_NONCE_SIZE-1],
		Signature: both[C.WXSIGN_NONCE_SIZE:],
	}
}

// askConfig asks for a signature. The answer settles s.
func (n native) askConfig(kind configKind, url string, s *signing) error {
	p, length := text(url)
	return withContext(s, func(id C.uintptr_t) error {
		return failure(C.wxsign_go_ask_config(n.client, C.int(kind), p, length, id))
	})
}

// ask asks for a credential. The answer settles r.
func (n native) ask(of credential, r *request) error {
	return withContext(r, func(id C.uintptr_t) error { return failure(C.wxsign_go_ask(n.client, C.int(of), id)) })
}

func (n native) setAccessToken(token string) error {
	p, length := text(token)
	return failure(C.wxsign_go_set_access_token(n.client, p, length))
}

func (n native) setTicket(ticket string) error {
	p, length := text(ticket)
	return failure(C.wxsign_go_set_ticket(n.client, p, length))
}

func (n native) invalidate(value string) (bool, error) {
	p, length := text(value)
	got := C.wxsign_go_invalidate(n.client, p, length)
	return bool(got.flag), failure(got.outcome)
}

func (n native) state() (State, error) {
	got := C.wxsign_go_state(n.client)
	if err := failure(got.outcome); err != nil {
		return State{}, err
	}
	var state State
	if err := json.Unmarshal([]byte(take(got)), &state); err != nil {
		return State{}, asError(err)
	}
	return state, nil
}

func (n native) close() { C.wxsign_client_close(n.client, nil) }

func (n native) free() { C.wxsign_client_free(n.client) }

func sign(ticket, nonce string, timestamp int64, url string) (string, error) {
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

func cardSign(values []string) (string, error) {
	var signature [C.WXSIGN_SIGNATURE_SIZE]C.char
	var failed *C.wxsign_error
	// Not empty, because NULL means missing values to C.
	texts, lens := make([]*C.char, len(values)+1), make([]C.size_t, len(values)+1)
	// C may only read Go pointers in Go memory if they are pinned.
	var pinner runtime.Pinner
	defer pinner.Unpin()
	for i, value := range values {
		texts[i], lens[i] = text(value)
		pinner.Pin(texts[i])
	}
	status := C.wxsign_card_sign(&texts[0], &lens[0], C.size_t(len(values)), &signature[0], &failed)
	if status != C.WXSIGN_STATUS_OK {
		return "", failure(C.wxsign_go_outcome{status: status, error: failed})
	}
	return characters(&signature[0], C.WXSIGN_SIGNATURE_SIZE-1), nil
}

func nonce() string {
	var nonce [C.WXSIGN_NONCE_SIZE]C.char
	// It fails only for NULL.
	C.wxsign_nonce(&nonce[0], nil)
	return characters(&nonce[0], C.WXSIGN_NONCE_SIZE-1)
}

func urlFromQuery(query string) (string, error) {
	p, n := text(query)
	got := C.wxsign_go_url_from_query(p, n)
	if err := failure(got.outcome); err != nil {
		return "", err
	}
	return take(got), nil
}

func version() string { return C.GoString(C.wxsign_version()) }

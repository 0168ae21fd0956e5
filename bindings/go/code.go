// The codes of the error table: the same words at every binding, and the sentinels of errors.Is.

package wxsign

// Code says which kind of failure an [Error] is. The words are the same in Go, Rust, C and JavaScript.
//
// A Code is itself an error, so that it serves as the target of [errors.Is]:
//
//	if errors.Is(err, wxsign.ErrQuotaExceeded) { … }
type Code string

// Error gives the word.
func (c Code) Error() string { return string(c) }

// One sentinel for each code. README.md's table says when each comes and what to do.
const (
	// ErrInvalidArgument is a wrong option or parameter.
	ErrInvalidArgument Code = "INVALID_ARGUMENT"
	// ErrInvalidURL is a page's URL that is not http(s), has a control character, a backslash or user
	// information, or is longer than 2048 bytes.
	ErrInvalidURL Code = "INVALID_URL"
	// ErrHostNotAllowed is a page whose host is not on the client's list.
	ErrHostNotAllowed Code = "HOST_NOT_ALLOWED"
	// ErrCredentialRejected is an appId or AppSecret that WeChat refuses.
	ErrCredentialRejected Code = "CREDENTIAL_REJECTED"
	// ErrIPNotAllowed is an address that is not on the account's IP whitelist.
	ErrIPNotAllowed Code = "IP_NOT_ALLOWED"
	// ErrPermissionDenied is an account that may not use the interface.
	ErrPermissionDenied Code = "PERMISSION_DENIED"
	// ErrQuotaExceeded is a quota of calls that is used up.
	ErrQuotaExceeded Code = "QUOTA_EXCEEDED"
	// ErrTokenInvalidated is an access token that is dead, and stayed so after the one refetch.
	ErrTokenInvalidated Code = "TOKEN_INVALIDATED"
	// ErrUpstreamBusy is a WeChat that is busy or failing.
	ErrUpstreamBusy Code = "UPSTREAM_BUSY"
	// ErrUpstreamRejected is an errcode without a code of its own.
	ErrUpstreamRejected Code = "UPSTREAM_REJECTED"
	// ErrBadResponse is an answer that is not one of WeChat's.
	ErrBadResponse Code = "BAD_RESPONSE"
	// ErrNotReady is what asking without waiting gives where nothing is in memory.
	ErrNotReady Code = "NOT_READY"
	// ErrNetwork is a service that could not be reached.
	ErrNetwork Code = "NETWORK"
	// ErrTimeout is a deadline that passed, the context's or the client's own.
	ErrTimeout Code = "TIMEOUT"
	// ErrStore is an unsafe directory that was named for the store.
	ErrStore Code = "STORE"
	// ErrClosed is a client that was closed.
	ErrClosed Code = "CLOSED"
	// ErrAborted is a context that was cancelled.
	ErrAborted Code = "ABORTED"
	// ErrForked is a client that was made before this process was forked.
	ErrForked Code = "FORKED"
	// ErrInternal is a defect of wxsign.
	ErrInternal Code = "INTERNAL"
)

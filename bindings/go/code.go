// The codes of the error table, which all bindings share, and the targets of errors.Is.

package wxsign

// Code is the kind of failure of an [Error]. Go, Rust, C and JavaScript use the same words.
//
// A Code is an error, so that it can be the target of [errors.Is]:
//
//	if errors.Is(err, wxsign.ErrQuotaExceeded) { … }
type Code string

// Error returns the word.
func (c Code) Error() string { return string(c) }

// The codes. docs/errors.md says when each occurs and what to do.
const (
	// ErrInvalidArgument: an option or parameter is wrong.
	ErrInvalidArgument Code = "INVALID_ARGUMENT"
	// ErrInvalidURL: the page's URL cannot be signed: not http(s), too long, or with characters
	// that location.href never contains.
	ErrInvalidURL Code = "INVALID_URL"
	// ErrHostNotAllowed: the page's host is not on the client's list.
	ErrHostNotAllowed Code = "HOST_NOT_ALLOWED"
	// ErrCredentialRejected: WeChat refuses the appId or the AppSecret.
	ErrCredentialRejected Code = "CREDENTIAL_REJECTED"
	// ErrIPNotAllowed: this machine's address is not on the account's IP whitelist.
	ErrIPNotAllowed Code = "IP_NOT_ALLOWED"
	// ErrPermissionDenied: the account may not use the interface.
	ErrPermissionDenied Code = "PERMISSION_DENIED"
	// ErrQuotaExceeded: a quota of calls is used up.
	ErrQuotaExceeded Code = "QUOTA_EXCEEDED"
	// ErrTokenInvalidated: WeChat refuses the access token, and refused it again after one refetch.
	ErrTokenInvalidated Code = "TOKEN_INVALIDATED"
	// ErrUpstreamBusy: WeChat is busy or failing.
	ErrUpstreamBusy Code = "UPSTREAM_BUSY"
	// ErrUpstreamRejected: WeChat refused with an errcode that has no code here.
	ErrUpstreamRejected Code = "UPSTREAM_REJECTED"
	// ErrBadResponse: the answer is not WeChat's.
	ErrBadResponse Code = "BAD_RESPONSE"
	// ErrNotReady: the call does not wait, and no usable ticket is in memory.
	ErrNotReady Code = "NOT_READY"
	// ErrNetwork: the service could not be reached.
	ErrNetwork Code = "NETWORK"
	// ErrTimeout: a deadline passed, the context's or the client's.
	ErrTimeout Code = "TIMEOUT"
	// ErrStore: the store cannot be used.
	ErrStore Code = "STORE"
	// ErrClosed: the client is closed.
	ErrClosed Code = "CLOSED"
	// ErrAborted: the context was cancelled.
	ErrAborted Code = "ABORTED"
	// ErrForked: the client belongs to the parent of this forked process.
	ErrForked Code = "FORKED"
	// ErrInternal: a defect of wxsign.
	ErrInternal Code = "INTERNAL"
)

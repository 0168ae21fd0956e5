// The error type of this package, and the errors of contexts that ended.

package wxsign

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Error is the type of every error that this package returns. It never contains a secret, a token
// or a ticket.
//
// [errors.As] finds it, [errors.Is] compares it with the codes, such as [ErrQuotaExceeded], and
// Unwrap returns the failure that caused it.
type Error struct {
	// Code is the kind of failure.
	Code Code `json:"code"`
	// Message says what happened, in English and in one line. If WeChat refused, it is WeChat's
	// errmsg.
	Message string `json:"message"`
	// Reason is the cause below the code as one word, such as ECONNREFUSED, or empty.
	Reason string `json:"reason,omitempty"`
	// Host, Path, Option and Parameter name the thing that failed. At most one of them is set.
	Host      string `json:"host,omitempty"`
	Path      string `json:"path,omitempty"`
	Option    string `json:"option,omitempty"`
	Parameter string `json:"parameter,omitempty"`
	// ErrCode is WeChat's errcode, or 0.
	ErrCode int64 `json:"errcode,omitempty"`
	// RID is the request's id in Tencent's logs, which Tencent's support asks for.
	RID string `json:"rid,omitempty"`
	// IP is the address that WeChat saw and refused (IP_NOT_ALLOWED); otherwise it is not valid.
	IP netip.Addr `json:"-"`
	// Retryable reports whether the same call can succeed later without any change.
	Retryable bool `json:"retryable"`
	// RetryAt is when wxsign asks WeChat again at the earliest. Until then calls fail with this
	// error at once. It is zero if no cooldown applies.
	RetryAt time.Time `json:"-"`
	// RecordedAt is when the failure happened, if that was before this call; otherwise it is zero.
	RecordedAt time.Time `json:"-"`
	// Hint says what to do next, in English.
	Hint string `json:"hint"`
	// HintZH says what to do next, in Chinese.
	HintZH string `json:"hintZh"`
	// DocsURL is the address of the page that explains the code.
	DocsURL string `json:"docsUrl"`

	answer answer
	cause  error
}

// answer is what an HTTP handler makes of an error. The core decides it for all bindings.
type answer struct {
	status     int
	retryAfter time.Duration
	body       string
}

// Error returns the code, the message, and WeChat's errcode and rid if there are any.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("wxsign: ")
	b.WriteString(string(e.Code))
	b.WriteString(": ")
	b.WriteString(e.Message)
	if e.ErrCode != 0 {
		b.WriteString(" (errcode ")
		b.WriteString(strconv.FormatInt(e.ErrCode, 10))
		if e.RID != "" {
			b.WriteString(", rid ")
			b.WriteString(e.RID)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// Is reports whether target is the code of this error.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// Unwrap returns the failure that caused this one, or nil: a TIMEOUT has the last error of the
// fetch that the call waited for, an ABORTED has the context's error.
func (e *Error) Unwrap() error { return e.cause }

// HTTPStatus returns the status that [Handler] answers with.
func (e *Error) HTTPStatus() int { return e.answer.status }

// RetryAfter returns the time for an HTTP answer's Retry-After header, or 0 if the answer should
// not have it.
func (e *Error) RetryAfter() time.Duration { return e.answer.retryAfter }

// PublicJSON returns the JSON body for an HTTP answer: the code and one fixed sentence, and nothing
// that a visitor should not see.
func (e *Error) PublicJSON() string { return e.answer.body }

// errorJSON is an error as the core writes it.
type errorJSON struct {
	errorFields
	IP         string     `json:"ip,omitempty"`
	RetryAt    int64      `json:"retryAt,omitempty"`
	RecordedAt int64      `json:"recordedAt,omitempty"`
	Cause      *errorJSON `json:"cause,omitempty"`
}

// errorFields is an Error without its methods.
type errorFields Error

func (from *errorJSON) error() *Error {
	e := Error(from.errorFields)
	e.IP, _ = netip.ParseAddr(from.IP)
	e.RetryAt, e.RecordedAt = unixMilliseconds(from.RetryAt), unixMilliseconds(from.RecordedAt)
	if from.Cause != nil {
		e.cause = from.Cause.error()
	}
	return &e
}

// MarshalJSON encodes the error with the keys that all bindings use, for logs.
func (e *Error) MarshalJSON() ([]byte, error) { return json.Marshal(e.json()) }

func (e *Error) json() *errorJSON {
	to := &errorJSON{
		errorFields: errorFields(*e),
		RetryAt:     toUnixMilliseconds(e.RetryAt),
		RecordedAt:  toUnixMilliseconds(e.RecordedAt),
	}
	if e.IP.IsValid() {
		to.IP = e.IP.String()
	}
	var cause *Error
	if errors.As(e.cause, &cause) {
		to.Cause = cause.json()
	}
	return to
}

// asError returns the Error in err. Any other error is a defect.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	e = newError(ErrInternal, err.Error())
	e.cause = err
	return e
}

// ended is the error of a caller whose context has ended. The core does not know contexts.
func ended(ctx context.Context) error {
	var e *Error
	if cause := ctx.Err(); errors.Is(cause, context.DeadlineExceeded) {
		e = newError(ErrTimeout, "the context's deadline passed")
	} else {
		e = newError(ErrAborted, "the context was cancelled")
	}
	e.cause = ctx.Err()
	return e
}

// invalid is the error of an argument that this package refuses before the core sees it.
func invalid(message string) error { return newError(ErrInvalidArgument, message) }

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// unixMilliseconds reads a time of the core, where 0 means that there is none.
func unixMilliseconds(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func toUnixMilliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

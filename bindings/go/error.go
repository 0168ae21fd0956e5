// The one error type of this package, and what becomes of a context that ended.

package wxsign

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Error is every error that this package returns. It never carries a secret, a token or a ticket.
//
// [errors.As] finds it, [errors.Is] compares it with the codes, such as [ErrQuotaExceeded], and Unwrap gives the
// failure behind it.
type Error struct {
	// Code says which kind of failure this is.
	Code Code
	// Message says what happened, in English and in one line; in WeChat's own words where it was WeChat that refused.
	Message string
	// ErrCode is WeChat's errcode, or 0 where WeChat did not answer with one.
	ErrCode int64
	// RID is the request's id in Tencent's logs, which Tencent's support asks for.
	RID string
	// IP is the address that WeChat saw and refused (IP_NOT_ALLOWED); else it is not valid.
	IP netip.Addr
	// Retryable says whether the same call can succeed later without anybody changing anything.
	Retryable bool
	// RetryAt is when wxsign will ask WeChat again at the earliest; calls until then get this error at once.
	// It is zero where nothing forbids asking.
	RetryAt time.Time
	// Hint says what to do next, in English.
	Hint string
	// HintZH says what to do next, in Chinese.
	HintZH string

	cause error
}

// Error gives the code, the message, and WeChat's errcode and rid where there are any.
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

// Is says whether target is the code of this error.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// Unwrap gives the failure behind this one, if any: a TIMEOUT has the last error of the fetch that it waited for, an
// ABORTED the context's error.
func (e *Error) Unwrap() error { return e.cause }

// asError gives the Error in err; one that is not ours could only come from a defect.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: ErrInternal, Message: err.Error(), cause: err}
}

// gaveUp is the error of a caller whose context has ended. The core does not know contexts, so the words are ours.
func gaveUp(ctx context.Context) error {
	e := &Error{
		Code:    ErrAborted,
		Message: "the context was cancelled",
		Hint:    "The caller gave up waiting; call again when needed.",
		HintZH:  "调用方已放弃等待；需要时请重新调用。",
		cause:   ctx.Err(),
	}
	if errors.Is(e.cause, context.DeadlineExceeded) {
		e.Code, e.Message, e.Retryable = ErrTimeout, "the context's deadline passed", true
		e.Hint = "The service is slow: try again, or allow a longer timeout."
		e.HintZH = "服务响应过慢：请重试或加长超时时间。"
	}
	return e
}

// invalid is the error of an argument that cannot even be handed to the core.
func invalid(why string) error {
	return &Error{
		Code:    ErrInvalidArgument,
		Message: why,
		Hint:    "Correct the option or parameter that the message names.",
		HintZH:  "请修正错误信息中指出的选项或参数。",
	}
}

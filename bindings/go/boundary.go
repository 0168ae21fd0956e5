// The boundary: texts inwards, errors and strings outwards, and the numbers by which C names what is Go's.

package wxsign

// #include "shim.h"
import "C"

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"unsafe"
)

// nothing gives an empty text an address: C takes NULL for a text that is missing.
var nothing [1]byte

// text hands a string over where it lies. C reads it during the call and keeps no pointer; the pointer that is passed
// keeps the string alive so long.
func text(s string) (*C.char, C.size_t) {
	if s == "" {
		return (*C.char)(unsafe.Pointer(&nothing[0])), 0
	}
	return (*C.char)(unsafe.Pointer(unsafe.StringData(s))), C.size_t(len(s))
}

// failure makes the error of an outcome, if it is one, and frees C's.
func failure(outcome C.wxsign_go_outcome) error {
	if outcome.status == C.WXSIGN_STATUS_OK {
		return nil
	}
	defer C.wxsign_error_free(outcome.error)
	return readError(outcome.error)
}

// readError copies an error of C's, which stays C's.
func readError(from *C.wxsign_error) *Error {
	if from == nil {
		// Where C could not even make one.
		return &Error{Code: ErrInternal, Message: "wxsign failed without saying why"}
	}
	c := C.wxsign_go_read_error(from)
	e := &Error{
		Code:      Code(C.GoString(c.name)),
		Message:   C.GoString(c.message),
		ErrCode:   int64(c.errcode),
		RID:       C.GoString(c.rid),
		Retryable: bool(c.retryable),
		RetryAt:   unixMilliseconds(int64(c.retry_at_ms)),
		Hint:      C.GoString(c.hint),
		HintZH:    C.GoString(c.hint_zh),
	}
	e.IP, _ = netip.ParseAddr(C.GoString(c.ip))
	if c.cause != nil {
		e.cause = readError(c.cause)
	}
	return e
}

// takeString copies a string of C's and has it wiped and freed.
func takeString(from C.wxsign_go_string) (string, error) {
	if err := failure(from.outcome); err != nil {
		return "", err
	}
	defer C.wxsign_string_free(from.text)
	return C.GoStringN(from.text, C.int(from.len)), nil
}

// characters copies a string out of a buffer; unlike C.GoStringN it lets the buffer stay on the stack.
func characters(from *C.char, length int) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(from)), length))
}

// registry holds what C knows by a number: C may keep no Go pointer, and a number that comes too late finds nothing,
// where a pointer would find anything.
type registry struct {
	last   atomic.Uintptr
	values sync.Map
}

var lent registry

func (r *registry) put(value any) C.uintptr_t {
	id := r.last.Add(1)
	r.values.Store(id, value)
	return C.uintptr_t(id)
}

func (r *registry) get(id C.uintptr_t) any {
	value, _ := r.values.Load(uintptr(id))
	return value
}

func (r *registry) take(id C.uintptr_t) any {
	value, _ := r.values.LoadAndDelete(uintptr(id))
	return value
}

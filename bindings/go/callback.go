// The calls from the C library: shim.c calls these functions on wxsign's threads. They run the
// program's code on new goroutines, so neither a panic nor runtime.Goexit reaches C's frames.

package wxsign

// #include "shim.h"
import "C"

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// registry maps numbers to the values that C refers to. C must not keep Go pointers, and a number
// that comes too late finds nothing.
type registry struct {
	last   atomic.Uintptr
	values sync.Map
}

var contexts registry

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

// withContext gives C a number for value. C releases it, unless the call fails.
func withContext(value any, call func(C.uintptr_t) error) error {
	id := contexts.put(value)
	err := call(id)
	if err != nil {
		contexts.take(id)
	}
	return err
}

//export wxsignGoEvent
func wxsignGoEvent(id C.uintptr_t, event *C.wxsign_event) {
	l, ok := contexts.get(id).(*listener)
	if !ok {
		return
	}
	// A listener may close the client, but C's client must not be freed inside this call.
	if client := l.client.Load(); client.enter() {
		defer func() { go client.leave() }()
	}
	l.notify(readEvent(event))
}

func readEvent(from *C.wxsign_event) Event {
	c := C.wxsign_go_read_event(from)
	event := Event{
		Kind:       EventKind(C.GoString(c.name)),
		Credential: C.GoString(c.credential),
		Source:     C.GoString(c.source),
		Remaining:  milliseconds(int64(c.remaining_ms)),
		Reason:     C.GoString(c.reason),
	}
	if c.error != nil {
		event.Err = readError(c.error)
	}
	return event
}

//export wxsignGoToken
func wxsignGoToken(id C.uintptr_t, rejected *C.char, rejectedLen C.size_t, reply *C.wxsign_token_reply) {
	t, ok := contexts.get(id).(*tokens)
	if !ok {
		answerToken(reply, "", errors.New("the client was closed"))
		return
	}
	refused := C.GoStringN(rejected, C.int(rejectedLen))
	// C's thread does not wait for a slow function. The deferred call also answers after
	// runtime.Goexit.
	go func() {
		token, err := "", errors.New("it ended its goroutine")
		defer func() { answerToken(reply, token, err) }()
		token, err = t.ask(refused)
	}()
}

//export wxsignGoTicket
func wxsignGoTicket(id C.uintptr_t, kind, rejected *C.char, rejectedLen C.size_t, reply *C.wxsign_ticket_reply) {
	t, ok := contexts.get(id).(*tickets)
	if !ok {
		answerTicket(reply, "", 0, errors.New("the client was closed"))
		return
	}
	wanted, dropped := C.GoString(kind), C.GoStringN(rejected, C.int(rejectedLen))
	go func() {
		ticket, life, err := "", time.Duration(0), errors.New("it ended its goroutine")
		defer func() { answerTicket(reply, ticket, life, err) }()
		ticket, life, err = t.ask(wanted, dropped)
	}()
}

// answerTicket answers and frees the reply. A refused answer also fails the calls that wait for it.
func answerTicket(reply *C.wxsign_ticket_reply, ticket string, life time.Duration, err error) {
	if err != nil {
		p, n := text(err.Error())
		C.wxsign_ticket_reply_fail(reply, p, n, nil)
		return
	}
	p, n := text(ticket)
	ms := C.uint64_t(C.WXSIGN_LIFE_UNKNOWN)
	if life != LifeUnknown {
		// Rounded up, because with 0 the ticket has expired.
		whole := max(life, 0).Truncate(time.Millisecond)
		ms = C.uint64_t(whole / time.Millisecond)
		if life > whole {
			ms++
		}
	}
	C.wxsign_ticket_reply_send(reply, p, n, ms, nil)
}

// answerToken answers and frees the reply. A refused answer also fails the calls that wait for it.
func answerToken(reply *C.wxsign_token_reply, token string, err error) {
	if err != nil {
		p, n := text(err.Error())
		C.wxsign_token_reply_fail(reply, p, n, nil)
		return
	}
	p, n := text(token)
	C.wxsign_token_reply_send(reply, p, n, nil)
}

//export wxsignGoSettle
func wxsignGoSettle(id C.uintptr_t, status C.wxsign_status, value *C.char, length C.size_t, err *C.wxsign_error) {
	r, ok := contexts.take(id).(*request)
	if !ok {
		return
	}
	if status != C.WXSIGN_STATUS_OK {
		r.settle("", readError(err))
		return
	}
	r.settle(C.GoStringN(value, C.int(length)), nil)
}

//export wxsignGoSettleConfig
func wxsignGoSettleConfig(id C.uintptr_t, status C.wxsign_status, config *C.wxsign_config, err *C.wxsign_error) {
	s, ok := contexts.take(id).(*signing)
	if !ok {
		return
	}
	if status != C.WXSIGN_STATUS_OK {
		s.settle(Config{}, readError(err))
		return
	}
	s.settle(readConfig(config), nil)
}

//export wxsignGoRelease
func wxsignGoRelease(id C.uintptr_t) { contexts.take(id) }

// What C calls: shim.c passes here what wxsign's threads have to say. No panic of the program's may cross C's frames.

package wxsign

// #include "shim.h"
import "C"

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// listener is whoever wants to hear of events.
type listener struct {
	logger *slog.Logger
	tell   func(Event)
	// client is set once New has made it; the first event may come before.
	client atomic.Pointer[handle]
}

//export wxsignGoEvent
func wxsignGoEvent(id C.uintptr_t, event *C.wxsign_event) {
	l, ok := lent.get(id).(*listener)
	if !ok {
		return
	}
	// A listener may close the client, but C's client must not be freed inside this call.
	if client := l.client.Load(); client.enter() {
		defer func() { go client.leave() }()
	}
	l.hear(readEvent(event))
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

func (l *listener) hear(event Event) {
	defer func() {
		if panicked := recover(); panicked != nil && l.logger != nil {
			l.logger.Error("wxsign: a listener panicked", slog.String("panic", fmt.Sprint(panicked)))
		}
	}()
	if l.logger != nil {
		logEvent(l.logger, event)
	}
	if l.tell != nil {
		l.tell(event)
	}
}

// tokens asks the program's own function for access tokens.
type tokens struct {
	function func(context.Context, string) (string, error)
	ctx      context.Context
	cancel   context.CancelFunc
}

// flight is how long a fetch may take, by the header: later nobody waits for its token.
const flight = 9 * time.Second

func newTokens(function func(context.Context, string) (string, error)) *tokens {
	ctx, cancel := context.WithCancel(context.Background())
	return &tokens{function, ctx, cancel}
}

//export wxsignGoToken
func wxsignGoToken(id C.uintptr_t, rejected *C.char, rejectedLen C.size_t, reply *C.wxsign_token_reply) {
	t, ok := lent.get(id).(*tokens)
	if !ok {
		answerToken(reply, "", fmt.Errorf("the client was closed"))
		return
	}
	// On a goroutine of its own, so that a slow function holds no thread of wxsign's inside Go.
	refused := C.GoStringN(rejected, C.int(rejectedLen))
	go func() {
		token, err := t.ask(refused)
		answerToken(reply, token, err)
	}()
}

func (t *tokens) ask(rejected string) (token string, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			// Its words may hold anything, and would reach the callers.
			token, err = "", fmt.Errorf("it panicked")
		}
	}()
	ctx, cancel := context.WithTimeout(t.ctx, flight)
	defer cancel()
	return t.function(ctx, rejected)
}

// answerToken frees the reply in any case; what it says of the answer, whoever waits for it is told as well.
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
	r, ok := lent.take(id).(*request)
	if !ok {
		return
	}
	if status != C.WXSIGN_STATUS_OK {
		r.settle("", readError(err))
		return
	}
	r.settle(C.GoStringN(value, C.int(length)), nil)
}

//export wxsignGoRelease
func wxsignGoRelease(id C.uintptr_t) { lent.take(id) }

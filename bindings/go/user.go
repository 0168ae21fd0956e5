// The program's own functions: event listeners, token functions and ticket functions.

package wxsign

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// contain runs a function of the program on a new goroutine and waits for it, so that neither a
// panic nor runtime.Goexit ends the caller. It returns what went wrong, or nil.
func contain(function func()) (failure error) {
	done := make(chan struct{})
	failure = errors.New("it ended its goroutine")
	go func() {
		defer close(done)
		defer func() {
			if panicked := recover(); panicked != nil {
				failure = errors.New("it panicked")
				// The methods of the value are the program's code too, and may panic in turn.
				defer func() { _ = recover() }()
				failure = fmt.Errorf("it panicked: %v", panicked)
			}
		}()
		function()
		failure = nil
	}()
	<-done
	return failure
}

// listener is what receives events.
type listener struct {
	log      *eventLog
	function func(Event)
	// client is set after New has made it. The first event may come before.
	client atomic.Pointer[handle]
}

func (l *listener) listens() bool { return l.log != nil || l.function != nil }

func (l *listener) notify(event Event) {
	err := contain(func() {
		if l.log != nil {
			l.log.write(event)
		}
		if l.function != nil {
			l.function(event)
		}
	})
	if err != nil && l.log != nil {
		_ = contain(func() {
			l.log.logger.Error("wxsign: an event listener failed", slog.String("error", err.Error()))
		})
	}
}

// supplier has the context of a function that supplies tokens or tickets.
type supplier struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func newSupplier() supplier {
	ctx, cancel := context.WithCancel(context.Background())
	return supplier{ctx, cancel}
}

// ask calls the function with a context that ends when no call waits for its answer any more.
func (s supplier) ask(call func(context.Context) error) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			// The panic's text could contain a secret, and callers would see it.
			err = errors.New("it panicked")
		}
	}()
	ctx, cancel := context.WithTimeout(s.ctx, flightTime)
	defer cancel()
	if err := call(ctx); err != nil {
		// Read here: the error's method is the program's code too, and panics for a nil pointer.
		return errors.New(err.Error())
	}
	return nil
}

// tokens asks the program's function for access tokens.
type tokens struct {
	supplier
	function func(context.Context, string) (string, error)
}

// tickets asks the program's function for tickets.
type tickets struct {
	supplier
	function func(ctx context.Context, kind, rejected string) (string, time.Duration, error)
}

// flightTime is how long a fetch may take, as wxsign.h says. Later no call waits for its token.
const flightTime = 9 * time.Second

func newTokens(function func(context.Context, string) (string, error)) *tokens {
	return &tokens{newSupplier(), function}
}

func (t *tokens) ask(rejected string) (token string, err error) {
	err = t.supplier.ask(func(ctx context.Context) (err error) {
		token, err = t.function(ctx, rejected)
		return err
	})
	return token, err
}

func newTickets(function func(context.Context, string, string) (string, time.Duration, error)) *tickets {
	return &tickets{newSupplier(), function}
}

func (t *tickets) ask(kind, rejected string) (ticket string, life time.Duration, err error) {
	err = t.supplier.ask(func(ctx context.Context) (err error) {
		ticket, life, err = t.function(ctx, kind, rejected)
		return err
	})
	return ticket, life, err
}

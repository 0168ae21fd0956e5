// The program's own functions: event listeners and token functions.

package wxsign

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// contain runs a function of the program on a goroutine of its own and waits for it, so that neither a panic nor
// runtime.Goexit ends the caller. It returns what went wrong, or nil.
func contain(function func()) (failure error) {
	done := make(chan struct{})
	failure = errors.New("it ended its goroutine")
	go func() {
		defer close(done)
		defer func() {
			if panicked := recover(); panicked != nil {
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
	logger   *slog.Logger
	function func(Event)
	// client is set after New has made it. The first event may come before.
	client atomic.Pointer[handle]
}

func (l *listener) listens() bool { return l.logger != nil || l.function != nil }

func (l *listener) notify(event Event) {
	err := contain(func() {
		if l.logger != nil {
			logEvent(l.logger, event)
		}
		if l.function != nil {
			l.function(event)
		}
	})
	if err != nil && l.logger != nil {
		_ = contain(func() {
			l.logger.Error("wxsign: an event listener failed", slog.String("error", err.Error()))
		})
	}
}

// tokens asks the program's function for access tokens.
type tokens struct {
	function func(context.Context, string) (string, error)
	ctx      context.Context
	cancel   context.CancelFunc
}

// flightTime is how long a fetch may take, as wxsign.h says. Later no call waits for its token.
const flightTime = 9 * time.Second

func newTokens(function func(context.Context, string) (string, error)) *tokens {
	ctx, cancel := context.WithCancel(context.Background())
	return &tokens{function, ctx, cancel}
}

func (t *tokens) ask(rejected string) (token string, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			// The panic's text could contain a secret, and callers would see it.
			token, err = "", errors.New("it panicked")
		}
	}()
	ctx, cancel := context.WithTimeout(t.ctx, flightTime)
	defer cancel()
	return t.function(ctx, rejected)
}

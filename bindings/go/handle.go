// The hold on C's client: it is freed when it was closed and the last call on it has returned.

package wxsign

// #include "shim.h"
import "C"

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// handle counts who uses C's client. It knows nothing of the Client, so that the collector may find that one unused.
type handle struct {
	client *C.wxsign_client
	// uses is one for each call under way, and one until the client is closed.
	uses   atomic.Int64
	once   sync.Once
	tokens *tokens
	// last is what remains of the client when it is closed: the core's own word for that, and its state.
	last atomic.Pointer[remains]
}

type remains struct {
	err   error
	state State
}

func newHandle(client *C.wxsign_client, tokens *tokens) *handle {
	h := &handle{client: client, tokens: tokens}
	h.uses.Store(1)
	return h
}

// enter begins a call, unless there is nothing to call on.
func (h *handle) enter() bool {
	if h == nil {
		return false
	}
	for {
		uses := h.uses.Load()
		if uses == 0 {
			return false
		}
		if h.uses.CompareAndSwap(uses, uses+1) {
			return true
		}
	}
}

// leave ends it.
func (h *handle) leave() {
	if h.uses.Add(-1) == 0 {
		C.wxsign_client_free(h.client)
	}
}

func (h *handle) close() {
	h.once.Do(func() {
		// Whoever waits is told now, on this thread.
		C.wxsign_client_close(h.client, nil)
		p, n := text("")
		err := failure(C.wxsign_go_config_if_fresh(h.client, p, n).outcome)
		state, _ := readState(h.client)
		h.last.Store(&remains{err, state})
		if h.tokens != nil {
			h.tokens.cancel()
		}
		h.leave()
	})
}

func readState(client *C.wxsign_client) (State, error) {
	text, err := takeString(C.wxsign_go_state(client))
	if err != nil {
		return State{}, err
	}
	return parseState([]byte(text))
}

// enter begins a call, which must end with leave. A client that New did not make has nothing to call on.
func (c *Client) enter() (*C.wxsign_client, error) {
	if c == nil || c.handle == nil {
		return nil, invalid("the client was not made by New")
	}
	if !c.handle.enter() {
		return nil, c.last.Load().err
	}
	return c.client, nil
}

// leave ends a call. The collector closes a client that nobody uses any more: a call under way is such a use.
func (c *Client) leave() {
	c.handle.leave()
	runtime.KeepAlive(c)
}

func (c *Client) lastState(err error) (State, error) {
	if c == nil || c.handle == nil {
		return State{}, err
	}
	return c.last.Load().state, nil
}

// usable says whether a call may begin: a context that has ended ends it at once.
func usable(ctx context.Context) error {
	if ctx == nil {
		return invalid("the context is nil")
	}
	if ctx.Err() != nil {
		return gaveUp(ctx)
	}
	return nil
}

// Counts the uses of C's client, which is freed after it was closed and the last call on it has
// returned.

package wxsign

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// handle does not refer to the Client, so that the collector can find a Client unused.
type handle struct {
	native native
	// uses counts the calls that are under way, and one more until the client is closed.
	uses atomic.Int64
	once sync.Once
	// suppliers are cancelled when the client is closed.
	suppliers []supplier
	// last is set when the client is closed.
	last atomic.Pointer[afterClose]
}

// afterClose is what a closed client still returns: the core's error, and the last state.
type afterClose struct {
	err   error
	state State
}

func newHandle(native native, suppliers ...supplier) *handle {
	h := &handle{native: native, suppliers: suppliers}
	h.uses.Store(1)
	return h
}

// enter begins a call, and reports whether there is a client to call.
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

// leave ends a call.
func (h *handle) leave() {
	if h.uses.Add(-1) == 0 {
		h.native.free()
	}
}

func (h *handle) close() {
	h.once.Do(func() {
		// All waiting calls get their error now, on this thread.
		h.native.close()
		_, err := h.native.tryConfig(pageConfig, "")
		state, _ := h.native.state()
		h.last.Store(&afterClose{err, state})
		for _, supplier := range h.suppliers {
			supplier.cancel()
		}
		h.leave()
	})
}

// enter begins a call, which must end with leave. It fails if New did not make the client, or if it
// is closed.
func (c *Client) enter() error {
	if c == nil || c.handle == nil {
		return invalid("the client was not made by New")
	}
	if !c.handle.enter() {
		return c.last.Load().err
	}
	return nil
}

// leave ends a call. The collector closes an unused client, and a call that is under way uses it.
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

// usable fails if the context has ended.
func usable(ctx context.Context) error {
	if ctx == nil {
		return invalid("the context is nil")
	}
	if ctx.Err() != nil {
		return ended(ctx)
	}
	return nil
}

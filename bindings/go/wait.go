// Waiting: however many goroutines wait for a credential, a few calls wait in C, and none of them holds a thread.

package wxsign

// #include "shim.h"
import "C"

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// credential is which one is asked for.
type credential C.int

const (
	ticket credential = C.WXSIGN_GO_TICKET
	token  credential = C.WXSIGN_GO_TOKEN
)

// request is a call that waits in C, and everybody in Go who waits for its outcome.
type request struct {
	begun time.Time
	done  chan struct{}
	value string
	err   error
}

func (r *request) settle(value string, err error) {
	r.value, r.err = value, err
	close(r.done)
}

func (r *request) settled() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// desk knows the latest request for each credential.
type desk struct {
	mutex  sync.Mutex
	latest [2]*request
	// A request has a timeout of its own, so whoever joins it late waits for less than his: not by more than this.
	// It allows a sixteenth of the timeout, and so at most seventeen requests at a time.
	fresh time.Duration
}

// join gives the latest request, or a new one, which the caller must then begin.
func (d *desk) join(of credential) (r *request, begin bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	r = d.latest[of]
	if r == nil || r.settled() || time.Since(r.begun) > d.fresh {
		r = &request{begun: time.Now(), done: make(chan struct{})}
		d.latest[of], begin = r, true
	}
	return r, begin
}

// forget drops a settled request, so that its value does not stay in memory for longer than somebody wants it.
func (d *desk) forget(of credential, r *request) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.latest[of] == r {
		d.latest[of] = nil
	}
}

// await waits for a credential until the client's timeout or the context's end.
func (c *Client) await(ctx context.Context, of credential) (string, error) {
	r, begin := c.desk.join(of)
	if begin {
		c.begin(of, r)
	}
	select {
	case <-r.done:
		c.desk.forget(of, r)
		// A client that the program has dropped would be closed by the collector, and this call with it.
		runtime.KeepAlive(c)
		return r.value, r.err
	case <-ctx.Done():
		return "", gaveUp(ctx)
	}
}

func (c *Client) begin(of credential, r *request) {
	client, err := c.enter()
	if err != nil {
		r.settle("", err)
		return
	}
	defer c.leave()
	id := lent.put(r)
	if err := failure(C.wxsign_go_ask(client, C.int(of), id)); err != nil {
		lent.take(id)
		r.settle("", err)
	}
}

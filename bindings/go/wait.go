// Goroutines that wait for a credential share a few calls into C. None of them occupies a thread.

package wxsign

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// credential is the kind of credential of a call.
type credential int

const (
	ticket credential = iota
	token
)

// request is one call into C, and its outcome for all goroutines that wait for it.
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

// sharedRequests has the latest request for each credential.
type sharedRequests struct {
	mutex  sync.Mutex
	latest [2]*request
	// fresh is how long others may join a request. A request has its own timeout, so a goroutine
	// that joins it late waits for less than the client's timeout, by at most this. With a
	// sixteenth of the timeout there are at most 17 requests.
	fresh time.Duration
}

// join returns the latest request, or a new one, which the caller must then begin.
func (d *sharedRequests) join(of credential) (r *request, begin bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	r = d.latest[of]
	if r == nil || r.settled() || time.Since(r.begun) > d.fresh {
		r = &request{begun: time.Now(), done: make(chan struct{})}
		d.latest[of], begin = r, true
	}
	return r, begin
}

// forget drops a settled request, so that its secret does not stay in memory.
func (d *sharedRequests) forget(of credential, r *request) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.latest[of] == r {
		d.latest[of] = nil
	}
}

// await waits for a credential until the client's timeout passes or the context ends.
func (c *Client) await(ctx context.Context, of credential) (string, error) {
	r, begin := c.requests.join(of)
	if begin {
		c.begin(of, r)
	}
	select {
	case <-r.done:
		c.requests.forget(of, r)
		// Otherwise the collector could close an unused client, and this call with it.
		runtime.KeepAlive(c)
		return r.value, r.err
	case <-ctx.Done():
		return "", ended(ctx)
	}
}

func (c *Client) begin(of credential, r *request) {
	if err := c.enter(); err != nil {
		r.settle("", err)
		return
	}
	defer c.leave()
	if err := c.native.ask(of, r); err != nil {
		r.settle("", err)
	}
}

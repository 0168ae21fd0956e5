// Which goroutines share a request, seen from inside.

package wxsign

import (
	"sync"
	"testing"
	"time"
)

func TestWaitersShareOneRequest(t *testing.T) {
	d := sharedRequests{fresh: time.Hour}
	first, begin := d.join(ticket)
	if !begin {
		t.Fatal("the first caller does not begin")
	}
	var wait sync.WaitGroup
	for range 100 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if r, begin := d.join(ticket); r != first || begin {
				t.Error("a later caller has a request of his own")
			}
		}()
	}
	wait.Wait()
	if r, begin := d.join(token); r == first || !begin {
		t.Error("another credential shares the request")
	}
	first.settle("value", nil)
	if r, begin := d.join(ticket); r == first || !begin {
		t.Error("a settled request is joined")
	}
	d.fresh = 0
	time.Sleep(time.Millisecond)
	if _, begin := d.join(ticket); !begin {
		t.Error("an old request is joined")
	}
}

func TestForgetDropsOnlyItsOwnRequest(t *testing.T) {
	d := sharedRequests{fresh: time.Hour}
	old, _ := d.join(ticket)
	old.settle("value", nil)
	newer, _ := d.join(ticket)
	d.forget(ticket, old)
	if d.latest[ticket] != newer {
		t.Error("a newer request was forgotten")
	}
	d.forget(ticket, newer)
	if d.latest[ticket] != nil {
		t.Error("the request is still there")
	}
}

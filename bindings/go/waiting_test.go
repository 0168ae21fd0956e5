// Many goroutines, few threads: what waiting costs, and what a caller who gives up leaves behind.

package wxsign_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"testing"
	"time"

	"github.com/wxsign/wxsign/bindings/go"
)

// threads counts the operating system's threads that Go has made, and, if the system reports them,
// all that are alive.
func threads(t *testing.T) (made, living int) {
	t.Helper()
	tasks, _ := os.ReadDir("/proc/self/task")
	return pprof.Lookup("threadcreate").Count(), len(tasks)
}

func TestTenThousandWaitersShareOneFetch(t *testing.T) {
	const callers = 10_000
	s := startSandbox(t)
	s.fault("any", "delay", object{"ms": 700})
	client := s.client()
	madeBefore, livingBefore := threads(t)
	var begun, done sync.WaitGroup
	failures := make(chan error, callers)
	for range callers {
		begun.Add(1)
		done.Add(1)
		go func() {
			defer done.Done()
			begun.Done()
			if _, err := client.Config(t.Context(), page); err != nil {
				failures <- err
			}
		}()
	}
	begun.Wait()
	most := 0
	for deadline := time.Now().Add(500 * time.Millisecond); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		_, living := threads(t)
		most = max(most, living)
	}
	done.Wait()
	close(failures)
	for err := range failures {
		t.Fatal(err)
	}
	made, _ := threads(t)
	if made-madeBefore > 8 || most-livingBefore > 8 {
		t.Errorf("%d threads were made and %d lived at once, besides %d", made-madeBefore, most-livingBefore, livingBefore)
	}
	s.expect(1, 1)
}

func TestACancelledContextEndsTheCallAtOnce(t *testing.T) {
	const callers = 200
	s := startSandbox(t)
	s.fault("any", "hang", nil)
	client := s.client()
	before := runtime.NumGoroutine()
	for _, gone := range []struct {
		code  wxsign.Code
		cause error
		start func() (context.Context, context.CancelFunc)
	}{
		{wxsign.ErrAborted, context.Canceled, func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			return ctx, cancel
		}},
		{wxsign.ErrTimeout, context.DeadlineExceeded, func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), 50*time.Millisecond)
		}},
		{wxsign.ErrAborted, context.Canceled, func() (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return ctx, cancel
		}},
	} {
		ctx, cancel := gone.start()
		begun := time.Now()
		var wait sync.WaitGroup
		for i := range callers {
			wait.Add(1)
			go func() {
				defer wait.Done()
				var err error
				if i%2 == 0 {
					_, err = client.Config(ctx, page)
				} else {
					_, err = client.AccessToken(ctx)
				}
				if !errors.Is(err, gone.code) || !errors.Is(err, gone.cause) {
					t.Errorf("%v is not %s and %v", err, gone.code, gone.cause)
				}
			}()
		}
		wait.Wait()
		cancel()
		if took := time.Since(begun); took > time.Second {
			t.Errorf("took %s", took)
		}
	}
	waitUntil(t, "end of the goroutines", func() bool { return runtime.NumGoroutine() <= before })
	// The others' fetch goes on without those who left.
	s.post("clear", nil)
	must[wxsign.Config](t)(client.Config(t.Context(), page))
}

func TestAnEndedContextIsNotServed(t *testing.T) {
	s := startSandbox(t)
	client := s.client()
	must[wxsign.Config](t)(client.Config(t.Context(), page))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.Config(ctx, page)
	failsWith(t, wxsign.ErrAborted, err)
}

func TestACallerWhoJoinsLateWaitsForHisOwnTimeout(t *testing.T) {
	const timeout = 800 * time.Millisecond
	s := startSandbox(t)
	s.fault("any", "hang", nil)
	client := s.client(wxsign.WithTimeout(timeout))
	var wait sync.WaitGroup
	for i := range 5 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			time.Sleep(time.Duration(i) * timeout / 5)
			begun := time.Now()
			_, err := client.Ticket(t.Context())
			took := time.Since(begun)
			if !errors.Is(err, wxsign.ErrTimeout) || took < timeout*14/16 || took > timeout*2 {
				t.Errorf("%v after %s", err, took)
			}
		}()
	}
	wait.Wait()
	s.post("clear", nil)
}

func TestClosingWhileOthersCallIsSafe(t *testing.T) {
	s := startSandbox(t)
	for range 20 {
		client := s.client()
		var wait sync.WaitGroup
		for range 8 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				for range 1000 {
					_, err := client.Config(t.Context(), page)
					if errors.Is(err, wxsign.ErrClosed) {
						return
					}
					if _, stateErr := client.State(); err != nil || stateErr != nil {
						t.Errorf("%v, %v", err, stateErr)
						return
					}
				}
			}()
		}
		time.Sleep(time.Millisecond)
		if err := client.Close(); err != nil {
			t.Error(err)
		}
		wait.Wait()
	}
}

func TestAListenerMayCloseTheClient(t *testing.T) {
	s := startSandbox(t)
	var client *wxsign.Client
	closed := make(chan struct{})
	client = s.client(wxsign.WithEventListener(func(wxsign.Event) {
		_ = client.Close()
		close(closed)
	}))
	_, err := client.AccessToken(t.Context())
	if err != nil && !errors.Is(err, wxsign.ErrClosed) {
		t.Error(err)
	}
	<-closed
}

func TestAClientThatNobodyClosedIsClosedByTheCollector(t *testing.T) {
	s := startSandbox(t)
	ended := make(chan struct{})
	func() {
		// Only a closed client ends its function's context before the nine seconds of a fetch.
		client, err := wxsign.New(wxsign.WithAppID(appID), wxsign.WithBaseURL(s.url), wxsign.WithMemoryStore(),
			wxsign.WithAccessTokenFunc(func(ctx context.Context, _ string) (string, error) {
				<-ctx.Done()
				close(ended)
				return "", ctx.Err()
			}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.TryConfig(page); !errors.Is(err, wxsign.ErrNotReady) {
			t.Fatal(err)
		}
	}()
	waitUntil(t, "collection", func() bool {
		runtime.GC()
		select {
		case <-ended:
			return true
		default:
			return false
		}
	})
}

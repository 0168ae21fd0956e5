// The program's own functions may panic, end their goroutine, and ask again without end.

package wxsign_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wxsign/wxsign/bindings/go"
)

func TestAListenerMayPanicOrEndItsGoroutine(t *testing.T) {
	s := startSandbox(t)
	var events atomic.Int32
	var logged lockedText
	client := s.client(
		wxsign.WithLogger(slog.New(slog.NewTextHandler(&logged, nil))),
		wxsign.WithEventListener(func(wxsign.Event) {
			if events.Add(1)%2 == 0 {
				panic("a listener's panic")
			}
			runtime.Goexit()
		}))
	must[wxsign.Config](t)(client.Config(t.Context(), page))
	waitUntil(t, "both events", func() bool { return events.Load() >= 2 })
	_ = client.Close()
}

// wxsign logs what a listener panics with. The methods of that value are the program's code too, and
// may panic again with a value whose methods panic.
func TestAListenerMayPanicWithAnyValue(t *testing.T) {
	for _, value := range []any{nil, panics{}, panicsAgain{}, exits{}, (*os.PathError)(nil)} {
		var logged lockedText
		client := startSandbox(t).client(
			wxsign.WithLogger(slog.New(slog.NewTextHandler(&logged, nil))),
			wxsign.WithEventListener(func(wxsign.Event) { panic(value) }))
		must[wxsign.Config](t)(client.Config(t.Context(), page))
		waitUntil(t, "the log", func() bool { return strings.Contains(logged.String(), "an event listener failed") })
		_ = client.Close()
	}
}

type panics struct{}

func (panics) String() string { panic("in String") }

type panicsAgain struct{}

func (panicsAgain) Error() string { panic(panics{}) }

func TestATokenFunctionMayEndItsGoroutine(t *testing.T) {
	s := startSandbox(t)
	for name, function := range map[string]func(context.Context, string) (string, error){
		"Goexit": func(context.Context, string) (string, error) { runtime.Goexit(); return "", nil },
		"panic":  func(context.Context, string) (string, error) { panic("secret words") },
	} {
		client := s.rawClient(wxsign.WithAccessTokenFunc(function))
		begun := time.Now()
		_, err := client.Config(t.Context(), page)
		if !errors.Is(err, wxsign.ErrTokenInvalidated) || strings.Contains(err.Error(), "secret words") {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
	}
}

// A listener that asks again at each failure neither fills the stack nor blocks other calls.
func TestAListenerMayAskAgain(t *testing.T) {
	needsCgo(t)
	var client atomic.Pointer[wxsign.Client]
	asked := make(chan error, 10_000)
	made, err := wxsign.New(wxsign.WithAppID(appID), wxsign.WithAppSecret(secret), wxsign.WithMemoryStore(),
		wxsign.WithBaseURL("http://127.0.0.1:1"), wxsign.WithEventListener(func(wxsign.Event) {
			for range 1000 {
				_, err := client.Load().Config(context.Background(), page)
				asked <- err
			}
		}))
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	client.Store(made)
	configFails(t, made, wxsign.ErrNetwork)
	for range 1000 {
		failsWith(t, wxsign.ErrNetwork, <-asked)
		configFails(t, made, wxsign.ErrNetwork)
	}
}

// An error whose method panics, as that of a nil pointer does, fails the call and not the program.
func TestErrorsOfFunctionsMayPanic(t *testing.T) {
	needsCgo(t)
	for _, failure := range []error{(*os.PathError)(nil), exits{}} {
		for want, function := range map[error]wxsign.Option{
			wxsign.ErrTokenInvalidated: wxsign.WithAccessTokenFunc(
				func(context.Context, string) (string, error) { return "", failure }),
			wxsign.ErrNotReady: wxsign.WithTicketFunc(
				func(context.Context, string, string) (string, time.Duration, error) { return "", 0, failure }),
		} {
			client, err := wxsign.New(wxsign.WithAppID(appID), wxsign.WithMemoryStore(), function)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Ticket(t.Context()); !errors.Is(err, want) {
				t.Errorf("%T: %v", failure, err)
			}
			_ = client.Close()
		}
	}
}

type exits struct{}

func (exits) Error() string {
	runtime.Goexit()
	return ""
}

// Config waits for the next ticket if another goroutine invalidates each one.
func TestConfigNeverFailsNotReady(t *testing.T) {
	s := startSandbox(t)
	client := s.client()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if ticket, err := client.Ticket(ctx); err == nil {
				_, _ = client.Invalidate(ticket)
			}
		}
	}()
	for signed := 0; signed < 200 && ctx.Err() == nil; {
		_, err := client.Config(ctx, page)
		if errors.Is(err, wxsign.ErrNotReady) {
			t.Fatal(err)
		}
		if err == nil {
			signed++
		}
	}
}

func TestErrorsAndStatesEncodeLikeTheCores(t *testing.T) {
	s := startSandbox(t)
	s.errcode("any", 40125)
	client := s.client()
	_, err := client.Config(t.Context(), page)
	text, marshalErr := json.Marshal(err)
	var fields object
	if marshalErr != nil || json.Unmarshal(text, &fields) != nil {
		t.Fatal(marshalErr)
	}
	for _, name := range []string{"code", "message", "errcode", "retryable", "retryAt", "hint", "hintZh", "docsUrl"} {
		if fields[name] == nil {
			t.Errorf("%s is missing in %s", name, text)
		}
	}
	state, err := json.Marshal(must[wxsign.State](t)(client.State()))
	if err != nil || json.Unmarshal(state, &fields) != nil {
		t.Fatal(err)
	}
	token, _ := fields["token"].(object)
	if fields["appId"] != appID || token["freshness"] != "expired" || token["lastError"] != "CREDENTIAL_REJECTED" {
		t.Errorf("%s", state)
	}
	if source, there := token["source"]; source != nil || !there {
		t.Errorf("%s", state)
	}
	if failure, there := fields["storeFailure"]; failure != nil || !there {
		t.Errorf("%s", state)
	}
}

// A closed client leaves nothing behind, seen from inside.

//go:build cgo

package wxsign

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"testing"
	"time"
)

// lentCallbacks counts the functions that C can still call.
func lentCallbacks() (count int) {
	contexts.values.Range(func(_, value any) bool {
		switch value.(type) {
		case *listener, *tokens:
			count++
		}
		return true
	})
	return count
}

func TestClosedAndFailedClientsLeaveNothingBehind(t *testing.T) {
	before := lentCallbacks()
	options := []Option{
		WithAppID("wx5823bf96d3bd56c7"), WithBaseURL("http://127.0.0.1:1"), WithMemoryStore(), WithLogger(slog.Default()),
		WithAccessTokenFunc(func(context.Context, string) (string, error) { return "", errors.New("unused") }),
	}
	for i := range 1000 {
		if i%2 == 0 {
			if _, err := New(append(options, WithTimeout(0))...); !errors.Is(err, ErrInvalidArgument) {
				t.Fatal(err)
			}
			continue
		}
		client, err := New(options...)
		if err != nil {
			t.Fatal(err)
		}
		_ = client.Close()
		if uses := client.uses.Load(); uses != 0 {
			t.Fatalf("%d uses of a closed client", uses)
		}
	}
	for deadline := time.Now().Add(5 * time.Second); lentCallbacks() > before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d callbacks are left", lentCallbacks()-before)
		}
	}
}

func TestALateNumberFindsNothing(t *testing.T) {
	var r registry
	id := r.put("value")
	if id == 0 || r.get(id) != "value" || r.take(id) != "value" || r.take(id) != nil || r.get(id) != nil {
		t.Error("the registry is confused")
	}
}

// The core has the texts that this package needs without it.
func TestTheHintsAreTheCores(t *testing.T) {
	e := newError(ErrInvalidArgument, "x")
	if e.Hint != invalidHint || e.HintZH != invalidHintZH || e.HTTPStatus() != 400 || e.Message != "x" {
		t.Errorf("%+v", e)
	}
}

func TestContainSurvivesPanicsAndGoexit(t *testing.T) {
	ran := false
	if err := contain(func() { ran = true }); err != nil || !ran {
		t.Error(err)
	}
	if err := contain(func() { panic("x") }); err == nil || err.Error() != "it panicked: x" {
		t.Error(err)
	}
	if err := contain(runtime.Goexit); err == nil {
		t.Error("Goexit was not noticed")
	}
	if err := contain(func() { panic(nil) }); err == nil {
		t.Error("a nil panic was not noticed")
	}
}

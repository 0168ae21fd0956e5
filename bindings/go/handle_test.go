// What a closed client leaves behind, seen from inside: nothing.

package wxsign

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"
)

// lentCallbacks counts what C could still call.
func lentCallbacks() (count int) {
	lent.values.Range(func(_, value any) bool {
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

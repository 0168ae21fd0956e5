// How often the logger hears of failures.

package wxsign

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A failing fetch is one warning per outage and code, whatever the number of failures, and its end
// is one line at info.
func TestAnOutageIsOneWarningPerCode(t *testing.T) {
	var text bytes.Buffer
	log := newEventLog(slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})))
	failed := func(credential string, code Code) Event {
		return Event{Kind: EventFailed, Credential: credential, Err: &Error{Code: code}}
	}
	refreshed := func(credential string) Event { return Event{Kind: EventRefreshed, Credential: credential} }
	write := func(event Event, wanted string) {
		t.Helper()
		text.Reset()
		log.write(event)
		if !strings.Contains(text.String(), wanted) {
			t.Errorf("no %q in %s", wanted, &text)
		}
	}
	write(refreshed("ticket"), "level=DEBUG msg=\"wxsign: refreshed\"")
	write(failed("ticket", ErrNetwork), "level=WARN msg=\"wxsign: failed\"")
	for range 3 {
		write(failed("ticket", ErrNetwork), "level=DEBUG")
		write(Event{Kind: EventStale, Credential: "ticket", Err: &Error{Code: ErrNetwork}}, "level=DEBUG")
	}
	write(failed("ticket", ErrUpstreamBusy), "level=WARN")
	write(refreshed("token"), "level=DEBUG")
	write(refreshed("ticket"), "level=INFO msg=\"wxsign: recovered\"")
	write(refreshed("ticket"), "level=DEBUG")

	// The next outage begins within the minute; its end is still a line.
	write(failed("ticket", ErrNetwork), "level=DEBUG")
	write(refreshed("ticket"), "was=[NETWORK]")
	log.warnings.last[ErrNetwork] = time.Now().Add(-time.Minute)
	write(failed("ticket", ErrNetwork), "level=WARN")
	write(Event{Kind: EventStoreDegraded, Reason: "no space"}, "level=WARN")
}

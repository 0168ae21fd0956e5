// How often failures are logged. A failing fetch is one warning per outage and code, and one line
// for the end of the outage. A visitor's mistake is logged at most once a minute per code: a
// scanner must not fill a log. The handlers of all bindings do the same.

package wxsign

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// throttle lets each code pass once a minute.
type throttle struct {
	mutex sync.Mutex
	last  map[Code]time.Time
}

// due reports whether the minute since the last report of this code is over, and begins the next
// one.
func (t *throttle) due(code Code) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if last, ok := t.last[code]; ok && time.Since(last) < time.Minute {
		return false
	}
	if t.last == nil {
		t.last = map[Code]time.Time{}
	}
	t.last[code] = time.Now()
	return true
}

// eventLog writes a client's events to its logger.
type eventLog struct {
	logger   *slog.Logger
	warnings throttle
	mutex    sync.Mutex
	// outages has the codes that each failing credential has failed with since its last success.
	outages map[string][]Code
}

func newEventLog(logger *slog.Logger) *eventLog {
	return &eventLog{logger: logger, outages: map[string][]Code{}}
}

func (l *eventLog) write(event Event) {
	level, message := slog.LevelWarn, "wxsign: "+string(event.Kind)
	attributes := []slog.Attr{slog.Any("event", event)}
	switch {
	case event.Kind == EventRefreshed:
		level = slog.LevelDebug
		if codes := l.end(event.Credential); len(codes) > 0 {
			level, message = slog.LevelInfo, "wxsign: recovered"
			attributes = append(attributes, slog.Any("was", codes))
		}
	case event.Err != nil:
		code := asError(event.Err).Code
		// If an outage begins again within the minute, its first warning serves.
		if !l.begins(event.Credential, code) || !l.warnings.due(code) {
			level = slog.LevelDebug
		}
	}
	l.logger.LogAttrs(context.Background(), level, message, attributes...)
}

// begins notes a failure, and reports whether its code is new in the credential's outage.
func (l *eventLog) begins(credential string, code Code) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if slices.Contains(l.outages[credential], code) {
		return false
	}
	l.outages[credential] = append(l.outages[credential], code)
	return true
}

// end ends the outage of a credential, and returns its codes; none if there was no outage.
func (l *eventLog) end(credential string) []Code {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	codes := l.outages[credential]
	delete(l.outages, credential)
	return codes
}

// What a client tells about itself while it works, for listeners and logs.

package wxsign

import (
	"context"
	"log/slog"
	"time"
)

// EventKind says what happened.
type EventKind string

const (
	// EventRefreshed is a credential that was fetched, or adopted from the store that another process had written to.
	EventRefreshed EventKind = "refreshed"
	// EventFailed is a fetch that failed; what still lives is served meanwhile.
	EventFailed EventKind = "failed"
	// EventStale is a value that was served although refreshing it failed. It is told once a minute for each credential.
	EventStale EventKind = "stale"
	// EventStoreDegraded is a store that cannot be used; memory serves, and the store is tried again at each refresh.
	EventStoreDegraded EventKind = "store_degraded"
)

// Event is something that happened behind the calls. It never holds a secret, a token or a ticket.
type Event struct {
	Kind EventKind
	// Credential is token or ticket; it is empty for EventStoreDegraded.
	Credential string
	// Source is service or store, for EventRefreshed.
	Source string
	// Remaining is how long the value will be served, for EventRefreshed.
	Remaining time.Duration
	// Err is the failure, for EventFailed and EventStale.
	Err error
	// Reason says why the store cannot be used, for EventStoreDegraded.
	Reason string
}

// LogValue makes an event one group of attributes.
func (e Event) LogValue() slog.Value {
	attributes := []slog.Attr{slog.String("kind", string(e.Kind))}
	add := func(key, value string) {
		if value != "" {
			attributes = append(attributes, slog.String(key, value))
		}
	}
	add("credential", e.Credential)
	add("source", e.Source)
	add("reason", e.Reason)
	if e.Remaining != 0 {
		attributes = append(attributes, slog.Duration("remaining", e.Remaining))
	}
	if e.Err != nil {
		attributes = append(attributes, slog.Any("error", e.Err))
	}
	return slog.GroupValue(attributes...)
}

// LogValue makes an error a group of attributes that tells what to do next.
func (e *Error) LogValue() slog.Value {
	attributes := []slog.Attr{slog.String("code", string(e.Code)), slog.String("message", e.Message)}
	if e.ErrCode != 0 {
		attributes = append(attributes, slog.Int64("errcode", e.ErrCode))
	}
	if e.RID != "" {
		attributes = append(attributes, slog.String("rid", e.RID))
	}
	if e.IP.IsValid() {
		attributes = append(attributes, slog.String("ip", e.IP.String()))
	}
	if !e.RetryAt.IsZero() {
		attributes = append(attributes, slog.Time("retry_at", e.RetryAt))
	}
	if e.cause != nil {
		attributes = append(attributes, slog.String("cause", e.cause.Error()))
	}
	return slog.GroupValue(append(attributes, slog.String("hint", e.Hint))...)
}

// logEvent writes an event: what works at debug, what will need a person at warn.
func logEvent(logger *slog.Logger, event Event) {
	level := slog.LevelWarn
	if event.Kind == EventRefreshed {
		level = slog.LevelDebug
	}
	logger.LogAttrs(context.Background(), level, "wxsign: "+string(event.Kind), slog.Any("event", event))
}

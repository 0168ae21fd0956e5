// Events, for listeners and logs.

package wxsign

import (
	"log/slog"
	"time"
)

// EventKind is the kind of an event.
type EventKind string

const (
	// EventRefreshed: a credential was fetched, adopted from the store after another process
	// fetched it, or returned by the function of WithTicketFunc.
	EventRefreshed EventKind = "refreshed"
	// EventFailed: a fetch failed. wxsign serves the cached value until it expires.
	EventFailed EventKind = "failed"
	// EventStale: a cached value was served although refreshing it fails. At most once a minute per
	// credential.
	EventStale EventKind = "stale"
	// EventStoreDegraded: the store cannot be used. wxsign keeps credentials in memory and tries
	// the store again.
	EventStoreDegraded EventKind = "store_degraded"
)

// Event is something that happened in the background. It never contains a secret, a token or a
// ticket.
type Event struct {
	Kind EventKind
	// Credential is token, ticket, agent_ticket or card_ticket; it is empty for EventStoreDegraded.
	Credential string
	// Source is service, store or caller, for EventRefreshed.
	Source string
	// Remaining is how long the value will be served, for EventRefreshed.
	Remaining time.Duration
	// Err is the failure, for EventFailed and EventStale.
	Err error
	// Reason says why the store cannot be used, for EventStoreDegraded.
	Reason string
}

// LogValue returns the event as a group of attributes.
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

// LogValue returns the error as a group of attributes, with its hint.
func (e *Error) LogValue() slog.Value {
	attributes := []slog.Attr{slog.String("code", string(e.Code)), slog.String("message", e.Message)}
	add := func(key, value string) {
		if value != "" {
			attributes = append(attributes, slog.String(key, value))
		}
	}
	add("reason", e.Reason)
	add("host", e.Host)
	add("path", e.Path)
	add("option", e.Option)
	add("parameter", e.Parameter)
	if e.ErrCode != 0 {
		attributes = append(attributes, slog.Int64("errcode", e.ErrCode))
	}
	add("rid", e.RID)
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

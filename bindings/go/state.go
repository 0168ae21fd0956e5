// The state of a client, for health checks and dashboards.

package wxsign

import (
	"encoding/json"
	"time"
)

// State is the state of a client at one moment. It contains no secret, token or ticket, and encodes
// to the JSON that all bindings use.
type State struct {
	AppID  string `json:"appId"`
	Closed bool   `json:"closed"`
	// Store is memory, file or redis.
	Store string `json:"store"`
	// StoreFailure says why the store cannot be used, with the next step in English and Chinese. It
	// is empty while the store works.
	StoreFailure string `json:"storeFailure"`
	// Lock is the scope of the store's lock: process, file (this machine), redis (all clients of
	// that Redis), or none if the file system has no reliable lock.
	Lock string `json:"lock"`
	// CircuitOpen reports whether wxsign asks WeChat only once a minute, across all processes,
	// because WeChat fails.
	CircuitOpen bool `json:"circuitOpen"`
	// Requests counts the requests to WeChat. Failures counts those that failed, by WeChat's
	// errcode or else by code.
	Requests uint64            `json:"requests"`
	Failures map[string]uint64 `json:"failures"`
	// Unlocked counts the fetches without the store's lock, because its holder did not release it.
	Unlocked uint64 `json:"unlocked"`
	// Lost counts the fetches that hung and were given up a second after their deadline.
	Lost   uint64          `json:"lost"`
	Token  CredentialState `json:"token"`
	Ticket CredentialState `json:"ticket"`
	// AgentTicket signs wx.agentConfig and CardTicket cards and invoices. They are nil until they
	// are asked for.
	AgentTicket *CredentialState `json:"agentTicket,omitempty"`
	CardTicket  *CredentialState `json:"cardTicket,omitempty"`
}

// CredentialState is the state of a credential at one moment.
type CredentialState struct {
	// Freshness is fresh, stale (served during the refresh), expiring (calls wait for the refresh)
	// or expired.
	Freshness string
	// Source is where the cached value came from: service (this process fetched it), store (another
	// process or an earlier run stored it), import (the tutorial's file), caller (your own ticket),
	// or empty.
	Source string
	// Age is how long ago the value was first seen, Remaining how long it will be served, and
	// NextRefresh when it is refreshed if it is in use. They are zero if there is no credential,
	// and the last two for a ticket of [WithTicket].
	Age, Remaining, NextRefresh time.Duration
	// AgeKnown reports whether the age is known. A ticket of unknown age is fetched again until its
	// value changes.
	AgeKnown bool
	// LastError is the code of the last failure since the last success, and LastErrCode its
	// errcode.
	LastError   Code
	LastErrCode int64
	// RetryAt is when wxsign asks again after that failure.
	RetryAt time.Time
	// endless: the value is your own fixed ticket, of which nothing says when it ends.
	endless bool
}

// MarshalJSON encodes the state with the keys that all bindings use.
func (s State) MarshalJSON() ([]byte, error) {
	type fields State
	return json.Marshal(struct {
		fields
		StoreFailure *string `json:"storeFailure"`
	}{fields(s), orNull(s.StoreFailure)})
}

// credentialJSON is the JSON of the core, in which null stands for what is not known.
type credentialJSON struct {
	Freshness     string  `json:"freshness"`
	Source        *string `json:"source"`
	AgeMs         *int64  `json:"ageMs"`
	RemainingMs   *int64  `json:"remainingMs"`
	NextRefreshMs *int64  `json:"nextRefreshMs"`
	AgeKnown      *bool   `json:"ageKnown"`
	LastError     *Code   `json:"lastError"`
	LastErrcode   *int64  `json:"lastErrcode"`
	RetryAtMs     *int64  `json:"retryAtMs"`
}

// UnmarshalJSON decodes the core's JSON.
func (c *CredentialState) UnmarshalJSON(text []byte) error {
	var from credentialJSON
	if err := json.Unmarshal(text, &from); err != nil {
		return err
	}
	*c = CredentialState{
		Freshness: from.Freshness, Source: orZero(from.Source),
		Age: milliseconds(orZero(from.AgeMs)), Remaining: milliseconds(orZero(from.RemainingMs)),
		NextRefresh: milliseconds(orZero(from.NextRefreshMs)), AgeKnown: orZero(from.AgeKnown),
		LastError: orZero(from.LastError), LastErrCode: orZero(from.LastErrcode),
		RetryAt: unixMilliseconds(orZero(from.RetryAtMs)),
		endless: from.Source != nil && from.RemainingMs == nil,
	}
	return nil
}

// MarshalJSON encodes the state with the keys that all bindings use. What is not known becomes
// null.
func (c CredentialState) MarshalJSON() ([]byte, error) {
	to := credentialJSON{
		Freshness: c.Freshness, Source: orNull(c.Source), LastError: orNull(c.LastError),
		LastErrcode: orNull(c.LastErrCode), RetryAtMs: orNull(toUnixMilliseconds(c.RetryAt)),
	}
	if c.Source != "" {
		age, remaining, next := c.Age.Milliseconds(), c.Remaining.Milliseconds(), c.NextRefresh.Milliseconds()
		to.AgeMs, to.RemainingMs, to.NextRefreshMs, to.AgeKnown = &age, &remaining, &next, &c.AgeKnown
		if c.endless {
			to.RemainingMs, to.NextRefreshMs = nil, nil
		}
	}
	return json.Marshal(to)
}

func orZero[T any](value *T) (zero T) {
	if value == nil {
		return zero
	}
	return *value
}

func orNull[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// What a client knows of itself, for health checks and the curious.

package wxsign

import (
	"encoding/json"
	"time"
)

// State is a client at one moment. It holds no secret, token or ticket.
type State struct {
	AppID  string
	Closed bool
	// Store is memory, file or redis.
	Store string
	// StoreFailure says why the store cannot be used at present; it is empty while it can.
	StoreFailure string
	// Lock says whom the store's lock keeps from fetching at the same time: process (this one's own fetches), file
	// (every process of this machine), redis (everybody on that Redis), or none, where the directory's file system has
	// no lock to be trusted.
	Lock string
	// Outage is the breaker: while WeChat is known to fail it is asked once a minute, by all processes together,
	// until it answers.
	CircuitOpen bool
	// Requests counts the requests to WeChat since the clients of this account and store began, and Failures those
	// that failed, by WeChat's errcode, or by our code where there was none.
	Requests uint64
	Failures map[string]uint64
	// Unlocked counts the fetches that had to go on without the store's lock because its holder did not give it back.
	Unlocked uint64
	Token    CredentialState
	Ticket   CredentialState
}

// CredentialState is a credential at one moment.
type CredentialState struct {
	// Freshness is fresh, stale (served while it is refreshed), expiring (callers wait for the refresh) or expired (nothing to serve).
	Freshness string
	// Source is where the value in memory came from: service (fetched by this process), store (put there by another
	// one, or before this program was started anew), import (the tutorial's file), or empty.
	Source string
	// Age is how long ago it was first seen, Remaining how long it will be served, and NextRefresh when it is
	// refreshed if it is used. They are zero where there is no credential.
	Age, Remaining, NextRefresh time.Duration
	// AgeKnown says whether its age is known. A ticket of unknown age is fetched again until its value changes.
	AgeKnown bool
	// LastError is the code of the last failure since the last success, and LastErrCode WeChat's errcode of it.
	LastError   Code
	LastErrCode int64
	// RetryAt is when wxsign will ask again after that failure.
	RetryAt time.Time
}

// The core's words for the same; a null leaves its field at zero.
type (
	stateJSON struct {
		AppID        string            `json:"appId"`
		Closed       bool              `json:"closed"`
		Store        string            `json:"store"`
		StoreFailure string            `json:"storeFailure"`
		Lock         string            `json:"lock"`
		CircuitOpen  bool              `json:"circuitOpen"`
		Requests     uint64            `json:"requests"`
		Failures     map[string]uint64 `json:"failures"`
		Unlocked     uint64            `json:"unlocked"`
		Token        credentialJSON    `json:"token"`
		Ticket       credentialJSON    `json:"ticket"`
	}
	credentialJSON struct {
		Freshness     string `json:"freshness"`
		Source        string `json:"source"`
		AgeMs         int64  `json:"ageMs"`
		RemainingMs   int64  `json:"remainingMs"`
		NextRefreshMs int64  `json:"nextRefreshMs"`
		AgeKnown      bool   `json:"age_known"`
		LastError     Code   `json:"lastError"`
		LastErrcode   int64  `json:"lastErrcode"`
		RetryAtMs     int64  `json:"retryAtMs"`
	}
)

func parseState(text []byte) (State, error) {
	var s stateJSON
	if err := json.Unmarshal(text, &s); err != nil {
		return State{}, asError(err)
	}
	return State{
		AppID:        s.AppID,
		Closed:       s.Closed,
		Store:        s.Store,
		StoreFailure: s.StoreFailure,
		Lock:         s.Lock,
		CircuitOpen:  s.CircuitOpen,
		Requests:     s.Requests,
		Failures:     s.Failures,
		Unlocked:     s.Unlocked,
		Token:        s.Token.state(),
		Ticket:       s.Ticket.state(),
	}, nil
}

func (c credentialJSON) state() CredentialState {
	return CredentialState{
		Freshness:   c.Freshness,
		Source:      c.Source,
		Age:         milliseconds(c.AgeMs),
		Remaining:   milliseconds(c.RemainingMs),
		NextRefresh: milliseconds(c.NextRefreshMs),
		AgeKnown:    c.AgeKnown,
		LastError:   c.LastError,
		LastErrCode: c.LastErrcode,
		RetryAt:     unixMilliseconds(c.RetryAtMs),
	}
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }

// unixMilliseconds reads the core's 0 for "nothing forbids asking".
func unixMilliseconds(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// The options of New. Each hands its value to the core, which checks the whole.

package wxsign

// #include "shim.h"
import "C"

import (
	"context"
	"log/slog"
	"math"
	"time"
)

// An Option tells [New] something about the client to be. [WithAppID] and [WithAppSecret] are all that most need.
type Option func(*settings) error

// settings is what options work on: C's options, and what stays in Go.
type settings struct {
	options    *C.wxsign_options
	appID      string
	restricted bool
	timeout    time.Duration
	listener   *listener
	tokens     *tokens
}

// TokenAPI is the interface that the access token is fetched from.
type TokenAPI uint32

const (
	// StableToken is the default and what Tencent recommends: repeated calls return the same token.
	StableToken TokenAPI = C.WXSIGN_TOKEN_API_STABLE
	// ClassicToken makes a new token at each call and ends the one before.
	ClassicToken TokenAPI = C.WXSIGN_TOKEN_API_CLASSIC
)

// defaultTimeout is what the header promises for a client that is told nothing.
const defaultTimeout = 10 * time.Second

// WithAppID sets the account's appId.
func WithAppID(appID string) Option {
	return func(s *settings) error {
		s.appID = appID
		return s.text(C.WXSIGN_GO_APP_ID, appID)
	}
}

// WithAppSecret sets the account's AppSecret.
func WithAppSecret(secret string) Option {
	return func(s *settings) error { return s.text(C.WXSIGN_GO_APP_SECRET, secret) }
}

// WithBaseURL sets the service's addresses, with or without /cgi-bin: the primary one first, then those to fall back
// on. Without it they are WeChat's own. Plain http is for loopback only.
func WithBaseURL(urls ...string) Option {
	return func(s *settings) error { return s.text(C.WXSIGN_GO_BASE_URL, urls...) }
}

// WithTokenAPI sets which interface the access token is fetched from.
func WithTokenAPI(api TokenAPI) Option {
	return func(s *settings) error {
		return failure(C.wxsign_go_set_token_api(s.options, C.uint32_t(api)))
	}
}

// WithAccessToken sets an access token of your own in place of an AppSecret. It is used until
// [Client.SetAccessToken] replaces it, and never fetched.
func WithAccessToken(token string) Option {
	return func(s *settings) error { return s.text(C.WXSIGN_GO_ACCESS_TOKEN, token) }
}

// WithAccessTokenFunc sets a function that gives the access token, in place of an AppSecret. It is called whenever a
// ticket is fetched, on a goroutine of its own; rejected is the token that WeChat has just refused, else empty. ctx
// ends when nobody waits for the answer any more. The text of its error reaches callers and logs, so no secret in it.
func WithAccessTokenFunc(function func(ctx context.Context, rejected string) (string, error)) Option {
	return func(s *settings) error {
		if function == nil {
			return invalid("the function of WithAccessTokenFunc is nil")
		}
		s.tokens = newTokens(function)
		id := lent.put(s.tokens)
		err := failure(C.wxsign_go_set_token_function(s.options, id))
		if err != nil {
			lent.take(id)
		}
		return err
	}
}

// WithStoreDir keeps credentials in files in this directory, which must be yours alone; it is made where it is missing.
// Without a store option the platform's state directory is used.
func WithStoreDir(dir string) Option {
	return func(s *settings) error { return s.text(C.WXSIGN_GO_STORE_DIR, dir) }
}

// WithRedisStore keeps credentials in Redis, for machines that share no disk: redis://[:password@]host[:port][/db], or
// rediss:// for TLS. While Redis fails, memory serves.
func WithRedisStore(url string) Option {
	return func(s *settings) error { return s.text(C.WXSIGN_GO_STORE_REDIS, url) }
}

// WithMemoryStore keeps credentials in memory only: nothing outlives the process.
func WithMemoryStore() Option {
	return func(s *settings) error { return failure(C.wxsign_go_set_store_memory(s.options)) }
}

// WithAllowedHosts sets the only hosts whose pages are signed: example.com, example.com:8443, *.example.com or *.
// Without it every host's are; [Handler] insists on it.
func WithAllowedHosts(hosts ...string) Option {
	return func(s *settings) error {
		// Nobody who lists hosts means all of them: an empty list is a setting that went missing.
		if len(hosts) == 0 {
			return invalid("WithAllowedHosts names no host")
		}
		s.restricted = true
		return s.text(C.WXSIGN_GO_ALLOWED_HOST, hosts...)
	}
}

// WithTimeout sets how long calls wait at most, whatever their context says: 1 ms to 10 minutes, 10 s by default.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) error {
		s.timeout = timeout
		ms := min(max(timeout.Milliseconds(), 0), math.MaxUint32)
		return failure(C.wxsign_go_set_timeout_ms(s.options, C.uint32_t(ms)))
	}
}

// WithProxy sets an HTTP proxy, http://host:port. The environment is never looked at.
func WithProxy(url string) Option {
	return func(s *settings) error { return s.text(C.WXSIGN_GO_PROXY, url) }
}

// WithCAFile sets a file of PEM certificates that replace the system's roots.
func WithCAFile(file string) Option {
	return func(s *settings) error { return s.text(C.WXSIGN_GO_CA_FILE, file) }
}

// WithLogger has events written to logger: at debug what works, at warn what will need a person. No secret, token or
// ticket is among them.
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) error {
		if logger == nil {
			return invalid("the logger of WithLogger is nil")
		}
		s.listener.logger = logger
		return nil
	}
}

// WithEventListener has listener told what happens behind the calls. It is called on threads of wxsign's, several at
// once, and should return soon: it must not wait for the client, and may do anything else with it.
func WithEventListener(listener func(Event)) Option {
	return func(s *settings) error {
		if listener == nil {
			return invalid("the function of WithEventListener is nil")
		}
		s.listener.tell = listener
		return nil
	}
}

// listen hands the listener over, if anybody wants to hear.
func (s *settings) listen() error {
	if s.listener.logger == nil && s.listener.tell == nil {
		return nil
	}
	id := lent.put(s.listener)
	err := failure(C.wxsign_go_set_event_listener(s.options, id))
	if err != nil {
		lent.take(id)
	}
	return err
}

func (s *settings) text(which C.int, values ...string) error {
	for _, value := range values {
		p, n := text(value)
		if err := failure(C.wxsign_go_set_text(s.options, which, p, n)); err != nil {
			return err
		}
	}
	return nil
}

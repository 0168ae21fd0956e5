// The options of New. The core checks their values.

package wxsign

import (
	"context"
	"log/slog"
	"math"
	"time"
)

// An Option configures the client that [New] makes. Most programs use only [WithAppID] and
// [WithAppSecret].
type Option func(*settings) error

// settings collects the options: those of the core in their order, and those of this package.
type settings struct {
	list []setting
	// hosts are those whose pages may be signed; with none, all.
	hosts    []string
	timeout  time.Duration
	listener *listener
	tokens   *tokens
	tickets  *tickets
}

// setting is one option of the core, with a text (setCorp: two) or a number.
type setting struct {
	option option
	text   string
	second string
	number uint32
}

// option is an option of the core. The order is that of shim.h.
type option int

const (
	setAppID option = iota
	setAppSecret
	addBaseURL
	setAccessToken
	setStoreDir
	setStoreRedis
	setStoreMemory
	addAllowedHost
	setProxy
	setCAFile
	setTokenAPI
	setTimeout
	setAllowHTTP
	setCorp
	setOwnTicket
	setImportTicketFile
)

// suppliers are the contexts of the program's functions.
func (s *settings) suppliers() (all []supplier) {
	if s.tokens != nil {
		all = append(all, s.tokens.supplier)
	}
	if s.tickets != nil {
		all = append(all, s.tickets.supplier)
	}
	return all
}

func (s *settings) add(option option, texts ...string) error {
	for _, text := range texts {
		s.list = append(s.list, setting{option: option, text: text})
	}
	return nil
}

// TokenAPI is the interface that the access token is fetched from.
type TokenAPI uint32

const (
	// StableToken is the default, which Tencent recommends: repeated requests return the same
	// token.
	StableToken TokenAPI = iota
	// ClassicToken makes a new token for each request and ends the previous one.
	ClassicToken
)

// defaultTimeout is the core's default, as wxsign.h says.
const defaultTimeout = 10 * time.Second

// WithAppID sets the account's appId.
func WithAppID(appID string) Option {
	return func(s *settings) error { return s.add(setAppID, appID) }
}

// WithCorp sets an app of 企业微信 in place of an appId: the corp's id, and the app's agentId. The
// AppSecret is then the Secret of this app. [Client.Config] signs with the corp's ticket and
// [Client.AgentConfig] with the app's.
func WithCorp(corpID, agentID string) Option {
	return func(s *settings) error {
		s.list = append(s.list, setting{option: setCorp, text: corpID, second: agentID})
		return nil
	}
}

// WithAppSecret sets the account's AppSecret.
func WithAppSecret(secret string) Option {
	return func(s *settings) error { return s.add(setAppSecret, secret) }
}

// WithBaseURL sets the service's addresses, with or without /cgi-bin: first the primary one, then
// fallbacks. Without it, wxsign uses WeChat's own. Plain http is accepted for loopback only, unless
// [WithAllowHTTP] is given.
func WithBaseURL(urls ...string) Option {
	return func(s *settings) error { return s.add(addBaseURL, urls...) }
}

// WithAllowHTTP allows plain http to hosts that are not loopback, for a relay in your own network.
// Together with an AppSecret, it is refused for WeChat's own hosts.
func WithAllowHTTP() Option {
	return func(s *settings) error { return s.add(setAllowHTTP, "") }
}

// WithTokenAPI sets the interface that the access token is fetched from.
func WithTokenAPI(api TokenAPI) Option {
	return func(s *settings) error {
		s.list = append(s.list, setting{option: setTokenAPI, number: uint32(api)})
		return nil
	}
}

// WithAccessToken sets your own access token in place of an AppSecret. wxsign uses it until
// [Client.SetAccessToken] replaces it, and never fetches one.
func WithAccessToken(token string) Option {
	return func(s *settings) error { return s.add(setAccessToken, token) }
}

// WithAccessTokenFunc sets a function that supplies the access token, in place of an AppSecret.
// wxsign calls it for every fetch of a ticket, each time on a new goroutine. rejected is the token
// that WeChat has just refused, or empty. ctx ends when no call waits for the answer any more. The
// text of its error reaches callers and logs: no secret.
func WithAccessTokenFunc(function func(ctx context.Context, rejected string) (string, error)) Option {
	return func(s *settings) error {
		if function == nil {
			return invalid("the function of WithAccessTokenFunc is nil")
		}
		s.tokens = newTokens(function)
		return nil
	}
}

// WithTicket sets your own ticket for wx.config in place of an AppSecret, such as one from a
// central service. wxsign uses it until [Client.SetTicket] replaces it, makes no request and stores
// nothing.
func WithTicket(ticket string) Option {
	return func(s *settings) error { return s.add(setOwnTicket, ticket) }
}

// LifeUnknown is what the function of [WithTicketFunc] returns with a ticket whose end it does not
// know.
const LifeUnknown time.Duration = -1

// WithTicketFunc sets a function that supplies the tickets, in place of an AppSecret: for a central
// service, or for a kind of ticket that wxsign does not fetch. wxsign then makes no request and
// stores nothing.
//
// kind is ticket (for wx.config), agent_ticket (for wx.agentConfig) or card_ticket (for cards and
// invoices), and rejected the ticket of this kind that [Client.Invalidate] has just dropped, or
// empty. The function returns the ticket and how much longer it lives. With [LifeUnknown], wxsign
// serves it for a minute. With 0 the ticket has expired, and the calls that wait for it fail.
// wxsign calls the function on a new goroutine, and again ahead of the ticket's end. ctx ends when
// no call waits for the answer any more. The text of its error reaches callers and logs: no secret.
func WithTicketFunc(function func(ctx context.Context, kind, rejected string) (string, time.Duration, error)) Option {
	return func(s *settings) error {
		if function == nil {
			return invalid("the function of WithTicketFunc is nil")
		}
		s.tickets = newTickets(function)
		return nil
	}
}

// WithStoreDir keeps credentials in files in this directory. wxsign makes it if it is missing; the
// user that runs the program must own it. Without a store option, wxsign uses the platform's state
// directory.
func WithStoreDir(dir string) Option {
	return func(s *settings) error { return s.add(setStoreDir, dir) }
}

// WithRedisStore keeps credentials in Redis, for machines without a common disk:
// redis://[:password@]host[:port][/db], or rediss:// for TLS. While Redis fails, wxsign keeps
// credentials in memory.
func WithRedisStore(url string) Option {
	return func(s *settings) error { return s.add(setStoreRedis, url) }
}

// WithMemoryStore keeps credentials in memory only: they end with the process.
func WithMemoryStore() Option {
	return func(s *settings) error { return s.add(setStoreMemory, "") }
}

// WithAllowedHosts sets the hosts whose pages may be signed: example.com, example.com:8443,
// *.example.com or *. Without it, pages of every host are signed, and [Handler] refuses all
// requests.
func WithAllowedHosts(hosts ...string) Option {
	return func(s *settings) error {
		// An empty list is never meant to allow every host: a setting is missing.
		if len(hosts) == 0 {
			return invalid("WithAllowedHosts names no host")
		}
		s.hosts = append(s.hosts, hosts...)
		return s.add(addAllowedHost, hosts...)
	}
}

// WithTimeout limits how long calls wait, whatever their context allows: 1 ms to 10 minutes, 10 s
// by default.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) error {
		s.timeout = timeout
		ms := min(max(timeout.Milliseconds(), 0), math.MaxUint32)
		s.list = append(s.list, setting{option: setTimeout, number: uint32(ms)})
		return nil
	}
}

// WithProxy sets an HTTP proxy, http://host:port. wxsign never reads a proxy from the environment.
func WithProxy(url string) Option {
	return func(s *settings) error { return s.add(setProxy, url) }
}

// WithCAFile sets a file of PEM certificates, which are added to the system's roots. The first
// request reads it.
func WithCAFile(file string) Option {
	return func(s *settings) error { return s.add(setCAFile, file) }
}

// WithImportTicketFile imports the ticket of the tutorial's jsapiTicket.json if it has not expired
// and the store has no ticket. The first call reads the file. wxsign never changes it, and ignores
// one that is missing or damaged. It is for 公众号 alone.
func WithImportTicketFile(file string) Option {
	return func(s *settings) error { return s.add(setImportTicketFile, file) }
}

// WithLogger writes events to logger. A failing fetch is one warning per outage and code, and the
// end of the outage is logged at info. Successes, and the failures in between, are logged at debug.
// No log line contains a secret, a token or a ticket.
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) error {
		if logger == nil {
			return invalid("the logger of WithLogger is nil")
		}
		s.listener.log = newEventLog(logger)
		return nil
	}
}

// WithEventListener sets a function that receives events. wxsign calls it on new goroutines,
// several at once. It should return soon. It must not wait for the client, but may call everything
// else.
func WithEventListener(function func(Event)) Option {
	return func(s *settings) error {
		if function == nil {
			return invalid("the function of WithEventListener is nil")
		}
		s.listener.function = function
		return nil
	}
}

// The client: configs, tickets and tokens of one account, for any number of goroutines.

package wxsign

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"
)

// Client caches the credentials of one WeChat account and signs pages with them. Any number of
// goroutines may use it at once. Make one for the life of the program with [New], and end it with
// [Client.Close].
//
// Clients of one process with the same account and store share one cache.
type Client struct {
	*handle
	requests sharedRequests
	appID    string
	agentID  string
	hosts    []string
	timeout  time.Duration
	log      *eventLog
}

// New checks the options and makes a client. It makes no request: the first call that needs a
// credential does.
//
// It fails with [ErrInvalidArgument], whose message names the option. Without cgo it always fails.
func New(options ...Option) (*Client, error) {
	s := &settings{timeout: defaultTimeout, listener: &listener{}}
	for _, option := range options {
		if option == nil {
			return nil, invalid("an option is nil")
		}
		if err := option(s); err != nil {
			return nil, err
		}
	}
	made, err := newNative(s)
	if err != nil {
		return nil, err
	}
	client := &Client{
		handle:  newHandle(made, s.suppliers()...),
		hosts:   s.hosts,
		timeout: s.timeout,
		log:     s.listener.log,
	}
	client.appID, client.agentID = made.ids()
	client.requests.fresh = s.timeout / 16
	s.listener.client.Store(client.handle)
	// A safety net, not a replacement for Close: the collector may come late, and if a listener or
	// token function refers to its client, C keeps the function and so the client alive.
	runtime.AddCleanup(client, (*handle).close, client.handle)
	return client, nil
}

// Config signs the page at url. If no usable ticket is in memory, it waits for one until the
// context ends or the client's timeout passes. Pass the page's location.href: a # and what follows
// it are not signed.
func (c *Client) Config(ctx context.Context, url string, options ...ConfigOption) (Config, error) {
	if err := usable(ctx); err != nil {
		return Config{}, err
	}
	config, notReady, err := c.configIfFresh(url, options)
	if !notReady {
		return config, err
	}
	for deadline := time.Now().Add(c.timeout); notReady; notReady = errors.Is(err, ErrNotReady) {
		// Only if other goroutines invalidate each ticket as soon as it arrives.
		if time.Now().After(deadline) {
			return Config{}, newError(ErrTimeout, "the client's timeout passed while other calls invalidated each ticket")
		}
		if _, err := c.await(ctx, ticket); err != nil {
			return Config{}, err
		}
		// Also serves a ticket that is about to expire: the wait for a newer one is over.
		config, err = c.TryConfig(url, options...)
	}
	return config, err
}

// TryConfig is like Config but never waits. If no usable ticket is in memory, it starts a fetch and
// fails with [ErrNotReady].
func (c *Client) TryConfig(url string, options ...ConfigOption) (Config, error) {
	config, err := c.tryConfig(pageConfig, url)
	if err != nil {
		return Config{}, err
	}
	return c.complete(config, options), nil
}

// configIfFresh is TryConfig, except that it starts no fetch, and returns notReady where Config
// should wait.
func (c *Client) configIfFresh(url string, options []ConfigOption) (config Config, notReady bool, err error) {
	if err := c.enter(); err != nil {
		return Config{}, false, err
	}
	defer c.leave()
	config, notReady, err = c.native.configIfFresh(url)
	if err != nil || notReady {
		return Config{}, notReady, err
	}
	return c.complete(config, options), false, nil
}

// tryConfig signs without waiting.
func (c *Client) tryConfig(kind configKind, url string) (Config, error) {
	if err := c.enter(); err != nil {
		return Config{}, err
	}
	defer c.leave()
	return c.native.tryConfig(kind, url)
}

// complete adds what the core does not sign.
func (c *Client) complete(config Config, options []ConfigOption) Config {
	config.AppID, config.JSAPIList = c.appID, noAPIs
	if len(options) > 0 {
		config = withOptions(config, options)
	}
	return config
}

// withOptions is apart, because what a pointer is passed to is allocated at each call.
func withOptions(config Config, options []ConfigOption) Config {
	for _, option := range options {
		option(&config)
	}
	return config
}

// Ticket returns the jsapi_ticket, and waits for it if necessary. The ticket is a secret.
func (c *Client) Ticket(ctx context.Context) (string, error) { return c.get(ctx, ticket) }

// AccessToken returns the access_token, and waits for it if necessary. The token is a secret.
func (c *Client) AccessToken(ctx context.Context) (string, error) { return c.get(ctx, token) }

func (c *Client) get(ctx context.Context, of credential) (string, error) {
	if err := usable(ctx); err != nil {
		return "", err
	}
	// If there is nothing to wait for, C calls back at once.
	return c.await(ctx, of)
}

// SetAccessToken replaces the token of a client that was made with [WithAccessToken].
func (c *Client) SetAccessToken(token string) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	return c.native.setAccessToken(token)
}

// SetTicket replaces the ticket of a client that was made with [WithTicket].
func (c *Client) SetTicket(ticket string) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	return c.native.setTicket(ticket)
}

// Invalidate drops the token or ticket value if it is still the cached one; a newer value stays. It
// returns whether the value was dropped. The next call then fetches a new one.
func (c *Client) Invalidate(value string) (bool, error) {
	if err := c.enter(); err != nil {
		return false, err
	}
	defer c.leave()
	return c.native.invalidate(value)
}

// State returns the state of the client. It makes no request, reads no file, never waits, and also
// works on a closed client.
func (c *Client) State() (State, error) {
	if err := c.enter(); err != nil {
		return c.lastState(err)
	}
	defer c.leave()
	return c.native.state()
}

// Close ends the client: all waiting calls and every later call fail with [ErrClosed]. Closing
// again does nothing. The error is always nil.
func (c *Client) Close() error {
	if c != nil && c.handle != nil {
		c.handle.close()
	}
	return nil
}

// write writes to the logger of [WithLogger], if there is one.
func (c *Client) write(level slog.Level, message string, attributes ...slog.Attr) {
	if c != nil && c.log != nil {
		c.log.logger.LogAttrs(context.Background(), level, message, attributes...)
	}
}

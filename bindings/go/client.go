// The client: one account's configs, tickets and tokens, for any number of goroutines.

package wxsign

// #include "shim.h"
import "C"

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
)

// Client keeps the credentials of one account of WeChat's and signs pages with them. Any number of goroutines may use
// one at once. Make one for the life of the program, with [New]; end it with [Client.Close].
//
// Clients of one process that name the same account and store share what they keep.
type Client struct {
	*handle
	desk       desk
	appID      string
	restricted bool
	logger     *slog.Logger
}

// Config is what a page hands to wx.config, besides the list of interfaces that it wants to call.
type Config struct {
	AppID string `json:"appId"`
	// Timestamp is in seconds since 1970.
	Timestamp int64  `json:"timestamp"`
	NonceStr  string `json:"nonceStr"`
	Signature string `json:"signature"`
}

// New checks the options and makes a client. No request is made before the first call.
//
// It fails with [ErrInvalidArgument], whose message names the option, or [ErrStore].
func New(options ...Option) (*Client, error) {
	s := &settings{options: C.wxsign_options_new(), timeout: defaultTimeout, listener: &listener{}}
	defer C.wxsign_options_free(s.options)
	for _, option := range options {
		if option == nil {
			return nil, invalid("an option is nil")
		}
		if err := option(s); err != nil {
			return nil, err
		}
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	made := C.wxsign_go_client_new(s.options)
	if err := failure(made.outcome); err != nil {
		return nil, err
	}
	client := &Client{
		handle:     newHandle(made.client, s.tokens),
		appID:      s.appID,
		restricted: s.restricted,
		logger:     s.listener.logger,
	}
	client.desk.fresh = s.timeout / 16
	s.listener.client.Store(client.handle)
	// A net for clients that nobody closed, and no replacement for Close: nobody knows when it comes, and where a
	// listener or token function refers to its client, C's hold on the one keeps the other.
	runtime.AddCleanup(client, (*handle).close, client.handle)
	return client, nil
}

// Config signs the page at url, waiting for a ticket if there is none, until the context's end or the client's timeout.
// Pass the page's location.href; what follows a # is not signed.
func (c *Client) Config(ctx context.Context, url string) (Config, error) {
	if err := usable(ctx); err != nil {
		return Config{}, err
	}
	config, err := c.sign(url, true)
	if err == nil {
		return config, nil
	}
	// The ticket that was waited for is there, unless it was dropped in this very moment. Twice is no accident.
	for range 2 {
		if !errors.Is(err, ErrNotReady) {
			break
		}
		if _, err := c.await(ctx, ticket); err != nil {
			return Config{}, err
		}
		config, err = c.TryConfig(url)
	}
	return config, err
}

// TryConfig is Config without waiting: [ErrNotReady] where no ticket is in memory. A fetch is then under way or due.
func (c *Client) TryConfig(url string) (Config, error) { return c.sign(url, false) }

// sign signs without waiting. For a caller who may wait, it fails with [ErrNotReady] where he should: also where what is
// in memory is about to end.
func (c *Client) sign(url string, mayWait bool) (Config, error) {
	client, err := c.enter()
	if err != nil {
		return Config{}, err
	}
	defer c.leave()
	p, n := text(url)
	var got C.wxsign_go_config
	if mayWait {
		got = C.wxsign_go_config_if_fresh(client, p, n)
	} else {
		got = C.wxsign_go_try_config(client, p, n)
	}
	if err := failure(got.outcome); err != nil {
		return Config{}, err
	}
	// Both at once: the one stands behind the other, and a second allocation would cost a tenth of the call.
	both := characters(&got.config.nonce[0], C.WXSIGN_NONCE_SIZE+C.WXSIGN_SIGNATURE_SIZE-1)
	return Config{
		AppID:     c.appID,
		Timestamp: int64(got.config.timestamp),
		NonceStr:  both[:C.WXSIGN_NONCE_SIZE-1],
		Signature: both[C.WXSIGN_NONCE_SIZE:],
	}, nil
}

// Ticket gives the jsapi_ticket, waiting for it if need be. Treat it as a secret.
func (c *Client) Ticket(ctx context.Context) (string, error) { return c.get(ctx, ticket) }

// AccessToken gives the access_token, waiting for it if need be. Treat it as a secret.
func (c *Client) AccessToken(ctx context.Context) (string, error) { return c.get(ctx, token) }

func (c *Client) get(ctx context.Context, of credential) (string, error) {
	if err := usable(ctx); err != nil {
		return "", err
	}
	// Where there is nothing to wait for, C calls back at once.
	return c.await(ctx, of)
}

// SetAccessToken replaces the token of a client that was made with [WithAccessToken].
func (c *Client) SetAccessToken(token string) error {
	client, err := c.enter()
	if err != nil {
		return err
	}
	defer c.leave()
	p, n := text(token)
	return failure(C.wxsign_go_set_access_token(client, p, n))
}

// Invalidate drops the token or ticket value, but only if it is still the one in memory: what another caller has
// already replaced stays. It says whether it was dropped; the next call fetches a new one.
func (c *Client) Invalidate(value string) (bool, error) {
	client, err := c.enter()
	if err != nil {
		return false, err
	}
	defer c.leave()
	p, n := text(value)
	got := C.wxsign_go_invalidate(client, p, n)
	return bool(got.flag), failure(got.outcome)
}

// State says what the client knows of itself. It makes no request, reads no file and never waits, and a closed client
// still tells.
func (c *Client) State() (State, error) {
	client, err := c.enter()
	if err != nil {
		return c.lastState(err)
	}
	defer c.leave()
	return readState(client)
}

// Close ends the client: whoever waits on it gets [ErrClosed], and so does every later call. Closing twice is fine. The
// error is always nil.
func (c *Client) Close() error {
	if c != nil && c.handle != nil {
		c.handle.close()
	}
	return nil
}

// log tells the logger of [WithLogger], if there is one.
func (c *Client) log(level slog.Level, message string, err error) {
	if c == nil || c.logger == nil {
		return
	}
	var attributes []slog.Attr
	if err != nil {
		attributes = append(attributes, slog.Any("error", err))
	}
	c.logger.LogAttrs(context.Background(), level, message, attributes...)
}

// What signs with another ticket than wx.config does: wx.agentConfig of 企业微信, cards and invoices.

package wxsign

import (
	"context"
	"runtime"
	"strconv"
)

// AgentConfig is the argument of wx.agentConfig. It encodes to the JSON that wx.agentConfig takes.
type AgentConfig struct {
	CorpID  string `json:"corpid"`
	AgentID string `json:"agentid"`
	// Timestamp is in seconds since 1970.
	Timestamp int64  `json:"timestamp"`
	NonceStr  string `json:"nonceStr"`
	Signature string `json:"signature"`
	// JSAPIList is never nil in an AgentConfig that a client made.
	JSAPIList []string `json:"jsApiList"`
}

// InvoiceConfig is the argument of wx.invoke('chooseInvoice', …). It encodes to the JSON that the
// call takes.
type InvoiceConfig struct {
	// Timestamp is in seconds since 1970, as a text.
	Timestamp string `json:"timestamp"`
	NonceStr  string `json:"nonceStr"`
	// SignType is always SHA1.
	SignType string `json:"signType"`
	CardSign string `json:"cardSign"`
}

// AgentConfig signs the page at url for wx.agentConfig of 企业微信, with the app's own ticket. It waits
// like [Client.Config]. The client must have been made with [WithCorp]. Of the options,
// [WithJSAPIList] counts.
func (c *Client) AgentConfig(ctx context.Context, url string, options ...ConfigOption) (AgentConfig, error) {
	config, err := c.awaitConfig(ctx, agentConfig, url)
	if err != nil {
		return AgentConfig{}, err
	}
	return c.agentConfigOf(c.complete(config, options)), nil
}

// TryAgentConfig is like AgentConfig but never waits. If no usable ticket is in memory, it starts a
// fetch and fails with [ErrNotReady].
func (c *Client) TryAgentConfig(url string, options ...ConfigOption) (AgentConfig, error) {
	config, err := c.tryConfig(agentConfig, url)
	if err != nil {
		return AgentConfig{}, err
	}
	return c.agentConfigOf(c.complete(config, options)), nil
}

func (c *Client) agentConfigOf(config Config) AgentConfig {
	return AgentConfig{
		CorpID: c.appID, AgentID: c.agentID, Timestamp: config.Timestamp, NonceStr: config.NonceStr,
		Signature: config.Signature, JSAPIList: config.JSAPIList,
	}
}

// InvoiceConfig makes what a page passes to chooseInvoice, of 公众号 and 企业微信. It waits like
// [Client.Config].
func (c *Client) InvoiceConfig(ctx context.Context) (InvoiceConfig, error) {
	config, err := c.awaitConfig(ctx, invoiceConfig, "")
	if err != nil {
		return InvoiceConfig{}, err
	}
	return invoiceConfigOf(config), nil
}

// TryInvoiceConfig is like InvoiceConfig but never waits. If no usable ticket is in memory, it
// starts a fetch and fails with [ErrNotReady].
func (c *Client) TryInvoiceConfig() (InvoiceConfig, error) {
	config, err := c.tryConfig(invoiceConfig, "")
	if err != nil {
		return InvoiceConfig{}, err
	}
	return invoiceConfigOf(config), nil
}

func invoiceConfigOf(config Config) InvoiceConfig {
	return InvoiceConfig{
		Timestamp: strconv.FormatInt(config.Timestamp, 10), NonceStr: config.NonceStr, SignType: "SHA1",
		CardSign: config.Signature,
	}
}

// CardSign signs the values of a card (cardExt, cardSign) or of chooseInvoice, with your own ticket
// of type wx_card among them: SHA-1 over the values, sorted by their bytes and joined. Numbers are
// passed as texts, and empty values do not count. It only computes.
//
// It fails with [ErrInvalidArgument] if a value is not UTF-8. It also works without cgo.
func CardSign(values ...string) (string, error) { return cardSign(values) }

// configKind is the kind of config that a call asks the core for. The order is that of shim.h.
type configKind int

const (
	pageConfig configKind = iota
	agentConfig
	invoiceConfig
)

// signing is one call into C that signs, and its outcome.
type signing struct {
	done   chan struct{}
	config Config
	err    error
}

func (s *signing) settle(config Config, err error) {
	s.config, s.err = config, err
	close(s.done)
}

// awaitConfig waits for a signature until the client's timeout passes or the context ends.
func (c *Client) awaitConfig(ctx context.Context, kind configKind, url string) (Config, error) {
	if err := usable(ctx); err != nil {
		return Config{}, err
	}
	if err := c.enter(); err != nil {
		return Config{}, err
	}
	s := &signing{done: make(chan struct{})}
	// If there is nothing to wait for, C calls back at once.
	err := c.native.askConfig(kind, url, s)
	c.leave()
	if err != nil {
		return Config{}, err
	}
	select {
	case <-s.done:
		// Otherwise the collector could close an unused client, and this call with it.
		runtime.KeepAlive(c)
		return s.config, s.err
	case <-ctx.Done():
		return Config{}, ended(ctx)
	}
}

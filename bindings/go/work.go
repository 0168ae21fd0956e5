// What signs with another ticket than wx.config does: wx.agentConfig of 企业微信, cards and invoices.

package wxsign

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"runtime"
	"slices"
	"strconv"
	"strings"
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
	signed, err := c.awaitConfig(ctx, agentConfig, url)
	if err != nil {
		return AgentConfig{}, err
	}
	signed.JSAPIList = noAPIs
	for _, option := range options {
		option(&signed)
	}
	return AgentConfig{
		CorpID: c.appID, AgentID: c.agentID, Timestamp: signed.Timestamp, NonceStr: signed.NonceStr,
		Signature: signed.Signature, JSAPIList: signed.JSAPIList,
	}, nil
}

// InvoiceConfig makes what a page passes to chooseInvoice, of 公众号 and 企业微信. It waits like
// [Client.Config].
func (c *Client) InvoiceConfig(ctx context.Context) (InvoiceConfig, error) {
	signed, err := c.awaitConfig(ctx, invoiceConfig, "")
	if err != nil {
		return InvoiceConfig{}, err
	}
	return InvoiceConfig{
		Timestamp: strconv.FormatInt(signed.Timestamp, 10), NonceStr: signed.NonceStr, SignType: "SHA1",
		CardSign: signed.Signature,
	}, nil
}

// CardSign signs the values of a card (cardExt, cardSign) or of chooseInvoice, with your own ticket
// of type wx_card among them: SHA-1 over the values, sorted by their bytes and joined. Numbers are
// passed as texts, and empty values do not count. It only computes, and also works without cgo.
func CardSign(values ...string) string {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	digest := sha1.Sum([]byte(strings.Join(sorted, "")))
	return hex.EncodeToString(digest[:])
}

// signed is what a call asks the core to sign.
type signed int

const (
	agentConfig signed = iota
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
func (c *Client) awaitConfig(ctx context.Context, what signed, url string) (Config, error) {
	if err := usable(ctx); err != nil {
		return Config{}, err
	}
	if err := c.enter(); err != nil {
		return Config{}, err
	}
	s := &signing{done: make(chan struct{})}
	// If there is nothing to wait for, C calls back at once.
	err := c.native.askConfig(what, url, s)
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

// The diagnosis of a failed signature: pure, without a client.

package wxsign

import (
	"encoding/json"
	"errors"
)

// Evidence is what is known of a failed wx.config. Every field is optional: the more there is, the
// surer the report.
type Evidence struct {
	// URL is the URL that was to be signed: what the page sent to the server.
	URL string `json:"url,omitempty"`
	// PageURL is the page's location.href.
	PageURL string `json:"pageUrl,omitempty"`
	// RealAuthURL is realAuthUrl of wx.error: the addresses that WeChat verified.
	RealAuthURL []string `json:"realAuthUrl,omitempty"`
	// Ticket is the ticket that was used. With it a cause can be proven. No report contains it.
	Ticket string `json:"ticket,omitempty"`
	// NonceStr, Timestamp, Signature and AppID are what wx.config was given. Timestamp is a text,
	// because its spelling can be the mistake.
	NonceStr  string `json:"nonceStr,omitempty"`
	Timestamp string `json:"timestamp,omitempty"`
	Signature string `json:"signature,omitempty"`
	AppID     string `json:"appId,omitempty"`
	// ErrMsg is errMsg of wx.error.
	ErrMsg string `json:"errMsg,omitempty"`
	// UserAgent is navigator.userAgent.
	UserAgent string `json:"userAgent,omitempty"`
	// InFrame says whether the page runs in an iframe.
	InFrame bool `json:"inFrame,omitempty"`
}

// Report is a verdict and its causes, the surest first. It contains no ticket and no signature.
type Report struct {
	// Verdict is valid, invalid or unknown. It is valid only if the SHA-1 fits and no other
	// evidence contradicts it.
	Verdict string  `json:"verdict"`
	Causes  []Cause `json:"causes"`
}

// Cause is one reason why the signature is, or may be, invalid.
type Cause struct {
	// Code is a stable word, such as fragment_kept.
	Code string `json:"code"`
	// Certainty is proven (the SHA-1 over exactly this mistake is the signature), likely or
	// possible.
	Certainty string `json:"certainty"`
	// Title and Fix say what happened and what to do, in English; TitleZH and FixZH in Chinese.
	Title   string `json:"title"`
	TitleZH string `json:"titleZh"`
	Fix     string `json:"fix"`
	FixZH   string `json:"fixZh"`
	// Signed and Expected are URLs or field names: what was signed, and what WeChat expects. They
	// are empty if there are none.
	Signed   string `json:"signed,omitempty"`
	Expected string `json:"expected,omitempty"`
	// Detail and DetailZH are what a client knows of its ticket: when it was handed out, and when
	// it was replaced, refused or expired. They are empty if there is nothing to add.
	Detail   string `json:"detail,omitempty"`
	DetailZH string `json:"detailZh,omitempty"`
}

// Explain explains a failed signature: whether it is right, and if not, what was signed instead. It
// computes and does nothing else.
//
// It fails with [ErrInvalidArgument] if the evidence is longer than 256 KiB, and without cgo.
func Explain(evidence Evidence) (Report, error) {
	return report(evidence, explain)
}

// Explain is like the function [Explain], with the tickets that the client remembers: the last two
// of each kind, in memory only. It finds the ticket that made the signature, and adds what became
// of it. If the evidence names a ticket, that one is used.
//
// It makes no request, reads no file, never waits, and also works on a closed client. A client that
// has just been made remembers nothing: call [Client.Ticket] first.
func (c *Client) Explain(evidence Evidence) (Report, error) {
	if err := c.enter(); err != nil {
		// A closed client has forgotten its tickets.
		if errors.Is(err, ErrClosed) {
			return Explain(evidence)
		}
		return Report{}, err
	}
	defer c.leave()
	return report(evidence, c.native.explain)
}

// report writes the evidence as JSON, and reads the report of explain.
func report(evidence Evidence, explain func(string) (string, error)) (Report, error) {
	given, err := json.Marshal(evidence)
	if err != nil {
		return Report{}, invalid("the evidence cannot be written as JSON")
	}
	answer, err := explain(string(given))
	if err != nil {
		return Report{}, err
	}
	var found Report
	if err := json.Unmarshal([]byte(answer), &found); err != nil {
		return Report{}, newError(ErrInternal, "the report is not JSON")
	}
	return found, nil
}

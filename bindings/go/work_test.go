// 企业微信, invoices, and tickets that the program brings.

package wxsign_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxsign/wxsign/bindings/go"
)

const (
	corpID      = "ww5823bf96d3bd56c7"
	agentID     = "1000002"
	agentSecret = "0123456789abcdef0123456789abcdef-agent10002"
)

// corpClient makes a client of the sandbox's first app of 企业微信.
func (s *sandbox) corpClient(options ...wxsign.Option) *wxsign.Client {
	s.t.Helper()
	client, err := wxsign.New(append([]wxsign.Option{
		wxsign.WithCorp(corpID, agentID), wxsign.WithAppSecret(agentSecret), wxsign.WithBaseURL(s.url),
		wxsign.WithMemoryStore(),
	}, options...)...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = client.Close() })
	return client
}

// passes has the sandbox judge what a page would pass to a call of the SDK.
func (s *sandbox) passes(arguments any, more ...string) {
	s.t.Helper()
	text, err := json.Marshal(arguments)
	if err != nil {
		s.t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		s.t.Fatal(err)
	}
	delete(fields, "jsApiList")
	delete(fields, "signType")
	for i := 0; i < len(more); i += 2 {
		fields[more[i]] = more[i+1]
	}
	var verdict struct {
		OK        bool   `json:"ok"`
		ErrMsg    string `json:"errMsg"`
		Diagnosis string `json:"diagnosis"`
	}
	s.call(http.MethodPost, "/verify", fields, &verdict)
	if !verdict.OK {
		s.t.Errorf("the sandbox refuses it: %+v", verdict)
	}
}

// corpCounts is what the sandbox was asked for apps of 企业微信.
func (s *sandbox) corpCounts() [3]int {
	s.t.Helper()
	c := s.counts()
	return [3]int{c.GetToken, c.CorpTicket, c.TicketGet}
}

// The corp's ticket signs wx.config and the app's wx.agentConfig, each after one fetch.
func corpConfig(t *testing.T) {
	s := startSandbox(t)
	s.fault("any", "delay", object{"ms": 100})
	client := s.corpClient()
	address, _, _ := strings.Cut(page, "#")
	_, err := client.TryAgentConfig(page)
	failsWith(t, wxsign.ErrNotReady, err)
	for range 3 {
		config := must[wxsign.Config](t)(client.Config(t.Context(), page))
		s.verify(page, config)
		agent := must[wxsign.AgentConfig](t)(client.AgentConfig(t.Context(), page, wxsign.WithJSAPIList("selectExternalContact")))
		s.passes(agent, "url", address)
		agent = must[wxsign.AgentConfig](t)(client.TryAgentConfig(page, wxsign.WithJSAPIList("selectExternalContact")))
		s.passes(agent, "url", address)
		if agent.CorpID != corpID || agent.AgentID != agentID || !slices.Equal(agent.JSAPIList, []string{"selectExternalContact"}) {
			t.Errorf("%+v", agent)
		}
	}
	if got := s.corpCounts(); got != [3]int{1, 1, 1} {
		t.Errorf("%v requests for the token, the corp's ticket and the app's", got)
	}
	state := must[wxsign.State](t)(client.State())
	if state.AgentTicket == nil || state.AgentTicket.Freshness != "fresh" || state.CardTicket != nil {
		t.Errorf("%+v", state)
	}
	// A 公众号 has no app.
	_, err = s.client().AgentConfig(t.Context(), page)
	if e := failsWith(t, wxsign.ErrInvalidArgument, err); !strings.Contains(e.Message, "WithCorp(agentID)") {
		t.Error(e.Message)
	}
	other := s.corpClient(wxsign.WithAllowedHosts("example.org"))
	_, err = other.AgentConfig(t.Context(), page)
	failsWith(t, wxsign.ErrHostNotAllowed, err)
	_, err = other.TryAgentConfig(page)
	failsWith(t, wxsign.ErrHostNotAllowed, err)
}

func TestAgentConfigEncodesAsWxTakesIt(t *testing.T) {
	config := must[wxsign.AgentConfig](t)(startSandbox(t).corpClient().AgentConfig(t.Context(), page))
	text := must[[]byte](t)(json.Marshal(config))
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"corpid", "agentid", "timestamp", "nonceStr", "signature", "jsApiList"} {
		if _, ok := fields[key]; !ok {
			t.Errorf("%s is missing in %s", key, text)
		}
	}
	if len(fields) != 6 || strings.Contains(string(text), "null") {
		t.Errorf("%s", text)
	}
}

// The page passes it to chooseInvoice, of 公众号 and 企业微信.
func invoiceConfigs(t *testing.T) {
	s := startSandbox(t)
	s.fault("any", "delay", object{"ms": 100})
	for id, client := range map[string]*wxsign.Client{appID: s.client(), corpID: s.corpClient()} {
		_, err := client.TryInvoiceConfig()
		failsWith(t, wxsign.ErrNotReady, err)
		for _, config := range []wxsign.InvoiceConfig{
			must[wxsign.InvoiceConfig](t)(client.InvoiceConfig(t.Context())),
			must[wxsign.InvoiceConfig](t)(client.TryInvoiceConfig()),
		} {
			s.passes(config, "appId", id)
			if config.SignType != "SHA1" {
				t.Errorf("%+v", config)
			}
		}
	}
}

func cardVectors(t *testing.T) {
	const code, card = "jonyqin_1434008071", "pjZ8Yt1XGILfi-FUsewpnnolGgZk"
	for want, values := range map[string][]string{
		"6b81fbf6af16e856334153b39737556063c82689": {code, "1404896688", card, "ojZ8YtyVyr30HheH3CM73y7h4jJE ", "jonyqin"},
		"2b4d29b5f60fa4be37522ddfd9583c329446d3e3": {code, "1404896688", card, "ojZ8YtyVyr30HheH3CM73y7h4jJE", "", "jonyqin"},
		"f137ab68b7f8112d20ee528ab6074564e2796250": {"1434008071", "1404896688", card, "ojZ8YtyVyr30HheH3CM73y7h4jJE", "123"},
		"da39a3ee5e6b4b0d3255bfef95601890afd80709": nil,
	} {
		if got := must[string](t)(wxsign.CardSign(values...)); got != want {
			t.Errorf("%v: %s is not %s", values, got, want)
		}
	}
	_, err := wxsign.CardSign(code, "\xff")
	if e := failsWith(t, wxsign.ErrInvalidArgument, err); !strings.HasPrefix(e.Message, "values ") {
		t.Error(e.Message)
	}
}

// The secret is wrong only at gettoken. A refused address says nothing about the token.
func corpErrors(t *testing.T) {
	s := startSandbox(t)
	client := must[*wxsign.Client](t)(wxsign.New(wxsign.WithCorp(corpID, agentID), wxsign.WithAppSecret(secret),
		wxsign.WithBaseURL(s.url), wxsign.WithMemoryStore()))
	defer client.Close()
	e := configFails(t, client, wxsign.ErrCredentialRejected)
	if e.ErrCode != 40001 || e.RID == "" {
		t.Errorf("%+v", e)
	}
	configFails(t, client, wxsign.ErrCredentialRejected)
	if got := s.corpCounts(); got != [3]int{1, 0, 0} {
		t.Errorf("%v", got)
	}

	s.post("reset", object{})
	s.post("settings", object{"trusted_ip": false})
	client = s.corpClient()
	e = configFails(t, client, wxsign.ErrIPNotAllowed)
	if e.ErrCode != 60020 || !e.IP.IsValid() || e.RID == "" || !strings.Contains(e.Hint+e.HintZH, "企业可信IP") {
		t.Errorf("%+v", e)
	}
	if got := s.corpCounts(); got != [3]int{1, 1, 0} {
		t.Errorf("%v", got)
	}
	if _, err := client.AccessToken(t.Context()); err != nil {
		t.Error("the token is kept:", err)
	}
}

func ownTicket(t *testing.T) {
	needsCgo(t)
	client := must[*wxsign.Client](t)(wxsign.New(wxsign.WithAppID(appID), wxsign.WithTicket("FIRST")))
	defer client.Close()
	signs := func(ticket string, config wxsign.Config) {
		t.Helper()
		if want := must[string](t)(wxsign.Sign(ticket, config.NonceStr, config.Timestamp, page)); config.Signature != want {
			t.Errorf("it is not signed with %s", ticket)
		}
	}
	signs("FIRST", must[wxsign.Config](t)(client.TryConfig(page)))
	if err := client.SetTicket("SECOND"); err != nil {
		t.Fatal(err)
	}
	signs("SECOND", must[wxsign.Config](t)(client.Config(t.Context(), page)))
	failsWith(t, wxsign.ErrInvalidArgument, client.SetTicket("two words"))
	_, err := client.AccessToken(t.Context())
	failsWith(t, wxsign.ErrInvalidArgument, err)
	_, err = client.InvoiceConfig(t.Context())
	if e := failsWith(t, wxsign.ErrInvalidArgument, err); e.Option != "WithTicket" {
		t.Errorf("%+v", e)
	}
	state := must[wxsign.State](t)(client.State())
	text := must[[]byte](t)(json.Marshal(state))
	if state.Ticket.Source != "caller" || state.Requests != 0 || !strings.Contains(string(text), `"remainingMs":null`) {
		t.Errorf("%s", text)
	}
	for _, options := range [][]wxsign.Option{
		{wxsign.WithTicket("")},
		{wxsign.WithTicketFunc(nil)},
		{wxsign.WithTicket("t"), wxsign.WithAppSecret("s")},
		{wxsign.WithTicket("t"), wxsign.WithStoreDir(t.TempDir())},
	} {
		_, err := wxsign.New(append(options, wxsign.WithAppID(appID))...)
		failsWith(t, wxsign.ErrInvalidArgument, err)
	}
}

func ownTicketFunction(t *testing.T) {
	needsCgo(t)
	var mutex sync.Mutex
	var asked []string
	client := must[*wxsign.Client](t)(wxsign.New(wxsign.WithCorp(corpID, agentID),
		wxsign.WithTicketFunc(func(ctx context.Context, kind, rejected string) (string, time.Duration, error) {
			mutex.Lock()
			defer mutex.Unlock()
			asked = append(asked, kind+" "+rejected)
			if _, limited := ctx.Deadline(); !limited {
				t.Error("the context has no end")
			}
			return "MY-" + kind, time.Hour, nil
		})))
	defer client.Close()
	must[wxsign.Config](t)(client.Config(t.Context(), page))
	must[wxsign.AgentConfig](t)(client.AgentConfig(t.Context(), page))
	must[wxsign.InvoiceConfig](t)(client.InvoiceConfig(t.Context()))
	if !must[bool](t)(client.Invalidate("MY-agent_ticket")) {
		t.Error("it was not dropped")
	}
	agent := must[wxsign.AgentConfig](t)(client.AgentConfig(t.Context(), page))
	if agent.Signature != must[string](t)(wxsign.Sign("MY-agent_ticket", agent.NonceStr, agent.Timestamp, page)) {
		t.Error("it is not signed with the function's ticket")
	}
	want := []string{"ticket ", "agent_ticket ", "card_ticket ", "agent_ticket MY-agent_ticket"}
	if !slices.Equal(asked, want) {
		t.Errorf("%q", asked)
	}
}

// A function that fails, panics, ends its goroutine or returns no ticket is a typed failure.
func TestBadTicketFunctionsAreTyped(t *testing.T) {
	needsCgo(t)
	type answer func() (string, time.Duration, error)
	for name, answer := range map[string]answer{
		"vault is closed":     func() (string, time.Duration, error) { return "", 0, errors.New("vault is closed") },
		"it panicked":         func() (string, time.Duration, error) { panic("a defect") },
		"ended its goroutine": func() (string, time.Duration, error) { runtime.Goexit(); return "", 0, nil },
	} {
		client := must[*wxsign.Client](t)(wxsign.New(wxsign.WithAppID(appID), wxsign.WithTicketFunc(
			func(context.Context, string, string) (string, time.Duration, error) { return answer() })))
		_, err := client.Config(t.Context(), page)
		e := failsWith(t, wxsign.ErrNotReady, err)
		if e.Reason != "FUNCTION" || !strings.Contains(e.Message, name) {
			t.Errorf("%+v", e)
		}
		_ = client.Close()
	}
}

// A life of 0 has expired, as in every binding; an unknown one is passed explicitly.
func TestALifeOfZeroHasExpired(t *testing.T) {
	needsCgo(t)
	config := func(life time.Duration) (*wxsign.Client, error) {
		client := must[*wxsign.Client](t)(wxsign.New(wxsign.WithAppID(appID), wxsign.WithTicketFunc(
			func(context.Context, string, string) (string, time.Duration, error) { return "T", life, nil })))
		t.Cleanup(func() { _ = client.Close() })
		_, err := client.Config(t.Context(), page)
		return client, err
	}
	for _, life := range []time.Duration{0, -time.Second, -time.Hour} {
		_, err := config(life)
		if e := failsWith(t, wxsign.ErrInvalidArgument, err); e.Option != "WithTicket" || !strings.Contains(e.Message, "has expired") {
			t.Errorf("%s: %+v", life, e)
		}
	}
	for _, life := range []time.Duration{wxsign.LifeUnknown, time.Minute, time.Nanosecond, math.MaxInt64} {
		if _, err := config(life); err != nil {
			t.Errorf("%s: %v", life, err)
		}
	}
	client, _ := config(wxsign.LifeUnknown)
	if ticket := must[wxsign.State](t)(client.State()).Ticket; ticket.Remaining <= 0 || ticket.Remaining > time.Minute {
		t.Errorf("%+v", ticket)
	}
}

// The core ignores spaces and line breaks around an id, so the page must not get them either.
func TestPagesGetTrimmedIDs(t *testing.T) {
	s := startSandbox(t)
	config := must[wxsign.Config](t)(s.client(wxsign.WithAppID(appID+"\n")).Config(t.Context(), page))
	if config.AppID != appID {
		t.Errorf("%q", config.AppID)
	}
	client := s.corpClient(wxsign.WithCorp(" "+corpID+"\r\n", agentID+"\n"))
	config = must[wxsign.Config](t)(client.Config(t.Context(), page))
	agent := must[wxsign.AgentConfig](t)(client.AgentConfig(t.Context(), page))
	if config.AppID != corpID || agent.CorpID != corpID || agent.AgentID != agentID {
		t.Errorf("%q %q %q", config.AppID, agent.CorpID, agent.AgentID)
	}
}

// A waiter's context ends its wait, and closing the client ends the others.
func TestAgentConfigEndsWithContextAndClient(t *testing.T) {
	s := startSandbox(t)
	s.fault("any", "hang", nil)
	client := s.corpClient()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := client.AgentConfig(ctx, page)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	ended := make(chan error)
	go func() {
		_, err := client.InvoiceConfig(t.Context())
		ended <- err
	}()
	time.Sleep(50 * time.Millisecond)
	_ = client.Close()
	failsWith(t, wxsign.ErrClosed, <-ended)
	_, err = client.AgentConfig(t.Context(), page)
	failsWith(t, wxsign.ErrClosed, err)
}

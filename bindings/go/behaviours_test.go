// What every binding does the same: one test of each name in tests/behaviours.json, against the
// sandbox.

package wxsign_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxsign/wxsign/bindings/go"
)

var behaviours = map[string]func(*testing.T){
	"official_vector":            officialVector,
	"config_verifies":            configVerifies,
	"one_fetch_for_many_calls":   oneFetchForManyCalls,
	"one_fetch_for_cold_callers": oneFetchForColdCallers,
	"second_process_adopts":      secondProcessAdopts,
	"wrong_secret":               wrongSecret,
	"wrong_app_id":               wrongAppID,
	"ip_not_allowed":             ipNotAllowed,
	"quota_exceeded":             quotaExceeded,
	"permission_denied":          permissionDenied,
	"unknown_errcode":            unknownErrcode,
	"busy":                       busy,
	"server_error":               serverError,
	"html":                       html,
	"truncated":                  truncated,
	"redirect":                   redirect,
	"huge_body":                  hugeBody,
	"reset":                      reset,
	"no_connection":              noConnection,
	"slow_service":               slowService,
	"dead_token_is_refetched":    deadTokenIsRefetched,
	"not_ready":                  notReady,
	"invalid_arguments":          invalidArguments,
	"invalid_urls":               invalidURLs,
	"host_not_allowed":           hostNotAllowed,
	"invalidate":                 invalidate,
	"explains_former_ticket":     explainsFormerTicket,
	"own_token":                  ownToken,
	"own_token_function":         ownTokenFunction,
	"corp_config":                corpConfig,
	"invoice_config":             invoiceConfigs,
	"card_vectors":               cardVectors,
	"corp_errors":                corpErrors,
	"own_ticket":                 ownTicket,
	"own_ticket_function":        ownTicketFunction,
	"close":                      closing,
	"state":                      state,
	"events":                     events,
	"errors_explain":             errorsExplain,
}

func TestBehaviours(t *testing.T) {
	text := repositoryFile(t, "tests", "behaviours.json")
	var list struct {
		Behaviours map[string]string `json:"behaviours"`
	}
	if err := json.Unmarshal(text, &list); err != nil || len(list.Behaviours) == 0 {
		t.Fatal("no list of behaviours", err)
	}
	for name, test := range behaviours {
		if list.Behaviours[name] == "" {
			t.Errorf("%s is tested here, but no behaviour of every binding", name)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
	for name, promise := range list.Behaviours {
		if behaviours[name] == nil {
			t.Errorf("%s has no test in Go: %s", name, promise)
		}
	}
}

// must fails the test at a failure that the behaviour does not expect.
func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// failsWith fails unless err is an *Error of that code, and gives it.
func failsWith(t *testing.T, code wxsign.Code, err error) *wxsign.Error {
	t.Helper()
	var e *wxsign.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v (%T) is not an *Error; wanted %s", err, err, code)
	}
	if !errors.Is(err, code) || e.Code != code {
		t.Fatalf("%v is not %s", err, code)
	}
	return e
}

// configFails is failsWith of a Config call.
func configFails(t *testing.T, client *wxsign.Client, code wxsign.Code) *wxsign.Error {
	t.Helper()
	_, err := client.Config(t.Context(), page)
	return failsWith(t, code, err)
}

// noSecrets fails if a text contains a secret, a token or a ticket.
func noSecrets(t *testing.T, text string) {
	t.Helper()
	for _, word := range []string{secret, "90_TOKEN", "TICKET"} {
		// Every ticket of the sandbox begins with TICKET, and wxsign writes no such word in capitals.
		if strings.Contains(text, word) {
			t.Errorf("%q is in %s", word, text)
		}
	}
}

func officialVector(t *testing.T) {
	signature := must[string](t)(wxsign.Sign(
		"sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
		"Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value"))
	if signature != "0f9de62fce790f9a083d5c99e95740ceb90c27ed" {
		t.Error(signature)
	}
}

func configVerifies(t *testing.T) {
	s := startSandbox(t)
	config := must[wxsign.Config](t)(s.client().Config(t.Context(), page))
	s.verify(page, config)
	if config.AppID != appID || len(config.NonceStr) != 32 || len(config.Signature) != 40 ||
		time.Since(time.Unix(config.Timestamp, 0)).Abs() > 10*time.Second {
		t.Errorf("%+v", config)
	}
}

func oneFetchForManyCalls(t *testing.T) {
	s := startSandbox(t)
	client := s.client()
	seen := map[string]bool{}
	for range 100 {
		seen[must[wxsign.Config](t)(client.Config(t.Context(), page)).NonceStr] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d different nonces in 100 configs", len(seen))
	}
	s.expect(1, 1)
}

func oneFetchForColdCallers(t *testing.T) {
	s := startSandbox(t)
	s.fault("any", "delay", object{"ms": 100})
	client := s.client()
	var wait sync.WaitGroup
	for range 50 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			if _, err := client.Config(t.Context(), page); err != nil {
				t.Error(err)
			}
		}()
	}
	wait.Wait()
	s.expect(1, 1)
}

func deadTokenIsRefetched(t *testing.T) {
	s := startSandbox(t)
	client := s.client()
	old := must[string](t)(client.Ticket(t.Context()))
	s.post("kill", object{"what": "token"})
	s.post("kill", object{"what": "ticket"})
	if !must[bool](t)(client.Invalidate(old)) {
		t.Error("the ticket was not dropped")
	}
	s.verify(page, must[wxsign.Config](t)(client.Config(t.Context(), page)))
	// The second of three ticket calls is the one that the dead token cost.
	s.expect(2, 3)
}

func notReady(t *testing.T) {
	s := startSandbox(t)
	// Without the delay a flight could be over before the call that began it looks again.
	s.fault("any", "delay", object{"ms": 100})
	client := s.client()
	_, err := client.TryConfig(page)
	if e := failsWith(t, wxsign.ErrNotReady, err); !e.Retryable {
		t.Error("not retryable")
	}
	must[wxsign.Config](t)(client.Config(t.Context(), page))
	s.verify(page, must[wxsign.Config](t)(client.TryConfig(page)))
}

func invalidate(t *testing.T) {
	s := startSandbox(t)
	s.post("settings", object{"ticket_mode": "rotate"})
	client := s.client()
	old := must[string](t)(client.Ticket(t.Context()))
	if must[bool](t)(client.Invalidate("another")) || must[bool](t)(client.Invalidate("")) {
		t.Error("a value that is not the ticket dropped it")
	}
	if !must[bool](t)(client.Invalidate(old)) || must[bool](t)(client.Invalidate(old)) {
		t.Error("the ticket is dropped once")
	}
	if fresh := must[string](t)(client.Ticket(t.Context())); fresh == old {
		t.Error("the dropped ticket came back")
	}
	s.expect(1, 2)
}

func explainsFormerTicket(t *testing.T) {
	s := startSandbox(t)
	client := s.client()
	former := must[string](t)(client.Ticket(t.Context()))
	s.post("kill", object{"what": "ticket"})
	must[bool](t)(client.Invalidate(former))
	current := must[string](t)(client.Ticket(t.Context()))
	explained := func(ticket string) wxsign.Report {
		signature := must[string](t)(wxsign.Sign(ticket, "n", 1_700_000_000, page))
		report := must[wxsign.Report](t)(client.Explain(wxsign.Evidence{
			URL: page, NonceStr: "n", Timestamp: "1700000000", Signature: signature,
		}))
		if text, _ := json.Marshal(report); strings.Contains(string(text), former) || strings.Contains(string(text), current) {
			t.Error("the report contains a ticket")
		}
		return report
	}
	dead := explained(former)
	if cause := dead.Causes[0]; dead.Verdict != "invalid" || cause.Code != "dead_ticket" || cause.Certainty != "proven" ||
		!strings.Contains(cause.Detail, "was refused at") || cause.DetailZH == "" {
		t.Errorf("%+v", dead)
	}
	if report := explained(current); report.Verdict != "valid" {
		t.Errorf("%+v", report)
	}
}

func ownToken(t *testing.T) {
	s := startSandbox(t)
	token := s.token()
	client := s.rawClient(wxsign.WithAccessToken(token))
	s.verify(page, must[wxsign.Config](t)(client.Config(t.Context(), page)))
	if got := must[string](t)(client.AccessToken(t.Context())); got != token {
		t.Error("the token is not the one that was handed over")
	}
	s.post("kill", object{"what": "token"})
	must[bool](t)(client.Invalidate(must[string](t)(client.Ticket(t.Context()))))
	configFails(t, client, wxsign.ErrTokenInvalidated)
	if err := client.SetAccessToken(s.token()); err != nil {
		t.Fatal(err)
	}
	s.verify(page, must[wxsign.Config](t)(client.Config(t.Context(), page)))
	// The two tokens are those that this test asked for.
	s.expect(2, 3)
}

func ownTokenFunction(t *testing.T) {
	s := startSandbox(t)
	token := s.token()
	var mutex sync.Mutex
	var asked []string
	client := s.rawClient(wxsign.WithAccessTokenFunc(func(ctx context.Context, rejected string) (string, error) {
		mutex.Lock()
		defer mutex.Unlock()
		asked = append(asked, rejected)
		if rejected == "" {
			return token, ctx.Err()
		}
		return s.token(), ctx.Err()
	}))
	s.verify(page, must[wxsign.Config](t)(client.Config(t.Context(), page)))
	s.post("kill", object{"what": "token"})
	must[bool](t)(client.Invalidate(must[string](t)(client.Ticket(t.Context()))))
	s.verify(page, must[wxsign.Config](t)(client.Config(t.Context(), page)))
	mutex.Lock()
	defer mutex.Unlock()
	if len(asked) != 3 || asked[0] != "" || asked[1] != "" || asked[2] != token {
		t.Errorf("the function was asked with %q", asked)
	}

	failing := startSandbox(t)
	client = failing.rawClient(wxsign.WithAccessTokenFunc(func(context.Context, string) (string, error) {
		return "", errors.New("no token today")
	}))
	if e := configFails(t, client, wxsign.ErrTokenInvalidated); !strings.Contains(e.Message, "no token today") {
		t.Error(e)
	}
	failing.expect(0, 0)
}

func secondProcessAdopts(t *testing.T) {
	s := startSandbox(t)
	dir := filepath.Join(t.TempDir(), "store")
	client := s.client(wxsign.WithStoreDir(dir))
	must[wxsign.Config](t)(client.Config(t.Context(), page))
	text := runChild(t, s.url, dir)
	var config wxsign.Config
	if err := json.Unmarshal(text, &config); err != nil {
		t.Fatalf("the second process said %q", text)
	}
	s.verify(page, config)
	s.expect(1, 1)
}

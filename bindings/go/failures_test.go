// The behaviours of every binding when something is wrong: the service, the network, or what the
// caller passed.

package wxsign_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/wxsign/wxsign/bindings/go"
)

func wrongSecret(t *testing.T) {
	s := startSandbox(t)
	client := s.client(wxsign.WithAppSecret("ffffffffffffffffffffffffffffffff"))
	for _, recorded := range []bool{false, true} {
		e := configFails(t, client, wxsign.ErrCredentialRejected)
		wait := time.Until(e.RetryAt)
		if e.ErrCode != 40125 || e.RID == "" || e.Retryable || wait <= 0 || wait > time.Minute {
			t.Errorf("%+v", e)
		}
		// The second call makes no request: it gets the first one's failure.
		if age := time.Since(e.RecordedAt); e.RecordedAt.IsZero() == recorded || recorded && (age < -time.Second || age > time.Minute) {
			t.Errorf("%+v", e)
		}
		s.expect(1, 0)
	}
}

func wrongAppID(t *testing.T) {
	s := startSandbox(t)
	e := configFails(t, s.client(wxsign.WithAppID("wx0000000000000000")), wxsign.ErrCredentialRejected)
	if e.ErrCode != 40013 {
		t.Errorf("%+v", e)
	}
}

func ipNotAllowed(t *testing.T) {
	s := startSandbox(t)
	s.errcode("any", 40164)
	e := configFails(t, s.client(), wxsign.ErrIPNotAllowed)
	if e.ErrCode != 40164 || !e.IP.IsValid() {
		t.Errorf("%+v", e)
	}
}

func quotaExceeded(t *testing.T) {
	s := startSandbox(t)
	s.errcode("any", 45009)
	e := configFails(t, s.client(), wxsign.ErrQuotaExceeded)
	if e.ErrCode != 45009 || !e.RetryAt.After(time.Now()) || !e.Retryable {
		t.Errorf("%+v", e)
	}
}

func permissionDenied(t *testing.T) {
	s := startSandbox(t)
	s.errcode("getticket", 48001)
	if e := configFails(t, s.client(), wxsign.ErrPermissionDenied); e.ErrCode != 48001 {
		t.Errorf("%+v", e)
	}
}

func unknownErrcode(t *testing.T) {
	s := startSandbox(t)
	s.errcode("any", 49999)
	if e := configFails(t, s.client(), wxsign.ErrUpstreamRejected); e.ErrCode != 49999 {
		t.Errorf("%+v", e)
	}
}

func busy(t *testing.T) {
	s := startSandbox(t)
	s.errcode("any", -1)
	if e := configFails(t, s.client(), wxsign.ErrUpstreamBusy); e.ErrCode != -1 || !e.Retryable {
		t.Errorf("%+v", e)
	}
	s.expect(3, 0)

	s = startSandbox(t)
	s.fault("any", "errcode", object{"errcode": -1, "times": 1})
	s.verify(page, must[wxsign.Config](t)(s.client().Config(t.Context(), page)))
}

// goesWrong fails unless the fault gives the code, and leaves nothing behind that would be served.
func goesWrong(t *testing.T, fault string, details object, code wxsign.Code) {
	t.Helper()
	s := startSandbox(t)
	s.fault("any", fault, details)
	client := s.client()
	configFails(t, client, code)
	if freshness := must[wxsign.State](t)(client.State()).Ticket.Freshness; freshness != "expired" {
		t.Errorf("a ticket is %s", freshness)
	}
	if c := s.counts(); c.Other != 0 {
		t.Errorf("asked for something else: %+v", c)
	}
}

func serverError(t *testing.T) {
	goesWrong(t, "status", object{"status": 502}, wxsign.ErrUpstreamBusy)
}
func html(t *testing.T)     { goesWrong(t, "html", nil, wxsign.ErrBadResponse) }
func redirect(t *testing.T) { goesWrong(t, "redirect", nil, wxsign.ErrBadResponse) }
func hugeBody(t *testing.T) { goesWrong(t, "huge", nil, wxsign.ErrBadResponse) }
func reset(t *testing.T)    { goesWrong(t, "reset", nil, wxsign.ErrNetwork) }

func truncated(t *testing.T) {
	goesWrong(t, "truncated", object{"flavour": "length"}, wxsign.ErrBadResponse)
	goesWrong(t, "truncated", object{"flavour": "close"}, wxsign.ErrBadResponse)
}

func noConnection(t *testing.T) {
	needsCgo(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	client, err := wxsign.New(wxsign.WithAppID(appID), wxsign.WithAppSecret(secret),
		wxsign.WithBaseURL("http://"+address), wxsign.WithMemoryStore())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	begun := time.Now()
	configFails(t, client, wxsign.ErrNetwork)
	if took := time.Since(begun); took > 10500*time.Millisecond {
		t.Errorf("took %s", took)
	}
}

func slowService(t *testing.T) {
	for _, fault := range []string{"hang", "drip"} {
		s := startSandbox(t)
		s.fault("any", fault, nil)
		client := s.client(wxsign.WithTimeout(400 * time.Millisecond))
		begun := time.Now()
		configFails(t, client, wxsign.ErrTimeout)
		if took := time.Since(begun); took < 300*time.Millisecond || took > 1500*time.Millisecond {
			t.Errorf("%s: took %s", fault, took)
		}
		s.post("clear", nil)
	}
}

func invalidArguments(t *testing.T) {
	id, key := wxsign.WithAppID(appID), wxsign.WithAppSecret(secret)
	for name, options := range map[string][]wxsign.Option{
		"nothing":             {},
		"no secret":           {id},
		"no appId":            {key},
		"empty appId":         {wxsign.WithAppID(""), key},
		"empty secret":        {id, wxsign.WithAppSecret("")},
		"NUL in the appId":    {wxsign.WithAppID("wx\x00"), key},
		"not UTF-8":           {wxsign.WithAppID("wx\xff"), key},
		"secret and token":    {id, key, wxsign.WithAccessToken("token")},
		"empty token":         {id, wxsign.WithAccessToken("")},
		"no token function":   {id, wxsign.WithAccessTokenFunc(nil)},
		"empty base URL":      {id, key, wxsign.WithBaseURL("")},
		"base URL of nothing": {id, key, wxsign.WithBaseURL("nonsense")},
		"plain http":          {id, key, wxsign.WithBaseURL("http://relay:80")},
		"plain http, WeChat":  {id, key, wxsign.WithBaseURL("http://api.weixin.qq.com"), wxsign.WithAllowHTTP()},
		"token API":           {id, key, wxsign.WithTokenAPI(wxsign.TokenAPI(99))},
		"negative timeout":    {id, key, wxsign.WithTimeout(-time.Second)},
		"endless timeout":     {id, key, wxsign.WithTimeout(1 << 62)},
		"no time at all":      {id, key, wxsign.WithTimeout(0)},
		"host":                {id, key, wxsign.WithAllowedHosts("https://example.com/")},
		"host, not UTF-8":     {id, key, wxsign.WithAllowedHosts("\xff")},
		"proxy":               {id, key, wxsign.WithProxy("nonsense://")},
		"nil option":          {id, key, nil},
		"nil listener":        {id, key, wxsign.WithEventListener(nil)},
	} {
		client, err := wxsign.New(append([]wxsign.Option{wxsign.WithMemoryStore()}, options...)...)
		if err == nil {
			_ = client.Close()
			t.Errorf("%s: no error", name)
			continue
		}
		if e := failsWith(t, wxsign.ErrInvalidArgument, err); e.Hint == "" || e.HintZH == "" {
			t.Errorf("%s: %+v", name, e)
		}
	}

	client := startSandbox(t).client()
	relay := must[*wxsign.Client](t)(wxsign.New(id, key, wxsign.WithMemoryStore(), wxsign.WithBaseURL("http://relay:80"),
		wxsign.WithAllowHTTP()))
	defer relay.Close()
	_, err := client.Config(t.Context(), "https://example.com/\xff")
	failsWith(t, wxsign.ErrInvalidArgument, err)
	//lint:ignore SA1012 a caller's mistake must not crash the program
	_, err = client.Ticket(nil) //nolint:staticcheck
	failsWith(t, wxsign.ErrInvalidArgument, err)
	failsWith(t, wxsign.ErrInvalidArgument, client.SetAccessToken("token"))
	for _, call := range []func() (string, error){
		func() (string, error) { return wxsign.Sign("\xff", "n", 1, "u") },
		func() (string, error) { return wxsign.Sign("t", "\xff", 1, "u") },
		func() (string, error) { return wxsign.Sign("t", "n", 1, "\xff") },
		func() (string, error) { return wxsign.Sign("t", "n", -1, "u") },
	} {
		_, err := call()
		failsWith(t, wxsign.ErrInvalidArgument, err)
	}
	var none *wxsign.Client
	_, err = none.Config(t.Context(), page)
	failsWith(t, wxsign.ErrInvalidArgument, err)
	_, err = new(wxsign.Client).TryConfig(page)
	failsWith(t, wxsign.ErrInvalidArgument, err)
}

func invalidURLs(t *testing.T) {
	client := startSandbox(t).client()
	for _, url := range []string{
		"", "example.com", "ftp://example.com/", "https://example.com/" + strings.Repeat("a", 9000),
		`https://evil.com\@good.com/`, "https://good.com\t.evil.com/", "https://user@good.com/",
		"https://user:password@good.com/", "https://good.com/\x00", "https://good.com/\n",
	} {
		_, err := client.Config(t.Context(), url)
		failsWith(t, wxsign.ErrInvalidURL, err)
		_, err = client.TryConfig(url)
		failsWith(t, wxsign.ErrInvalidURL, err)
		if signature := must[string](t)(wxsign.Sign("ticket", "nonce", 1, url)); len(signature) != 40 {
			t.Errorf("sign(%q) is %q", url, signature)
		}
	}
}

func hostNotAllowed(t *testing.T) {
	s := startSandbox(t)
	client := s.client(wxsign.WithAllowedHosts("example.com", "*.example.org"))
	for _, host := range []string{"example.com", "example.com:8443", "a.example.org"} {
		must[wxsign.Config](t)(client.Config(t.Context(), fmt.Sprintf("https://%s/x", host)))
	}
	for _, host := range []string{"evil.com", "example.org", "example.com.evil.com", "aexample.org"} {
		_, err := client.Config(t.Context(), fmt.Sprintf("https://%s/x", host))
		failsWith(t, wxsign.ErrHostNotAllowed, err)
	}
}

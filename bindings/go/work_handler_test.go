// Handlers of 企业微信 and of invoices.

package wxsign_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/wxsign/wxsign/bindings/go"
)

// get asks a handler for the config of a page.
func get(handler http.Handler, path, page string) (int, string) {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path+"?url="+url.QueryEscape(page), nil))
	return answer.Code, answer.Body.String()
}

func TestHandlerAnswersInvoiceConfigs(t *testing.T) {
	s := startSandbox(t)
	client := s.client(wxsign.WithAllowedHosts("example.com"))
	answer := httptest.NewRecorder()
	wxsign.Handler(client, wxsign.WithInvoiceConfig()).
		ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/wx/config/invoice-config", nil))
	var config wxsign.InvoiceConfig
	if err := json.Unmarshal(answer.Body.Bytes(), &config); err != nil || answer.Code != http.StatusOK {
		t.Fatal(answer.Code, answer.Body, err)
	}
	s.passes(config, "appId", appID)
	// A client without a list of hosts signs nothing, here too.
	if code, body := get(wxsign.Handler(s.client(), wxsign.WithInvoiceConfig()), "/", page); code != http.StatusInternalServerError {
		t.Error(code, body)
	}
}

// A client with a ticket function signs for an application that users only log in to.
func TestHandlerAnswersSuiteConfigs(t *testing.T) {
	needsCgo(t)
	suite := must[*wxsign.Client](t)(wxsign.New(wxsign.WithAppID("suite"), wxsign.WithAllowedHosts("example.com"),
		wxsign.WithTicketFunc(func(context.Context, string, string) (string, time.Duration, error) {
			return "SUITE", time.Hour, nil
		})))
	defer suite.Close()
	handler := wxsign.Handler(suite, wxsign.WithSuiteConfig(), wxsign.WithJSAPIList("a"))
	code, body := get(handler, "/wx/config/suite-config", page)
	var fields map[string]any
	if err := json.Unmarshal([]byte(body), &fields); err != nil || code != http.StatusOK || len(fields) != 3 {
		t.Fatal(code, body, err)
	}
	nonce, _ := fields["nonceStr"].(string)
	timestamp, _ := fields["timestamp"].(float64)
	if fields["signature"] != must[string](t)(wxsign.Sign("SUITE", nonce, int64(timestamp), page)) {
		t.Error(body)
	}
	if code, body := get(handler, "/wx/config/suite-config", "https://example.org/"); code != http.StatusForbidden {
		t.Error(code, body)
	}
}

// A page that asks for another signature must not get that of wx.config.
func TestHandlerLeavesOtherRoutesAlone(t *testing.T) {
	s := startSandbox(t)
	client := s.corpClient(wxsign.WithAllowedHosts("example.com"))
	mux := http.NewServeMux()
	mux.Handle("/wx/config/", wxsign.Handler(client))
	mux.Handle("/agent/", wxsign.Handler(client, wxsign.WithAgentConfig()))
	for path, want := range map[string]int{
		"/wx/config/": 200, "/wx/config/any": 200, "/agent/": 200, "/agent/agent-config": 200, "/agent/agent-config/": 200,
		"/wx/config/agent-config": 404, "/wx/config/agent-config/": 404, "/wx/config/suite-config": 404,
		"/wx/config/invoice-config": 404, "/agent/invoice-config": 404, "/agent/suite-config": 404,
	} {
		code, body := get(mux, path, "https://example.com/a")
		if code != want || code == http.StatusNotFound && !strings.HasPrefix(body, `{"code":"INVALID_ARGUMENT","message":"`) {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	// Also below a prefix that was cut.
	if code, body := get(http.StripPrefix("/wx/config/", wxsign.Handler(client)), "/wx/config/agent-config", page); code != 404 {
		t.Error(code, body)
	}
}

func TestHandlerAnswersAgentConfigs(t *testing.T) {
	s := startSandbox(t)
	client := s.corpClient(wxsign.WithAllowedHosts("example.com"))
	mux := http.NewServeMux()
	mux.Handle("/wx/config", wxsign.Handler(client))
	mux.Handle("/wx/config/agent-config", wxsign.Handler(client, wxsign.WithAgentConfig(), wxsign.WithJSAPIList("a")))
	get := func(path, page string) (int, string) { return get(mux, path, page) }
	code, body := get("/wx/config/agent-config", "https://example.com/a")
	var config wxsign.AgentConfig
	if err := json.Unmarshal([]byte(body), &config); err != nil || code != http.StatusOK {
		t.Fatal(code, body, err)
	}
	s.passes(config, "url", "https://example.com/a")
	if code, body := get("/wx/config", "https://example.com/a"); code != http.StatusOK || !strings.Contains(body, `"appId"`) {
		t.Error(code, body)
	}
	if code, body := get("/wx/config/agent-config", "https://example.org/a"); code != http.StatusForbidden {
		t.Error(code, body)
	}
}

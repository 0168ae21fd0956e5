// The HTTP handler: what a page gets, and what it does not learn.

package wxsign_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wxsign/wxsign/bindings/go"
)

type answer struct {
	*http.Response
	text string
}

func ask(t *testing.T, handler http.Handler, method, query string, headers ...string) answer {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	request, err := http.NewRequest(method, server.URL+"/config?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := control.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s may be cached", response.Status)
	}
	return answer{response, string(text)}
}

func pageQuery(pageURL string) string { return url.Values{"url": {pageURL}}.Encode() }

func TestHandlerGivesAPageItsConfig(t *testing.T) {
	s := startSandbox(t)
	handler := wxsign.Handler(s.client(wxsign.WithAllowedHosts("example.com")))
	got := ask(t, handler, http.MethodGet, pageQuery(page))
	var config wxsign.Config
	if err := json.Unmarshal([]byte(got.text), &config); err != nil || got.StatusCode != http.StatusOK {
		t.Fatalf("%s %s %v", got.Status, got.text, err)
	}
	s.verify(page, config)
	if got.Header.Get("Content-Type") != "application/json; charset=utf-8" ||
		got.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", got.Header)
	}
	// The names that wx.config wants, and a number that is one.
	var fields object
	if err := json.Unmarshal([]byte(got.text), &fields); err != nil || len(fields) != 4 {
		t.Errorf("%s %v", got.text, err)
	}
	if _, isNumber := fields["timestamp"].(float64); !isNumber || fields["appId"] != appID {
		t.Error(got.text)
	}
	if head := ask(t, handler, http.MethodHead, pageQuery(page)); head.StatusCode != http.StatusOK || head.text != "" {
		t.Errorf("%s %q", head.Status, head.text)
	}
	post := ask(t, handler, http.MethodPost, pageQuery(page))
	if post.StatusCode != http.StatusMethodNotAllowed || post.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("%s %v", post.Status, post.Header)
	}
}

func TestHandlerAnswersFailuresWithoutEchoes(t *testing.T) {
	const there = "https://example.com/"
	for name, wrong := range map[string]struct {
		url, endpoint string
		errcode       int
		status        int
		code          wxsign.Code
	}{
		"no URL":       {url: "", status: 400, code: wxsign.ErrInvalidURL},
		"URL":          {url: "ftp://echo-me/<script>", status: 400, code: wxsign.ErrInvalidURL},
		"not UTF-8":    {url: "https://example.com/\xff", status: 400, code: wxsign.ErrInvalidArgument},
		"host":         {url: "https://echo-me.com/", status: 403, code: wxsign.ErrHostNotAllowed},
		"busy":         {there, "any", -1, 503, wxsign.ErrUpstreamBusy},
		"quota":        {there, "any", 45009, 503, wxsign.ErrQuotaExceeded},
		"wrong secret": {there, "any", 40125, 502, wxsign.ErrCredentialRejected},
		"address":      {there, "any", 40164, 502, wxsign.ErrIPNotAllowed},
		"permission":   {there, "getticket", 48001, 502, wxsign.ErrPermissionDenied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSandbox(t)
			if wrong.errcode != 0 {
				s.fault(wrong.endpoint, "errcode", object{"errcode": wrong.errcode, "echo": true})
			}
			var logged strings.Builder
			client := s.client(wxsign.WithAllowedHosts("example.com"),
				wxsign.WithLogger(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))))
			got := ask(t, wxsign.Handler(client), http.MethodGet, pageQuery(wrong.url))
			if got.StatusCode != wrong.status || got.text != `{"code":"`+string(wrong.code)+`"}` {
				t.Errorf("%s %s", got.Status, got.text)
			}
			seconds, _ := strconv.Atoi(got.Header.Get("Retry-After"))
			if (wrong.status == 503) != (seconds >= 1) {
				t.Errorf("Retry-After is %q", got.Header.Get("Retry-After"))
			}
			_ = client.Close()
			if log := logged.String(); !strings.Contains(log, "a page was not signed") ||
				!strings.Contains(log, "error.code="+string(wrong.code)) {
				t.Error(log)
			}
			noSecrets(t, got.text+logged.String())
		})
	}
}

func TestHandlerRefusesAClientThatSignsForEverybody(t *testing.T) {
	s := startSandbox(t)
	for _, client := range []*wxsign.Client{s.client(), nil} {
		got := ask(t, wxsign.Handler(client), http.MethodGet, pageQuery(page))
		if got.StatusCode != http.StatusInternalServerError || got.text != `{"code":"INVALID_ARGUMENT"}` {
			t.Errorf("%s %s", got.Status, got.text)
		}
	}
	got := ask(t, wxsign.Handler(s.client(wxsign.WithAllowedHosts("*"))), http.MethodGet, pageQuery(page))
	if got.StatusCode != http.StatusOK {
		t.Errorf("%s %s", got.Status, got.text)
	}
	s.expect(1, 1)
}

func TestHandlerAllowsListedOriginsOnly(t *testing.T) {
	s := startSandbox(t)
	handler := wxsign.Handler(s.client(wxsign.WithAllowedHosts("*")), wxsign.WithOrigins("https://a.example.com"))
	for origin, allowed := range map[string]string{
		"https://a.example.com": "https://a.example.com", "https://evil.com": "", "": "",
	} {
		got := ask(t, handler, http.MethodGet, pageQuery(page), "Origin", origin)
		if got.Header.Get("Access-Control-Allow-Origin") != allowed || got.Header.Get("Vary") != "Origin" {
			t.Errorf("%s: %v", origin, got.Header)
		}
	}
}

func TestHandlerEndsWithItsRequest(t *testing.T) {
	s := startSandbox(t)
	s.fault("any", "hang", nil)
	handler := wxsign.Handler(s.client(wxsign.WithAllowedHosts("*")))
	impatient := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 50*time.Millisecond)
		defer cancel()
		handler.ServeHTTP(w, r.WithContext(ctx))
	})
	begun := time.Now()
	got := ask(t, impatient, http.MethodGet, pageQuery(page))
	if took := time.Since(begun); got.StatusCode != http.StatusServiceUnavailable || took > 2*time.Second {
		t.Errorf("%s after %s", got.Status, took)
	}
	s.post("clear", nil)
}

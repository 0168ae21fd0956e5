// The HTTP handler: what a page gets, and what it must not see.

package wxsign_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
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
	client := s.client(wxsign.WithAllowedHosts("example.com"))
	handler := wxsign.Handler(client)
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
	if err := json.Unmarshal([]byte(got.text), &fields); err != nil || len(fields) != 6 ||
		!strings.HasPrefix(got.text, `{"debug":false,"appId":"`) || !strings.HasSuffix(got.text, `"jsApiList":[]}`) {
		t.Errorf("%s %v", got.text, err)
	}
	if _, isNumber := fields["timestamp"].(float64); !isNumber || fields["appId"] != appID {
		t.Error(got.text)
	}
	if head := ask(t, handler, http.MethodHead, pageQuery(page)); head.StatusCode != http.StatusOK || head.text != "" {
		t.Errorf("%s %q", head.Status, head.text)
	}
	wrong := ask(t, handler, http.MethodPut, pageQuery(page))
	if wrong.StatusCode != http.StatusMethodNotAllowed || wrong.Header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("%s %v", wrong.Status, wrong.Header)
	}
	whole := ask(t, wxsign.Handler(client, wxsign.WithDebug(), wxsign.WithJSAPIList("a", "b"), wxsign.WithOpenTagList("c")),
		http.MethodGet, pageQuery(page))
	if !strings.HasPrefix(whole.text, `{"debug":true,`) || !strings.HasSuffix(whole.text, `"jsApiList":["a","b"],"openTagList":["c"]}`) {
		t.Error(whole.text)
	}
}

// sharedRequest is a row of tests/vectors/requests.json, which the handlers of all bindings answer
// alike.
type sharedRequest struct {
	Name, Query, Type, Body, URL, Code, Reason, Says string
	Status                                           int
}

func (q sharedRequest) send(handler http.Handler) *httptest.ResponseRecorder {
	method := http.MethodGet
	if q.Type != "" {
		method = http.MethodPost
	}
	request := httptest.NewRequest(method, "/any/path", strings.NewReader(q.Body))
	request.URL.RawQuery = q.Query
	request.Header.Set("Content-Type", q.Type)
	request.Header.Set("Referer", "https://shop.example.com/")
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

// The URL comes from the query or a JSON body, once, and from no other part of the request. A
// mistake or an attack gets a status and a fixed sentence, and the operator the reason.
func TestHandlerAnswersTheSharedRequests(t *testing.T) {
	var table struct {
		Hosts           []string
		Sentences       map[string]string
		Signed, Refused []sharedRequest
	}
	if err := json.Unmarshal(repositoryFile(t, "tests", "vectors", "requests.json"), &table); err != nil {
		t.Fatal(err)
	}
	if len(table.Signed) < 10 || len(table.Refused) < 40 {
		t.Fatalf("%d and %d requests", len(table.Signed), len(table.Refused))
	}
	s := startSandbox(t)
	client := s.client(wxsign.WithAllowedHosts(table.Hosts...))
	for _, q := range table.Signed {
		answer := q.send(wxsign.Handler(client))
		var config wxsign.Config
		if err := json.Unmarshal(answer.Body.Bytes(), &config); err != nil || answer.Code != http.StatusOK {
			t.Errorf("%s: %d %s", q.Name, answer.Code, answer.Body)
			continue
		}
		s.verify(q.URL, config)
	}
	for _, q := range table.Refused {
		var reported *wxsign.Error
		// A handler reports a code once a minute.
		handler := wxsign.Handler(client, wxsign.WithOnError(func(_ *http.Request, err error) { errors.As(err, &reported) }))
		answer := q.send(handler)
		want := `{"code":"` + q.Code + `","message":"` + table.Sentences[q.Code] + `"}`
		if answer.Code != q.Status || answer.Body.String() != want {
			t.Errorf("%s: %d %s", q.Name, answer.Code, answer.Body)
		}
		if reported == nil || string(reported.Code) != q.Code || !strings.Contains(reported.Message, q.Says) ||
			q.Reason != "" && reported.Reason != q.Reason {
			t.Errorf("%s: %v", q.Name, reported)
		}
	}
	for body, says := range map[string]string{
		`{"url":`: "url is missing",
		`null`:    "url is missing",
		`{"url":"https://shop.example.com/` + strings.Repeat("a", 70_000) + `"}`: "body of the request cannot be read, or is too long",
	} {
		var reported error
		handler := wxsign.Handler(client, wxsign.WithOnError(func(_ *http.Request, err error) { reported = err }))
		answer := (sharedRequest{Type: "application/json", Body: body}).send(handler)
		if answer.Code != 400 || reported == nil || !strings.Contains(reported.Error(), says) {
			t.Errorf("%.40s: %d %v", body, answer.Code, reported)
		}
	}
	s.expect(1, 1)
}

// A hook that panics or ends its goroutine has no effect on the answer. Refusals come at most once
// a minute per code.
func TestHandlerReportsFailures(t *testing.T) {
	s := startSandbox(t)
	var reports []error
	hook := func(r *http.Request, err error) {
		reports = append(reports, err)
		if len(reports)%2 == 0 {
			panic("hook")
		}
		runtime.Goexit()
	}
	var logged lockedText
	client := s.client(wxsign.WithAllowedHosts("example.com"),
		wxsign.WithLogger(slog.New(slog.NewTextHandler(&logged, nil))))
	handler := wxsign.Handler(client, wxsign.WithOnError(hook))
	for range 3 {
		for _, wrong := range []string{"https://a.example.org/path?token=SECRET", "ftp://x/"} {
			if got := ask(t, handler, http.MethodGet, pageQuery(wrong)); got.StatusCode/100 != 4 {
				t.Errorf("%s %s", got.Status, got.text)
			}
		}
	}
	if len(reports) != 2 || !errors.Is(reports[0], wxsign.ErrHostNotAllowed) || !errors.Is(reports[1], wxsign.ErrInvalidURL) {
		t.Errorf("%v", reports)
	}
	s.errcode("any", 40125)
	for range 2 {
		if got := ask(t, handler, http.MethodGet, pageQuery(page)); got.StatusCode != http.StatusBadGateway {
			t.Errorf("%s %s", got.Status, got.text)
		}
	}
	if len(reports) != 4 || !errors.Is(reports[3], wxsign.ErrCredentialRejected) {
		t.Errorf("%v", reports)
	}
	if log := logged.String(); !strings.Contains(log,
		"page_host=a.example.org page_path=/path page_parameters=token allowed_hosts=example.com") ||
		strings.Contains(log, "SECRET") {
		t.Error(log)
	}
}

// If the URL is missing, or was cut because it was not encoded, the log names what was sent, and
// never a value.
func TestHandlerLogsWhatWasAskedWithoutAPage(t *testing.T) {
	s := startSandbox(t)
	for query, names := range map[string]string{
		"uri=https%3A%2F%2Fexample.com%2F%3Ftoken%3DSECRET&state=SECRET": `page_parameters="uri state"`,
		"url=https://example.com/?a=SECRET&b=SECRET&b=SECRET":            `page_parameters="url b"`,
		"url=https%3A%2F%2Fexample.com%2F&url=SECRET&%0a=":               `page_parameters="url %0a"`,
		"": `page_parameters=""`,
	} {
		var logged lockedText
		client := s.client(wxsign.WithAllowedHosts("example.com", "*.example.org"),
			wxsign.WithLogger(slog.New(slog.NewTextHandler(&logged, nil))))
		if got := ask(t, wxsign.Handler(client), http.MethodGet, query); got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s %s", got.Status, got.text)
		}
		log := logged.String()
		if !strings.Contains(log, names+` allowed_hosts="example.com *.example.org"`) || strings.Contains(log, "SECRET") {
			t.Errorf("%s: %s", query, log)
		}
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
		"no URL":       {url: "", status: 400, code: wxsign.ErrInvalidArgument},
		"URL":          {url: "ftp://echo-me/<script>", status: 400, code: wxsign.ErrInvalidURL},
		"not UTF-8":    {url: "https://example.com/\xff", status: 400, code: wxsign.ErrInvalidURL},
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
			var logged lockedText
			client := s.client(wxsign.WithAllowedHosts("example.com"),
				wxsign.WithLogger(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))))
			got := ask(t, wxsign.Handler(client), http.MethodGet, pageQuery(wrong.url))
			var body struct{ Code, Message string }
			if err := json.Unmarshal([]byte(got.text), &body); err != nil || got.StatusCode != wrong.status ||
				body.Code != string(wrong.code) || body.Message == "" || strings.Contains(got.text, "echo-me") {
				t.Errorf("%s %s %v", got.Status, got.text, err)
			}
			seconds, _ := strconv.Atoi(got.Header.Get("Retry-After"))
			if (wrong.status == 503) != (seconds >= 1) {
				t.Errorf("Retry-After is %q", got.Header.Get("Retry-After"))
			}
			_ = client.Close()
			if log := logged.String(); !strings.Contains(log, "wxsign: a page was ") ||
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
		if got.StatusCode != http.StatusInternalServerError || !strings.HasPrefix(got.text, `{"code":"INVALID_ARGUMENT","message":"`) {
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

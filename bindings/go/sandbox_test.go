// A sandbox (the stand-in for WeChat) for each test.

package wxsign_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wxsign/wxsign/bindings/go"
)

const (
	appID  = "wx5823bf96d3bd56c7"
	secret = "0123456789abcdef0123456789abcdef"
	page   = "https://example.com/%E4%B8%AD%E6%96%87?a=1&b=%20#top"
)

// object is a JSON body.
type object = map[string]any

type sandbox struct {
	t   testing.TB
	url string
}

// counts is what the sandbox was asked, by endpoint.
type counts struct {
	Token       int `json:"token"`
	StableToken int `json:"stable_token"`
	GetTicket   int `json:"getticket"`
	GetToken    int `json:"gettoken"`
	CorpTicket  int `json:"get_jsapi_ticket"`
	TicketGet   int `json:"ticket_get"`
	Other       int `json:"other"`
	Total       int `json:"total"`
	InFlight    int `json:"in_flight"`
}

func (c counts) tokens() int  { return c.Token + c.StableToken + c.GetToken }
func (c counts) tickets() int { return c.GetTicket + c.CorpTicket + c.TicketGet }

var control = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// startSandbox starts a sandbox for one test. Clients of one process share a cache for each
// address, so with a common sandbox tests would affect each other. Without a sandbox, as in a
// downloaded module, it skips the test.
func startSandbox(t testing.TB, arguments ...string) *sandbox {
	t.Helper()
	needsCgo(t)
	program := os.Getenv("WXSIGN_SANDBOX")
	if program == "" {
		program = filepath.Join("..", "..", "build", "bin", "wxsign-sandbox")
	}
	if _, err := os.Stat(program); os.Getenv("WXSIGN_SANDBOX") == "" && err != nil {
		t.Skipf("skipped: %s is not tested without the sandbox, which a checkout builds with make build-sandbox; or set WXSIGN_SANDBOX", t.Name())
	}
	command := exec.Command(program, append(arguments, "--exit-with-parent")...)
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatalf("the sandbox does not start: %v", err)
	}
	t.Cleanup(func() {
		_ = input.Close()
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	address, found := strings.CutPrefix(strings.TrimSpace(line), "wxsign-sandbox listening on ")
	if err != nil || !found {
		t.Fatalf("the sandbox said %q: %v", line, err)
	}
	return &sandbox{t: t, url: address}
}

// needsCgo skips the test without cgo.
func needsCgo(t testing.TB) {
	t.Helper()
	if !withCgo {
		t.Skipf("skipped: without cgo there is no client, so %s is not tested", t.Name())
	}
}

// repositoryFile reads a file of the checkout. In a downloaded module it skips the test.
func repositoryFile(t testing.TB, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("skipped: %s is not tested without %s of a checkout", t.Name(), filepath.Join(path...))
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// client makes a client of the sandbox's first account, which remembers nothing between processes;
// options come last and so may say otherwise.
func (s *sandbox) client(options ...wxsign.Option) *wxsign.Client {
	s.t.Helper()
	return s.rawClient(append([]wxsign.Option{wxsign.WithAppSecret(secret)}, options...)...)
}

// rawClient is the same without the AppSecret.
func (s *sandbox) rawClient(options ...wxsign.Option) *wxsign.Client {
	s.t.Helper()
	client, err := wxsign.New(append([]wxsign.Option{
		wxsign.WithAppID(appID), wxsign.WithBaseURL(s.url), wxsign.WithMemoryStore(),
	}, options...)...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = client.Close() })
	return client
}

// fault makes the endpoint go wrong; details are the fault's other fields.
func (s *sandbox) fault(endpoint, kind string, details object) {
	s.t.Helper()
	body := object{"endpoint": endpoint, "kind": kind}
	for name, value := range details {
		body[name] = value
	}
	s.post("fault", body)
}

// errcode makes the endpoint answer with an errcode for ever.
func (s *sandbox) errcode(endpoint string, errcode int) {
	s.t.Helper()
	s.fault(endpoint, "errcode", object{"errcode": errcode})
}

func (s *sandbox) post(path string, body object) {
	s.t.Helper()
	s.call(http.MethodPost, "/_sandbox/"+path, body, nil)
}

func (s *sandbox) counts() counts {
	s.t.Helper()
	var counts counts
	s.call(http.MethodGet, "/_sandbox/counts", nil, &counts)
	return counts
}

// expect fails unless the service was asked so often: for tokens of either kind, for tickets, for
// anything else.
func (s *sandbox) expect(tokens, tickets int) {
	s.t.Helper()
	c := s.counts()
	if c.Token+c.StableToken != tokens || c.GetTicket != tickets || c.Other != 0 {
		s.t.Errorf("asked for %d tokens and %d tickets, not %d and %d: %+v",
			c.Token+c.StableToken, c.GetTicket, tokens, tickets, c)
	}
}

// verify has the sandbox judge a config as WeChat would.
func (s *sandbox) verify(pageURL string, config wxsign.Config) {
	s.t.Helper()
	pageURL, _, _ = strings.Cut(pageURL, "#")
	query := url.Values{
		"url": {pageURL}, "timestamp": {strconv.FormatInt(config.Timestamp, 10)},
		"nonceStr": {config.NonceStr}, "signature": {config.Signature}, "appId": {config.AppID},
	}
	var verdict struct {
		OK        bool   `json:"ok"`
		ErrMsg    string `json:"errMsg"`
		Diagnosis string `json:"diagnosis"`
	}
	s.call(http.MethodGet, "/verify?"+query.Encode(), nil, &verdict)
	if !verdict.OK {
		s.t.Errorf("the sandbox refuses the signature: %+v", verdict)
	}
}

// token has the sandbox issue an access token outside of wxsign, as another service's would be.
func (s *sandbox) token() string {
	s.t.Helper()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	path := "/cgi-bin/token?grant_type=client_credential&appid=" + appID + "&secret=" + secret
	s.call(http.MethodGet, path, nil, &answer)
	return answer.AccessToken
}

func (s *sandbox) call(method, path string, body object, into any) {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	if body == nil {
		request.Body, request.ContentLength = http.NoBody, 0
	}
	response, err := control.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s %s %v", path, response.Status, answer, err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(answer, into); err != nil {
		s.t.Fatalf("%s: %v in %s", path, err, answer)
	}
}

// lockedText is a log that wxsign's threads write while a test reads it.
type lockedText struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (l *lockedText) Write(part []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(part)
}

func (l *lockedText) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

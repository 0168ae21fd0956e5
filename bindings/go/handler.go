// The HTTP handler that answers pages with their Config.

package wxsign

import (
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A HandlerOption configures a [Handler]: [WithOrigins], [WithOnError], [WithAgentConfig],
// [WithInvoiceConfig], [WithSuiteConfig], and all [ConfigOption] values.
type HandlerOption interface{ apply(*handler) }

type handlerOption func(*handler)

func (o handlerOption) apply(h *handler) { o(h) }

// WithOrigins lists other origins, such as https://m.example.com, whose pages may read the answer.
// Without it no CORS header is sent.
func WithOrigins(origins ...string) HandlerOption {
	return handlerOption(func(h *handler) { h.origins = append(h.origins, origins...) })
}

// WithOnError sets a function that receives the failures of a handler. Refused requests (400 and
// 403) are reported at most once a minute per code, because visitors can cause any number of them.
// The function may panic or end its goroutine without any effect on the answer.
func WithOnError(function func(r *http.Request, err error)) HandlerOption {
	return handlerOption(func(h *handler) { h.onError = function })
}

// WithAgentConfig makes a handler answer with the page's [AgentConfig] instead, for wx.agentConfig
// of 企业微信. Mount it beside the handler for wx.config:
//
//	http.Handle("/wx/config", wxsign.Handler(client))
//	http.Handle("/wx/config/agent-config", wxsign.Handler(client, wxsign.WithAgentConfig()))
func WithAgentConfig() HandlerOption {
	return handlerOption(func(h *handler) { h.answers = agentRoute })
}

// WithInvoiceConfig makes a handler answer with an [InvoiceConfig] instead, for chooseInvoice of
// 公众号 and 企业微信. Such a request needs no URL:
//
//	http.Handle("/wx/config/invoice-config", wxsign.Handler(client, wxsign.WithInvoiceConfig()))
func WithInvoiceConfig() HandlerOption {
	return handlerOption(func(h *handler) { h.answers = invoiceRoute })
}

// WithSuiteConfig makes a handler answer with the page's timestamp, nonceStr and signature alone,
// for getSuiteConfigSignature of @wecom/jssdk. WeChat documents no interface that returns the
// ticket of an application that users only log in to, so the client gets it from your function:
//
//	suite, err := wxsign.New(wxsign.WithAppID("suite"), wxsign.WithTicketFunc(fetchSuiteTicket),
//		wxsign.WithAllowedHosts("example.com"))
//	http.Handle("/wx/config/suite-config", wxsign.Handler(suite, wxsign.WithSuiteConfig()))
func WithSuiteConfig() HandlerOption {
	return handlerOption(func(h *handler) { h.answers = suiteRoute })
}

// route is what a handler answers with.
type route int

const (
	pageRoute route = iota
	agentRoute
	invoiceRoute
	suiteRoute
)

// routeOf returns the route that a path names with its last part. Every other path is for
// wx.config, or for whatever the handler answers.
func routeOf(path string) route {
	path = strings.TrimSuffix(path, "/")
	switch path[strings.LastIndexByte(path, '/')+1:] {
	case "agent-config":
		return agentRoute
	case "invoice-config":
		return invoiceRoute
	case "suite-config":
		return suiteRoute
	default:
		return pageRoute
	}
}

type handler struct {
	client  *Client
	page    []ConfigOption
	origins []string
	onError func(*http.Request, error)
	answers route
	reports throttle
}

// maxBody limits a JSON body. The longest page URL is much shorter.
const maxBody = 64 << 10

// Handler answers a page with its [Config] as JSON. The page asks with GET
// ?url=<encodeURIComponent(location.href)> or POST {"url": location.href}. The handler answers
// every path that it is mounted at, except those that end in agent-config, invoice-config or
// suite-config and are for another handler: a page that asks for another signature gets 404.
//
// A failure has the status, the Retry-After header and the JSON body that all bindings of wxsign
// use, for example 403 {"code":"HOST_NOT_ALLOWED","message":…}. The reasons and hints go to
// [WithOnError] and to the logger of [WithLogger].
//
// The client must have been created with [WithAllowedHosts], whose list may be "*". Otherwise every
// answer is 500.
func Handler(client *Client, options ...HandlerOption) http.Handler {
	h := &handler{client: client}
	for _, option := range options {
		if option != nil {
			option.apply(h)
		}
	}
	if !h.restricted() {
		client.write(slog.LevelError, "wxsign: the handler's client lacks WithAllowedHosts; it will refuse all pages")
	}
	return h
}

// restricted reports whether the client lists the hosts whose pages may be signed.
func (h *handler) restricted() bool { return h.client != nil && len(h.client.hosts) > 0 }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	h.allowOrigin(header, r)
	switch {
	case r.Method == http.MethodOptions && len(h.origins) > 0:
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost:
		header.Set("Allow", h.methods())
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	page, config, err := h.config(r)
	if err != nil {
		h.refuse(w, r, page, err)
		return
	}
	body, err := json.Marshal(config)
	if err != nil {
		h.refuse(w, r, page, err)
		return
	}
	send(w, http.StatusOK, body)
}

func (h *handler) methods() string {
	if len(h.origins) > 0 {
		return "GET, HEAD, POST, OPTIONS"
	}
	return "GET, HEAD, POST"
}

func (h *handler) allowOrigin(header http.Header, r *http.Request) {
	if len(h.origins) == 0 {
		return
	}
	// Also for other origins: a cache must not give this answer to them.
	header.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !slices.Contains(h.origins, origin) {
		return
	}
	header.Set("Access-Control-Allow-Origin", origin)
	if r.Method != http.MethodOptions {
		header.Set("Access-Control-Expose-Headers", "Retry-After")
		return
	}
	header.Set("Access-Control-Allow-Methods", "GET, POST")
	header.Set("Access-Control-Allow-Headers", "Content-Type")
	header.Set("Access-Control-Max-Age", "600")
}

// suiteConfig is what @wecom/jssdk takes for a signature.
type suiteConfig struct {
	Timestamp int64  `json:"timestamp"`
	NonceStr  string `json:"nonceStr"`
	Signature string `json:"signature"`
}

// config signs what the handler answers with.
func (h *handler) config(r *http.Request) (page string, config any, err error) {
	if named := routeOf(r.URL.Path); named != pageRoute && named != h.answers {
		e := newError(ErrInvalidArgument, "the path is that of another signature, and no handler for that one is mounted at it")
		e.answer.status = http.StatusNotFound
		return "", nil, e
	}
	if !h.restricted() {
		e := newError(ErrInvalidArgument, "the handler's client was made without WithAllowedHosts")
		e.answer.status = http.StatusInternalServerError
		return "", nil, e
	}
	if h.answers == invoiceRoute {
		config, err = h.client.InvoiceConfig(r.Context())
		return "", config, err
	}
	if page, err = pageOf(r); err != nil {
		return page, nil, err
	}
	switch h.answers {
	case agentRoute:
		config, err = h.client.AgentConfig(r.Context(), page, h.page...)
	case suiteRoute:
		var signed Config
		signed, err = h.client.Config(r.Context(), page)
		config = suiteConfig{signed.Timestamp, signed.NonceStr, signed.Signature}
	default:
		config, err = h.client.Config(r.Context(), page, h.page...)
	}
	return page, config, err
}

var (
	urlInQuery = regexp.MustCompile(`(^|&)url(=|&|$)`)
	jsonType   = regexp.MustCompile(`^application/([\w.-]+\+)?json$`)
)

// pageOf returns the page's URL: from the query, or else from a JSON body. No other part of a
// request names the page.
func pageOf(r *http.Request) (string, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || !jsonType.MatchString(kind) || urlInQuery.MatchString(r.URL.RawQuery) {
		return urlFromQuery(r.URL.RawQuery)
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(text) > maxBody {
		return "", invalid("the body of the request cannot be read, or is too long")
	}
	// Not a struct: its field would also take "URL".
	var body map[string]any
	if json.Unmarshal(text, &body) != nil {
		return urlFromQuery(r.URL.RawQuery)
	}
	value, ok := body["url"]
	if !ok {
		return urlFromQuery(r.URL.RawQuery)
	}
	page, ok := value.(string)
	if !ok {
		return "", invalid("url must be a string")
	}
	// The rules of a query hold here too.
	return urlFromQuery("url=" + url.QueryEscape(page))
}

func (h *handler) refuse(w http.ResponseWriter, r *http.Request, page string, err error) {
	e := asError(err)
	visitors := e.answer.status < http.StatusInternalServerError
	if !visitors || h.reports.due(e.Code) {
		level, message := slog.LevelDebug, "wxsign: a page was not signed" // Events report what each fetch met.
		if visitors {
			level, message = slog.LevelWarn, "wxsign: a page was refused"
		}
		attributes := append(h.asked(page, r.URL.RawQuery), slog.Any("error", e))
		_ = contain(func() { h.client.write(level, message, attributes...) })
		if h.onError != nil {
			_ = contain(func() { h.onError(r, e) })
		}
	}
	if seconds := int(e.answer.retryAfter / time.Second); seconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	send(w, e.answer.status, []byte(e.answer.body))
}

const (
	maxNames  = 20
	maxLength = 200
)

// asked describes what was asked, and the hosts that are allowed. It names no value, because a
// parameter may be a visitor's secret.
func (h *handler) asked(page, query string) (attributes []slog.Attr) {
	if u, err := url.Parse(page); err == nil && u.Host != "" {
		query = u.RawQuery
		attributes = append(attributes,
			slog.String("page_host", printable(u.Host)), slog.String("page_path", printable(u.EscapedPath())))
	}
	attributes = append(attributes, slog.String("page_parameters", strings.Join(parameterNames(query), " ")))
	if h.restricted() {
		attributes = append(attributes, slog.String("allowed_hosts", strings.Join(h.client.hosts, " ")))
	}
	return attributes
}

func parameterNames(query string) (names []string) {
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if name = printable(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
		if len(names) == maxNames {
			break
		}
	}
	return names
}

// printable cuts a visitor's text, and replaces what could break a line of the log.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '?'
		}
		return r
	}, text[:min(len(text), maxLength)])
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// The visitor may have left.
	_, _ = w.Write(body)
}

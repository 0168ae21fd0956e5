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
	"sync"
	"time"
)

// A HandlerOption configures a [Handler]: [WithOrigins], [WithOnError], [WithAgentConfig], and all
// [ConfigOption] values.
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
// of 企业微信. Mount it at a path of its own, beside the handler for wx.config:
//
//	http.Handle("/wx/config", wxsign.Handler(client))
//	http.Handle("/wx/config/agent-config", wxsign.Handler(client, wxsign.WithAgentConfig()))
func WithAgentConfig() HandlerOption {
	return handlerOption(func(h *handler) { h.isAgent = true })
}

type handler struct {
	client  *Client
	page    []ConfigOption
	origins []string
	onError func(*http.Request, error)
	isAgent bool

	mutex    sync.Mutex
	reported map[Code]time.Time
}

// maxBody limits a JSON body. The longest page URL is much shorter.
const maxBody = 64 << 10

// Handler answers a page with its [Config] as JSON. The page asks with GET
// ?url=<encodeURIComponent(location.href)> or POST {"url": location.href}. The handler answers
// every path that it is mounted at.
//
// A failure has the status, the Retry-After header and the JSON body that all bindings of wxsign
// use, for example 403 {"code":"HOST_NOT_ALLOWED","message":…}. The reasons and hints go to
// [WithOnError] and to the logger of [WithLogger].
//
// The client must have been created with [WithAllowedHosts], whose list may be "*". Otherwise every
// answer is 500.
func Handler(client *Client, options ...HandlerOption) http.Handler {
	h := &handler{client: client, reported: map[Code]time.Time{}}
	for _, option := range options {
		if option != nil {
			option.apply(h)
		}
	}
	if !h.restricted() {
		client.log(slog.LevelError, "wxsign: the handler's client lacks WithAllowedHosts; it will refuse all pages")
	}
	return h
}

// restricted reports whether the client lists the hosts whose pages may be signed.
func (h *handler) restricted() bool { return h.client != nil && h.client.restricted }

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

// config signs the request's page: a Config, or an AgentConfig.
func (h *handler) config(r *http.Request) (page string, config any, err error) {
	if !h.restricted() {
		e := newError(ErrInvalidArgument, "the handler's client was made without WithAllowedHosts")
		e.answer.status = http.StatusInternalServerError
		return "", nil, e
	}
	if page, err = pageOf(r); err != nil {
		return page, nil, err
	}
	if h.isAgent {
		config, err = h.client.AgentConfig(r.Context(), page, h.page...)
	} else {
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
		return "", invalid("the body cannot be read, or is too long")
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
	if !visitors || h.due(e.Code) {
		level, message := slog.LevelDebug, "wxsign: a page was not signed" // Events report what each fetch met.
		if visitors {
			level, message = slog.LevelWarn, "wxsign: a page was refused"
		}
		_ = contain(func() { h.client.log(level, message, append(pageAttributes(page), slog.Any("error", e))...) })
		if h.onError != nil {
			_ = contain(func() { h.onError(r, e) })
		}
	}
	if seconds := int(e.answer.retryAfter / time.Second); seconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	send(w, e.answer.status, []byte(e.answer.body))
}

// due reports whether the minute since the last report of this code is over, and begins the next
// one.
func (h *handler) due(code Code) bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if last, ok := h.reported[code]; ok && time.Since(last) < time.Minute {
		return false
	}
	h.reported[code] = time.Now()
	return true
}

// pageAttributes describes a page without the values of its parameters, which may be secrets.
func pageAttributes(page string) []slog.Attr {
	if page == "" {
		return nil
	}
	u, err := url.Parse(page)
	if err != nil {
		return []slog.Attr{slog.Int("page_length", len(page))}
	}
	var names []string
	for name := range u.Query() {
		names = append(names, name)
	}
	slices.Sort(names)
	return []slog.Attr{
		slog.String("page_host", u.Host), slog.String("page_path", u.Path), slog.String("page_parameters", strings.Join(names, " ")),
	}
}

func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// The visitor may have left.
	_, _ = w.Write(body)
}

// The HTTP handler that a page asks for its config: GET ?url= gives it as JSON.

package wxsign

import (
	"encoding/json"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A HandlerOption changes what [Handler] answers.
type HandlerOption func(*handler)

// WithOrigins lists the origins, such as https://m.example.com, whose pages may read the answer although it comes from
// another origin. Without it no CORS header is sent.
func WithOrigins(origins ...string) HandlerOption {
	return func(h *handler) { h.origins = append(h.origins, origins...) }
}

type handler struct {
	client  *Client
	origins []string
}

// Handler answers GET ?url=… with the [Config] of that page as JSON, and a failure with its code alone:
// {"code":"HOST_NOT_ALLOWED"}. The page sends encodeURIComponent(location.href.split('#')[0]).
//
// A wrong URL is 400, a host that is not allowed 403, a failure that passes by itself 503 with Retry-After, and any
// other 502. The reasons, with hints, go to the logger of [WithLogger].
//
// Who may ask for signatures must have been decided: client must have been made with [WithAllowedHosts], whose list
// may be "*". Where it was not, every answer is 500 INVALID_ARGUMENT.
func Handler(client *Client, options ...HandlerOption) http.Handler {
	h := &handler{client: client}
	for _, option := range options {
		option(h)
	}
	if !h.decided() {
		client.log(slog.LevelError, "wxsign: the handler's client lacks WithAllowedHosts; it will refuse all pages", nil)
	}
	return h
}

// decided says whether somebody decided whose pages may be signed.
func (h *handler) decided() bool { return h.client != nil && h.client.restricted }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if len(h.origins) > 0 {
		header.Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); slices.Contains(h.origins, origin) {
			header.Set("Access-Control-Allow-Origin", origin)
		}
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if !h.decided() {
		answer(w, http.StatusInternalServerError, refusal{ErrInvalidArgument})
		return
	}
	config, err := h.client.Config(r.Context(), r.URL.Query().Get("url"))
	if err == nil {
		answer(w, http.StatusOK, config)
		return
	}
	status, e := statusOf(err)
	// At debug, because there may be one for each page view; what each fetch meets is logged as an event.
	h.client.log(slog.LevelDebug, "wxsign: a page was not signed", err)
	if status == http.StatusServiceUnavailable {
		header.Set("Retry-After", strconv.Itoa(secondsUntil(e.RetryAt)))
	}
	answer(w, status, refusal{e.Code})
}

// refusal is all that a page learns of a failure: the code, and nothing of what it sent.
type refusal struct {
	Code Code `json:"code"`
}

func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusBadGateway, []byte(`{"code":"INTERNAL"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	// Whoever asked may have left; there is nobody to tell.
	_, _ = w.Write(text)
}

func statusOf(err error) (int, *Error) {
	e := asError(err)
	switch {
	case e.Code == ErrInvalidURL || e.Code == ErrInvalidArgument:
		return http.StatusBadRequest, e
	case e.Code == ErrHostNotAllowed:
		return http.StatusForbidden, e
	case e.Retryable:
		return http.StatusServiceUnavailable, e
	default:
		return http.StatusBadGateway, e
	}
}

// secondsUntil is at least 1: a page that may ask again at once would.
func secondsUntil(at time.Time) int {
	return max(1, int(math.Ceil(time.Until(at).Seconds())))
}

// What a page passes to wx.config.

package wxsign

// Config is the argument of wx.config. It encodes to the JSON that wx.config takes.
type Config struct {
	Debug bool   `json:"debug"`
	AppID string `json:"appId"`
	// Timestamp is in seconds since 1970.
	Timestamp int64  `json:"timestamp"`
	NonceStr  string `json:"nonceStr"`
	Signature string `json:"signature"`
	// JSAPIList is never nil in a Config that a client made.
	JSAPIList   []string `json:"jsApiList"`
	OpenTagList []string `json:"openTagList,omitempty"`
}

// noAPIs encodes to an empty list, where nil would become null.
var noAPIs = []string{}

// A ConfigOption adds to a [Config]. [Handler] takes the same options.
type ConfigOption func(*Config)

func (o ConfigOption) apply(h *handler) { h.page = append(h.page, o) }

// WithJSAPIList names the interfaces that the page calls, such as updateAppMessageShareData.
func WithJSAPIList(names ...string) ConfigOption {
	names = append([]string{}, names...)
	return func(c *Config) { c.JSAPIList = names }
}

// WithOpenTagList names the open tags that the page uses, such as wx-open-launch-weapp.
func WithOpenTagList(names ...string) ConfigOption {
	names = append([]string(nil), names...)
	return func(c *Config) { c.OpenTagList = names }
}

// WithDebug makes WeChat show the result of every call on the page, for development.
func WithDebug() ConfigOption {
	return func(c *Config) { c.Debug = true }
}

package wxsign

import "net/url"

func urlFromQuery(query string) (string, error) {
	values, _ := url.ParseQuery(query)
	switch urls := values["url"]; len(urls) {
	case 0:
		return "", invalid("url is missing")
	case 1:
		return urls[0], nil
	default:
		return urls[0], invalid("url appears more than once")
	}
}

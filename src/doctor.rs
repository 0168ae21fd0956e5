//! What the command's doctor shares with the client, so that both read WeChat alike. It is not part
//! of the public interface.

use serde_json::Value;

use crate::credential::check;
use crate::error::{Code, Error};
use crate::http::Authority;
use crate::page_url::{self, AllowedHosts};
use crate::roots;
use crate::upstream::{Hosts, PlainHttp};

/// The base URLs that a client asks if it was given these, each ending in `/cgi-bin`.
pub fn base_urls(given: &[String], is_work: bool) -> Result<Vec<String>, Error> {
    // The client itself refuses plain http that it was not allowed.
    let plain = PlainHttp { allowed: true, has_secret: false };
    Ok(Hosts::chosen(given, is_work, plain)?.urls().map(str::to_owned).collect())
}

/// A whole number in any spelling that WeChat's answers may have after a relay.
pub fn integer(value: &Value) -> Option<i64> {
    check::integer(value)
}

/// Whether a client with these allowed hosts refuses the page's host.
pub fn is_host_refused(page: &str, allowed: &[String]) -> bool {
    AllowedHosts::parse(allowed)
        .and_then(|allowed| page_url::check(page, Some(&allowed)).map(drop))
        .is_err_and(|error| error.code() == Code::HostNotAllowed)
}

/// Whether a URL leads to this machine itself, which no proxy is asked for.
pub fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    Authority::parse(authority).is_ok_and(|authority| authority.is_loopback())
}

/// Whether this machine has no root certificates, so that a client uses the built-in ones.
pub fn is_bare_machine() -> bool {
    roots::is_bare_machine()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_those_of_a_client() {
        assert_eq!(base_urls(&[], true).unwrap(), ["https://qyapi.weixin.qq.com/cgi-bin"]);
        let two = ["https://api.weixin.qq.com/cgi-bin", "https://api2.weixin.qq.com/cgi-bin"];
        assert_eq!(base_urls(&[], false).unwrap(), two);
        for given in ["http://relay.test", "http://relay.test/", "http://relay.test/cgi-bin/"] {
            assert_eq!(base_urls(&[given.into()], false).unwrap(), ["http://relay.test/cgi-bin"]);
        }
        assert!(base_urls(&["relay.test".into()], false).is_err());
    }

    #[test]
    fn pages_are_refused_as_a_client_refuses_them() {
        let is_refused = |page, allowed: &str| is_host_refused(page, &[allowed.to_owned()]);
        assert!(is_refused("https://b.cn/", "a.cn") && is_refused("https://a.cn:80/", "a.cn:8443"));
        assert!(!is_refused("https://a.cn/", "A.CN") && !is_refused("https://a.cn/", "a.cn:443"));
        assert!(!is_refused("no page", "a.cn"), "that is another fault");
    }

    #[test]
    fn this_machine_is_recognised() {
        for url in ["http://127.0.0.1:80/x", "http://LOCALHOST?x", "http://[::1]:8080", "http://u@127.9.9.9"]
        {
            assert!(is_loopback(url), "{url}");
        }
        for url in ["http://127.0.0.1.a.cn/", "http://a.cn/127.0.0.1", "http://10.0.0.1", "x"] {
            assert!(!is_loopback(url), "{url}");
        }
    }
}

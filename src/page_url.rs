//! The page's URL: cut at the first `#`, checked, and never rewritten.
//!
//! The check is a strict scan of our own and takes a subset of what a browser takes: parsing and
//! serialising a URL changes its bytes, and WeChat hashes the bytes that the page had.

use crate::error::{Code, Error};

/// The longest URL that is signed, in bytes, its fragment not counted.
pub(crate) const MAX_LEN: usize = 2048;

/// The URL up to, not including, its first `#`.
pub(crate) fn without_fragment(url: &str) -> &str {
    url.split_once('#').map_or(url, |(page, _)| page)
}

/// Checks a page's URL and gives the part that is signed.
pub(crate) fn check<'a>(url: &'a str, allowed: Option<&AllowedHosts>) -> Result<&'a str, Error> {
    let page = without_fragment(url);
    let authority = authority(page)?;
    let (host, port) = split_port(authority)?;
    match allowed {
        Some(list) if !list.allows(host, port.unwrap_or(default_port(page))) => {
            Err(Error::new(Code::HostNotAllowed, "the page's host is not on the list of allowed hosts"))
        }
        _ => Ok(page),
    }
}

fn invalid(why: &str) -> Error {
    Error::new(Code::InvalidUrl, why)
}

fn authority(page: &str) -> Result<&str, Error> {
    if page.len() > MAX_LEN {
        return Err(invalid("the URL is longer than 2048 bytes"));
    }
    if page.bytes().any(|b| b < 0x20 || b == 0x7f) {
        return Err(invalid("the URL has a control character"));
    }
    if page.contains('\\') {
        return Err(invalid("the URL has a backslash"));
    }
    let rest =
        strip_scheme(page).ok_or_else(|| invalid("the URL does not start with http:// or https://"))?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(invalid("the URL has a user name or password"));
    }
    Ok(authority)
}

fn strip_scheme(page: &str) -> Option<&str> {
    let (scheme, rest) = page.split_once("://")?;
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")).then_some(rest)
}

fn default_port(page: &str) -> u16 {
    if page.get(..5).is_some_and(|s| s.eq_ignore_ascii_case("https")) { 443 } else { 80 }
}

/// Splits `host[:port]` and refuses what a browser would not have in `location.host`.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), Error> {
    let colon =
        authority.rfind(':').filter(|&at| !authority.get(at..).is_some_and(|tail| tail.contains(']')));
    let (host, port) = match colon.and_then(|at| authority.split_at_checked(at)) {
        Some((host, port)) => (host, Some(port.trim_start_matches(':'))),
        None => (authority, None),
    };
    let port = match port {
        None => None,
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) && digits.len() <= 5 => {
            Some(digits.parse::<u16>().map_err(|_| invalid("the URL's port is not a number up to 65535"))?)
        }
        Some(_) => return Err(invalid("the URL's port is not a number up to 65535")),
    };
    if is_name(host) || is_ipv6(host) {
        Ok((host, port))
    } else {
        Err(invalid("the URL's host is malformed"))
    }
}

/// Letters, digits, hyphens and underscores in non-empty labels: the form in which a browser shows every host,
/// an international one as `xn--…`.
fn is_name(host: &str) -> bool {
    host.len() <= 253
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

fn is_ipv6(host: &str) -> bool {
    host.strip_prefix('[')
        .and_then(|h| h.strip_suffix(']'))
        .is_some_and(|h| h.parse::<std::net::Ipv6Addr>().is_ok())
}

/// The hosts whose pages may be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedHosts(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Any,
    Host { name: String, subdomains: bool, port: Option<u16> },
}

impl AllowedHosts {
    /// Reads entries of the forms `example.com`, `example.com:8443`, `*.example.com` (every name below it, not
    /// itself) and `*`. An entry without a port allows the default ports and every other one.
    pub(crate) fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self, Error> {
        entries.iter().map(|entry| Pattern::parse(entry.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    fn allows(&self, host: &str, port: u16) -> bool {
        self.0.iter().any(|pattern| pattern.matches(host, port))
    }
}

impl Pattern {
    fn parse(entry: &str) -> Result<Self, Error> {
        if entry == "*" {
            return Ok(Self::Any);
        }
        let wrong = |_| {
            Error::new(
                Code::InvalidArgument,
                "an entry of the allowed hosts is not of the form example.com, example.com:8443, *.example.com or *",
            )
        };
        let (subdomains, rest) = entry.strip_prefix("*.").map_or((false, entry), |rest| (true, rest));
        let (name, port) = split_port(rest).map_err(wrong)?;
        Ok(Self::Host { name: name.to_ascii_lowercase(), subdomains, port })
    }

    fn matches(&self, host: &str, at: u16) -> bool {
        let Self::Host { name, subdomains, port } = self else { return true };
        if port.is_some_and(|port| port != at) {
            return false;
        }
        if !subdomains {
            return host.eq_ignore_ascii_case(name);
        }
        host.len().checked_sub(name.len()).and_then(|at| host.split_at_checked(at)).is_some_and(
            |(front, tail)| front.len() > 1 && front.ends_with('.') && tail.eq_ignore_ascii_case(name),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(url: &str) -> Option<Code> {
        check(url, None).err().map(|e| e.code())
    }

    #[test]
    fn pages_that_a_browser_shows_are_taken_and_cut_at_the_first_hash() {
        for (url, page) in [
            ("http://mp.weixin.qq.com?params=value", "http://mp.weixin.qq.com?params=value"),
            ("https://example.com/a#b#c", "https://example.com/a"),
            ("HTTPS://Example.com:8443/中文?q=+ ", "HTTPS://Example.com:8443/中文?q=+ "),
            ("http://[::1]:80/x", "http://[::1]:80/x"),
            ("http://a_b.example.com/?u=http://x@y/", "http://a_b.example.com/?u=http://x@y/"),
        ] {
            assert_eq!(check(url, None).unwrap(), page);
        }
    }

    #[test]
    fn what_two_parsers_could_read_differently_is_refused() {
        for url in [
            "",
            "example.com",
            "ftp://example.com/",
            "javascript:alert(1)",
            "//example.com/",
            "http:/example.com",
            "https://",
            "https:///x",
            "https://evil.com\\@good.com/",
            "https://good.com\t.evil.com/",
            "https://good.com/\r\nX: y",
            "https://user@good.com/",
            "https://user:pass@good.com/",
            "https://good.com:99999/",
            "https://good.com:8x/",
            "https://good..com/",
            "https://good.com./",
            "https://good%2ecom/",
            "https://gооd.com/", // Cyrillic letters
            "https://[::1/",
            "https://[x]/",
            " https://good.com/",
        ] {
            assert_eq!(code(url), Some(Code::InvalidUrl), "{url:?}");
        }
    }

    #[test]
    fn the_length_counts_without_the_fragment() {
        let long = format!("https://example.com/{}", "a".repeat(MAX_LEN - 20));
        assert_eq!(code(&long), None);
        assert_eq!(code(&format!("{long}#{long}")), None);
        assert_eq!(code(&format!("{long}a")), Some(Code::InvalidUrl));
    }

    #[test]
    fn only_listed_hosts_pass_the_list() {
        let list = AllowedHosts::parse(&["Good.com", "*.example.com", "port.cn:8443"]).unwrap();
        let allowed = |url: &str| check(url, Some(&list)).map(str::len).map_err(|e| e.code());
        for url in
            ["https://good.com/", "http://GOOD.COM:8080/", "https://a.b.example.com", "https://port.cn:8443/"]
        {
            assert!(allowed(url).is_ok(), "{url}");
        }
        for url in [
            "https://evil.com/",
            "https://notgood.com/",
            "https://good.com.evil.com/",
            "https://example.com/",
            "https://.example.com/",
            "https://evilexample.com/",
            "https://port.cn/",
        ] {
            assert!(matches!(allowed(url), Err(Code::HostNotAllowed | Code::InvalidUrl)), "{url}");
        }
        assert!(check("https://anything.cn/", Some(&AllowedHosts::parse(&["*"]).unwrap())).is_ok());
        assert!(check("https://anything.cn/", Some(&AllowedHosts(vec![]))).is_err());
        for entry in ["", "http://good.com", "a b", "*.", "*.*", "good.com/", "**"] {
            assert_eq!(AllowedHosts::parse(&[entry]).unwrap_err().code(), Code::InvalidArgument, "{entry:?}");
        }
    }
}

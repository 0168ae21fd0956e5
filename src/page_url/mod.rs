//! The page's URL: cut at the first `#`, checked, and never rewritten.
//!
//! WeChat hashes the bytes that the page has in `location.href`, so wxsign signs those bytes, and
//! refuses what no browser can have there: such a URL was changed on its way, and a signature for
//! it would be wrong for the page. The check is a strict scan of our own, because a URL parser
//! changes bytes.

mod allowed;
#[cfg(test)]
mod browser;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod punycode;
mod query;
mod scan;

pub(crate) use allowed::AllowedHosts;
pub use query::url_from_query;

use crate::error::{Code, Error, Reason, Subject};

/// The longest URL that is signed, in bytes, without its fragment.
pub(crate) const MAX_LEN: usize = 8_192;

/// The URL up to, not including, its first `#`.
#[inline]
pub(crate) fn without_fragment(url: &str) -> &str {
    // Few have a fragment, and it is faster to see that there is none than to find its place.
    if scan::has_no(b'#', url.as_bytes()) { url } else { url.split('#').next().unwrap_or(url) }
}

/// Checks a page's URL and returns the part that is signed.
#[inline]
pub(crate) fn check<'a>(url: &'a str, allowed: Option<&AllowedHosts>) -> Result<&'a str, Error> {
    if is_ordinary(url, allowed) { Ok(url) } else { check_closely(url, allowed) }
}

/// Whether [`check_closely`] would return the URL as it is. True for nearly every page; false also
/// for some URLs that are fine.
#[inline]
fn is_ordinary(url: &str, allowed: Option<&AllowedHosts>) -> bool {
    if url.len() > MAX_LEN || !scan::is_plain(url.as_bytes()) {
        return false;
    }
    if allowed.is_some_and(|list| list.has_origin_of(url)) {
        return true;
    }
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return false;
    };
    let end = rest.bytes().position(|b| b == b'/' || b == b'?').unwrap_or(rest.len());
    let host = rest.get(..end).unwrap_or_default();
    is_name(host) && allowed.is_none_or(|list| list.allows(host, default_port(url)))
}

#[cold]
#[inline(never)]
fn check_closely<'a>(url: &'a str, allowed: Option<&AllowedHosts>) -> Result<&'a str, Error> {
    let page = without_fragment(url);
    let authority = authority(page)?;
    let (host, port) = split_port(authority)?;
    match allowed {
        Some(list) if !list.allows(host, port.unwrap_or(default_port(page))) => {
            let message = format!("the page's host {authority} is not on the list of allowed hosts: {list}");
            Err(Error::new(Code::HostNotAllowed, message).with_subject(Subject::Host(authority.to_owned())))
        }
        _ => Ok(page),
    }
}

fn invalid(why: &str) -> Error {
    Error::new(Code::InvalidUrl, why)
}

/// Checks everything but the host, which is in what it returns.
fn authority(page: &str) -> Result<&str, Error> {
    if page.len() > MAX_LEN {
        return Err(invalid("the URL is longer than 8192 bytes"));
    }
    if page.bytes().any(|b| b.is_ascii_control()) {
        return Err(invalid("the URL has a control character"));
    }
    if is_encoded_twice(page) {
        return Err(
            invalid("the URL is still encoded: it was encoded twice").with_reason(Reason::UrlEncodedTwice)
        );
    }
    let rest =
        strip_scheme(page).ok_or_else(|| invalid("the URL does not start with http:// or https://"))?;
    if let Some(found) = page.chars().find(|&c| is_always_escaped(c)) {
        let found = match found {
            ' ' => "a space".to_owned(),
            c if c.is_ascii() => format!("a {c}"),
            _ => "a character outside ASCII".to_owned(),
        };
        return Err(invalid(&format!(
            "the URL has {found}, which browsers escape: it was decoded on the way"
        ))
        .with_reason(Reason::UrlDecoded));
    }
    let end = rest.bytes().position(|b| b == b'/' || b == b'?').unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    // Browsers read a backslash as a slash, other parsers do not; from the query on both leave it
    // alone.
    if rest.bytes().take_while(|&b| b != b'?').any(|b| b == b'\\') {
        return Err(invalid("the URL has a backslash before its query"));
    }
    if authority.contains('@') {
        return Err(invalid("the URL has a user name or password"));
    }
    Ok(authority)
}

/// Whether browsers never have the character in `location.href` before the `#`, but its escape.
fn is_always_escaped(c: char) -> bool {
    !c.is_ascii() || matches!(c, ' ' | '"' | '<' | '>')
}

/// Whether `encodeURIComponent` was undone less often than it was done: the colon is still `%3A`,
/// or `%253A`.
fn is_encoded_twice(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once('%') else { return false };
    let is_scheme = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let colon = rest.trim_start_matches("25").get(..2);
    is_scheme && colon.is_some_and(|digits| digits.eq_ignore_ascii_case("3a"))
}

fn strip_scheme(page: &str) -> Option<&str> {
    let (scheme, rest) = page.split_once("://")?;
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")).then_some(rest)
}

#[inline]
fn default_port(page: &str) -> u16 {
    if page.get(..5).is_some_and(|s| s.eq_ignore_ascii_case("https")) { 443 } else { 80 }
}

/// Splits `host[:port]` and refuses what a browser would not have in `location.host`.
fn split_port(authority: &str) -> Result<(&str, Option<u16>), Error> {
    // The colons of an IPv6 address stand before its bracket.
    let after_bracket = authority.rfind(']').map_or(0, |at| at + 1);
    let colon = authority.bytes().skip(after_bracket).position(|b| b == b':').map(|at| at + after_bracket);
    let (host, port) = match colon.and_then(|at| authority.split_at_checked(at)) {
        Some((host, port)) => (host, port.get(1..)),
        None => (authority, None),
    };
    let port = match port {
        None => None,
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) && digits.len() <= 5 => {
            Some(digits.parse::<u16>().map_err(|_| invalid("the URL's port is not a number up to 65535"))?)
        }
        Some(_) => return Err(invalid("the URL's port is not a number up to 65535")),
    };
    // A browser keeps one final dot of a name.
    if is_name(host) || is_ipv6(host) || host.strip_suffix('.').is_some_and(is_name) {
        Ok((host, port))
    } else {
        Err(invalid("the URL's host is malformed"))
    }
}

/// Letters, digits, hyphens and underscores in non-empty labels: the form in which a browser shows
/// every host, an international one as `xn--…`.
#[inline]
fn is_name(host: &str) -> bool {
    let mut label = 0;
    for byte in host.bytes() {
        label = match byte {
            b'.' if label > 0 => 0,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' if label < 63 => label + 1,
            _ => return false,
        };
    }
    label > 0 && host.len() <= 253
}

fn is_ipv6(host: &str) -> bool {
    host.strip_prefix('[')
        .and_then(|h| h.strip_suffix(']'))
        .is_some_and(|h| h.parse::<std::net::Ipv6Addr>().is_ok())
}

#[cfg(test)]
mod tests;

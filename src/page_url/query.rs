//! Which URL a handler signs: the parameter `url` of a query or of a form.
//!
//! A page sends `?url=` and `encodeURIComponent(location.href)`. If it forgets to encode, encodes
//! twice, or sends nothing, the signature would be wrong for the page, so those requests are
//! refused with the reason.

use std::borrow::Cow;
use std::mem;

use super::{invalid, is_encoded_twice};
use crate::error::{Code, Error, Reason, Subject};
use crate::percent::{self, digit};

/// Takes the URL to sign out of a raw query string, or out of a body of the type
/// `application/x-www-form-urlencoded`; every handler of wxsign does it so.
///
/// The URL is decoded once and otherwise left alone: [`Client::config`](crate::Client::config)
/// checks it. Other parameters are the application's.
///
/// Fails with `INVALID_ARGUMENT` if `url` is missing, empty or sent more than once, and with
/// `INVALID_URL` if it was not encoded (so that it was cut at its first `&`, or has a character
/// both raw and escaped), if it was encoded twice, or if it does not decode to text.
///
/// ```
/// let query = "url=https%3A%2F%2Fexample.com%2Fpage%3Ffrom%3Dtimeline&lang=zh";
/// assert_eq!(wxsign::url_from_query(query)?, "https://example.com/page?from=timeline");
/// # Ok::<(), wxsign::Error>(())
/// ```
pub fn url_from_query(query: &str) -> Result<String, Error> {
    let parameters: Vec<_> = query.strip_prefix('?').unwrap_or(query).split('&').collect();
    let mut given = parameters.iter().enumerate().filter(|(_, parameter)| name_of(parameter) == "url");
    let (at, raw) = match (given.next(), given.next()) {
        (Some((at, parameter)), None) => (at, parameter.split_once('=').map_or("", |(_, value)| value)),
        (Some(_), Some(_)) => return Err(argument("url was sent more than once")),
        (None, _) => return Err(argument("url is missing")),
    };
    if raw.is_empty() {
        return Err(argument("url is empty"));
    }
    if raw.contains('?') && at + 1 < parameters.len() {
        return Err(
            invalid("url was not encoded: it was cut at its first &").with_reason(Reason::UrlNotEncoded)
        );
    }
    let Some(bytes) = decode(raw) else {
        return Err(invalid("url was not encoded: it has a % that begins no escape")
            .with_reason(Reason::UrlNotEncoded));
    };
    if is_raw(raw) {
        return Err(invalid("url was not encoded: it has a character both raw and escaped")
            .with_reason(Reason::UrlNotEncoded));
    }
    let url = String::from_utf8(bytes.into_owned()).map_err(|_| invalid("url does not decode to UTF-8"))?;
    if url.bytes().any(|b| b.is_ascii_control()) {
        return Err(invalid("the URL has a control character"));
    }
    if is_encoded_twice(&url) {
        return Err(invalid("url is still encoded after it was decoded: it was encoded twice")
            .with_reason(Reason::UrlEncodedTwice));
    }
    Ok(url)
}

/// Whether the value is a page's address that was not encoded, which its own escapes show: whatever
/// encodes an address treats a character everywhere alike, so none is both raw and escaped. To
/// decode it would change the page's `?back=%2Fhome` into another address.
///
/// Some pages encode the end of an address alone. Then its first mark is escaped.
fn is_raw(raw: &str) -> bool {
    let Some((scheme, rest)) = raw.split_once("://") else { return false };
    let is_escaped = |byte: u8| {
        let hex = |window: &[u8]| match window {
            [b'%', high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        };
        rest.as_bytes().windows(3).any(|window| hex(window) == Some(byte))
    };
    let is_there = |byte: u8| raw.as_bytes().contains(&byte);
    let is_of_a_page = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let has_raw_marks = rest.split(['/', '?']).next().is_some_and(|host| !host.contains('%'))
        && [b'?', b'='].into_iter().all(|mark| is_there(mark) || !is_escaped(mark));
    is_of_a_page && has_raw_marks && b":/?=@,;".iter().any(|&byte| is_there(byte) && is_escaped(byte))
}

fn argument(why: &str) -> Error {
    Error::new(Code::InvalidArgument, why).with_subject(Subject::Parameter("url"))
}

/// The name of a parameter. One that does not decode is the application's, whatever it is.
fn name_of(parameter: &str) -> Cow<'_, str> {
    let raw = parameter.split('=').next().unwrap_or(parameter);
    match decode(raw).map(|name| String::from_utf8(name.into_owned())) {
        Some(Ok(name)) => Cow::Owned(name),
        _ => Cow::Borrowed(raw),
    }
}

/// Undoes `encodeURIComponent`, and `+` for a space as in forms; nothing if an escape is malformed.
fn decode(raw: &str) -> Option<Cow<'_, [u8]>> {
    if !raw.contains(['%', '+']) {
        return Some(Cow::Borrowed(raw.as_bytes()));
    }
    let mut decoded = percent::decode(&raw.replace('+', " "))?;
    Some(Cow::Owned(mem::take(&mut *decoded)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(query: &str) -> (Code, Option<&'static str>, String) {
        let error = url_from_query(query).expect_err(query);
        (error.code(), error.reason(), error.message().to_owned())
    }

    #[test]
    fn an_encoded_url_is_decoded_once() {
        for (query, url) in [
            ("url=https%3A%2F%2Fa.cn%2F%3Fx%3D1%26y%3D2", "https://a.cn/?x=1&y=2"),
            ("?lang=zh&url=https%3a%2f%2fa.cn%2f&_=1", "https://a.cn/"),
            ("u%72l=https%3A%2F%2Fa.cn%2F%25E4%25B8%25AD", "https://a.cn/%E4%B8%AD"),
            ("url=https%3A%2F%2Fa.cn%2F%3Fback%3Dhttp%253A%252F%252Fb", "https://a.cn/?back=http%3A%2F%2Fb"),
            ("url=https%3A%2F%2Fa.cn%2F%3Fq%3D%2B%23%E4%B8%AD", "https://a.cn/?q=+#中"),
            // Without an & nothing was cut, and what `encodeURI` leaves alone is the same when it
            // is decoded.
            ("url=https://a.cn/?x=1", "https://a.cn/?x=1"),
            ("url=https://a.cn/page&from=timeline", "https://a.cn/page"),
            // Encoders that leave some characters alone: axios, Angular, `encodeURI`, Python.
            ("url=https:%2F%2Fa.cn%2F%3Fx%3D1", "https://a.cn/?x=1"),
            ("url=https://a.cn/?back=%252Fhome%26x=1", "https://a.cn/?back=%2Fhome&x=1"),
            ("url=https://a.cn/?back=%252Fhome", "https://a.cn/?back=%2Fhome"),
            ("url=https%3A//a.cn/%3Fback%3D%252Fhome", "https://a.cn/?back=%2Fhome"),
            // The end alone is encoded: behind the origin, the path, the question mark.
            ("url=https://a.cn%2Fa%2Fb%3Fc%3D1", "https://a.cn/a/b?c=1"),
            ("url=https://a.cn/a/b%3Fback%3D%2Fhome", "https://a.cn/a/b?back=/home"),
            ("url=https://a.cn/a?back%3D%2Fhome%26x%3D1", "https://a.cn/a?back=/home&x=1"),
            // The names are the application's, whatever they are.
            ("%zz=1&%ff=2&url[]=3&URL=4&=5&&url=https%3A%2F%2Fa.cn%2F", "https://a.cn/"),
        ] {
            assert_eq!(url_from_query(query).unwrap(), url);
        }
    }

    #[test]
    fn a_query_without_one_url_is_refused() {
        for (query, why) in [
            ("", "url is missing"),
            ("?", "url is missing"),
            ("uri=https%3A%2F%2Fa.cn%2F", "url is missing"),
            ("url[]=https%3A%2F%2Fa.cn%2F", "url is missing"),
            ("url", "url is empty"),
            ("url=", "url is empty"),
            ("url=&a=1", "url is empty"),
            ("url=https%3A%2F%2Fa.cn%2F&url=https%3A%2F%2Fb.cn%2F", "url was sent more than once"),
            ("url=&u%72l=", "url was sent more than once"),
        ] {
            assert_eq!(refused(query), (Code::InvalidArgument, None, why.to_owned()), "{query}");
        }
    }

    #[test]
    fn a_url_that_was_not_encoded_is_refused() {
        for query in [
            "url=https://a.cn/?id=1&from=timeline&isappinstalled=0",
            "url=https://a.cn/?id=1&",
            "a=1&url=https://a.cn/?id=1&b=2",
            "url=https%3A//a.cn/?id=1&b=2",
            "url=https://a.cn/100%",
            "url=https://a.cn/%E4%B8%A",
            "url=https://a.cn/%u4e2d",
            "url=https://a.cn/?back=%2Fhome",
            "url=HTTPS://a.cn/?back=https%3a//b.cn",
            "url=https://a.cn/?token=YWI%3D",
            "url=https://a.cn/a%2Fb",
        ] {
            let (code, reason, message) = refused(query);
            assert_eq!((code, reason), (Code::InvalidUrl, Some("URL_NOT_ENCODED")), "{query}");
            assert!(message.starts_with("url was not encoded: "), "{message}");
        }
    }

    #[test]
    fn a_url_that_was_encoded_twice_is_refused() {
        for start in ["http", "https", "HTTP", "hTTps"] {
            for rest in
                ["%253A%252F%252Fa.cn%252F", "%253a%252f%252fa.cn", "%253A//a.cn/", "%2525253A%2525252F"]
            {
                let (code, reason, _) = refused(&format!("url={start}{rest}"));
                assert_eq!((code, reason), (Code::InvalidUrl, Some("URL_ENCODED_TWICE")), "{start}{rest}");
            }
        }
    }

    #[test]
    fn what_does_not_decode_to_text_is_refused() {
        for query in ["url=https%3A%2F%2Fa.cn%2F%FF", "url=%ED%A0%80", "url=a%00b", "url=a%0d%0aX:y"] {
            assert_eq!(refused(query).0, Code::InvalidUrl, "{query}");
        }
    }
}

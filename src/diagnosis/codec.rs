//! Percent-encoding and other changes of bytes, as the languages of careless servers make them.

/// Escapes every byte that `keep` refuses.
pub(super) fn escape(bytes: &[u8], keep: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() * 2);
    for &byte in bytes {
        if keep(byte) {
            out.push(byte);
        } else {
            out.extend(format!("%{byte:02X}").bytes());
        }
    }
    out
}

/// Undoes the escapes whose byte `take` accepts; everything else stays as it is.
pub(super) fn unescape(bytes: &[u8], take: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        let unescaped = escaped(rest).filter(|&byte| take(byte));
        out.push(unescaped.unwrap_or(*first));
        rest = if unescaped.is_some() { rest.get(3..).unwrap_or_default() } else { tail };
    }
    out
}

/// Changes the letters of every escape.
pub(super) fn escape_case(bytes: &[u8], change: impl Fn(&u8) -> u8) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for at in 0..out.len() {
        if out.get(at..).and_then(escaped).is_some() {
            for digit in out.iter_mut().skip(at + 1).take(2) {
                *digit = change(digit);
            }
        }
    }
    out
}

fn escaped(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = bytes else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// What `encodeURIComponent` leaves as it is.
pub(super) fn is_component(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte)
}

/// What `encodeURI` leaves as it is.
pub(super) fn is_uri(byte: u8) -> bool {
    is_component(byte) || is_reserved(byte)
}

/// What `decodeURI` leaves escaped.
pub(super) fn is_reserved(byte: u8) -> bool {
    b";/?:@&=+$,#".contains(&byte)
}

/// What PHP's `rawurlencode` and Go's `url.QueryEscape` leave as it is.
pub(super) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)
}

/// What `URLSearchParams` and Java's `URLEncoder` leave as it is.
pub(super) fn is_form(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte)
}

/// Replaces every occurrence.
pub(super) fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + to.len());
    let mut rest = bytes;
    while let Some(at) = find(rest, from) {
        let (front, tail) = rest.split_at(at);
        out.extend_from_slice(front);
        out.extend_from_slice(to);
        rest = tail.get(from.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// The place of the first occurrence of a text that is not empty.
pub(super) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len().max(1)).position(|window| window == what)
}

/// The text without blanks, byte order marks and quotes around it.
pub(super) fn bare(text: &[u8]) -> &[u8] {
    let mut text = text.trim_ascii();
    for mark in ["\u{feff}", "\"", "'"] {
        text = text.strip_prefix(mark.as_bytes()).unwrap_or(text);
        text = text.strip_suffix(mark.as_bytes()).unwrap_or(text).trim_ascii();
    }
    text
}

/// The part before the first `#`.
pub(super) fn cut(url: &[u8]) -> &[u8] {
    url.split(|byte| *byte == b'#').next().unwrap_or_default()
}

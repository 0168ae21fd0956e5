//! Percent-encoding and other changes of bytes, as the languages of careless servers make them.

use crate::percent;

/// Escapes every byte that `keep` refuses.
pub(super) fn escape(bytes: &[u8], keep: impl Fn(u8) -> bool) -> Vec<u8> {
    // Large enough to grow never: what it leaves behind in memory would not be wiped.
    let mut out = Vec::with_capacity(bytes.len() * 3);
    escape_into(&mut out, bytes, keep);
    out
}

/// Like [`escape`], at the end of `out`.
pub(super) fn escape_into(out: &mut Vec<u8>, bytes: &[u8], keep: impl Fn(u8) -> bool) {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&byte| !keep(byte)) {
        let (front, from_byte) = rest.split_at(at);
        out.extend_from_slice(front);
        let Some((&byte, tail)) = from_byte.split_first() else { break };
        out.extend_from_slice(&percent::escape(byte));
        rest = tail;
    }
    out.extend_from_slice(rest);
}

/// Undoes the escapes whose byte `take` accepts; everything else stays as it is.
pub(super) fn unescape(bytes: &[u8], take: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let (front, from_escape) = rest.split_at(at);
        out.extend_from_slice(front);
        let unescaped = escaped(from_escape).filter(|&byte| take(byte));
        out.push(unescaped.unwrap_or(b'%'));
        rest = from_escape.get(if unescaped.is_some() { 3 } else { 1 }..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
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

/// The byte whose escape the text begins with.
pub(super) fn escaped(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = bytes else { return None };
    Some(percent::digit(*high)? << 4 | percent::digit(*low)?)
}

/// What `encodeURIComponent` leaves as it is.
#[inline]
pub(super) fn is_component(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'!' | b'*' | b'\'' | b'(' | b')')
}

/// What `encodeURI` leaves as it is.
#[inline]
pub(super) fn is_uri(byte: u8) -> bool {
    is_component(byte) || is_reserved(byte)
}

/// What `decodeURI` leaves escaped.
#[inline]
pub(super) fn is_reserved(byte: u8) -> bool {
    matches!(byte, b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',' | b'#')
}

/// What PHP's `rawurlencode` and Go's `url.QueryEscape` leave as it is.
#[inline]
pub(super) fn is_unreserved(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~')
}

/// What `URLSearchParams` and Java's `URLEncoder` leave as it is.
pub(super) fn is_form(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte)
}

/// Replaces every occurrence.
pub(super) fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + to.len());
    replace_into(&mut out, bytes, from, to);
    out
}

/// Like [`replace`], at the end of `out`.
pub(super) fn replace_into(out: &mut Vec<u8>, bytes: &[u8], from: &[u8], to: &[u8]) {
    let mut rest = bytes;
    while let Some(at) = find(rest, from) {
        let (front, tail) = rest.split_at(at);
        out.extend_from_slice(front);
        out.extend_from_slice(to);
        rest = tail.get(from.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

/// The place of the first occurrence of a text that is not empty.
pub(super) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let first = what.first()?;
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = rest.iter().position(|byte| byte == first)?;
        if rest.get(at..)?.starts_with(what) {
            return Some(from + at);
        }
        from += at + 1;
    }
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

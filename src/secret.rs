//! Values that must not be seen: wiped when dropped, redacted when printed, cut out of what others
//! wrote.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::Mutex;

use zeroize::Zeroizing;

use crate::percent;
use crate::sync::lock;

/// A secret, a token or a ticket.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself; every use of this is a place to look at.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Tokens and tickets of the recent past that an account remembers: two of each live at a time.
const MAX_REMEMBERED: usize = 8;

/// The AppSecret of an account, and its latest tokens and tickets, wherever they came from.
pub(crate) struct KnownSecrets {
    app_secret: Secret,
    latest: Mutex<VecDeque<Secret>>,
}

impl KnownSecrets {
    pub(crate) fn new(app_secret: Secret) -> Self {
        Self { app_secret, latest: Mutex::default() }
    }

    /// Remembers a token or ticket.
    pub(crate) fn add(&self, secret: &Secret) {
        let mut latest = lock(&self.latest);
        if latest.contains(secret) {
            return;
        }
        if latest.len() >= MAX_REMEMBERED {
            latest.pop_front();
        }
        latest.push_back(secret.clone());
    }

    /// Makes a text of others fit to show; see [`scrub`].
    pub(crate) fn scrub(&self, text: &str) -> String {
        let latest = lock(&self.latest).clone();
        let known: Vec<_> = latest.iter().chain([&self.app_secret]).collect();
        scrub(text, &known)
    }
}

/// The longest text of others that we keep.
const MAX_TEXT: usize = 300;
/// The longest text of others that we look at.
const MAX_INPUT: usize = 8_192;
/// So long a part of a secret is cut out wherever it stands: a service may cut a value short, or
/// quote its end.
const PART: usize = 16;
const REDACTED: &str = "[redacted]";

/// The names of parameters whose values are masked wherever they stand.
const MASKED: [&str; 11] = [
    "secret",
    "corpsecret",
    "appsecret",
    "access_token",
    "suite_access_token",
    "component_access_token",
    "authorizer_access_token",
    "refresh_token",
    "ticket",
    "jsapi_ticket",
    "suite_ticket",
];

/// Makes what a server wrote fit to show: no character that is invisible or moves others, nothing
/// of `secrets`, no value of a secret's parameter, and not too long.
pub(crate) fn scrub(text: &str, secrets: &[&Secret]) -> String {
    // Invisible characters go before the secrets do: they could stand inside of one.
    let text: String = text.chars().take(MAX_INPUT).filter_map(visible).collect();
    let mut clean = mask_parameters(&redact(&text, secrets));
    if let Some((end, _)) = clean.char_indices().nth(MAX_TEXT) {
        clean.truncate(end);
        clean.push('…');
    }
    clean.trim().to_owned()
}

/// A space for what breaks lines or controls a terminal; nothing for what is invisible or turns the
/// reading direction.
fn visible(c: char) -> Option<char> {
    match c {
        '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() => Some(' '),
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        c => Some(c),
    }
}

/// Cuts out each secret, as it is and percent-encoded, whole or in parts of at least [`PART`]
/// characters.
fn redact(text: &str, secrets: &[&Secret]) -> String {
    // Letter case is looked past: %2f and %2F are the same.
    let haystack = Zeroizing::new(text.to_ascii_lowercase());
    let mut hidden = vec![false; text.len()];
    for secret in secrets.iter().map(|secret| secret.reveal()).filter(|secret| !secret.is_empty()) {
        for form in [Zeroizing::new(secret.to_owned()), percent::encode(secret)] {
            let form = Zeroizing::new(form.to_ascii_lowercase());
            let length = form.len().min(PART);
            let parts: HashSet<&[u8]> = form.as_bytes().windows(length).collect();
            for (at, window) in haystack.as_bytes().windows(length).enumerate() {
                if parts.contains(window) {
                    hidden.iter_mut().skip(at).take(length).for_each(|mark| *mark = true);
                }
            }
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut was_hidden = false;
    for (at, c) in text.char_indices() {
        let is_hidden = hidden.get(at).copied().unwrap_or_default();
        if !is_hidden {
            out.push(c);
        } else if !was_hidden {
            out.push_str(REDACTED);
        }
        was_hidden = is_hidden;
    }
    out
}

/// Replaces the value of every `secret=…`, `access_token: …` and the like.
fn mask_parameters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['=', ':']) {
        let (before, after) = rest.split_at(at);
        let (sign, value) = after.split_at(1);
        out.push_str(before);
        out.push_str(sign);
        rest = value;
        let name = before.trim_end_matches([' ', '"', '\'', '\\']);
        let start = name.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |i| i + 1);
        if name.get(start..).is_some_and(|name| MASKED.iter().any(|m| m.eq_ignore_ascii_case(name))) {
            let value_start = rest.trim_start_matches([' ', '"', '\'', '\\']);
            let end =
                value_start.find([' ', '&', '"', '\'', ',', '}', ';', '<']).unwrap_or(value_start.len());
            if end > 0 {
                out.push_str(REDACTED);
                rest = value_start.split_at(end).1;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        assert_eq!(format!("{:?}", Secret::new("s3cr3t")), "[redacted]");
    }

    #[test]
    fn what_a_server_echoes_is_cleaned() {
        let secret = Secret::new("CANARY");
        let clean = |text: &str| scrub(text, &[&secret]);
        assert_eq!(clean("bad\r\n\u{1b}[31mCANARY!"), "bad   [31m[redacted]!");
        assert_eq!(
            clean("GET /token?appid=wx1&secret=abc&x=1"),
            "GET /token?appid=wx1&secret=[redacted]&x=1"
        );
        assert_eq!(clean(r#"{"access_token":"abc","x":1}"#), r#"{"access_token":[redacted]","x":1}"#);
        assert_eq!(clean(r#"{\"ticket\":\"abc\"}"#), r#"{\"ticket\":[redacted]"}"#);
        assert_eq!(
            clean("invalid credential, access_token is invalid"),
            "invalid credential, access_token is invalid"
        );
        assert!(clean(&"长".repeat(5_000)).chars().count() <= MAX_TEXT + 1);
        assert_eq!(scrub("kept", &[&Secret::new("")]), "kept");
    }

    /// Bidirectional overrides, line separators, zero-width characters, tags and byte-order marks.
    #[test]
    fn characters_that_mislead_are_left_out() {
        for c in
            "\u{202e}\u{2066}\u{2069}\u{200b}\u{200d}\u{200f}\u{feff}\u{ad}\u{61c}\u{e0041}\u{2062}".chars()
        {
            assert_eq!(scrub(&format!("a{c}b"), &[]), "ab", "{c:?}");
        }
        for c in "\u{2028}\u{2029}\u{85}\u{7f}\u{9b}\t\n".chars() {
            assert_eq!(scrub(&format!("a{c}b"), &[]), "a b", "{c:?}");
        }
        assert_eq!(scrub("中文，abc é 👍", &[]), "中文，abc é 👍");
    }

    /// Whole, percent-encoded in either case, cut short, only its end, and with invisible
    /// characters in it.
    #[test]
    fn every_form_of_a_secret_is_cut_out() {
        let value = "kgt8ON7yVITDhtdwci0qeQ/+==ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let secret = Secret::new(value);
        let encoded = percent::encode(value);
        let split: String = value.chars().flat_map(|c| [c, '\u{200b}']).collect();
        for form in [value, &encoded, &encoded.to_ascii_lowercase(), &value[..16], &value[20..], &split] {
            assert_eq!(scrub(&format!("<{form}>"), &[&secret]), "<[redacted]>", "{form}");
        }
        assert_eq!(scrub(&format!("<{}>", &value[..8]), &[&secret]), format!("<{}>", &value[..8]));
    }

    #[test]
    fn an_account_remembers_its_latest_secrets() {
        let known = KnownSecrets::new(Secret::new("APPSECRET"));
        for n in 0..20 {
            known.add(&Secret::new(format!("value-number-{n:02}")));
        }
        assert_eq!(known.scrub("APPSECRET value-number-19 x"), "[redacted] [redacted] x");
        assert!(known.scrub("value-number-00").contains("00"));
    }
}

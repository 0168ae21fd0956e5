//! Values that must not be seen: wiped when dropped, redacted when printed, cut out of what others
//! wrote.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt;
use std::sync::Mutex;

use zeroize::Zeroizing;

use crate::sync::lock;
use crate::{base64, percent};

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
/// A secret's encoded form counts from this length on.
const MIN_ENCODED: usize = 8;
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
        | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        c => Some(c),
    }
}

/// Cuts out each secret, whole or in parts of at least [`PART`] characters: as it is, encoded, and
/// split by line breaks, hyphens or backslashes.
fn redact(text: &str, secrets: &[&Secret]) -> String {
    let haystack = letters_of(text);
    let letters = text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric());
    let places: Vec<usize> = letters.map(|(at, _)| at).collect();
    let mut hidden = vec![false; text.len()];
    let forms: Vec<_> = secrets.iter().flat_map(|secret| forms(secret.reveal())).collect();
    let mut parts: BTreeMap<usize, HashSet<&[u8]>> = BTreeMap::new();
    for form in forms.iter().filter(|form| !form.is_empty()) {
        let length = form.len().min(PART);
        parts.entry(length).or_default().extend(form.windows(length));
    }
    for (length, parts) in parts {
        for (window, places) in haystack.windows(length).zip(places.windows(length)) {
            if let (true, [first, ..], [.., last]) = (parts.contains(window), places, places) {
                hidden.iter_mut().take(last + 1).skip(*first).for_each(|mark| *mark = true);
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

/// The letters and digits of a text, in lower case: %2f and %2F are the same.
fn letters_of(text: &str) -> Zeroizing<Vec<u8>> {
    let mut letters = Zeroizing::new(Vec::with_capacity(text.len()));
    letters.extend(text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()));
    letters
}

/// How a secret may stand in a text.
fn forms(secret: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut forms = vec![letters_of(secret), letters_of(&percent::encode(secret))];
    let mut encoded = Vec::new();
    // In hexadecimal digits, such as those of \x41, 0x41, %41 and \u0041.
    for before in ["", "x", "0x", "u00"] {
        let mut digits = Zeroizing::new(Vec::with_capacity(secret.len() * 5));
        secret.bytes().for_each(|byte| digits.extend(format!("{before}{byte:02x}").bytes()));
        encoded.push(digits);
    }
    // In base64, with any number of characters before it.
    for before in [&[][..], &[0], &[0; 2]] {
        let bytes = Zeroizing::new([before, secret.as_bytes()].concat());
        let text = base64::encode(&bytes);
        let own = (before.len() * 8).div_ceil(6)..bytes.len() * 8 / 6;
        encoded.push(letters_of(text.get(own).unwrap_or_default()));
    }
    // Shorter ones would hide other words.
    forms.extend(encoded.into_iter().filter(|form| form.len() >= MIN_ENCODED));
    forms
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
        for no_letters in ["", "-", "++"] {
            assert_eq!(scrub("kept, so", &[&Secret::new(no_letters)]), "kept, so");
        }
    }

    /// Bidirectional overrides, line separators, zero-width characters, tags and byte-order marks.
    #[test]
    fn characters_that_mislead_are_left_out() {
        for c in
            "\u{202e}\u{2066}\u{2069}\u{200b}\u{200d}\u{200f}\u{feff}\u{ad}\u{61c}\u{e0041}\u{2062}\u{1bca0}"
                .chars()
        {
            assert_eq!(scrub(&format!("a{c}b"), &[]), "ab", "{c:?}");
        }
        for c in "\u{2028}\u{2029}\u{85}\u{7f}\u{9b}\t\n".chars() {
            assert_eq!(scrub(&format!("a{c}b"), &[]), "a b", "{c:?}");
        }
        assert_eq!(scrub("中文，abc é 👍", &[]), "中文，abc é 👍");
    }

    /// Whole, percent-encoded in either case, cut short, only its end, with invisible characters in
    /// it, split in every way, and encoded.
    #[test]
    fn every_form_of_a_secret_is_cut_out() {
        let value = "kgt8ON7yVITDhtdwci0qeQ/+==ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let secret = Secret::new(value);
        let encoded = percent::encode(value);
        let each = |write: &dyn Fn(char) -> String| value.chars().map(write).collect::<String>();
        let hex = |before: &str| each(&|c| format!("{before}{:02X}", u32::from(c)));
        let mut forms = vec![
            value.to_owned(),
            encoded.to_ascii_lowercase(),
            encoded.to_string(),
            value[..16].to_owned(),
            value[20..].to_owned(),
            hex(""),
            hex("\\x"),
            hex(" 0x"),
            hex("\\u00"),
        ];
        forms.extend(["\u{200b}", "\r\n", "\0", " ", "-", "\\"].map(|by| each(&|c| format!("{c}{by}"))));
        for form in forms {
            let clean = scrub(&format!("<{form}>"), &[&secret]);
            let left = clean.replace(REDACTED, "");
            assert!(clean.contains(REDACTED) && !left.contains(char::is_alphanumeric), "{form:?}: {clean}");
        }
        // Base64 hides where the value begins and ends.
        for before in ["", "a", "ab", "{\"secret\":\""] {
            let clean = scrub(&base64::encode(format!("{before}{value}\"}}").as_bytes()), &[&secret]);
            assert!(clean.contains(REDACTED) && clean.len() < 44, "{clean}");
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

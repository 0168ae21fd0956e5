//! Values that must not be seen: wiped when dropped, redacted when printed, cut out of what others wrote.

use std::fmt;

use zeroize::Zeroizing;

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

/// The longest text of others that we keep.
const MAX_TEXT: usize = 300;

/// The names of parameters whose values are masked wherever they stand.
const MASKED: [&str; 6] = ["secret", "corpsecret", "appsecret", "access_token", "ticket", "jsapi_ticket"];

/// Makes what a server wrote fit to show: no control characters, nothing of `secrets`, no value of a secret's
/// parameter, and not too long.
pub(crate) fn scrub(text: &str, secrets: &[&Secret]) -> String {
    let mut out: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    for secret in secrets.iter().map(|s| s.reveal()).filter(|s| !s.is_empty()) {
        out = out.replace(secret, "[redacted]");
    }
    let mut clean = mask_parameters(&out);
    if let Some((end, _)) = clean.char_indices().nth(MAX_TEXT) {
        clean.truncate(end);
        clean.push('…');
    }
    clean.trim().to_owned()
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
        let name = before.trim_end_matches([' ', '"', '\'']);
        let start = name.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |i| i + 1);
        if name.get(start..).is_some_and(|name| MASKED.iter().any(|m| m.eq_ignore_ascii_case(name))) {
            let value_start = rest.trim_start_matches([' ', '"', '\'']);
            let end =
                value_start.find([' ', '&', '"', '\'', ',', '}', ';', '<']).unwrap_or(value_start.len());
            if end > 0 {
                out.push_str("[redacted]");
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
        assert_eq!(
            clean("invalid credential, access_token is invalid"),
            "invalid credential, access_token is invalid"
        );
        assert!(clean(&"长".repeat(5_000)).chars().count() <= MAX_TEXT + 1);
        assert_eq!(scrub("kept", &[&Secret::new("")]), "kept");
    }
}

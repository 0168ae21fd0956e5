//! A request whose secret stays out of everything that a library can see or log.

use zeroize::Zeroizing;

use crate::percent::encode;
use crate::secret::Secret;

/// Stands for a secret, and is lengthened to the secret's length.
const PLACEHOLDER: &str = "wxsign-hides-this";

/// A secret and the text that stands for it, of equal lengths: a body's length is announced before
/// the body.
#[derive(Clone)]
pub(crate) struct Hidden {
    placeholder: String,
    value: Zeroizing<String>,
}

impl Hidden {
    /// As a value in a URL's query.
    pub(crate) fn in_query(secret: &Secret) -> Self {
        Self::new(encode(secret.reveal()))
    }

    /// As a text in JSON, with its quotes. Behind it JSON allows space.
    pub(crate) fn in_json(secret: &Secret) -> Self {
        let mut value = Zeroizing::new(serde_json::to_string(secret.reveal()).unwrap_or_default());
        while value.len() < PLACEHOLDER.len() + 2 {
            value.push(' ');
        }
        let inner = Self::new(Zeroizing::new("x".repeat(value.len() - 2)));
        Self { placeholder: format!("\"{}\"", inner.placeholder), value }
    }

    fn new(value: Zeroizing<String>) -> Self {
        let mut placeholder = PLACEHOLDER.to_owned();
        while placeholder.len() < value.len() {
            placeholder.push('-');
        }
        Self { placeholder, value }
    }

    /// What to write in its place.
    pub(crate) fn placeholder(&self) -> &str {
        &self.placeholder
    }

    /// The bytes that go to the wire.
    pub(super) fn reveal_in(&self, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(bytes.len() + self.value.len()));
        let mut rest = bytes;
        while let Some(at) =
            rest.windows(self.placeholder.len()).position(|w| w == self.placeholder.as_bytes())
        {
            let (before, after) = rest.split_at(at);
            out.extend_from_slice(before);
            out.extend_from_slice(self.value.as_bytes());
            rest = after.get(self.placeholder.len()..).unwrap_or_default();
        }
        out.extend_from_slice(rest);
        out
    }
}

/// A request to WeChat.
pub(crate) struct Request {
    /// With the placeholder in place of the secret.
    pub(crate) url: String,
    /// JSON to POST; none makes it a GET. With the placeholder in place of the secret.
    pub(crate) body: Option<String>,
    pub(crate) hidden: Hidden,
}

#[cfg(test)]
impl Request {
    /// The URL and the body as they are sent.
    pub(crate) fn on_the_wire(&self) -> (String, String) {
        let text = |text: &str| String::from_utf8(self.hidden.reveal_in(text.as_bytes()).to_vec()).unwrap();
        (text(&self.url), text(self.body.as_deref().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Short secrets, long ones and ones that JSON or a URL must escape.
    #[test]
    fn what_is_hidden_comes_back_on_the_wire() {
        for secret in ["s", "0123456789abcdef0123456789abcdef", "a\"b\\c", "&=#", &"t".repeat(512)] {
            let secret = Secret::new(secret);
            let json = Hidden::in_json(&secret);
            let body = format!("{{\"secret\":{},\"x\":1}}", json.placeholder());
            assert!(!body.contains(secret.reveal()) || secret.reveal().len() < 2);
            let sent = json.reveal_in(body.as_bytes());
            assert_eq!(sent.len(), body.len(), "the announced length");
            let sent: serde_json::Value = serde_json::from_slice(&sent).unwrap();
            assert_eq!((sent["secret"].as_str(), &sent["x"]), (Some(secret.reveal()), &1.into()));

            let query = Hidden::in_query(&secret);
            let line = format!("GET /token?secret={}&x=1 HTTP/1.1", query.placeholder());
            let sent = query.reveal_in(line.as_bytes());
            let want = format!("GET /token?secret={}&x=1 HTTP/1.1", *encode(secret.reveal()));
            assert_eq!(str::from_utf8(&sent).unwrap(), want);
        }
    }
}

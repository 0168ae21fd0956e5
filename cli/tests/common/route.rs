//! Signing routes, right and wrong ones.

use serde_json::Value;

use super::{APP_ID, TICKET, decode, serve, sha1};

/// What a route answers.
pub struct Config {
    pub nonce: String,
    pub timestamp: String,
    pub signature: String,
    pub url: Option<String>,
}

impl Config {
    pub const NONCE: &str = "a1B2c3D4e5F6g7H8";
    pub const TIMESTAMP: &str = "1700000000";

    /// Right for a URL, whatever it is.
    pub fn of(url: &str, ticket: &str) -> Self {
        Self::signed(&format!(
            "jsapi_ticket={ticket}&noncestr={}&timestamp={}&url={url}",
            Self::NONCE,
            Self::TIMESTAMP
        ))
    }

    pub fn signed(text: &str) -> Self {
        Self {
            nonce: Self::NONCE.into(),
            timestamp: Self::TIMESTAMP.into(),
            signature: sha1(text),
            url: None,
        }
    }

    pub fn right(page: &str, ticket: &str) -> Self {
        Self::of(page.split('#').next().unwrap(), ticket)
    }

    pub fn to_json(&self) -> String {
        let url = self
            .url
            .as_ref()
            .map_or_else(String::new, |url| format!(",\"url\":{}", Value::from(url.as_str())));
        format!(
            "{{\"code\":0,\"data\":{{\"appId\":\"{APP_ID}\",\"nonceStr\":\"{}\",\"timestamp\":{},\"signature\":\"{}\"{url}}}}}",
            self.nonce, self.timestamp, self.signature
        )
    }
}

/// A signing route: gives `sign` what a framework gives it, the decoded parameter `url`.
pub fn signing_server(sign: impl Fn(&str, &str) -> Config + Send + 'static) -> String {
    raw_server(move |raw| sign(&decode(raw), TICKET))
}

/// Gives `sign` the parameter as it stands in the request.
pub fn raw_server(sign: impl Fn(&str) -> Config + Send + 'static) -> String {
    let address = serve(move |target| {
        let raw = target.split_once("url=").map_or("", |(_, raw)| raw);
        (200, vec![("Content-Type".into(), "application/json".into())], sign(raw).to_json())
    });
    format!("{address}/wx/config")
}

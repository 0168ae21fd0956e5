//! What is known of a failed signature, as a caller gives it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::Error;
use crate::surrogate::without_halves;

/// The most bytes that evidence may have as JSON.
const MAX_JSON: usize = 256 * 1024;
/// How deep its lists and objects may be nested: the parser recurses, and C calls from small
/// stacks.
const MAX_DEPTH: usize = 16;

/// What is known of a signature. Everything is optional: the more there is, the surer the report.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Evidence {
    /// The URL that was to be signed: what the page sent to the server.
    #[serde(deserialize_with = "text")]
    pub url: String,
    /// The page's `location.href`.
    #[serde(deserialize_with = "text")]
    pub page_url: String,
    /// `realAuthUrl` of `wx.error`: the addresses that WeChat verified.
    #[serde(deserialize_with = "texts")]
    pub real_auth_url: Vec<String>,
    /// The ticket that was used, if known. No report contains it.
    #[serde(deserialize_with = "text")]
    pub ticket: String,
    /// `nonceStr` of `wx.config`.
    #[serde(deserialize_with = "text")]
    pub nonce_str: String,
    /// `timestamp` of `wx.config`, with its spelling.
    #[serde(deserialize_with = "text")]
    pub timestamp: String,
    /// `signature` of `wx.config`.
    #[serde(deserialize_with = "text")]
    pub signature: String,
    /// `appId` of `wx.config`.
    #[serde(deserialize_with = "text")]
    pub app_id: String,
    /// `errMsg` of `wx.error`.
    #[serde(deserialize_with = "text")]
    pub err_msg: String,
    /// `navigator.userAgent`.
    #[serde(deserialize_with = "text")]
    pub user_agent: String,
    /// Whether the page runs in an iframe.
    #[serde(deserialize_with = "flag")]
    pub in_frame: bool,
    /// The names of all other fields that `wx.config` was given: a misspelled one is a cause.
    #[serde(flatten, deserialize_with = "names")]
    pub other_names: Vec<String>,
}

impl Evidence {
    /// Reads evidence from JSON with field names in camelCase.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let wrong = |why: String| Error::parameter("evidence", why);
        if json.len() > MAX_JSON {
            return Err(wrong(format!("is longer than {MAX_JSON} bytes")));
        }
        if depth(json) > MAX_DEPTH {
            return Err(wrong(format!("is nested deeper than {MAX_DEPTH} levels")));
        }
        // The parser's message would repeat what stands there.
        serde_json::from_str(&without_halves(json)).map_err(|error| {
            wrong(format!("is not a JSON object of texts (line {}, column {})", error.line(), error.column()))
        })
    }
}

/// The deepest nesting, without regard to whether the brackets match: the parser finds that out.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut is_escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The ticket is left out, and so are URLs: their values may be a visitor's.
        f.debug_struct("Evidence").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    one(Value::deserialize(from)?).ok_or_else(|| serde::de::Error::custom("not a text"))
}

fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let read = match nested(Value::deserialize(from)?) {
        Value::Array(values) => values.into_iter().map(one).collect(),
        value => one(value).map(|text| vec![text]),
    };
    // In a text of JSON in JSON the slashes are still escaped.
    let plain = |text: String| text.replace("\\/", "/");
    read.map(|texts: Vec<_>| texts.into_iter().filter(|text| !text.is_empty()).map(plain).collect())
        .ok_or_else(|| serde::de::Error::custom("not a list of texts"))
}

/// A list that was made a text on the way.
fn nested(value: Value) -> Value {
    let list = value.as_str().filter(|text| text.trim_start().starts_with('['));
    let list = list.and_then(|text| serde_json::from_str(text).ok());
    list.filter(Value::is_array).unwrap_or(value)
}

fn one(value: Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

fn names<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(BTreeMap::<String, Value>::deserialize(from)?.into_keys().collect())
}

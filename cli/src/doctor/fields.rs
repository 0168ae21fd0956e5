//! What a signing route answered, in whatever shape.

use serde_json::Value;

use crate::web::Answer;

/// The fields of `wx.config` that a route answers with.
const FIELDS: [&str; 4] = ["appId", "timestamp", "nonceStr", "signature"];

/// What a route answered, under whatever names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) signature: String,
    pub(super) nonce: String,
    pub(super) timestamp: String,
    pub(super) app_id: String,
    pub(super) agent_id: String,
    pub(super) url: String,
    /// A field of `wx.config` under a name that it does not read, and the right name.
    pub(super) misspelled: Option<(String, &'static str)>,
    /// The whole answer.
    pub(super) body: String,
}

/// The fields of an answer, or why it has none.
pub(super) fn read(answer: &Answer) -> Result<Fields, (String, String)> {
    let why = |english: &str, chinese: &str| (english.to_owned(), chinese.to_owned());
    if answer.status >= 300 {
        // wxsign's own handlers name what they refused.
        let code = serde_json::from_str::<Value>(&answer.body)
            .ok()
            .and_then(|body| body.get("code").and_then(Value::as_str).map(str::to_owned))
            .filter(|code| code.len() < 40 && code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
        let code = code.map_or_else(String::new, |code| format!(" {code}"));
        let text = format!("HTTP {}{code}", answer.status);
        return Err((text.clone(), text));
    }
    // JSONP has the object in brackets.
    let text = answer.body.trim().trim_end_matches(';');
    let inner = text.strip_suffix(')').and_then(|text| text.split_once('(')).map(|(_, inner)| inner);
    let value = serde_json::from_str(text).or_else(|error| inner.map_or(Err(error), serde_json::from_str));
    let value: Value = value.map_err(|_| why("the answer is not JSON", "响应不是 JSON"))?;
    let mut fields = Fields { body: answer.body.clone(), ..Fields::default() };
    collect(&value, &mut fields, 0);
    if fields.signature.is_empty() {
        return Err(why("the answer has no field 'signature'", "响应里没有 signature 字段"));
    }
    Ok(fields)
}

/// Finds the fields at any depth: many routes wrap them into `{code, data}`.
fn collect(value: &Value, fields: &mut Fields, depth: usize) {
    let Some(object) = value.as_object().filter(|_| depth < 5) else { return };
    for (name, value) in object {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            other => {
                collect(other, fields, depth + 1);
                continue;
            }
        };
        let place = match name.to_ascii_lowercase().replace('_', "").as_str() {
            "signature" | "sign" => &mut fields.signature,
            "noncestr" | "nonce" => &mut fields.nonce,
            "timestamp" => &mut fields.timestamp,
            "appid" | "corpid" => &mut fields.app_id,
            "agentid" => &mut fields.agent_id,
            "url" | "link" => &mut fields.url,
            _ => continue,
        };
        if place.is_empty() {
            *place = text;
        }
        let right = FIELDS.iter().find(|right| right.eq_ignore_ascii_case(&name.replace('_', "")));
        if let Some(right) = right.filter(|right| *right != name) {
            fields.misspelled.get_or_insert_with(|| (name.clone(), right));
        }
    }
}

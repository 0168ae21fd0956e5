//! An error as JSON: whole for logs and bindings, and as the two fields that a visitor may see.

use serde_json::{Map, Value, json};

use super::{Binding, Error, Subject};

impl Error {
    /// The whole error as JSON, with the names of this crate's options: code, message, what WeChat
    /// said, the thing that failed, the times, the hints, a link, and the cause. It is for logs,
    /// not for visitors.
    pub fn to_json(&self) -> String {
        self.to_json_for(Binding::Rust)
    }

    /// Like [`Error::to_json`], with the option names of another binding.
    pub fn to_json_for(&self, binding: Binding) -> String {
        self.value(binding).to_string()
    }

    /// The body of a handler's answer: `{"code":…,"message":…}`, with one fixed sentence per code.
    pub fn public_json(&self) -> String {
        json!({ "code": self.code().as_str(), "message": self.public_message() }).to_string()
    }

    fn value(&self, binding: Binding) -> Value {
        let mut out = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                out.insert(name.to_owned(), value);
            }
        };
        put("code", self.code().as_str().into());
        put("message", self.message_for(binding).into());
        put("reason", self.reason().into());
        put("errcode", self.errcode().into());
        put("rid", self.rid().into());
        put("ip", self.ip().map(|ip| ip.to_string()).into());
        put("retryable", self.retryable().into());
        put("retryAt", self.retry_at_ms().into());
        put("recordedAt", self.recorded_at_ms().into());
        match self.subject() {
            Some(Subject::Host(host)) => put("host", host.as_str().into()),
            Some(Subject::Path(path)) => put("path", path.as_str().into()),
            Some(Subject::Option(name)) => put("option", binding.name_of(name).into()),
            Some(Subject::Parameter(name)) => put("parameter", (*name).into()),
            None => {}
        }
        put("hint", self.hint_for(binding).into());
        put("hintZh", self.hint_zh_for(binding).into());
        put("docsUrl", self.docs_url().into());
        put("cause", self.cause().map_or(Value::Null, |cause| cause.value(binding)));
        Value::Object(out)
    }
}

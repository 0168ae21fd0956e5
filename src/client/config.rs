//! What a page hands to `wx.config`.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::nonce::Nonce;
use crate::signature::{Signature, SignedPage};

/// What a page hands to `wx.config`.
///
/// It serializes as `wx.config` takes it, with `appId`, `timestamp`, `nonceStr`, `signature`,
/// `jsApiList`, `debug` and, if there are any, `openTagList`. So a handler can answer with it as
/// JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Unix time in seconds.
    pub timestamp: u64,
    /// `nonceStr` in `wx.config`: 32 letters and digits.
    pub nonce: Nonce,
    /// Forty hexadecimal digits.
    pub signature: Signature,
    page: Arc<PageOptions>,
}

/// What all pages of a client have in common. It is shared, so a config costs one reference count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PageOptions {
    /// The appId, or the corpId of 企业微信.
    pub(super) app_id: String,
    /// The agentId of the app, if this is 企业微信.
    pub(super) agent_id: Option<String>,
    pub(super) js_api_list: Vec<String>,
    pub(super) open_tag_list: Vec<String>,
    pub(super) debug: bool,
}

impl Config {
    #[inline]
    pub(super) fn new(page: &Arc<PageOptions>, signed: SignedPage) -> Self {
        let SignedPage { timestamp, nonce, signature } = signed;
        Self { timestamp, nonce, signature, page: Arc::clone(page) }
    }

    /// The account's appId.
    pub fn app_id(&self) -> &str {
        &self.page.app_id
    }

    /// The interfaces that the page calls.
    pub fn js_api_list(&self) -> &[String] {
        &self.page.js_api_list
    }

    /// The open tags that the page uses.
    pub fn open_tag_list(&self) -> &[String] {
        &self.page.open_tag_list
    }

    /// Whether WeChat shows the page what each call returns.
    pub fn debug(&self) -> bool {
        self.page.debug
    }

    /// The same config for a page that calls other interfaces than [`Builder::js_api_list`] names.
    ///
    /// [`Builder::js_api_list`]: crate::Builder::js_api_list
    #[must_use]
    pub fn with_js_api_list<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        Arc::make_mut(&mut self.page).js_api_list = names.into_iter().map(Into::into).collect();
        self
    }

    /// The same config for a page that uses other open tags than [`Builder::open_tag_list`] names.
    ///
    /// [`Builder::open_tag_list`]: crate::Builder::open_tag_list
    #[must_use]
    pub fn with_open_tag_list<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        Arc::make_mut(&mut self.page).open_tag_list = names.into_iter().map(Into::into).collect();
        self
    }

    /// The same config with another [`Config::debug`].
    #[must_use]
    pub fn with_debug(mut self, debug: bool) -> Self {
        Arc::make_mut(&mut self.page).debug = debug;
        self
    }
}

impl Serialize for Config {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let has_tags = !self.page.open_tag_list.is_empty();
        let mut fields = serializer.serialize_struct("Config", 6 + usize::from(has_tags))?;
        fields.serialize_field("debug", &self.page.debug)?;
        fields.serialize_field("appId", &self.page.app_id)?;
        fields.serialize_field("timestamp", &self.timestamp)?;
        fields.serialize_field("nonceStr", self.nonce.as_str())?;
        fields.serialize_field("signature", self.signature.as_str())?;
        fields.serialize_field("jsApiList", &self.page.js_api_list)?;
        if has_tags {
            fields.serialize_field("openTagList", &self.page.open_tag_list)?;
        } else {
            fields.skip_field("openTagList")?;
        }
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::signature::Ticket;

    /// The names are those of `wx.config`; the lists come from the client and can be replaced for a
    /// page.
    #[test]
    fn a_config_serializes_as_wx_config_takes_it() {
        let page = PageOptions {
            app_id: "wx1".into(),
            js_api_list: vec!["scanQRCode".into()],
            ..PageOptions::default()
        };
        let config = Config::new(&Arc::new(page), Ticket::new("t").sign("https://a.cn/"));
        let (nonce, signature) = (config.nonce.as_str(), config.signature.as_str());
        let mut want = json!({
            "debug": false, "appId": "wx1", "timestamp": config.timestamp, "nonceStr": nonce,
            "signature": signature, "jsApiList": ["scanQRCode"],
        });
        assert_eq!(serde_json::to_value(&config).unwrap(), want);
        let other = config.clone().with_js_api_list(["chooseImage"]).with_debug(true);
        let other = other.with_open_tag_list(["wx-open-launch-weapp"]);
        want["jsApiList"] = json!(["chooseImage"]);
        want["openTagList"] = json!(["wx-open-launch-weapp"]);
        want["debug"] = json!(true);
        assert_eq!(serde_json::to_value(&other).unwrap(), want);
        assert_eq!(config.js_api_list(), ["scanQRCode"], "the client's own list is as it was");
    }
}

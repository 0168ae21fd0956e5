//! The calls that sign with another ticket than `wx.config` does: `wx.agentConfig` of 企业微信, and
//! `chooseInvoice`.

use std::sync::Arc;
use std::time::Duration;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::config::PageOptions;
use super::{Client, reveal};
use crate::card::card_sign;
use crate::clock::{Clock, System};
use crate::credential::Kind;
use crate::error::Error;
use crate::nonce::{self, Nonce, PaddedNonce};
use crate::secret::Secret;
use crate::signature::{Signature, SignedPage};

/// The value that `chooseInvoice` signs as its card type.
const INVOICE: &str = "INVOICE";

/// What a page hands to `wx.agentConfig`.
///
/// It serializes as `wx.agentConfig` takes it, with `corpid`, `agentid`, `timestamp`, `nonceStr`,
/// `signature` and `jsApiList`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AgentConfig {
    /// Unix time in seconds.
    pub timestamp: u64,
    /// `nonceStr` in `wx.agentConfig`: 32 letters and digits.
    pub nonce: Nonce,
    /// Forty hexadecimal digits.
    pub signature: Signature,
    page: Arc<PageOptions>,
}

impl AgentConfig {
    fn new(page: &Arc<PageOptions>, signed: SignedPage) -> Self {
        let SignedPage { timestamp, nonce, signature } = signed;
        Self { timestamp, nonce, signature, page: Arc::clone(page) }
    }

    /// The corp.
    pub fn corp_id(&self) -> &str {
        &self.page.app_id
    }

    /// The app.
    pub fn agent_id(&self) -> &str {
        self.page.agent_id.as_deref().unwrap_or_default()
    }

    /// The same config for a page that calls other interfaces than [`Builder::js_api_list`] names.
    ///
    /// [`Builder::js_api_list`]: crate::Builder::js_api_list
    #[must_use]
    pub fn with_js_api_list<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        Arc::make_mut(&mut self.page).js_api_list = names.into_iter().map(Into::into).collect();
        self
    }
}

impl Serialize for AgentConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("AgentConfig", 6)?;
        fields.serialize_field("corpid", self.corp_id())?;
        fields.serialize_field("agentid", self.agent_id())?;
        fields.serialize_field("timestamp", &self.timestamp)?;
        fields.serialize_field("nonceStr", self.nonce.as_str())?;
        fields.serialize_field("signature", self.signature.as_str())?;
        fields.serialize_field("jsApiList", &self.page.js_api_list)?;
        fields.end()
    }
}

/// What a page hands to `chooseInvoice`.
///
/// It serializes as `wx.invoke('chooseInvoice', …)` takes it, with `timestamp` (a text),
/// `nonceStr`, `signType` and `cardSign`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvoiceConfig {
    /// Unix time in seconds.
    pub timestamp: u64,
    /// 32 letters and digits.
    pub nonce: Nonce,
    /// Forty hexadecimal digits.
    pub card_sign: String,
}

impl InvoiceConfig {
    fn new(app_id: &str, ticket: &Secret) -> Self {
        let (timestamp, nonce) = (System.now().second, nonce::with_fresh(PaddedNonce::nonce));
        let values = [INVOICE, &timestamp.to_string(), app_id, nonce.as_str(), ticket.reveal()];
        let card_sign = card_sign(values);
        Self { timestamp, nonce, card_sign }
    }
}

impl Serialize for InvoiceConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("InvoiceConfig", 4)?;
        fields.serialize_field("timestamp", &self.timestamp.to_string())?;
        fields.serialize_field("nonceStr", self.nonce.as_str())?;
        fields.serialize_field("signType", "SHA1")?;
        fields.serialize_field("cardSign", &self.card_sign)?;
        fields.end()
    }
}

impl Client {
    /// Signs the page at `url` for `wx.agentConfig` of 企业微信, with the app's own ticket. The
    /// client must have been created with [`Builder::corp`].
    ///
    /// [`Builder::corp`]: crate::Builder::corp
    pub fn agent_config(&self, url: &str) -> Result<AgentConfig, Error> {
        self.agent_config_within(url, self.timeout)
    }

    /// Like [`Client::agent_config`], with its own timeout.
    pub fn agent_config_within(&self, url: &str, timeout: Duration) -> Result<AgentConfig, Error> {
        let page = self.check_agent_page(url)?;
        let signed = self.sign_or(Kind::AgentTicket, page, || self.get(Kind::AgentTicket, timeout))?;
        Ok(AgentConfig::new(&self.page, signed))
    }

    /// Like [`Client::agent_config`], without waiting.
    pub fn try_agent_config(&self, url: &str) -> Result<AgentConfig, Error> {
        let page = self.check_agent_page(url)?;
        let signed = self.sign_or(Kind::AgentTicket, page, || self.try_get(Kind::AgentTicket))?;
        Ok(AgentConfig::new(&self.page, signed))
    }

    /// Like [`Client::agent_config_within`], with a callback, which is called exactly once.
    pub fn agent_config_then(
        &self,
        url: &str,
        timeout: Duration,
        done: impl FnOnce(Result<AgentConfig, Error>) + Send + 'static,
    ) {
        let options = Arc::clone(&self.page);
        self.sign_then(Kind::AgentTicket, self.check_agent_page(url), timeout, move |signed| {
            done(signed.map(|signed| AgentConfig::new(&options, signed)));
        });
    }

    /// For the explanation of a failed `wx.agentConfig`: the ticket that signs it.
    #[doc(hidden)]
    pub fn agent_ticket(&self) -> Result<String, Error> {
        self.check_agent()?;
        self.get(Kind::AgentTicket, self.timeout).map(reveal)
    }

    /// What a page hands to `chooseInvoice`, of 公众号 and 企业微信.
    pub fn invoice_config(&self) -> Result<InvoiceConfig, Error> {
        self.invoice_config_within(self.timeout)
    }

    /// Like [`Client::invoice_config`], with its own timeout.
    pub fn invoice_config_within(&self, timeout: Duration) -> Result<InvoiceConfig, Error> {
        self.check_app_id()?;
        Ok(InvoiceConfig::new(&self.page.app_id, &self.get(self.card_kind(), timeout)?))
    }

    /// Like [`Client::invoice_config`], without waiting.
    pub fn try_invoice_config(&self) -> Result<InvoiceConfig, Error> {
        self.check_app_id()?;
        Ok(InvoiceConfig::new(&self.page.app_id, &self.try_get(self.card_kind())?))
    }

    /// Like [`Client::invoice_config_within`], with a callback, which is called exactly once.
    pub fn invoice_config_then(
        &self,
        timeout: Duration,
        done: impl FnOnce(Result<InvoiceConfig, Error>) + Send + 'static,
    ) {
        if let Err(error) = self.check_app_id() {
            return self.call_back(move || done(Err(error)));
        }
        let options = Arc::clone(&self.page);
        self.get_then(self.card_kind(), timeout, move |ticket| {
            done(ticket.map(|ticket| InvoiceConfig::new(&options.app_id, &ticket)));
        });
    }

    fn card_kind(&self) -> Kind {
        if self.page.agent_id.is_some() { Kind::CorpCardTicket } else { Kind::CardTicket }
    }

    fn check_agent(&self) -> Result<(), Error> {
        if self.page.agent_id.is_none() {
            return Err(Error::option("agentId", "is missing: `agentConfig` signs for an app of 企业微信"));
        }
        Ok(())
    }

    fn check_agent_page<'a>(&self, url: &'a str) -> Result<&'a str, Error> {
        self.check_agent()?;
        self.check_page(url)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::signature::{Ticket, sign};

    /// The names are those of `wx.agentConfig`, in lower case.
    #[test]
    fn an_agent_config_serializes_as_wx_takes_it() {
        let page = PageOptions {
            app_id: "ww1".into(),
            agent_id: Some("1000002".into()),
            js_api_list: vec!["selectExternalContact".into()],
            ..PageOptions::default()
        };
        let config =
            AgentConfig::new(&Arc::new(page), Ticket::new("cjaeBh+/676zBYL4+wFjNA==").sign("https://a.cn/"));
        let (nonce, signature) = (config.nonce.as_str(), config.signature.as_str());
        let want = json!({
            "corpid": "ww1", "agentid": "1000002", "timestamp": config.timestamp, "nonceStr": nonce,
            "signature": signature, "jsApiList": ["selectExternalContact"],
        });
        assert_eq!(serde_json::to_value(&config).unwrap(), want);
        let again = sign("cjaeBh+/676zBYL4+wFjNA==", nonce, config.timestamp, "https://a.cn/");
        assert_eq!(again.as_str(), signature);
    }

    #[test]
    fn an_invoice_config_signs_five_values() {
        let config = InvoiceConfig::new("wx1", &Secret::new("pIKi3wRPNWCGF-pyP-YU5KWjDDD"));
        let timestamp = config.timestamp.to_string();
        let values = [INVOICE, &timestamp, "wx1", config.nonce.as_str(), "pIKi3wRPNWCGF-pyP-YU5KWjDDD"];
        let want = json!({
            "timestamp": timestamp, "nonceStr": config.nonce.as_str(), "signType": "SHA1",
            "cardSign": card_sign(values),
        });
        assert_eq!(serde_json::to_value(&config).unwrap(), want);
    }
}

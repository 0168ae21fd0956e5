//! The endpoints of 公众号: `stable_token`, `token` and `ticket/getticket`.

use serde_json::json;

use crate::credential::Kind;
use crate::http::{Hidden, Request};
use crate::percent::encode;
use crate::secret::Secret;

/// Which interface the access token is fetched from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum TokenApi {
    /// `stable_token`, which Tencent recommends: repeated calls return the same token.
    #[default]
    Stable,
    /// `token`: each call makes a new token and invalidates the one before.
    Classic,
}

/// A 公众号. Without an AppSecret it has an empty one, and fetches tickets alone.
pub(crate) struct OfficialAccount {
    pub(crate) app_id: String,
    pub(crate) secret: Secret,
    pub(crate) token_api: TokenApi,
}

impl OfficialAccount {
    /// The request for a token. `force` ends the stable token in use.
    pub(super) fn token(&self, base: &str, force: bool) -> Request {
        match self.token_api {
            TokenApi::Stable => {
                let hidden = Hidden::in_json(&self.secret);
                let body = format!(
                    r#"{{"grant_type":"client_credential","appid":{},"secret":{},"force_refresh":{force}}}"#,
                    json!(self.app_id),
                    hidden.placeholder()
                );
                Request { url: format!("{base}/stable_token"), body: Some(body), hidden }
            }
            TokenApi::Classic => {
                let hidden = Hidden::in_query(&self.secret);
                let (app_id, secret) = (encode(&self.app_id), hidden.placeholder());
                let query = format!("grant_type=client_credential&appid={}&secret={secret}", *app_id);
                Request { url: format!("{base}/token?{query}"), body: None, hidden }
            }
        }
    }

    /// The request for a ticket.
    pub(super) fn ticket(base: &str, kind: Kind, token: &Secret) -> Request {
        let hidden = Hidden::in_query(token);
        let word = if kind == Kind::CardTicket { "wx_card" } else { "jsapi" };
        let url = format!("{base}/ticket/getticket?access_token={}&type={word}", hidden.placeholder());
        Request { url, body: None, hidden }
    }
}

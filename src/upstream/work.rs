//! The endpoints of 企业微信: `gettoken`, `get_jsapi_ticket` and `ticket/get`.

use crate::credential::Kind;
use crate::http::{Hidden, Request};
use crate::percent::encode;
use crate::secret::Secret;

/// An app of a corp. Without a secret it has an empty one, and fetches tickets alone.
pub(crate) struct WorkApp {
    pub(crate) corp_id: String,
    pub(crate) secret: Secret,
}

impl WorkApp {
    /// The request for the app's token.
    pub(super) fn token(&self, base: &str) -> Request {
        let hidden = Hidden::in_query(&self.secret);
        let (corp_id, secret) = (encode(&self.corp_id), hidden.placeholder());
        Request {
            url: format!("{base}/gettoken?corpid={}&corpsecret={secret}", *corp_id),
            body: None,
            hidden,
        }
    }

    /// The request for a ticket of the corp or of the app, whose token this is.
    pub(super) fn ticket(base: &str, kind: Kind, token: &Secret) -> Request {
        let hidden = Hidden::in_query(token);
        let placeholder = hidden.placeholder();
        let url = match kind {
            Kind::AgentTicket => format!("{base}/ticket/get?access_token={placeholder}&type=agent_config"),
            Kind::CorpCardTicket => format!("{base}/ticket/get?access_token={placeholder}&type=wx_card"),
            _ => format!("{base}/get_jsapi_ticket?access_token={placeholder}"),
        };
        Request { url, body: None, hidden }
    }
}

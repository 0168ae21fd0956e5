//! The endpoints of 公众号: `stable_token`, `token` and `ticket/getticket`.

use std::time::Duration;

use serde_json::json;

use super::{Hosts, answer};
use crate::clock::Clock;
use crate::credential::{Grant, Kind};
use crate::error::{Error, Reason};
use crate::http::{Hidden, Request, Transport, encode};
use crate::secret::{KnownSecrets, Secret};

/// Which interface the token comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TokenMode {
    /// `stable_token`: repeated calls return the same token.
    Stable,
    /// `token`: each call makes a new one and ends the one before.
    Classic,
}

/// The service, seen by one account.
pub(crate) struct Official {
    hosts: Hosts,
    app_id: String,
    secret: Secret,
    mode: TokenMode,
    transport: Box<dyn Transport>,
    /// What is cut out of every text that the service writes.
    known: KnownSecrets,
}

impl Official {
    /// An account without an AppSecret has an empty one, and asks for tickets alone.
    pub(crate) fn new(
        hosts: Hosts,
        app_id: String,
        secret: Secret,
        mode: TokenMode,
        transport: Box<dyn Transport>,
    ) -> Self {
        let known = KnownSecrets::new(secret.clone());
        Self { hosts, app_id, secret, mode, transport, known }
    }

    /// The account's secrets as far as this process has seen them.
    pub(crate) fn known(&self) -> &KnownSecrets {
        &self.known
    }

    /// Fetches a token. `force` kills the stable token in use; it is 20 a day, so the refresher budgets it.
    pub(crate) fn token(&self, clock: &dyn Clock, timeout: Duration, force: bool) -> Result<Grant, Error> {
        let app_id = &self.app_id;
        self.ask(Kind::Token, clock, timeout, |base| match self.mode {
            TokenMode::Stable => {
                let hidden = Hidden::in_json(&self.secret);
                let body = format!(
                    r#"{{"grant_type":"client_credential","appid":{},"secret":{},"force_refresh":{force}}}"#,
                    json!(app_id),
                    hidden.placeholder()
                );
                Request { url: format!("{base}/stable_token"), body: Some(body), hidden }
            }
            TokenMode::Classic => {
                let hidden = Hidden::in_query(&self.secret);
                let (app_id, secret) = (encode(app_id), hidden.placeholder());
                let query = format!("grant_type=client_credential&appid={}&secret={secret}", *app_id);
                Request { url: format!("{base}/token?{query}"), body: None, hidden }
            }
        })
    }

    /// Fetches the ticket with `token`.
    pub(crate) fn ticket(
        &self,
        clock: &dyn Clock,
        timeout: Duration,
        token: &Secret,
    ) -> Result<Grant, Error> {
        self.known.add(token);
        self.ask(Kind::Ticket, clock, timeout, |base| {
            let hidden = Hidden::in_query(token);
            let url = format!("{base}/ticket/getticket?access_token={}&type=jsapi", hidden.placeholder());
            Request { url, body: None, hidden }
        })
    }

    fn ask(
        &self,
        call: Kind,
        clock: &dyn Clock,
        timeout: Duration,
        request: impl FnOnce(&str) -> Request,
    ) -> Result<Grant, Error> {
        let host = self.hosts.pick(clock.boot());
        let (is_unreachable, outcome) = match self.transport.send(&request(host.url), timeout) {
            // A connection that breaks may be one that a device on the way does not let through.
            Err(error) => (error.raw_reason().is_some_and(Reason::is_unreachable), Err(error)),
            Ok(response) => {
                let is_down = (500..=599).contains(&response.status);
                (is_down, answer::read(call, host.name, &response, &self.known))
            }
        };
        if is_unreachable && outcome.is_err() {
            self.hosts.failed(host.index, clock.boot());
        }
        if let Ok(grant) = &outcome {
            self.known.add(&grant.value);
        }
        outcome
    }
}

//! WeChat as this library sees it: two questions, answered with a value and its life or with a
//! typed error.

mod answer;
mod errcode;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod hosts;
mod official_account;
mod work;

pub(crate) use hosts::{Hosts, PlainHttp};
use official_account::OfficialAccount;
pub use official_account::TokenApi;
use work::WorkApp;

use std::time::Duration;

use crate::clock::Clock;
use crate::credential::{Grant, Kind};
use crate::error::{Error, Reason};
use crate::http::{Request, Transport};
use crate::secret::{KnownSecrets, Secret};

/// Whose credentials are fetched.
pub(crate) enum Family {
    /// 公众号.
    OfficialAccount(OfficialAccount),
    /// 企业微信.
    Work(WorkApp),
}

impl Family {
    pub(crate) fn official_account(app_id: String, secret: Secret, token_api: TokenApi) -> Self {
        Self::OfficialAccount(OfficialAccount { app_id, secret, token_api })
    }

    pub(crate) fn work(corp_id: String, secret: Secret) -> Self {
        Self::Work(WorkApp { corp_id, secret })
    }
}

/// The service, seen by one account.
pub(crate) struct Upstream {
    hosts: Hosts,
    family: Family,
    transport: Box<dyn Transport>,
    /// What is cut out of every text that the service writes.
    known: KnownSecrets,
}

impl Upstream {
    pub(crate) fn new(hosts: Hosts, family: Family, transport: Box<dyn Transport>) -> Self {
        let secret = match &family {
            Family::OfficialAccount(account) => &account.secret,
            Family::Work(app) => &app.secret,
        };
        let known = KnownSecrets::new(secret.clone());
        Self { hosts, family, transport, known }
    }

    /// The account's secrets as far as this process has seen them.
    pub(crate) fn known(&self) -> &KnownSecrets {
        &self.known
    }

    /// Whether a token in use can be replaced: only `stable_token` of 公众号 can be asked for that.
    pub(crate) fn can_force(&self) -> bool {
        matches!(&self.family, Family::OfficialAccount(account) if account.token_api == TokenApi::Stable)
    }

    /// Fetches a token. `force` ends the stable token in use; it is 20 a day, so the refresher
    /// budgets it.
    pub(crate) fn token(&self, clock: &dyn Clock, timeout: Duration, force: bool) -> Result<Grant, Error> {
        self.ask(Kind::Token, clock, timeout, |base| match &self.family {
            Family::OfficialAccount(account) => account.token(base, force),
            Family::Work(app) => app.token(base),
        })
    }

    /// Fetches a ticket with `token`.
    pub(crate) fn ticket(
        &self,
        kind: Kind,
        clock: &dyn Clock,
        timeout: Duration,
        token: &Secret,
    ) -> Result<Grant, Error> {
        self.known.add(token);
        self.ask(kind, clock, timeout, |base| match &self.family {
            Family::OfficialAccount(_) => OfficialAccount::ticket(base, kind, token),
            Family::Work(_) => WorkApp::ticket(base, kind, token),
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

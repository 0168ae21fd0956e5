//! The endpoints of 公众号: `stable_token`, `token` and `ticket/getticket`.

use std::fmt::Write;
use std::time::Duration;

use serde_json::json;
use zeroize::Zeroizing;

use super::{Hosts, answer};
use crate::clock::Clock;
use crate::credential::{Grant, Kind};
use crate::error::{Code, Error};
use crate::http::{Fault, Request, Transport};
use crate::secret::Secret;

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
    pub(crate) hosts: Hosts,
    pub(crate) app_id: String,
    pub(crate) secret: Secret,
    pub(crate) mode: TokenMode,
    pub(crate) transport: Box<dyn Transport>,
}

impl Official {
    /// Fetches a token. `force` kills the stable token in use; it is 20 a day, so the refresher budgets it.
    pub(crate) fn token(&self, clock: &dyn Clock, timeout: Duration, force: bool) -> Result<Grant, Error> {
        self.ask(Kind::Token, clock, timeout, &[&self.secret], |base| match self.mode {
            TokenMode::Stable => {
                let body = json!({
                    "grant_type": "client_credential",
                    "appid": self.app_id,
                    "secret": self.secret.reveal(),
                    "force_refresh": force,
                });
                let url = Zeroizing::new(format!("{base}/stable_token"));
                Request { url, body: Some(Zeroizing::new(body.to_string())) }
            }
            TokenMode::Classic => {
                let (app_id, secret) = (encode(&self.app_id), encode(self.secret.reveal()));
                let query = format!("grant_type=client_credential&appid={}&secret={}", *app_id, *secret);
                Request { url: Zeroizing::new(format!("{base}/token?{query}")), body: None }
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
        self.ask(Kind::Ticket, clock, timeout, &[&self.secret, token], |base| {
            let token = encode(token.reveal());
            let url = Zeroizing::new(format!("{base}/ticket/getticket?access_token={}&type=jsapi", *token));
            Request { url, body: None }
        })
    }

    fn ask(
        &self,
        call: Kind,
        clock: &dyn Clock,
        timeout: Duration,
        secrets: &[&Secret],
        request: impl FnOnce(&str) -> Request,
    ) -> Result<Grant, Error> {
        let (index, base) = self.hosts.pick(clock.boot());
        let (unreachable, outcome) = match self.transport.send(&request(base), timeout) {
            Err(fault) => {
                // A connection that breaks may be one that somebody on the way does not let through.
                let unreachable =
                    matches!(fault, Fault::Resolve | Fault::Connect | Fault::Tls | Fault::Broken);
                (unreachable, Err(Error::new(code(fault), fault.to_string())))
            }
            Ok(response) => ((500..=599).contains(&response.status), answer::read(call, &response, secrets)),
        };
        if unreachable && outcome.is_err() {
            self.hosts.failed(index, clock.boot());
        }
        outcome
    }
}

fn code(fault: Fault) -> Code {
    match fault {
        Fault::Timeout => Code::Timeout,
        Fault::Resolve | Fault::Connect | Fault::Tls | Fault::Broken => Code::Network,
        Fault::TooLarge | Fault::NotHttp => Code::BadResponse,
    }
}

/// Percent-encodes a query parameter's value.
fn encode(value: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(value.len()));
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(*out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_cannot_break_out_of_the_query() {
        assert_eq!(*encode("a-_.~Z9&=#+ 中"), "a-_.~Z9%26%3D%23%2B%20%E4%B8%AD");
    }
}

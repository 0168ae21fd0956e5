//! What the client of the account knows after it was asked.

use std::time::Duration;

use serde_json::Value;
use wxsign::{Client, Error, Stored};

use crate::console::Failure;
use crate::settings::Settings;

/// What the client knows after it was asked for a token and a ticket.
pub(super) struct Facts {
    pub(super) outcome: Option<Outcome>,
    /// With `classic`: what the store has.
    pub(super) stored: Option<Stored>,
    pub(super) state: Option<Value>,
    pub(super) build_failure: Option<Error>,
}

pub(super) struct Outcome {
    pub(super) token: Result<String, Error>,
    pub(super) ticket: Result<String, Error>,
    /// The ticket of an app of 企业微信, which signs `wx.agentConfig`.
    pub(super) agent_ticket: Option<Result<String, Error>>,
}

impl Facts {
    /// Asks for both credentials. With `classic` it only reads the store, because a new token would
    /// end the one that other programs use. Without an account it does nothing.
    pub(super) fn gather(settings: &Settings) -> Self {
        let mut facts = Self { outcome: None, stored: None, state: None, build_failure: None };
        if !settings.has_account() {
            return facts;
        }
        let client = match settings.client(Some(Duration::from_secs(12))) {
            Ok(client) => client,
            Err(Failure::Call(error)) => {
                facts.build_failure = Some(error);
                return facts;
            }
            Err(_) => return facts,
        };
        if settings.is_classic {
            facts.stored = client.read_store().ok();
        } else {
            let ticket = client.ticket();
            let agent_ticket = settings.is_work().then(|| client.agent_ticket());
            facts.outcome = Some(Outcome { token: client.access_token(), ticket, agent_ticket });
        }
        facts.state = state(&client);
        client.close();
        facts
    }

    pub(super) fn ticket(&self) -> Option<String> {
        let fetched = self.outcome.as_ref().and_then(|outcome| outcome.ticket.as_ref().ok());
        fetched.or_else(|| self.stored.as_ref()?.ticket.as_ref()).cloned()
    }

    pub(super) fn agent_ticket(&self) -> Option<String> {
        self.outcome.as_ref()?.agent_ticket.as_ref()?.as_ref().ok().cloned()
    }

    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.state.as_ref()?.pointer(pointer)?.as_str()
    }
}

fn state(client: &Client) -> Option<Value> {
    serde_json::from_str(&client.state().ok()?.to_json()).ok()
}

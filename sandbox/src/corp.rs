//! A corp of 企业微信 and its apps: a token for each app, three kinds of tickets, and their limits.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::account::{describe, new_token};
use crate::issued::History;
use crate::random;
use crate::settings::Settings;

const HOUR: Duration = Duration::from_secs(3600);

/// What a ticket of 企业微信 is for. They look alike, and none may stand for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketKind {
    /// `get_jsapi_ticket`, for `wx.config`.
    Corp,
    /// `ticket/get?type=agent_config`, for `wx.agentConfig`.
    AgentConfig,
    /// `ticket/get?type=wx_card`, for invoices.
    Card,
}

/// One corpid.
#[derive(Debug)]
pub struct Corp {
    pub corpid: String,
    pub apps: Vec<App>,
    ticket_calls: Calls,
    failures: Calls,
}

/// One app of a corp.
#[derive(Debug)]
pub struct App {
    /// `None`: the secret is that of 通讯录, which may fetch tokens and no tickets.
    pub agentid: Option<String>,
    pub secret: String,
    pub tokens: History,
    pub corp_tickets: History,
    pub agent_tickets: History,
    pub card_tickets: History,
    /// The calls for each kind of ticket.
    for_config: Calls,
    for_agent_config: Calls,
    for_cards: Calls,
}

/// Adds an app, and its corp if that is new; a known app gets the new secret.
pub fn set_app(corps: &mut Vec<Corp>, corpid: &str, agentid: Option<&str>, secret: &str) {
    if let Some(corp) = corps.iter_mut().find(|corp| corp.corpid == corpid) {
        corp.set_app(agentid, secret);
    } else {
        let mut corp = Corp::new(corpid);
        corp.set_app(agentid, secret);
        corps.push(corp);
    }
}

impl Corp {
    fn new(corpid: &str) -> Self {
        let (ticket_calls, failures) = (Calls::default(), Calls::default());
        Self { corpid: corpid.to_owned(), apps: Vec::new(), ticket_calls, failures }
    }

    fn set_app(&mut self, agentid: Option<&str>, secret: &str) {
        match self.apps.iter_mut().find(|app| app.agentid.as_deref() == agentid) {
            Some(app) => secret.clone_into(&mut app.secret),
            None => self.apps.push(App::new(agentid, secret)),
        }
    }

    /// A ticket for the app at this index, or the errcode of what forbids it.
    pub fn ticket(
        &mut self,
        app: usize,
        kind: TicketKind,
        settings: &Settings,
        now: Instant,
    ) -> Result<(String, Duration), i64> {
        let app = self.apps.get_mut(app).ok_or(40014)?;
        if app.agentid.is_none() {
            return Err(48002);
        }
        if !settings.trusted_ip {
            return Err(60020);
        }
        let (calls, tickets, new_value): (_, _, fn() -> String) = match kind {
            TicketKind::Corp => (&mut app.for_config, &mut app.corp_tickets, random::ticket),
            TicketKind::AgentConfig => {
                (&mut app.for_agent_config, &mut app.agent_tickets, random::agent_ticket)
            }
            TicketKind::Card => (&mut app.for_cards, &mut app.card_tickets, random::card_ticket),
        };
        let app_may = calls.count(settings.app_ticket_limit, now);
        let is_corp = kind == TicketKind::Corp;
        if !app_may || is_corp && !self.ticket_calls.count(settings.corp_ticket_limit, now) {
            return Err(45009);
        }
        Ok(tickets.ticket(settings, new_value, now))
    }

    /// Runs a call of this corp. 企业微信 refuses all calls for an hour after too many failures.
    pub fn call<T>(
        &mut self,
        settings: &Settings,
        now: Instant,
        call: impl FnOnce(&mut Self) -> Result<T, i64>,
    ) -> Result<T, i64> {
        if self.failures.within_the_hour(now) >= settings.failure_limit {
            return Err(45009);
        }
        let answer = call(self);
        if answer.is_err() {
            self.failures.count(u64::MAX, now);
        }
        answer
    }
}

impl App {
    fn new(agentid: Option<&str>, secret: &str) -> Self {
        Self {
            agentid: agentid.map(str::to_owned),
            secret: secret.to_owned(),
            tokens: History::default(),
            corp_tickets: History::default(),
            agent_tickets: History::default(),
            card_tickets: History::default(),
            for_config: Calls::default(),
            for_agent_config: Calls::default(),
            for_cards: Calls::default(),
        }
    }

    /// `/cgi-bin/gettoken`: the same token with its remaining life, until it ends.
    pub fn token(&mut self, settings: &Settings, now: Instant) -> (String, Duration) {
        let fixed = settings.fixed_token.as_ref();
        let usable = self.tokens.current(now).filter(|token| fixed.is_none_or(|fixed| *fixed == token.value));
        match usable {
            Some(token) => (token.value.clone(), token.remaining(now)),
            None => self.tokens.issue(new_token(settings), settings.token_life, now),
        }
    }

    pub fn kill_tokens(&mut self, now: Instant) {
        self.tokens.replace(Duration::ZERO, now);
    }

    pub fn kill_tickets(&mut self, now: Instant) {
        for tickets in [&mut self.corp_tickets, &mut self.agent_tickets, &mut self.card_tickets] {
            tickets.replace(Duration::ZERO, now);
        }
    }

    /// For `/_sandbox/current`.
    pub fn to_json(&self, now: Instant) -> Value {
        let kinds = [
            ("token", &self.tokens),
            ("jsapi_ticket", &self.corp_tickets),
            ("agent_config_ticket", &self.agent_tickets),
            ("wx_card_ticket", &self.card_tickets),
        ];
        describe(json!({"agentid": self.agentid}), &kinds, now)
    }
}

/// The times of the calls within the last hour.
#[derive(Debug, Default)]
struct Calls(VecDeque<Instant>);

impl Calls {
    /// Counts a call, and returns false if the hour already has `limit` of them.
    fn count(&mut self, limit: u64, now: Instant) -> bool {
        while self.0.front().is_some_and(|then| now.saturating_duration_since(*then) >= HOUR) {
            self.0.pop_front();
        }
        let free = self.within_the_hour(now) < limit;
        if free {
            self.0.push_back(now);
        }
        free
    }

    fn within_the_hour(&self, now: Instant) -> u64 {
        let recent = self.0.iter().filter(|then| now.saturating_duration_since(**then) < HOUR);
        u64::try_from(recent.count()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests;

//! An account: its secret, its tokens and its tickets, and when each is renewed.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::grant::{Grant, Shelf};
use crate::random;
use crate::settings::{Settings, TicketMode};

/// A stable token is renewed in its last 5 minutes, or in the last quarter of a short life.
const STABLE_MARGIN: Duration = Duration::from_secs(300);

/// One appid.
#[derive(Debug)]
pub struct Account {
    pub appid: String,
    pub secret: String,
    pub classic: Shelf,
    pub stable: Shelf,
    pub jsapi: Shelf,
    pub card: Shelf,
}

impl Account {
    pub fn new(appid: &str, secret: &str) -> Self {
        Self {
            appid: appid.to_owned(),
            secret: secret.to_owned(),
            classic: Shelf::default(),
            stable: Shelf::default(),
            jsapi: Shelf::default(),
            card: Shelf::default(),
        }
    }

    /// `/cgi-bin/token`: always a new one; the one before works on for the overlap.
    pub fn classic_token(&mut self, settings: &Settings, now: Instant) -> (String, Duration) {
        self.classic.replace(settings.token_overlap, now);
        issue(&mut self.classic, new_token(settings), settings.token_life, now)
    }

    /// `/cgi-bin/stable_token`: the same one with the life that remains, until its last minutes.
    pub fn stable_token(&mut self, force: bool, settings: &Settings, now: Instant) -> (String, Duration) {
        if force {
            self.stable.replace(Duration::ZERO, now);
        }
        let wanted = settings.fixed_token.as_ref();
        let usable = self.stable.current(now).filter(|token| {
            token.remaining(now) > STABLE_MARGIN.min(token.life / 4)
                && wanted.is_none_or(|fixed| *fixed == token.value)
        });
        match usable {
            Some(token) => (token.value.clone(), token.remaining(now)),
            None => issue(&mut self.stable, new_token(settings), settings.token_life, now),
        }
    }

    /// `/cgi-bin/ticket/getticket`; the time is what WeChat would claim in the mode that is set.
    pub fn ticket(&mut self, card: bool, settings: &Settings, now: Instant) -> (String, Duration) {
        let tickets = if card { &mut self.card } else { &mut self.jsapi };
        let wanted = settings.fixed_ticket.as_ref();
        let usable = tickets.current(now).filter(|ticket| wanted.is_none_or(|fixed| *fixed == ticket.value));
        match (usable, settings.ticket_mode) {
            (Some(ticket), TicketMode::Reserve) => (ticket.value.clone(), ticket.life),
            (Some(ticket), TicketMode::Remaining) => (ticket.value.clone(), ticket.remaining(now)),
            _ => {
                let value = wanted.cloned().unwrap_or_else(random::ticket);
                issue(tickets, value, settings.ticket_life, now)
            }
        }
    }

    /// The token with this value, classic or stable. A fixed value may be both: the longer life counts.
    pub fn token(&self, value: &str, now: Instant) -> Option<&Grant> {
        let found = [&self.classic, &self.stable].into_iter().filter_map(|tokens| tokens.find(value));
        found.max_by_key(|grant| grant.remaining(now))
    }

    /// As if another service had refreshed them.
    pub fn kill_tokens(&mut self, now: Instant) {
        self.classic.replace(Duration::ZERO, now);
        self.stable.replace(Duration::ZERO, now);
    }

    pub fn kill_tickets(&mut self, now: Instant) {
        self.jsapi.replace(Duration::ZERO, now);
        self.card.replace(Duration::ZERO, now);
    }

    /// For `/_sandbox/current`: the current one of each kind, and all that are alive.
    pub fn to_json(&self, now: Instant) -> Value {
        let one =
            |grant: &Grant| json!({"value": grant.value, "remaining": grant.remaining(now).as_secs_f64()});
        let current = |shelf: &Shelf| shelf.current(now).map(one);
        let living = |shelf: &Shelf| shelf.living(now).map(one).collect::<Vec<_>>();
        json!({
            "appid": self.appid,
            "token": current(&self.classic),
            "stable_token": current(&self.stable),
            "jsapi_ticket": current(&self.jsapi),
            "wx_card_ticket": current(&self.card),
            "living": {
                "token": living(&self.classic),
                "stable_token": living(&self.stable),
                "jsapi_ticket": living(&self.jsapi),
                "wx_card_ticket": living(&self.card),
            },
        })
    }
}

fn new_token(settings: &Settings) -> String {
    settings.fixed_token.clone().unwrap_or_else(random::token)
}

fn issue(shelf: &mut Shelf, value: String, life: Duration, now: Instant) -> (String, Duration) {
    shelf.put(Grant::new(value.clone(), life, now));
    (value, life)
}

#[cfg(test)]
mod tests;

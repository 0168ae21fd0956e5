//! An account of 公众号: its secret, its tokens and its tickets, and when each is renewed.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::issued::{History, Issued};
use crate::random;
use crate::settings::Settings;

/// A stable token is renewed in its last 5 minutes, or in the last quarter of a short life.
const STABLE_MARGIN: Duration = Duration::from_secs(300);

/// One appid.
#[derive(Debug)]
pub struct Account {
    pub appid: String,
    pub secret: String,
    pub classic: History,
    pub stable: History,
    pub jsapi: History,
    pub card: History,
}

impl Account {
    pub fn new(appid: &str, secret: &str) -> Self {
        Self {
            appid: appid.to_owned(),
            secret: secret.to_owned(),
            classic: History::default(),
            stable: History::default(),
            jsapi: History::default(),
            card: History::default(),
        }
    }

    /// `/cgi-bin/token`: always a new token. The one before it works on for the overlap.
    pub fn classic_token(&mut self, settings: &Settings, now: Instant) -> (String, Duration) {
        self.classic.replace(settings.token_overlap, now);
        self.classic.issue(new_token(settings), settings.token_life, now)
    }

    /// `/cgi-bin/stable_token`: the same token with its remaining life, until its last minutes.
    pub fn stable_token(&mut self, force: bool, settings: &Settings, now: Instant) -> (String, Duration) {
        if force {
            self.stable.replace(Duration::ZERO, now);
        }
        let fixed = settings.fixed_token.as_ref();
        let usable = self.stable.current(now).filter(|token| {
            token.remaining(now) > STABLE_MARGIN.min(token.life / 4)
                && fixed.is_none_or(|fixed| *fixed == token.value)
        });
        match usable {
            Some(token) => (token.value.clone(), token.remaining(now)),
            None => self.stable.issue(new_token(settings), settings.token_life, now),
        }
    }

    /// `/cgi-bin/ticket/getticket`.
    pub fn ticket(&mut self, card: bool, settings: &Settings, now: Instant) -> (String, Duration) {
        let tickets = if card { &mut self.card } else { &mut self.jsapi };
        tickets.ticket(settings, random::ticket, now)
    }

    /// The token with this value, classic or stable. A fixed value may be both; the longer life
    /// counts.
    pub fn token(&self, value: &str, now: Instant) -> Option<&Issued> {
        let found = [&self.classic, &self.stable].into_iter().filter_map(|tokens| tokens.find(value));
        found.max_by_key(|token| token.remaining(now))
    }

    /// Kills the tokens, as if another service had refreshed them.
    pub fn kill_tokens(&mut self, now: Instant) {
        self.classic.replace(Duration::ZERO, now);
        self.stable.replace(Duration::ZERO, now);
    }

    pub fn kill_tickets(&mut self, now: Instant) {
        self.jsapi.replace(Duration::ZERO, now);
        self.card.replace(Duration::ZERO, now);
    }

    /// For `/_sandbox/current`: the current value of each kind, and all that are alive.
    pub fn to_json(&self, now: Instant) -> Value {
        let kinds = [
            ("token", &self.classic),
            ("stable_token", &self.stable),
            ("jsapi_ticket", &self.jsapi),
            ("wx_card_ticket", &self.card),
        ];
        describe(json!({"appid": self.appid}), &kinds, now)
    }
}

/// `owner` with the current value of each kind and, under `living`, all values that are alive.
pub fn describe(mut owner: Value, kinds: &[(&str, &History)], now: Instant) -> Value {
    let one =
        |issued: &Issued| json!({"value": issued.value, "remaining": issued.remaining(now).as_secs_f64()});
    let mut living = serde_json::Map::new();
    if let Some(fields) = owner.as_object_mut() {
        for (name, history) in kinds {
            fields.insert((*name).into(), json!(history.current(now).map(one)));
            living.insert((*name).into(), history.living(now).map(one).collect());
        }
        fields.insert("living".into(), Value::Object(living));
    }
    owner
}

/// A new token, or the fixed one.
pub fn new_token(settings: &Settings) -> String {
    settings.fixed_token.clone().unwrap_or_else(random::token)
}

#[cfg(test)]
mod tests;

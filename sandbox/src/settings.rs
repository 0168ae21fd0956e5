//! The settings: how long tokens and tickets live, and how they are answered.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fields::Fields;

/// A longer life is refused, so that adding it to a time cannot overflow.
const MAX_LIFE: f64 = 315_360_000.0;

/// How `getticket` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketMode {
    /// The same ticket for its whole life; each answer claims the whole life, as WeChat does.
    Reserve,
    /// A new ticket at each call.
    Rotate,
    /// The same ticket, with the time that really remains.
    Remaining,
}

/// Lives count for what is issued from now on.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub token_life: Duration,
    pub ticket_life: Duration,
    pub token_overlap: Duration,
    pub ticket_mode: TicketMode,
    pub expires_in_as_string: bool,
    pub fixed_token: Option<String>,
    pub fixed_ticket: Option<String>,
    pub fixed_expires_in: Option<Value>,
    /// 企业微信: whether our address is a 企业可信IP. If not, every ticket call answers 60020.
    pub trusted_ip: bool,
    /// The hosts that a page may have; `None` allows every host.
    pub trusted_domains: Option<Vec<String>>,
    /// 企业微信, in one hour: corp tickets of a corp, tickets of each kind of an app, failed calls.
    pub corp_ticket_limit: u64,
    pub app_ticket_limit: u64,
    pub failure_limit: u64,
    /// 公众号: what `quota/get` says each interface may be called in a day. No call is refused for it.
    pub daily_limit: u64,
}

/// The names that `/_sandbox/settings` knows.
pub const FIELDS: [&str; 14] = [
    "token_life",
    "ticket_life",
    "token_overlap",
    "ticket_mode",
    "expires_in_as_string",
    "fixed_token",
    "fixed_ticket",
    "fixed_expires_in",
    "trusted_ip",
    "trusted_domains",
    "corp_ticket_limit",
    "app_ticket_limit",
    "failure_limit",
    "daily_limit",
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            token_life: Duration::from_secs(7200),
            ticket_life: Duration::from_secs(7200),
            token_overlap: Duration::from_secs(300),
            ticket_mode: TicketMode::Reserve,
            expires_in_as_string: false,
            fixed_token: None,
            fixed_ticket: None,
            fixed_expires_in: None,
            trusted_ip: true,
            trusted_domains: None,
            corp_ticket_limit: 400,
            app_ticket_limit: 100,
            failure_limit: 2000,
            daily_limit: 100_000,
        }
    }
}

impl Settings {
    /// The settings with these fields changed. A `null` removes a fixed value or the list of
    /// domains, and changes nothing else.
    pub fn with(&self, fields: &Fields) -> Result<Self, String> {
        let mut new = self.clone();
        for (name, life) in [
            ("token_life", &mut new.token_life),
            ("ticket_life", &mut new.ticket_life),
            ("token_overlap", &mut new.token_overlap),
        ] {
            if let Some(number) = fields.number(name)? {
                *life = seconds(number).ok_or(format!("{name} must be 0 to {MAX_LIFE} seconds"))?;
            }
        }
        if let Some(mode) = fields.text("ticket_mode")? {
            new.ticket_mode = match mode {
                "reserve" => TicketMode::Reserve,
                "rotate" => TicketMode::Rotate,
                "remaining" => TicketMode::Remaining,
                _ => return Err("ticket_mode must be reserve, rotate or remaining".into()),
            };
        }
        for (name, own) in
            [("expires_in_as_string", &mut new.expires_in_as_string), ("trusted_ip", &mut new.trusted_ip)]
        {
            *own = fields.flag(name)?.unwrap_or(*own);
        }
        for (name, own) in [
            ("corp_ticket_limit", &mut new.corp_ticket_limit),
            ("app_ticket_limit", &mut new.app_ticket_limit),
            ("failure_limit", &mut new.failure_limit),
            ("daily_limit", &mut new.daily_limit),
        ] {
            *own = fields.count(name)?.unwrap_or(*own);
        }
        if fields.has("trusted_domains") {
            new.trusted_domains = fields.texts("trusted_domains")?;
        }
        if fields.has("fixed_token") {
            new.fixed_token = fields.text("fixed_token")?.map(str::to_owned);
        }
        if fields.has("fixed_ticket") {
            new.fixed_ticket = fields.text("fixed_ticket")?.map(str::to_owned);
        }
        if fields.has("fixed_expires_in") {
            new.fixed_expires_in = fields.value("fixed_expires_in").cloned();
        }
        Ok(new)
    }

    /// `expires_in` for that much life: whole seconds, rounded down, at least 1.
    pub fn expires_in(&self, life: Duration) -> Value {
        match &self.fixed_expires_in {
            Some(value) => value.clone(),
            None if self.expires_in_as_string => json!(life.as_secs().max(1).to_string()),
            None => json!(life.as_secs().max(1)),
        }
    }

    /// For the answer of `/_sandbox/settings`.
    pub fn to_json(&self) -> Value {
        json!({
            "token_life": self.token_life.as_secs_f64(),
            "ticket_life": self.ticket_life.as_secs_f64(),
            "token_overlap": self.token_overlap.as_secs_f64(),
            "ticket_mode": match self.ticket_mode {
                TicketMode::Reserve => "reserve",
                TicketMode::Rotate => "rotate",
                TicketMode::Remaining => "remaining",
            },
            "expires_in_as_string": self.expires_in_as_string,
            "fixed_token": self.fixed_token,
            "fixed_ticket": self.fixed_ticket,
            "fixed_expires_in": self.fixed_expires_in,
            "trusted_ip": self.trusted_ip,
            "trusted_domains": self.trusted_domains,
            "corp_ticket_limit": self.corp_ticket_limit,
            "app_ticket_limit": self.app_ticket_limit,
            "failure_limit": self.failure_limit,
            "daily_limit": self.daily_limit,
        })
    }
}

/// Seconds as a duration; `None` when negative, not a number or beyond ten years.
pub fn seconds(number: f64) -> Option<Duration> {
    if number > MAX_LIFE { None } else { Duration::try_from_secs_f64(number).ok() }
}

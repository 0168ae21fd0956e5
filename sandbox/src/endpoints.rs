//! WeChat's endpoints: token, stable token, ticket.

use std::time::Instant;

use serde_json::{Value, json};

use crate::account::Account;
use crate::errmsg;
use crate::http::Request;
use crate::percent;
use crate::settings::Settings;
use crate::world::State;

/// The three that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    Token,
    StableToken,
    GetTicket,
}

impl Endpoint {
    pub fn of(path: &str) -> Option<Self> {
        match path {
            "/cgi-bin/token" => Some(Self::Token),
            "/cgi-bin/stable_token" => Some(Self::StableToken),
            "/cgi-bin/ticket/getticket" => Some(Self::GetTicket),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::StableToken => "stable_token",
            Self::GetTicket => "getticket",
        }
    }

    /// The normal answer, errors included: all of them are HTTP 200.
    pub fn answer(self, request: &Request, state: &mut State, now: Instant) -> Value {
        let answer = match self {
            Self::Token => token(request, state, now),
            Self::StableToken => stable_token(request, state, now),
            Self::GetTicket => ticket(request, state, now),
        };
        answer.unwrap_or_else(errmsg::answer)
    }
}

fn token(request: &Request, state: &mut State, now: Instant) -> Result<Value, i64> {
    need_get(request)?;
    let query = Query::of(request);
    let account = account(
        &mut state.accounts,
        &query.get("grant_type"),
        &query.get("appid"),
        &query.get("secret"),
        40001,
    )?;
    let (token, life) = account.classic_token(&state.settings, now);
    Ok(token_body(&token, &state.settings.expires_in(life)))
}

fn stable_token(request: &Request, state: &mut State, now: Instant) -> Result<Value, i64> {
    if request.method != "POST" {
        return Err(43002);
    }
    let body: Value = serde_json::from_slice(&request.body).map_err(|_| 47001)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let account = account(&mut state.accounts, text("grant_type"), text("appid"), text("secret"), 40125)?;
    let force = body.get("force_refresh").and_then(Value::as_bool).unwrap_or_default();
    let (token, remaining) = account.stable_token(force, &state.settings, now);
    Ok(token_body(&token, &state.settings.expires_in(remaining)))
}

fn ticket(request: &Request, state: &mut State, now: Instant) -> Result<Value, i64> {
    need_get(request)?;
    let query = Query::of(request);
    let token = query.get("access_token");
    if token.is_empty() {
        return Err(41001);
    }
    let account = owner(&mut state.accounts, &token, now)?;
    let card = match query.get("type").as_str() {
        "jsapi" => false,
        "wx_card" => true,
        _ => return Err(40097),
    };
    let settings: &Settings = &state.settings;
    let (ticket, life) = account.ticket(card, settings, now);
    Ok(json!({"errcode": 0, "errmsg": "ok", "ticket": ticket, "expires_in": settings.expires_in(life)}))
}

/// The account that is asked for, by its name and secret.
fn account<'a>(
    accounts: &'a mut [Account],
    grant_type: &str,
    appid: &str,
    secret: &str,
    wrong_secret: i64,
) -> Result<&'a mut Account, i64> {
    if appid.is_empty() {
        return Err(41002);
    }
    if secret.is_empty() {
        return Err(41004);
    }
    if grant_type != "client_credential" {
        return Err(40002);
    }
    let account = accounts.iter_mut().find(|account| account.appid == appid).ok_or(40013)?;
    if account.secret == secret { Ok(account) } else { Err(wrong_secret) }
}

/// The account whose living token this is. A dead one that ran out is expired; one that was replaced, and
/// one never seen, is not the latest.
fn owner<'a>(accounts: &'a mut [Account], token: &str, now: Instant) -> Result<&'a mut Account, i64> {
    let alive = |account: &Account| account.token(token, now).is_some_and(|grant| grant.is_alive(now));
    let expired = |account: &Account| account.token(token, now).is_some_and(|grant| !grant.was_replaced());
    let errcode = if accounts.iter().any(expired) { 42001 } else { 40001 };
    accounts.iter_mut().find(|account| alive(account)).ok_or(errcode)
}

fn need_get(request: &Request) -> Result<(), i64> {
    if request.method == "GET" { Ok(()) } else { Err(43001) }
}

fn token_body(token: &str, expires_in: &Value) -> Value {
    json!({"access_token": token, "expires_in": expires_in})
}

struct Query(Vec<(String, Vec<u8>)>);

impl Query {
    fn of(request: &Request) -> Self {
        Self(percent::pairs(&request.query))
    }

    fn get(&self, name: &str) -> String {
        let value = self.0.iter().find(|(known, _)| known == name);
        value.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    }
}

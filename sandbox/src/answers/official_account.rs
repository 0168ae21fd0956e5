//! 公众号's interfaces: token, stable token, ticket, quota.

use std::time::Instant;

use serde_json::{Value, json};

use super::{Query, need_get, ticket_body};
use crate::account::Account;
use crate::endpoint::Endpoint;
use crate::http::Request;
use crate::world::State;

pub fn token(request: &Request, state: &mut State, now: Instant) -> Result<Value, i64> {
    need_get(request)?;
    let query = Query::of(request);
    let [grant_type, appid, secret] = ["grant_type", "appid", "secret"].map(|name| query.get(name));
    let account = account(&mut state.accounts, &grant_type, &appid, &secret, 40001)?;
    let (token, life) = account.classic_token(&state.settings, now);
    Ok(token_body(&token, &state.settings.expires_in(life)))
}

pub fn stable_token(request: &Request, state: &mut State, now: Instant) -> Result<Value, i64> {
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

pub fn ticket(request: &Request, state: &mut State, now: Instant) -> Result<Value, i64> {
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
    Ok(ticket_body(account.ticket(card, &state.settings, now), &state.settings))
}

/// What is left of an interface's daily quota. The requests that were counted are those of all
/// accounts.
pub fn quota(request: &Request, state: &mut State, now: Instant) -> Result<Value, i64> {
    if request.method != "POST" {
        return Err(43002);
    }
    owner(&mut state.accounts, &Query::of(request).get("access_token"), now)?;
    let body: Value = serde_json::from_slice(&request.body).map_err(|_| 47001)?;
    let path = body.get("cgi_path").and_then(Value::as_str).unwrap_or_default();
    let endpoint = Endpoint::at(path).filter(|endpoint| !endpoint.is_work()).ok_or(76021)?;
    let (limit, used) = (state.settings.daily_limit, state.journal.count(endpoint));
    let quota = json!({"daily_limit": limit, "used": used, "remain": limit.saturating_sub(used)});
    Ok(json!({"errcode": 0, "errmsg": "ok", "quota": quota}))
}

/// The account with this appid, if the secret is right.
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

/// The account that this living token belongs to. A token past its life is expired; one that was
/// replaced, or that the sandbox never issued, is not the latest.
fn owner<'a>(accounts: &'a mut [Account], token: &str, now: Instant) -> Result<&'a mut Account, i64> {
    let is_alive = |account: &Account| account.token(token, now).is_some_and(|issued| issued.is_alive(now));
    let is_expired =
        |account: &Account| account.token(token, now).is_some_and(|issued| !issued.was_replaced());
    let errcode = if accounts.iter().any(is_expired) { 42001 } else { 40001 };
    accounts.iter_mut().find(|account| is_alive(account)).ok_or(errcode)
}

/// Unlike every other answer, a token's has no errcode.
fn token_body(token: &str, expires_in: &Value) -> Value {
    json!({"access_token": token, "expires_in": expires_in})
}

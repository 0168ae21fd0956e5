//! 企业微信's interfaces: the token of an app, and the three kinds of tickets.

use std::time::Instant;

use serde_json::{Value, json};

use super::{Query, need_get, ticket_body};
use crate::corp::{Corp, TicketKind};
use crate::http::Request;
use crate::world::State;

/// `gettoken`. It answers any address; only the ticket calls look at 企业可信IP.
pub fn token(request: &Request, state: &mut State, now: Instant) -> Result<Value, i64> {
    need_get(request)?;
    let query = Query::of(request);
    let [corpid, secret] = ["corpid", "corpsecret"].map(|name| query.get(name));
    if corpid.is_empty() {
        return Err(41002);
    }
    if secret.is_empty() {
        return Err(41004);
    }
    let of_another = state
        .corps
        .iter()
        .any(|corp| corp.corpid != corpid && corp.apps.iter().any(|app| app.secret == secret));
    let corp = state.corps.iter_mut().find(|corp| corp.corpid == corpid).ok_or(40013)?;
    let settings = &state.settings;
    corp.call(settings, now, |corp| {
        let wrong_secret = if of_another { 40091 } else { 40001 };
        let app = corp.apps.iter_mut().find(|app| app.secret == secret).ok_or(wrong_secret)?;
        let (token, remaining) = app.token(settings, now);
        let expires_in = settings.expires_in(remaining);
        Ok(json!({"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": expires_in}))
    })
}

/// `get_jsapi_ticket`.
pub fn corp_ticket(request: &Request, state: &mut State, now: Instant) -> Result<Value, i64> {
    need_get(request)?;
    ticket(&Query::of(request), TicketKind::Corp, state, now)
}

/// `ticket/get`.
pub fn app_ticket(request: &Request, state: &mut State, now: Instant) -> Result<Value, i64> {
    need_get(request)?;
    let query = Query::of(request);
    let kind = match query.get("type").as_str() {
        "agent_config" => TicketKind::AgentConfig,
        "wx_card" => TicketKind::Card,
        _ => return Err(40058),
    };
    ticket(&query, kind, state, now)
}

fn ticket(query: &Query, kind: TicketKind, state: &mut State, now: Instant) -> Result<Value, i64> {
    let token = query.get("access_token");
    if token.is_empty() {
        return Err(41001);
    }
    let (corp, app) = owner(&mut state.corps, &token).ok_or(40014)?;
    let settings = &state.settings;
    corp.call(settings, now, |corp| {
        let issued = corp.apps.get(app).and_then(|app| app.tokens.find(&token)).ok_or(40014)?;
        if !issued.is_alive(now) {
            return Err(if issued.was_replaced() { 40014 } else { 42001 });
        }
        Ok(ticket_body(corp.ticket(app, kind, settings, now)?, settings))
    })
}

/// The corp that issued this token, and the index of the app.
fn owner<'a>(corps: &'a mut [Corp], token: &str) -> Option<(&'a mut Corp, usize)> {
    corps.iter_mut().find_map(|corp| {
        let app = corp.apps.iter().position(|app| app.tokens.find(token).is_some())?;
        Some((corp, app))
    })
}

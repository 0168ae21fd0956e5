//! The endpoint `/verify`: reads what a page says, and answers as `wx.config` would.

use std::time::Instant;

use serde_json::{Value, json};

use crate::diagnosis::Diagnosis;
use crate::grant::Shelf;
use crate::http::Request;
use crate::percent;
use crate::verify::{self, Claim, Tickets};
use crate::world::State;

/// The verdict on a request with the claim in its query or, as JSON, in its body.
pub fn answer(request: &Request, state: &State, now: Instant) -> Value {
    match judge(request, state, now) {
        Ok(()) => json!({"ok": true, "errMsg": "config:ok"}),
        Err(diagnosis) => json!({
            "ok": false,
            "errMsg": "config:fail, invalid signature",
            "diagnosis": diagnosis.name(),
            "hint": diagnosis.hint(),
            "hint_zh": diagnosis.hint_zh(),
        }),
    }
}

fn judge(request: &Request, state: &State, now: Instant) -> Result<(), Diagnosis> {
    let claim = claim(request).ok_or(Diagnosis::MissingParameter)?;
    let tickets = tickets(&claim.appid, state, now).ok_or(Diagnosis::UnknownApp)?;
    verify::judge(&claim, &tickets)
}

/// From the body if there is one, else from the query.
fn claim(request: &Request) -> Option<Claim> {
    let pairs = percent::pairs(&request.query);
    let body: Option<Value> = match request.body.as_slice() {
        [] => None,
        body => Some(serde_json::from_slice(body).ok()?),
    };
    let get = |name: &str| match &body {
        Some(body) => match body.get(name)? {
            Value::String(text) => Some(text.clone().into_bytes()),
            Value::Number(number) => Some(number.to_string().into_bytes()),
            _ => None,
        },
        None => pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()),
    };
    Some(Claim {
        url: get("url")?,
        timestamp: get("timestamp")?,
        nonce: get("nonceStr")?,
        signature: get("signature")?,
        appid: get("appId")?,
    })
}

/// The tickets of an account. A fixed ticket lives from the moment it is set, fetched or not.
fn tickets(appid: &[u8], state: &State, now: Instant) -> Option<Tickets> {
    let account = state.accounts.iter().find(|account| account.appid.as_bytes() == appid)?;
    let living = |shelf: &Shelf| shelf.living(now).map(|grant| grant.value.clone()).collect::<Vec<_>>();
    let mut tickets = Tickets {
        living: living(&account.jsapi),
        dead: account.jsapi.dead(now).map(|grant| grant.value.clone()).collect(),
        card: living(&account.card),
        other_app: Vec::new(),
    };
    if let Some(fixed) = &state.settings.fixed_ticket
        && account.jsapi.find(fixed).is_none()
    {
        tickets.living.push(fixed.clone());
    }
    for other in state.accounts.iter().filter(|other| other.appid.as_bytes() != appid) {
        tickets.other_app.extend(living(&other.jsapi));
    }
    Some(tickets)
}

//! The endpoint `/verify`: reads what a page passes to `wx.config`, `wx.agentConfig` or
//! `chooseInvoice`, and answers as the client would. It judges with its own
//! SHA-1; only the name of a failure comes from the core.

mod diagnosis;
mod page;
mod signature;
mod tickets;

use std::time::Instant;

use serde_json::{Value, json};
use wxsign::CauseCode;

use crate::http::Request;
use crate::percent;
use crate::settings::Settings;
use crate::world::State;
use diagnosis::Diagnosis;
use page::Claim;
use tickets::{Purpose, Tickets};

/// The verdict on a request that has the page's values in its query or, as JSON, in its body.
pub fn answer(request: &Request, state: &State, now: Instant) -> Value {
    let Some(values) = Values::of(request) else {
        return refusal("config", Diagnosis::MissingParameter, false);
    };
    let corpid = values.get("corpid");
    let (call, purpose) = if values.get("cardSign").is_some() {
        ("chooseInvoice", Purpose::Card)
    } else if corpid.is_some() {
        ("agentConfig", Purpose::AgentConfig)
    } else {
        ("config", Purpose::Config)
    };
    let id = values.get("appId").or(corpid);
    let is_work =
        id.as_ref().is_some_and(|id| state.corps.iter().any(|corp| corp.corpid.as_bytes() == id.as_slice()));
    match judge(&values, id, purpose, state, now) {
        Ok(()) => json!({"ok": true, "errMsg": format!("{call}:ok")}),
        Err(Diagnosis::Known(CauseCode::DomainNotListed)) if is_work => {
            refusal(call, Diagnosis::Known(CauseCode::WorkDomainNotListed), is_work)
        }
        Err(diagnosis) => refusal(call, diagnosis, is_work),
    }
}

fn judge(
    values: &Values,
    id: Option<Vec<u8>>,
    purpose: Purpose,
    state: &State,
    now: Instant,
) -> Result<(), Diagnosis> {
    let get = |name: &str| values.get(name).ok_or(Diagnosis::MissingParameter);
    let id = id.ok_or(Diagnosis::MissingParameter)?;
    let agentid = if purpose == Purpose::AgentConfig { get("agentid")? } else { Vec::new() };
    let find = |id: &[u8]| Tickets::of(id, &agentid, purpose, state, now).ok_or(Diagnosis::UnknownApp);
    if purpose == Purpose::Card {
        let card_type = values.get("cardType").unwrap_or_else(|| b"INVOICE".to_vec());
        let optional = ["cardId", "locationId"].map(|name| values.get(name).unwrap_or_default());
        let [timestamp, nonce, sign] = [get("timestamp")?, get("nonceStr")?, get("cardSign")?];
        let matches = |ticket: &String| {
            let [card_id, location] = &optional;
            let values = [&card_type, &timestamp, &nonce, &id, card_id, location].map(Vec::as_slice);
            let values = [&values[..], &[ticket.as_bytes()]].concat();
            signature::card_sign(&values).as_bytes() == sign
        };
        return card(&find(&id)?, matches);
    }
    let claim = Claim {
        url: get("url")?,
        timestamp: get("timestamp")?,
        nonce: get("nonceStr")?,
        signature: get("signature")?,
        appid: id,
    };
    let tickets = find(&claim.appid)?;
    if !is_trusted(&claim.url, &state.settings) {
        return Err(Diagnosis::Known(CauseCode::DomainNotListed));
    }
    page::judge(&claim, &tickets)
}

fn card(tickets: &Tickets, matches: impl Fn(&String) -> bool) -> Result<(), Diagnosis> {
    if tickets.living.iter().any(&matches) {
        return Ok(());
    }
    let refused = tickets.refused.iter().find(|(_, pool)| pool.iter().any(&matches));
    Err(match refused {
        Some((diagnosis, _)) => *diagnosis,
        None if tickets.is_never_fetched() => Diagnosis::NoTicket,
        None => Diagnosis::Unknown,
    })
}

/// Whether the page's host is on the list of the account's domains.
fn is_trusted(url: &[u8], settings: &Settings) -> bool {
    let Some(domains) = &settings.trusted_domains else { return true };
    let url = String::from_utf8_lossy(url).into_owned();
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    domains.iter().any(|domain| domain == host)
}

/// The answer of the client, with what 企业微信 adds, the diagnosis and its hints.
fn refusal(call: &str, diagnosis: Diagnosis, is_work: bool) -> Value {
    let (errcode, reason) = match diagnosis {
        Diagnosis::Known(CauseCode::WorkDomainNotListed) => (80001, "not match any reliable domain"),
        Diagnosis::Known(CauseCode::DomainNotListed) => (40048, "invalid url domain"),
        Diagnosis::Known(CauseCode::WrongTicketKind) if is_work => (42012, "ticket no available"),
        _ => (40093, "invalid signature"),
    };
    let mut answer = json!({
        "ok": false,
        "errMsg": format!("{call}:fail, {reason}"),
        "diagnosis": diagnosis.name(),
        "hint": diagnosis.hint(),
        "hint_zh": diagnosis.hint_zh(),
    });
    if let Some(fields) = answer.as_object_mut().filter(|_| is_work) {
        fields.insert("errcode".into(), json!(errcode));
    }
    answer
}

/// Named values from the body if there is one, else from the query. Bytes, as URLs need not be
/// UTF-8.
enum Values {
    Body(Value),
    Query(Vec<(String, Vec<u8>)>),
}

impl Values {
    fn of(request: &Request) -> Option<Self> {
        match request.body.as_slice() {
            [] => Some(Self::Query(percent::pairs(&request.query))),
            body => serde_json::from_slice(body).ok().map(Self::Body),
        }
    }

    fn get(&self, name: &str) -> Option<Vec<u8>> {
        match self {
            Self::Body(body) => match body.get(name)? {
                Value::String(text) => Some(text.clone().into_bytes()),
                Value::Number(number) => Some(number.to_string().into_bytes()),
                _ => None,
            },
            Self::Query(pairs) => {
                pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
            }
        }
    }
}

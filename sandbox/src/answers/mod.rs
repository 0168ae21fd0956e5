//! What each endpoint answers when nothing is made to go wrong.

mod official_account;
mod work;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::errmsg;
use crate::http::Request;
use crate::percent;
use crate::settings::Settings;
use crate::world::State;

/// The normal answer, errors included: WeChat sends all of them with HTTP 200.
pub fn answer(endpoint: Endpoint, request: &Request, state: &mut State, now: Instant) -> Value {
    let answer = match endpoint {
        Endpoint::Token => official_account::token(request, state, now),
        Endpoint::StableToken => official_account::stable_token(request, state, now),
        Endpoint::GetTicket => official_account::ticket(request, state, now),
        Endpoint::Quota => official_account::quota(request, state, now),
        Endpoint::GetToken => work::token(request, state, now),
        Endpoint::GetJsapiTicket => work::corp_ticket(request, state, now),
        Endpoint::TicketGet => work::app_ticket(request, state, now),
    };
    answer.unwrap_or_else(|errcode| errmsg::answer(errcode, endpoint))
}

fn need_get(request: &Request) -> Result<(), i64> {
    if request.method == "GET" { Ok(()) } else { Err(43001) }
}

fn ticket_body((ticket, life): (String, Duration), settings: &Settings) -> Value {
    json!({"errcode": 0, "errmsg": "ok", "ticket": ticket, "expires_in": settings.expires_in(life)})
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

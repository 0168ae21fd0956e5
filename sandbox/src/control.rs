//! The control endpoints under `/_sandbox/`, and `/verify`.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use crate::account::Account;
use crate::fault::{self, Fault};
use crate::fields::Fields;
use crate::http::Request;
use crate::percent;
use crate::response::Response;
use crate::verdict;
use crate::world::{State, World};

/// After the answer to this one, the process ends.
pub const STOP: &str = "/_sandbox/stop";

const SETTINGS: [&str; 8] = [
    "token_life",
    "ticket_life",
    "token_overlap",
    "ticket_mode",
    "expires_in_as_string",
    "fixed_token",
    "fixed_ticket",
    "fixed_expires_in",
];

/// The answer, or `None` for a path that is not the sandbox's own.
pub fn answer(request: &Request, world: &Arc<World>) -> Option<Response> {
    let name = match request.path.as_str() {
        "/verify" => "verify",
        path => path.strip_prefix("/_sandbox/")?,
    };
    if name == "verify" {
        return Some(verify(request, world));
    }
    Some(match command(name, request, world) {
        Ok(value) => Response::json(&value),
        Err((status, problem)) => Response::json(&json!({"ok": false, "error": problem})).with_status(status),
    })
}

fn command(name: &str, request: &Request, world: &Arc<World>) -> Result<Value, (u16, String)> {
    let method = match name {
        "counts" | "log" | "current" => "GET",
        "fault" | "clear" | "reset" | "settings" | "kill" | "account" | "stop" => "POST",
        _ => return Err((404, format!("no such control endpoint: {name}"))),
    };
    if request.method != method {
        return Err((405, format!("{name} needs {method}")));
    }
    let now = Instant::now();
    let done = || Ok(json!({"ok": true}));
    let result = match name {
        "fault" => add_fault(request, &mut world.lock()),
        "clear" => {
            world.lock().clear_faults();
            done()
        }
        "reset" => {
            world.reset();
            done()
        }
        "settings" => settings(request, &mut world.lock()),
        "kill" => kill(request, &mut world.lock(), now),
        "account" => account(request, &mut world.lock()),
        "counts" => Ok(world.lock().journal.counts()),
        "log" => Ok(world.lock().journal.log()),
        "current" => current(request, &world.lock(), now),
        _ => done(),
    };
    result.map_err(|problem| (400, problem))
}

fn add_fault(request: &Request, state: &mut State) -> Result<Value, String> {
    let fault = Fault::read(&Fields::read(&request.body, &fault::FIELDS)?)?;
    state.faults.add(fault);
    Ok(json!({"ok": true}))
}

fn settings(request: &Request, state: &mut State) -> Result<Value, String> {
    state.settings = state.settings.with(&Fields::read(&request.body, &SETTINGS)?)?;
    Ok(json!({"ok": true, "settings": state.settings.to_json()}))
}

fn kill(request: &Request, state: &mut State, now: Instant) -> Result<Value, String> {
    let fields = Fields::read(&request.body, &["what", "appid"])?;
    let end = match fields.needed("what")? {
        "token" => Account::kill_tokens,
        "ticket" => Account::kill_tickets,
        _ => return Err("what must be token or ticket".into()),
    };
    let appid = fields.text("appid")?;
    let mut killed = 0;
    for account in
        state.accounts.iter_mut().filter(|account| appid.is_none_or(|appid| appid == account.appid))
    {
        end(account, now);
        killed += 1;
    }
    if killed == 0 { Err("no account with that appid".into()) } else { Ok(json!({"ok": true})) }
}

fn account(request: &Request, state: &mut State) -> Result<Value, String> {
    let fields = Fields::read(&request.body, &["appid", "secret"])?;
    let (appid, secret) = (fields.needed("appid")?, fields.needed("secret")?);
    match state.accounts.iter_mut().find(|account| account.appid == appid) {
        Some(account) => secret.clone_into(&mut account.secret),
        None => state.accounts.push(Account::new(appid, secret)),
    }
    Ok(json!({"ok": true}))
}

fn current(request: &Request, state: &State, now: Instant) -> Result<Value, String> {
    let pairs = percent::pairs(&request.query);
    let appid = pairs.iter().find(|(name, _)| name == "appid").map(|(_, value)| value.as_slice());
    let mut accounts = state.accounts.iter();
    let account = accounts.find(|account| appid.is_none_or(|appid| appid == account.appid.as_bytes()));
    account.map(|account| account.to_json(now)).ok_or("no account with that appid".into())
}

/// Open to pages of every origin: the demo's page asks for its own verdict.
fn verify(request: &Request, world: &Arc<World>) -> Response {
    let response = match request.method.as_str() {
        "GET" | "POST" => Response::json(&verdict::answer(request, &world.lock(), Instant::now())),
        "OPTIONS" => Response::empty(204)
            .with_header("Access-Control-Allow-Methods", "GET, POST")
            .with_header("Access-Control-Allow-Headers", "Content-Type"),
        _ => Response::empty(405),
    };
    response.with_header("Access-Control-Allow-Origin", "*").with_header("Cache-Control", "no-store")
}

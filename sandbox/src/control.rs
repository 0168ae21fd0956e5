//! The control endpoints under `/_sandbox/`, and `/verify`.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use crate::account::Account;
use crate::corp;
use crate::fault::{self, Fault};
use crate::fields::Fields;
use crate::http::Request;
use crate::percent;
use crate::response::Response;
use crate::settings;
use crate::verify;
use crate::world::{State, World};

/// The process ends after it has answered this.
pub const STOP: &str = "/_sandbox/stop";

/// The answer, or `None` if the path is not one of the sandbox itself.
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
        "settings" => change_settings(request, &mut world.lock()),
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

fn change_settings(request: &Request, state: &mut State) -> Result<Value, String> {
    state.settings = state.settings.with(&Fields::read(&request.body, &settings::FIELDS)?)?;
    Ok(json!({"ok": true, "settings": state.settings.to_json()}))
}

fn kill(request: &Request, state: &mut State, now: Instant) -> Result<Value, String> {
    let fields = Fields::read(&request.body, &["what", "appid", "corpid", "agentid"])?;
    let tokens = match fields.needed("what")? {
        "token" => true,
        "ticket" => false,
        _ => return Err("what must be token or ticket".into()),
    };
    let [appid, corpid, agentid] = [fields.text("appid")?, fields.text("corpid")?, fields.text("agentid")?];
    let mut killed = 0;
    let accounts = state.accounts.iter_mut().filter(|account| match (appid, corpid) {
        (None, Some(_)) => false,
        _ => appid.is_none_or(|appid| appid == account.appid),
    });
    for account in accounts {
        if tokens {
            account.kill_tokens(now);
        } else {
            account.kill_tickets(now);
        }
        killed += 1;
    }
    let corps = state.corps.iter_mut().filter(|corp| match (appid, corpid) {
        (Some(_), None) => false,
        _ => corpid.is_none_or(|corpid| corpid == corp.corpid),
    });
    for app in corps.flat_map(|corp| &mut corp.apps) {
        if agentid.is_none_or(|agentid| app.agentid.as_deref() == Some(agentid)) {
            if tokens {
                app.kill_tokens(now);
            } else {
                app.kill_tickets(now);
            }
            killed += 1;
        }
    }
    if killed == 0 {
        Err("no account with that appid, corpid or agentid".into())
    } else {
        Ok(json!({"ok": true}))
    }
}

fn account(request: &Request, state: &mut State) -> Result<Value, String> {
    let fields = Fields::read(&request.body, &["appid", "corpid", "agentid", "secret"])?;
    let secret = fields.needed("secret")?;
    if let Some(corpid) = fields.text("corpid")? {
        corp::set_app(&mut state.corps, corpid, fields.text("agentid")?, secret);
        return Ok(json!({"ok": true}));
    }
    let appid = fields.needed("appid")?;
    match state.accounts.iter_mut().find(|account| account.appid == appid) {
        Some(account) => secret.clone_into(&mut account.secret),
        None => state.accounts.push(Account::new(appid, secret)),
    }
    Ok(json!({"ok": true}))
}

fn current(request: &Request, state: &State, now: Instant) -> Result<Value, String> {
    let pairs = percent::pairs(&request.query);
    let get = |wanted: &str| {
        let value = pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        value.and_then(|value| String::from_utf8(value).ok())
    };
    if let Some(corpid) = get("corpid") {
        let corp = state.corps.iter().find(|corp| corp.corpid == corpid);
        let agentid = get("agentid");
        let app = corp.and_then(|corp| {
            let mut apps = corp.apps.iter();
            apps.find(|app| agentid.is_none() || app.agentid == agentid)
        });
        return app.map(|app| app.to_json(now)).ok_or("no app with that corpid and agentid".into());
    }
    let appid = get("appid");
    let mut accounts = state.accounts.iter();
    let account = accounts.find(|account| appid.as_ref().is_none_or(|appid| *appid == account.appid));
    account.map(|account| account.to_json(now)).ok_or("no account with that appid".into())
}

/// Pages of every origin may ask: the demo's page asks for its own verdict.
fn verify(request: &Request, world: &Arc<World>) -> Response {
    let response = match request.method.as_str() {
        "GET" | "POST" => Response::json(&verify::answer(request, &world.lock(), Instant::now())),
        "OPTIONS" => Response::empty(204)
            .with_header("Access-Control-Allow-Methods", "GET, POST")
            .with_header("Access-Control-Allow-Headers", "Content-Type"),
        _ => Response::empty(405),
    };
    response.with_header("Access-Control-Allow-Origin", "*").with_header("Cache-Control", "no-store")
}

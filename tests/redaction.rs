//! P7: no output contains a secret, even if all logs are at their most detailed level and the
//! service echoes its input.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic
#![allow(clippy::disallowed_types)] // no test forks

mod common;
#[allow(dead_code)] // this test needs none of its faults
#[path = "network/front.rs"]
mod front;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Mutex, Once};
use std::time::Duration;

use common::soak::size;
use common::{APP_ID, APP_SECRET, Sandbox};
use serde_json::{Value, json};
use wxsign::{AccessToken, Client, OwnTicket, Store, TokenApi};

// No part of one is a part of another: a part is cut out wherever it stands.
const TOKEN: &str = "CANARYtoken0123456789abcdefghijklmnopqrstuvwxyz";
const TICKET: &str = "CANARYticketzyxwvutsrqponmlkjihgfedcba9876543210";
const OWN: &str = "CANARYown5q7a1z8w2s0x9e3d4c6rfvtgbyhnujmikolp";

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct LineRecorder;

impl log::Log for LineRecorder {
    fn enabled(&self, _: &log::Metadata) -> bool {
        true
    }
    fn log(&self, record: &log::Record) {
        LINES.lock().unwrap().push(format!("{} {}", record.target(), record.args()));
    }
    fn flush(&self) {}
}

/// The log of the host program, at its most detailed level.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&LineRecorder).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

/// Fails if the HTTP library has logged nothing, or if any line contains a secret.
fn check() {
    let was_heard = LINES.lock().unwrap().iter().any(|line| line.starts_with("ureq"));
    assert!(was_heard, "the log was not heard");
    check_lines();
}

/// Fails if any line contains a secret or most of one.
fn check_lines() {
    let lines = LINES.lock().unwrap().clone();
    for canary in [APP_SECRET, TOKEN, TICKET, OWN] {
        let (start, end) = (&canary[..24], &canary[canary.len() - 24..]);
        let hit = lines.iter().find(|line| line.contains(start) || line.contains(end));
        assert!(hit.is_none(), "a secret in: {hit:?}");
    }
}

fn hear(text: impl Into<String>) {
    LINES.lock().unwrap().push(text.into());
}

/// Everything that a client can print about its outcomes.
fn interrogate(client: &Client) {
    for outcome in
        [client.ticket_within(Duration::from_secs(3)), client.access_token_within(Duration::from_secs(3))]
    {
        if let Err(error) = outcome {
            hear(format!("{error} {error:?} {error:#?} {} {}", error.hint(), error.hint_zh()));
        }
    }
    hear(format!("{client:?} {:?} {}", client.state(), client.state().unwrap().to_json()));
}

/// The service's faults; in a soak also all faults of the fault matrix.
fn faults() -> Vec<Value> {
    let mut faults = vec![
        json!({ "kind": "errcode", "errcode": 40125, "echo": true }),
        json!({ "kind": "errcode", "errcode": 61_999, "echo": true }),
        json!({ "kind": "errcode", "errcode": 40001, "echo": true }),
        json!({ "kind": "errcode", "errcode": 40164, "echo": true }),
        json!({ "kind": "status", "status": 500, "echo": true }),
        json!({ "kind": "html", "echo": true }),
        json!({ "kind": "redirect", "echo": true }),
        json!({ "kind": "truncated" }),
        json!({ "kind": "reset" }),
        json!({ "kind": "wrong_types" }),
        json!({ "kind": "empty" }),
    ];
    let matrix: Value = serde_json::from_str(include_str!("matrix/cells.json")).unwrap();
    let cells = matrix["cells"].as_array().unwrap();
    for cell in &cells[..size(0, cells.len()).min(cells.len())] {
        let mut fault = cell["fault"].clone();
        fault.as_object_mut().unwrap().remove("endpoint");
        if fault["kind"].is_string() && !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

#[test]
fn no_secret_token_or_ticket_turns_up_in_any_output() {
    listen();
    let faults = faults();
    let dir = tempfile::tempdir().unwrap();
    let mut rounds = 0;
    for (n, fault) in faults.iter().enumerate() {
        for endpoint in ["stable_token", "token", "getticket"] {
            let sandbox = Sandbox::start();
            sandbox.post("settings", &json!({ "fixed_token": TOKEN, "fixed_ticket": TICKET }));
            let mut scripted = fault.clone();
            scripted["endpoint"] = json!(endpoint);
            sandbox.post("fault", &scripted);
            let client = match endpoint {
                "stable_token" => sandbox.builder(),
                "token" => sandbox.builder().token_api(TokenApi::Classic),
                _ => Client::builder()
                    .app_id(APP_ID)
                    .access_token(AccessToken::Fixed(OWN.to_owned()))
                    .base_url(&sandbox.url),
            };
            hear(format!("{client:?}"));
            let client = client
                .store(Store::Dir(dir.path().join(format!("{n}-{endpoint}"))))
                .on_event(|event| hear(format!("{event:?}")))
                .build()
                .unwrap();
            interrogate(&client);
            sandbox.post("clear", &json!({}));
            // Once more with the caller's own values, which it cannot replace.
            interrogate(&client);
            sandbox.post("fault", &scripted);
            for value in [client.try_ticket(), client.try_access_token()].into_iter().flatten() {
                let _ = client.invalidate(&value);
            }
            interrogate(&client);
            rounds += 1;
        }
    }
    // File names are output too.
    let mut dirs = vec![dir.path().to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            hear(path.display().to_string());
            if path.is_dir() {
                dirs.push(path);
            }
        }
    }
    println!("{rounds} rounds of {} faults", faults.len());
    check();
}

/// The caller's own tickets, fixed and from a function whose failure quotes an older one.
#[test]
fn own_tickets_turn_up_in_no_output() {
    listen();
    let fixed = OwnTicket::Fixed(OWN.to_owned());
    hear(format!("{fixed:?}"));
    let builder = || Client::builder().app_id(APP_ID).on_event(|event| hear(format!("{event:?}")));
    let client = builder().ticket(fixed);
    hear(format!("{client:?}"));
    let client = client.build().unwrap();
    interrogate(&client);
    hear(format!("{:?}", client.set_ticket(&format!("{OWN} {OWN}"))));

    let has_failed = std::sync::atomic::AtomicBool::new(false);
    let function = OwnTicket::function(move |_, _, reply| {
        if has_failed.swap(true, std::sync::atomic::Ordering::SeqCst) {
            reply.send(Err(format!("no ticket after {OWN}")));
        } else {
            reply.send(Ok(OWN.to_owned()));
        }
    });
    hear(format!("{function:?}"));
    let client = builder().ticket(function).build().unwrap();
    let ticket = client.ticket().unwrap();
    interrogate(&client);
    assert!(client.invalidate(&ticket).unwrap());
    let error = client.ticket().unwrap_err();
    assert!(error.message().contains("no ticket after [redacted]"), "{error}");
    interrogate(&client);
    check_lines();
}

/// A service that puts its values and its input into its status line and every header.
fn indiscreet(errmsg: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut calls = 0;
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let line = lines.next().unwrap_or_default();
            calls += 1;
            let body = match calls {
                1 => format!(r#"{{"access_token":"{TOKEN}","expires_in":7200}}"#),
                2 => format!(r#"{{"errcode":0,"errmsg":"ok","ticket":"{TICKET}","expires_in":7200}}"#),
                _ => format!(r#"{{"errcode":61999,"errmsg":"{errmsg}"}}"#),
            };
            let said = format!("{line} {APP_SECRET} {TOKEN} {TICKET}").replace('\r', " ");
            let headers: String =
                ["Location", "Server", "Content-Type", "Set-Cookie", "Date", "X-Echo", "Connection"]
                    .map(|name| format!("{name}: https://x/?access_token={said}\r\n"))
                    .concat();
            let length = body.len();
            // A client that has read enough may be gone.
            let _ = write!(stream, "HTTP/1.1 200 {said}\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        }
    });
    url
}

/// The HTTP library logs headers, and a refusal may contain valid tokens and tickets, whole, cut
/// short or percent-encoded.
#[test]
fn an_indiscreet_service_shows_no_secret() {
    listen();
    let (token, ticket) = (&TOKEN[..30], &TICKET[10..]);
    for errmsg in [
        format!("last token {TOKEN} and ticket {TICKET} of {APP_SECRET}"),
        format!("last {token} {ticket} end"),
        TICKET.chars().flat_map(|c| [c, '\u{200b}']).collect(),
    ] {
        let url = indiscreet(errmsg);
        let client = Client::builder().app_id(APP_ID).app_secret(APP_SECRET).base_url(url);
        let client =
            client.store(Store::Memory).on_event(|event| hear(format!("{event:?}"))).build().unwrap();
        let (ticket, token) = (client.ticket().unwrap(), client.access_token().unwrap());
        assert_eq!((ticket.as_str(), token.as_str()), (TICKET, TOKEN));
        client.invalidate(&token).unwrap();
        let error = client.access_token().unwrap_err();
        assert_eq!(error.errcode(), Some(61_999));
        hear(format!("{error} {error:?} {}", error.to_json()));
        interrogate(&client);
    }
    check();
}

/// Like the test above, over TLS: the secret is added before the encryption.
#[test]
fn tls_logs_no_secret() {
    listen();
    let sandbox = Sandbox::start();
    sandbox.post("settings", &json!({ "fixed_token": TOKEN, "fixed_ticket": TICKET }));
    let front = front::Front::start(&sandbox.url);
    for api in [TokenApi::Stable, TokenApi::Classic] {
        let client =
            Client::builder().app_id(APP_ID).app_secret(APP_SECRET).base_url(&front.url).token_api(api);
        let client = client.ca_file(&front.ca_file).store(Store::Memory).build().unwrap();
        assert_eq!(client.ticket().unwrap(), TICKET);
        assert!(front.heard(APP_SECRET) && front.heard(TOKEN), "they are on the wire");
        interrogate(&client);
    }
    check();
}

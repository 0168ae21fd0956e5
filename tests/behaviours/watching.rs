//! What a client tells of itself, and its end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use wxsign::{Code, StoreChoice};

use crate::PAGE;
use crate::common::{APP_SECRET, Sandbox};

#[test]
fn close() {
    let sandbox = Sandbox::start();
    sandbox.fault(json!({ "kind": "hang" }));
    let client = sandbox.client();
    let (send, receive) = std::sync::mpsc::channel();
    client
        .ticket_then(Duration::from_secs(30), move |outcome| send.send(outcome.unwrap_err().code()).unwrap());
    client.close();
    client.close();
    assert_eq!(receive.recv_timeout(Duration::from_secs(5)).unwrap(), Code::Closed);
    for error in [
        client.config(PAGE).unwrap_err(),
        client.try_ticket().unwrap_err(),
        client.invalidate("").unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::Closed);
    }
    assert!(client.state().unwrap().closed);
}

#[test]
fn state() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    assert_eq!(client.state().unwrap().ticket.freshness, "expired");
    let (ticket, token) = (client.ticket().unwrap(), client.access_token().unwrap());
    let state = client.state().unwrap();
    assert_eq!(
        (state.ticket.freshness, state.token.freshness, state.store.as_str(), state.lock),
        ("fresh", "fresh", "memory", "process")
    );
    assert_eq!((state.token.source, state.ticket.source), (Some("service"), Some("service")));
    let json = state.to_json();
    for secret in [APP_SECRET, &ticket, &token] {
        assert!(!json.contains(secret));
    }
    let wrong = sandbox.builder().app_secret("f".repeat(32)).build().unwrap();
    wrong.ticket().unwrap_err();
    let state = wrong.state().unwrap();
    assert_eq!(state.token.last_error, Some("CREDENTIAL_REJECTED"));
    assert_eq!((state.requests, state.failures.get("40125"), state.circuit_open), (1, Some(&1), false));
    sandbox.fault(json!({ "kind": "status", "status": 503 }));
    let dir = tempfile::tempdir().unwrap();
    let busy = sandbox.builder().store(StoreChoice::Dir(dir.path().join("s"))).build().unwrap();
    busy.ticket().unwrap_err();
    let state = busy.state().unwrap();
    assert_eq!((state.store.as_str(), state.lock, state.circuit_open), ("file", "file", true));
}

#[test]
fn events() {
    let sandbox = Sandbox::start();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let listen = move |event: &wxsign::Event| ear.lock().unwrap().push((event.name(), format!("{event:?}")));
    let client = sandbox.builder().on_event(listen).build().unwrap();
    let (ticket, token) = (client.ticket().unwrap(), client.access_token().unwrap());
    sandbox.errcode("getticket", 48001);
    client.invalidate(&ticket).unwrap();
    client.ticket().unwrap_err();
    let heard = heard.lock().unwrap();
    assert!(
        heard.iter().any(|(name, _)| *name == "refreshed") && heard.iter().any(|(name, _)| *name == "failed")
    );
    for secret in [APP_SECRET, &ticket, &token] {
        assert!(heard.iter().all(|(_, text)| !text.contains(secret)));
    }
}

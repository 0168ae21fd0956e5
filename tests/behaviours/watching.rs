//! A client's state and events, and how it is closed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use wxsign::{Code, Freshness, LockMode, Source, Store, StoreKind};

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
    assert_eq!(client.state().unwrap().ticket.freshness, Freshness::Expired);
    let (ticket, token) = (client.ticket().unwrap(), client.access_token().unwrap());
    let state = client.state().unwrap();
    assert_eq!(
        (state.ticket.freshness, state.token.freshness, state.store, state.lock),
        (Freshness::Fresh, Freshness::Fresh, StoreKind::Memory, LockMode::Process)
    );
    assert_eq!((state.token.source, state.ticket.source), (Some(Source::Service), Some(Source::Service)));
    let json = state.to_json();
    // In JSON each is written as its word, as in the other bindings.
    for word in
        [r#""freshness":"fresh""#, r#""store":"memory""#, r#""lock":"process""#, r#""source":"service""#]
    {
        assert!(json.contains(word), "{json}");
    }
    for secret in [APP_SECRET, &ticket, &token] {
        assert!(!json.contains(secret));
    }
    let wrong = sandbox.builder().app_secret("f".repeat(32)).build().unwrap();
    wrong.ticket().unwrap_err();
    let state = wrong.state().unwrap();
    assert_eq!(state.token.last_error, Some(Code::CredentialRejected));
    assert_eq!((state.requests, state.failures.get("40125"), state.circuit_open), (1, Some(&1), false));
    sandbox.fault(json!({ "kind": "status", "status": 503 }));
    let dir = tempfile::tempdir().unwrap();
    let busy = sandbox.builder().store(Store::Dir(dir.path().join("s"))).build().unwrap();
    busy.ticket().unwrap_err();
    let state = busy.state().unwrap();
    // An outage concerns every kind, and shows no kind that nobody asked for.
    assert!(state.agent_ticket.is_none() && state.card_ticket.is_none(), "{state:?}");
    assert_eq!((state.store, state.lock, state.circuit_open), (StoreKind::File, LockMode::File, true));
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
    // Listeners are called after the waiters, on another thread.
    let has = |wanted| heard.lock().unwrap().iter().any(|(name, _)| *name == wanted);
    let begun = std::time::Instant::now();
    while !(has("refreshed") && has("failed")) {
        assert!(begun.elapsed().as_secs() < 10, "an event is missing: {:?}", heard.lock().unwrap());
        std::thread::yield_now();
    }
    let heard = heard.lock().unwrap();
    for secret in [APP_SECRET, &ticket, &token] {
        assert!(heard.iter().all(|(_, text)| !text.contains(secret)));
    }
}

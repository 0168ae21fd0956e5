//! P8 and P4 beside a process that was stopped in its flight: it holds the store's lock and never
//! releases it.
#![cfg(unix)]
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use common::children::{report, reported, role, start};
use common::{Sandbox, client_on as client};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use wxsign::Client;

/// The life of a ticket, in seconds.
const LIFE: u64 = 6;

/// Plays the process that is stopped: reports its ticket when it went on, and right after.
#[test]
fn child() {
    let Some(role) = role() else { return };
    let client = client(role["url"].as_str().unwrap(), Path::new(role["dir"].as_str().unwrap()));
    let first = client.ticket();
    let then = client.ticket().unwrap();
    report(
        &json!({ "first": first.ok(), "then": then, "circuitOpen": client.state().unwrap().circuit_open }),
    );
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(child.id().try_into().unwrap()).unwrap(), signal).unwrap();
}

/// Callers wait only once for a lock that a stopped process holds, and not in each call.
#[test]
fn callers_wait_once_for_a_stopped_lock_holder() {
    let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let dir = home.path().join("s");
    sandbox.post("settings", &json!({ "ticket_life": LIFE, "ticket_mode": "rotate" }));
    // While its answer is under way the child holds the lock.
    sandbox.post("fault", &json!({ "endpoint": "getticket", "kind": "delay", "ms": 2_000, "times": 1 }));
    let child = start("child", &json!({ "url": sandbox.url, "dir": dir }));
    let begun = Instant::now();
    while sandbox.counts().1 == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the child does not ask");
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, Signal::STOP);

    let client = client(&sandbox.url, &dir);
    let waited = |client: &Client| {
        let begun = Instant::now();
        client.ticket().unwrap();
        begun.elapsed()
    };
    let first = waited(&client);
    assert!(first < Duration::from_millis(9_500), "{first:?}");
    let (begun, mut longest, mut all, mut calls) = (Instant::now(), Duration::ZERO, Duration::ZERO, 0);
    while begun.elapsed() < Duration::from_secs(2 * LIFE) {
        let wait = waited(&client);
        (longest, all, calls) = (longest.max(wait), all + wait, calls + 1);
        std::thread::sleep(Duration::from_millis(5));
    }
    println!("first {first:?}, then {all:?} in {calls} calls, {longest:?} at most");
    assert!(longest < Duration::from_secs(4), "{longest:?} for a call");
    assert!(all < Duration::from_secs(3 * 4), "{all:?} of waiting in two lifetimes");
    let state = client.state().unwrap();
    assert!(state.unlocked >= 1 && !state.circuit_open, "{state:?}");
    let asked = sandbox.counts();
    assert!(asked.0 <= 1 && asked.1 <= 40, "{asked:?}");

    signal(&child, Signal::CONT);
    let child = reported(child);
    // Its late answer is ignored: it adopts what the others have fetched, and does not block them.
    assert_eq!(child["circuitOpen"], json!(false));
    assert!(child["then"].as_str().unwrap().starts_with("TICKET"));
    let before = client.state().unwrap().unlocked;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(LIFE) {
        assert!(waited(&client) < Duration::from_millis(1_500));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(client.state().unwrap().unlocked, before, "the lock is used again");
    assert!(!client.state().unwrap().circuit_open);
}

//! P2, P4 and P5 with real processes: on one directory they cost one token and one ticket, and fail
//! together.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use common::Sandbox;
use common::children::{now_ms, report, reported, role, sleep_until, start};
use common::soak::size;
use serde_json::{Value, json};
use wxsign::{Client, Store};

const PROCESSES: usize = 8;

/// Creates the client that the parent described.
fn client(role: &Value) -> Client {
    Client::builder()
        .app_id(common::APP_ID)
        .app_secret(role["secret"].as_str().unwrap())
        .base_url(role["url"].as_str().unwrap())
        .store(Store::Dir(role["dir"].as_str().unwrap().into()))
        .build()
        .unwrap()
}

/// The outcomes in one process: each value and each code, with the first and the last time of each.
#[derive(Default)]
struct Seen(BTreeMap<String, (u64, u64, u64)>);

impl Seen {
    fn note(&mut self, outcome: Result<String, wxsign::Error>) {
        let what = outcome.unwrap_or_else(|error| error.code().as_str().to_owned());
        let now = now_ms();
        let entry = self.0.entry(what).or_insert((0, now, now));
        (entry.0, entry.2) = (entry.0 + 1, now);
    }
}

/// Plays the part of a whole process: `threads` threads call until they have made `calls` calls
/// each, or for `ms`.
#[test]
fn child() {
    let Some(role) = role() else { return };
    let client = client(&role);
    let of = |name: &str| role[name].as_u64().unwrap();
    let seen = std::sync::Mutex::new(Seen::default());
    sleep_until(of("begin"));
    std::thread::scope(|scope| {
        for _ in 0..of("threads") {
            scope.spawn(|| {
                let end = of("begin") + of("ms");
                for _ in 0..of("calls") {
                    let outcome = client.ticket();
                    seen.lock().unwrap().note(outcome);
                    if now_ms() >= end {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(of("pause")));
                }
            });
        }
    });
    report(&json!(seen.into_inner().unwrap().0));
}

fn role_of(sandbox: &Sandbox, dir: &Path, secret: &str) -> Value {
    json!({ "url": sandbox.url, "dir": dir, "secret": secret, "begin": now_ms() + 300,
        "threads": 4, "calls": 1_000_000, "ms": 600_000, "pause": 0 })
}

/// The outcomes in each of the processes.
fn play(roles: impl IntoIterator<Item = Value>) -> Vec<BTreeMap<String, (u64, u64, u64)>> {
    let children: Vec<_> = roles.into_iter().map(|role| start("child", &role)).collect();
    children.into_iter().map(|child| serde_json::from_value(reported(child)).unwrap()).collect()
}

/// Eight cold processes with many callers cost one token and one ticket.
#[test]
fn eight_cold_processes_cost_one_fetch_of_each_kind() {
    for _ in 0..size(1, 100) {
        let (sandbox, dir) = (Sandbox::start(), tempfile::tempdir().unwrap());
        let mut role = role_of(&sandbox, &dir.path().join("s"), common::APP_SECRET);
        role["calls"] = json!(size(250, 1_000));
        let seen = play(vec![role; PROCESSES]);
        let calls: u64 = seen.iter().flat_map(BTreeMap::values).map(|(count, ..)| count).sum();
        assert_eq!(calls, (PROCESSES * 4 * size(250, 1_000)) as u64);
        let all: BTreeSet<_> = seen.iter().flat_map(BTreeMap::keys).collect();
        assert!(all.len() == 1 && all.iter().all(|ticket| ticket.starts_with("TICKET")), "{all:?}");
        assert_eq!(sandbox.counts(), (1, 1));
    }
}

/// Eight processes with a wrong secret that retry for three seconds cost one request.
#[test]
fn a_wrong_secret_in_eight_processes_is_one_request() {
    let (sandbox, dir) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let mut role = role_of(&sandbox, &dir.path().join("s"), &"f".repeat(32));
    (role["ms"], role["pause"]) = (json!(3_000), json!(1));
    let seen = play(vec![role; PROCESSES]);
    for seen in seen {
        assert_eq!(seen.keys().collect::<Vec<_>>(), ["CREDENTIAL_REJECTED"]);
        assert!(seen["CREDENTIAL_REJECTED"].0 > 1_000, "callers at a cooldown do not wait");
    }
    assert_eq!(sandbox.counts(), (1, 0));
}

#[test]
fn two_secrets_on_one_dir_do_not_delay_each_other() {
    let (sandbox, dir) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let dir = dir.path().join("s");
    let role = |n: usize| {
        let secret = if n.is_multiple_of(2) { common::APP_SECRET.to_owned() } else { "f".repeat(32) };
        let mut role = role_of(&sandbox, &dir, &secret);
        (role["ms"], role["pause"]) = (json!(1_000), json!(1));
        role
    };
    let seen = play((0..PROCESSES).map(role));
    for (n, seen) in seen.iter().enumerate() {
        let right = seen.keys().all(|what| what.starts_with("TICKET"));
        assert!(seen.len() == 1 && right == n.is_multiple_of(2), "{n}: {:?}", seen.keys());
    }
    assert_eq!(sandbox.counts(), (2, 1));
}

/// In an outage processes serve the ticket until it expires, then fail, then recover.
#[test]
fn an_outage_is_served_then_fails_then_recovers() {
    let (sandbox, dir) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let dir = dir.path().join("s");
    let life = size(7, 14) as u64;
    sandbox.post("settings", &json!({ "token_life": life, "ticket_life": life }));
    let mut role = role_of(&sandbox, &dir, common::APP_SECRET);
    // In the long form the children outlast the cooldown of a minute that the outage causes.
    let recovery = if size(0, 10) > 0 { 70_000 } else { 0 };
    let begin = role["begin"].as_u64().unwrap();
    (role["ms"], role["pause"]) = (json!(life * 1_000 + 1_500 + recovery), json!(5));
    let outage = |sandbox: &Sandbox| {
        sleep_until(begin + 2_000);
        sandbox.fault(json!({ "kind": "status", "status": 503 }));
        let before = sandbox.counts();
        sleep_until(begin + life * 1_000 + 1_000);
        let after = sandbox.counts();
        sandbox.post("clear", &json!({}));
        after.0 + after.1 - before.0 - before.1
    };
    let (seen, spent) = std::thread::scope(|scope| {
        let spent = scope.spawn(|| outage(&sandbox));
        (play(vec![role.clone(); PROCESSES]), spent.join().unwrap())
    });
    assert!(spent <= 4, "{spent} requests of {PROCESSES} processes in the outage");
    let (old, issued) = seen
        .iter()
        .flatten()
        .filter(|(what, _)| what.starts_with("TICKET"))
        .map(|(ticket, (_, first, _))| (ticket.clone(), *first))
        .min_by_key(|(_, first)| *first)
        .unwrap();
    for seen in &seen {
        let (_, _, last) = seen[&old];
        // The first caller saw the ticket shortly after it was issued. A grace may extend it by a
        // twentieth.
        let served = last - issued;
        assert!((life * 1_000 - 500..=life * 1_050).contains(&served), "served for {served} ms");
        let (failures, first, _) = seen["UPSTREAM_BUSY"];
        assert!(failures > 10 && first >= last, "an error while the ticket lived");
        let recovered = seen.iter().filter(|(what, _)| what.starts_with("TICKET") && **what != old);
        match recovered.map(|(_, (_, first, _))| *first).min() {
            None => assert!(recovery == 0 && seen.len() == 2, "{:?}", seen.keys()),
            // A cooldown of a minute, counted from the last probe, and the time that a busy machine
            // takes.
            Some(at) => assert!(at <= begin + life * 1_000 + 1_000 + 61_000, "recovery took until {at}"),
        }
    }
    if recovery == 0 {
        // As if the minute had passed: a process that starts then costs one request of each kind.
        age_failures(&dir, 60_000);
        let before = sandbox.counts();
        (role["begin"], role["ms"]) = (json!(now_ms() + 300), json!(500));
        for seen in play(vec![role; PROCESSES]) {
            assert!(seen.keys().all(|what| what.starts_with("TICKET") && *what != old), "{:?}", seen.keys());
        }
        let after = sandbox.counts();
        assert_eq!((after.0 - before.0, after.1 - before.1), (1, 1));
    }
}

/// Moves the recorded failures in `directory` into the past.
fn age_failures(dir: &Path, ms: i64) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_str().unwrap().ends_with(".failures.json") {
            continue;
        }
        let mut failures: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if let Some(at) = failures["circuit_open"]["retry_at"].as_i64() {
            failures["circuit_open"]["retry_at"] = json!(at - ms);
        }
        std::fs::write(&path, failures.to_string()).unwrap();
    }
}

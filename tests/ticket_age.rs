//! P11 with real processes: a ticket that WeChat returns again with a false lifetime is not trusted
//! past its real expiry.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::time::Duration;

use common::Sandbox;
use common::children::{now_ms, report, reported, role, sleep_until, start, steady_ms};
use common::seed::Seeded;
use common::soak::size;
use serde_json::json;
use wxsign::{Client, Store};

/// A process that asks for the ticket every few milliseconds; reports each ticket with its first
/// and last moment.
#[test]
fn child() {
    let Some(role) = role() else { return };
    let client = Client::builder()
        .app_id(common::APP_ID)
        .app_secret(common::APP_SECRET)
        .base_url(role["url"].as_str().unwrap())
        .store(Store::Dir(role["dir"].as_str().unwrap().into()))
        .build()
        .unwrap();
    sleep_until(role["begin"].as_u64().unwrap());
    let mut seen: Vec<(String, u64, u64)> = Vec::new();
    loop {
        let ticket = client.ticket().unwrap_or_else(|error| error.code().as_str().to_owned());
        let now = steady_ms();
        match seen.last_mut() {
            Some(last) if last.0 == ticket => last.2 = now,
            _ => seen.push((ticket, now, now)),
        }
        if now_ms() >= role["end"].as_u64().unwrap() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    report(&json!(seen));
}

/// How long after its real expiry the processes served a ticket whose age the first one knew, in
/// milliseconds. The second one starts in the middle of its lifetime.
fn lateness(life: u64, store_survives: bool, first_process_lives: bool) -> i64 {
    let sandbox = Sandbox::start();
    sandbox.post("settings", &json!({ "ticket_life": life }));
    // Another service had the ticket before. It changes after the first process has seen it for
    // half a lifetime.
    let before = Seeded::new(&sandbox, "stable");
    let turn = now_ms() + life * 1_000;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("s");
    let end = turn + life * 1_400;
    let until = if first_process_lives { end } else { turn + life * 300 };
    let role = |begin, end| json!({ "url": sandbox.url, "dir": dir, "begin": begin, "end": end });
    let first = start("child", &role(turn - life * 500, until));
    sleep_until(turn + life * 500);
    let current = sandbox.ask("current")["jsapi_ticket"].clone();
    let left = current["remaining"].as_f64().unwrap();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // some seconds
    let real_end = steady_ms() + (left * 1_000.0) as u64;
    if !store_survives {
        std::fs::remove_dir_all(&dir).unwrap();
    }
    let second = start("child", &role(now_ms(), end));
    let seen: Vec<Vec<(String, u64, u64)>> =
        [first, second].map(|child| serde_json::from_value(reported(child)).unwrap()).into();
    let ticket = current["value"].as_str().unwrap();
    assert_ne!(ticket, before.ticket);
    let mut late = i64::MIN;
    for (n, process) in seen.iter().enumerate() {
        assert!(process.iter().all(|(what, ..)| what.starts_with("TICKET")), "{process:?}");
        let turns = if n == 0 { 1 + usize::from(first_process_lives) } else { 1 };
        assert_eq!(process.len(), 1 + turns, "one ticket after the other: {process:?}");
        let last = process.iter().find(|(what, ..)| what == ticket).expect("the age_known ticket").2;
        late = late.max(i64::try_from(last).unwrap() - i64::try_from(real_end).unwrap());
    }
    late
}

/// A second process does not trust a ticket past its real expiry.
#[test]
fn a_ticket_is_not_trusted_past_its_real_expiry() {
    for _ in 0..size(1, 20) {
        let life = 6;
        let cases = [(true, false), (true, true), (false, false), (false, true)];
        let late = std::thread::scope(|scope| {
            let running = cases.map(|(store, first)| scope.spawn(move || lateness(life, store, first)));
            running.map(|case| case.join().unwrap())
        });
        println!("served after the real end, in ms: {late:?}");
        for ((store, _), late) in cases.into_iter().zip(late) {
            // With the store its age is known, except for a grace of a twentieth. Without, its age
            // is checked every tenth. Both and the slack for a busy machine are far below a
            // lifetime.
            let most = if store { life * 50 } else { life * 100 } + 300;
            assert!(late <= i64::try_from(most).unwrap(), "store kept: {store}: {late} ms late");
        }
    }
}

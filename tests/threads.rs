//! wxsign's threads are started on need, bounded, and gone soon after the last client.
#![cfg(target_os = "linux")]
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::time::{Duration, Instant};

use common::Sandbox;
use serde_json::json;

/// The names of our threads in this process.
fn threads() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok());
    names.map(|name| name.trim().to_owned()).filter(|name| name.starts_with("wxsign-")).collect()
}

/// Waits a second at most for all of them to be gone.
fn gone(what: &str) {
    let begun = Instant::now();
    while !threads().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(1), "{what}: {:?} are still there", threads());
        std::thread::sleep(Duration::from_millis(5));
    }
    println!("{what}: gone after {:?}", begun.elapsed());
}

// One test: it counts the threads of the whole process.
#[test]
fn threads_come_on_need_and_go_with_the_last_client() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    assert_eq!(threads(), Vec::<String>::new(), "a client alone needs none");
    drop(client);
    gone("after a client that did nothing");

    let clients = [sandbox.client(), sandbox.client()];
    clients[0].ticket().unwrap();
    let [first, second] = clients;
    drop(first);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(threads().len(), 1, "the background thread serves the other client: {:?}", threads());
    drop(second);
    gone("after the last of two clients");

    // Callbacks with a long timeout, all of them settled: the timers that remain keep no thread
    // alive.
    let client = sandbox.client();
    let (send, receive) = std::sync::mpsc::channel();
    for _ in 0..100 {
        let send = send.clone();
        client.ticket_then(Duration::from_secs(300), move |outcome| send.send(outcome.is_ok()).unwrap());
    }
    assert!((0..100).all(|_| receive.recv_timeout(Duration::from_secs(5)).unwrap()));
    drop(client);
    gone("after call backs");

    // Closed while it waits for a service that does not answer: only that one request may still be
    // under way.
    sandbox.fault(json!({ "kind": "hang" }));
    let client = sandbox.client();
    let send = send.clone();
    client.ticket_then(Duration::from_secs(300), move |outcome| send.send(outcome.is_err()).unwrap());
    std::thread::sleep(Duration::from_millis(100));
    drop(client);
    assert!(receive.recv_timeout(Duration::from_secs(1)).unwrap(), "settled by the close");
    sandbox.post("clear", &json!({}));
    gone("after a request that hung");

    // Many accounts at once on a service that hangs: the threads are bounded.
    sandbox.fault(json!({ "kind": "hang" }));
    let clients: Vec<_> =
        (0..60).map(|n| sandbox.builder().app_secret(format!("s{n}")).build().unwrap()).collect();
    for client in &clients {
        client.ticket_then(Duration::from_secs(60), drop);
    }
    std::thread::sleep(Duration::from_millis(300));
    let most = threads().len();
    // A flight each, the background thread and the watchdog.
    assert!((60..=62).contains(&most), "{most} threads for 60 accounts");
    for client in &clients {
        client.close();
    }
    sandbox.post("reset", &json!({}));
    drop(clients);
    let begun = Instant::now();
    while !threads().is_empty() && begun.elapsed() < Duration::from_secs(12) {
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("after 60 accounts: gone after {:?}", begun.elapsed());
    gone("after 60 accounts");
}

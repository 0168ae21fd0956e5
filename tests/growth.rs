//! P8: waits that have ended leave nothing behind. The memory of a process does not grow with them.
#![cfg(target_os = "linux")]
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::sync::mpsc;
use std::time::Duration;

use common::Sandbox;
use common::soak::size;
use serde_json::json;
use wxsign::Client;

const PAGE: &str = "https://example.com/";
/// The waits of a round: half of them are served, a quarter time out, a quarter are dropped.
const ROUND: usize = 10_000;
/// Much less than the smallest thing that a wait could leave, for each wait of eight rounds.
const MAX_GROWTH: usize = 2 << 20;

/// The memory of this process that is resident.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

fn round(served: &Client, hanging: &Client) {
    let (send, receive) = mpsc::channel();
    // In small batches: what waits at the same time takes memory, of course.
    for _ in 0..ROUND / 400 {
        for n in 0..200 {
            let sender = send.clone();
            served.config_then(PAGE, Duration::from_secs(5), move |outcome| {
                sender.send(outcome.is_ok()).unwrap();
            });
            if n % 2 == 0 {
                let sender = send.clone();
                hanging.ticket_then(Duration::from_millis(1), move |outcome| {
                    sender.send(outcome.is_ok()).unwrap();
                });
            } else {
                drop(hanging.config_async(PAGE));
            }
        }
        let outcomes: Vec<_> =
            (0..300).map(|_| receive.recv_timeout(Duration::from_secs(5)).unwrap()).collect();
        assert_eq!(outcomes.into_iter().filter(|is_ok| *is_ok).count(), 200);
    }
}

// One test: it measures the whole process.
#[test]
fn waits_that_have_ended_leave_no_memory() {
    let (sandbox, silent) = (Sandbox::start(), Sandbox::start());
    silent.fault(json!({ "kind": "hang" }));
    let served = sandbox.client();
    served.ticket().unwrap();
    let hanging = silent.builder().timeout(Duration::from_millis(5)).build().unwrap();
    for _ in 0..2 {
        round(&served, &hanging);
    }
    std::thread::sleep(Duration::from_millis(100));
    let (before, rounds) = (resident(), size(8, 40));
    for _ in 0..rounds {
        round(&served, &hanging);
    }
    std::thread::sleep(Duration::from_millis(100));
    let grown = resident().saturating_sub(before);
    println!("{} waits: {} KiB more", rounds * ROUND, grown >> 10);
    assert!(grown < MAX_GROWTH, "{grown} bytes for {} waits", rounds * ROUND);
    assert_eq!(sandbox.counts(), (1, 1));
}

//! P2 on a shared Redis: one fetch serves all processes and machines, and they share their
//! failures.

use std::process::{Command, Stdio};

use serde_json::json;
use wxsign::Code;

use crate::builder;
use crate::common::Sandbox;
use crate::server::{Server, Wire};

const SANDBOX: &str = "WXSIGN_TEST_SANDBOX";
const REDIS: &str = "WXSIGN_TEST_REDIS";

/// Runs in a child process of the tests below, with many callers.
#[test]
fn child() {
    let (Ok(sandbox), Ok(url)) = (std::env::var(SANDBOX), std::env::var(REDIS)) else { return };
    let client = builder(&sandbox, &url).build().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| println!("\nGOT {}", client.ticket().unwrap()));
        }
    });
}

#[test]
fn many_cold_processes_cost_one_fetch() {
    let Some(server) = Server::start() else { return };
    let sandbox = Sandbox::start();
    // So that all of them are there before the first has its answer.
    sandbox.post("fault", &json!({ "endpoint": "any", "kind": "delay", "ms": 400 }));
    let children: Vec<_> = (0..6)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["sharing::child", "--exact", "--nocapture"])
                .env(SANDBOX, &sandbox.url)
                .env(REDIS, server.url())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut tickets: Vec<String> = vec![];
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        tickets.extend(text.lines().filter_map(|line| line.strip_prefix("GOT ")).map(str::to_owned));
    }
    assert_eq!(tickets.len(), 300);
    assert!(tickets.iter().all(|ticket| *ticket == tickets[0]));
    assert_eq!(sandbox.counts(), (1, 1));
}

#[test]
fn a_later_machine_adopts_value_and_expiry() {
    let Some(server) = Server::start() else { return };
    let sandbox = Sandbox::start();
    let wire = Wire::new(server.port, |_| {});
    let (first, second) = (
        builder(&sandbox.url, &server.url()).build().unwrap(),
        builder(&sandbox.url, &wire.url()).build().unwrap(),
    );
    assert_eq!(first.ticket().unwrap(), second.ticket().unwrap());
    assert_eq!(first.access_token().unwrap(), second.access_token().unwrap());
    assert_eq!(sandbox.counts(), (1, 1));
    let left = |client: &wxsign::Client| client.state().unwrap().ticket.remaining_ms.unwrap();
    let (theirs, ours) = (left(&first), left(&second));
    assert!(ours <= theirs + 5 && theirs - ours < 1_000, "{theirs} there, {ours} here");
}

/// A cooldown that one machine has set applies to the others. A wrong secret harms no other client.
#[test]
fn a_cooldown_holds_for_all_machines() {
    let Some(server) = Server::start() else { return };
    let sandbox = Sandbox::start();
    let wire = Wire::new(server.port, |_| {});
    sandbox.errcode("stable_token", -1);
    let first = builder(&sandbox.url, &server.url()).build().unwrap().ticket().unwrap_err();
    let asked = sandbox.counts();
    let second = builder(&sandbox.url, &wire.url()).build().unwrap().ticket().unwrap_err();
    assert_eq!((first.code(), second.code()), (Code::UpstreamBusy, Code::UpstreamBusy));
    assert_eq!(sandbox.counts(), asked, "the second machine knew");
    sandbox.post("clear", &json!({}));
    let wrong = builder(&sandbox.url, &server.url()).app_secret("ffffffffffffffffffffffffffffffff");
    assert_eq!(wrong.build().unwrap().ticket().unwrap_err().code(), Code::CredentialRejected);
}

//! Several failures in one flight: it still succeeds if it can, within three requests of a kind.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use common::Sandbox;
use serde_json::json;
use wxsign::Code;

#[test]
fn a_dead_token_is_refetched_after_a_busy_answer() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    let ticket = client.ticket().unwrap();
    sandbox.post("kill", &json!({ "what": "token" }));
    sandbox.post("fault", &json!({ "endpoint": "getticket", "kind": "errcode", "errcode": -1, "times": 1 }));
    client.invalidate(&ticket).unwrap();
    client.ticket().unwrap();
    // Busy, refused, granted; and one more token.
    assert_eq!(sandbox.counts(), (2, 4));
}

/// A token that WeChat returns although it is invalid, after busy answers, costs three requests at
/// most.
#[test]
fn a_token_that_stays_dead_costs_three_requests() {
    let sandbox = Sandbox::start();
    sandbox.post("settings", &json!({ "fixed_token": "90_TOKEN_THAT_STAYS" }));
    let client = sandbox.client();
    let ticket = client.ticket().unwrap();
    sandbox.errcode("getticket", 40001);
    sandbox
        .post("fault", &json!({ "endpoint": "stable_token", "kind": "errcode", "errcode": -1, "times": 2 }));
    client.invalidate(&ticket).unwrap();
    let before = sandbox.counts();
    assert_eq!(client.ticket().unwrap_err().code(), Code::TokenInvalidated);
    let after = sandbox.counts();
    assert!(after.0 - before.0 <= 3 && after.1 - before.1 <= 3, "{before:?} {after:?}");
}

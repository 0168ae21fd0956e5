//! The errors if the service refuses, fails or cannot be reached.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wxsign::{Client, Code, Error, Store};

use crate::PAGE;
use crate::common::{APP_ID, APP_SECRET, Sandbox};

/// Signs while `errcode` is scripted at `endpoint`.
fn refused(endpoint: &str, errcode: i64) -> (Sandbox, Error) {
    let sandbox = Sandbox::start();
    sandbox.errcode(endpoint, errcode);
    let error = sandbox.client().config(PAGE).unwrap_err();
    assert_eq!(error.errcode(), Some(errcode));
    (sandbox, error)
}

/// Signs while `fault` is scripted everywhere. Afterwards the fault must have no effect.
fn faulty(fault: Value) -> (Sandbox, Code) {
    let sandbox = Sandbox::start();
    sandbox.fault(fault);
    let client = sandbox.client();
    let begun = Instant::now();
    let error = client.config(PAGE).unwrap_err();
    assert!(begun.elapsed() < Duration::from_millis(10_500));
    assert!(error.retryable() && client.try_ticket().is_err(), "nothing is cached");
    (sandbox, error.code())
}

#[test]
fn wrong_secret() {
    let sandbox = Sandbox::start();
    let client = sandbox.builder().app_secret("ffffffffffffffffffffffffffffffff").build().unwrap();
    for _ in 0..20 {
        let error = client.config(PAGE).unwrap_err();
        assert_eq!((error.code(), error.errcode()), (Code::CredentialRejected, Some(40125)));
        assert!(error.rid().is_some() && !error.retryable());
        let wait = error.retry_at().unwrap().duration_since(std::time::SystemTime::now()).unwrap();
        assert!(wait <= Duration::from_secs(60));
    }
    assert_eq!(sandbox.counts(), (1, 0));
}

#[test]
fn wrong_app_id() {
    let sandbox = Sandbox::start();
    let error = sandbox.builder().app_id("wx0000000000000000").build().unwrap().config(PAGE).unwrap_err();
    assert_eq!((error.code(), error.errcode()), (Code::CredentialRejected, Some(40013)));
}

#[test]
fn ip_not_allowed() {
    let (_sandbox, error) = refused("stable_token", 40164);
    assert_eq!(error.code(), Code::IpNotAllowed);
    assert_eq!(error.ip(), Some("112.6.196.165".parse().unwrap()));
}

#[test]
fn quota_exceeded() {
    let (sandbox, error) = refused("getticket", 45009);
    assert_eq!(error.code(), Code::QuotaExceeded);
    assert!(error.retry_at().is_some());
    assert_eq!(sandbox.counts(), (1, 1));
}

#[test]
fn permission_denied() {
    assert_eq!(refused("getticket", 48001).1.code(), Code::PermissionDenied);
}

/// The IP whitelist applies to the ticket call too. Such a refusal does not concern the token,
/// which is not fetched again.
#[test]
fn an_ip_refused_at_the_ticket_call_keeps_the_token() {
    let sandbox = Sandbox::start();
    sandbox.errcode("getticket", 40164);
    let client = sandbox.client();
    let error = client.config(PAGE).unwrap_err();
    assert_eq!((error.code(), error.errcode()), (Code::IpNotAllowed, Some(40164)));
    assert!(error.ip().is_some() && error.hint_zh().contains("携带 access_token"), "{error:?}");
    assert_eq!(sandbox.counts(), (1, 1));
    assert!(client.try_access_token().is_ok(), "the token is untouched");
}

#[test]
fn unknown_errcode() {
    assert_eq!(refused("stable_token", 61_999).1.code(), Code::UpstreamRejected);
}

#[test]
fn busy() {
    let (sandbox, error) = refused("stable_token", -1);
    assert_eq!(error.code(), Code::UpstreamBusy);
    assert_eq!(sandbox.counts(), (3, 0));
    let sandbox = Sandbox::start();
    sandbox.post("fault", &json!({ "endpoint": "any", "kind": "errcode", "errcode": -1, "times": 1 }));
    assert!(sandbox.client().config(PAGE).is_ok());
}

#[test]
fn server_error() {
    let (sandbox, code) = faulty(json!({ "kind": "status", "status": 502 }));
    assert_eq!((code, sandbox.counts()), (Code::UpstreamBusy, (3, 0)));
}

#[test]
fn html() {
    assert_eq!(faulty(json!({ "kind": "html" })).1, Code::BadResponse);
}

#[test]
fn truncated() {
    for flavour in ["length", "close"] {
        let (_sandbox, code) = faulty(json!({ "kind": "truncated", "flavour": flavour }));
        assert!(matches!(code, Code::BadResponse | Code::Network), "{flavour}: {code}");
    }
}

#[test]
fn redirect() {
    let (sandbox, code) = faulty(json!({ "kind": "redirect" }));
    assert_eq!(code, Code::BadResponse);
    assert_eq!(sandbox.ask("counts")["other"], 0, "it was not followed");
}

#[test]
fn huge_body() {
    assert_eq!(faulty(json!({ "kind": "huge", "bytes": 65_537 })).1, Code::BadResponse);
    let sandbox = Sandbox::start();
    sandbox.fault(json!({ "kind": "huge", "bytes": 65_536 }));
    assert!(sandbox.client().access_token().is_ok(), "64 KiB are not too much");
}

#[test]
fn reset() {
    assert_eq!(faulty(json!({ "kind": "reset" })).1, Code::Network);
}

#[test]
fn no_connection() {
    // A port that was free a moment ago, on which no server listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let client =
        Client::builder().app_id(APP_ID).app_secret(APP_SECRET).base_url(format!("http://127.0.0.1:{port}"));
    let begun = Instant::now();
    let error = client.store(Store::Memory).build().unwrap().config(PAGE).unwrap_err();
    assert_eq!(error.code(), Code::Network);
    assert!(begun.elapsed() < Duration::from_millis(10_500));
}

#[test]
fn slow_service() {
    for fault in [json!({ "kind": "hang" }), json!({ "kind": "drip", "ms": 1_000 })] {
        let sandbox = Sandbox::start();
        sandbox.fault(fault);
        let client = sandbox.client();
        let begun = Instant::now();
        let error = client.config_within(PAGE, Duration::from_millis(200)).unwrap_err();
        assert_eq!(error.code(), Code::Timeout);
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}

#[test]
fn errors_explain() {
    let sandbox = Sandbox::start();
    sandbox.post(
        "fault",
        &json!({ "endpoint": "stable_token", "kind": "errcode", "errcode": 40125, "echo": true }),
    );
    let error = sandbox.client().config(PAGE).unwrap_err();
    assert_eq!((error.code().as_str(), error.errcode()), ("CREDENTIAL_REJECTED", Some(40125)));
    assert!(error.rid().is_some() && !error.retryable());
    assert!(error.hint().contains("AppSecret") && error.hint_zh().contains("公众号"));
    assert!(!format!("{error} {error:?}").contains(APP_SECRET));
}

//! The list of behaviours that every door shares, through the Rust door and against the sandbox.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{APP_ID, APP_SECRET, Sandbox};
use serde_json::{Value, json};
use wxsign::{AccessToken, Client, Code, Error, StoreChoice, TokenReply};

const PAGE: &str = "https://example.com/文章?id=1&from=timeline#top";

#[test]
fn every_behaviour_of_the_shared_list_has_a_test_here() {
    let list: Value = serde_json::from_str(include_str!("behaviours.json")).unwrap();
    let source = include_str!("behaviours.rs");
    for name in list["behaviours"].as_object().unwrap().keys() {
        assert!(source.contains(&format!("\nfn {name}() {{")), "no test of {name}");
    }
}

/// Signs while `errcode` is scripted at `endpoint`.
fn refused(endpoint: &str, errcode: i64) -> (Sandbox, Error) {
    let sandbox = Sandbox::start();
    sandbox.errcode(endpoint, errcode);
    let error = sandbox.client().config(PAGE).unwrap_err();
    assert_eq!(error.errcode(), Some(errcode));
    (sandbox, error)
}

/// Signs while `fault` is scripted everywhere; afterwards nothing of it may be left behind.
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
fn official_vector() {
    let ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
    let signature =
        wxsign::sign(ticket, "Wm3WZYTPz0wzccnW", 1_414_587_457, "http://mp.weixin.qq.com?params=value");
    assert_eq!(signature.as_str(), "0f9de62fce790f9a083d5c99e95740ceb90c27ed");
}

#[test]
fn config_verifies() {
    let sandbox = Sandbox::start();
    let config = sandbox.client().config(PAGE).unwrap();
    assert_eq!((&*config.app_id, config.nonce.len()), (APP_ID, 32));
    let mut page = json!({ "appId": &*config.app_id, "timestamp": config.timestamp, "nonceStr": config.nonce.as_str(),
        "signature": config.signature.as_str(), "url": PAGE });
    assert_eq!(sandbox.tell("verify", &page)["ok"], true);
    page["url"] = json!("https://example.com/another");
    assert_eq!(sandbox.tell("verify", &page)["ok"], false);
}

#[test]
fn one_fetch_for_many_calls() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    for _ in 0..100 {
        client.config(PAGE).unwrap();
    }
    assert_eq!(sandbox.counts(), (1, 1));
}

#[test]
fn one_fetch_for_cold_callers() {
    let sandbox = Sandbox::start();
    // Two clients of one account in one process are one to the service.
    let clients = [sandbox.client(), sandbox.client()];
    std::thread::scope(|scope| {
        for n in 0..50 {
            let client = &clients[n % 2];
            scope.spawn(move || client.config(PAGE).unwrap());
        }
    });
    assert_eq!(sandbox.counts(), (1, 1));
}

#[test]
fn second_process_adopts() {
    let sandbox = Sandbox::start();
    let folder = tempfile::tempdir().unwrap();
    let client = || sandbox.builder().store(StoreChoice::Folder(folder.path().join("s"))).build().unwrap();
    let first = client().ticket().unwrap();
    // The first client is gone, and with it what was in memory: this one starts as another process does.
    assert_eq!(client().ticket().unwrap(), first);
    assert_eq!(sandbox.counts(), (1, 1));
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
    sandbox.tell("fault", &json!({ "endpoint": "any", "kind": "errcode", "errcode": -1, "times": 1 }));
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
    // A port that was free a moment ago, on which nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let client =
        Client::builder().app_id(APP_ID).app_secret(APP_SECRET).base_url(format!("http://127.0.0.1:{port}"));
    let begun = Instant::now();
    let error = client.store(StoreChoice::Memory).build().unwrap().config(PAGE).unwrap_err();
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
fn dead_token_is_refetched() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    let ticket = client.ticket().unwrap();
    sandbox.tell("kill", &json!({ "what": "token" }));
    assert!(client.invalidate(&ticket).unwrap());
    client.ticket().unwrap();
    assert_eq!(sandbox.counts(), (2, 3));
}

#[test]
fn not_ready() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    assert_eq!(client.try_config(PAGE).unwrap_err().code(), Code::NotReady);
    client.config(PAGE).unwrap();
    client.try_config(PAGE).unwrap();
    assert_eq!(sandbox.counts(), (1, 1));
}

#[test]
fn invalid_arguments() {
    let builder = || Client::builder().app_id(APP_ID).app_secret(APP_SECRET).store(StoreChoice::Memory);
    let wrong = [
        Client::builder(),
        builder().app_id(""),
        builder().app_id("wx 1"),
        builder().app_secret(""),
        builder().app_secret("a\nb"),
        Client::builder().app_id(APP_ID),
        builder().access_token(AccessToken::Fixed("t".into())),
        builder().base_url("ftp://x"),
        builder().base_url("http://example.com"),
        builder().allowed_hosts(["not a host"]),
        builder().timeout(Duration::ZERO),
        builder().proxy("::"),
        builder().ca_file("/nonexistent"),
        Client::builder().app_id(APP_ID).access_token(AccessToken::Fixed(String::new())),
        Client::builder().access_token(AccessToken::function(|_, reply| drop(reply))),
    ];
    let nameless = Client::builder().access_token(AccessToken::Fixed("t".into())).store(StoreChoice::Memory);
    assert_eq!(
        nameless.build().unwrap().config(PAGE).unwrap_err().code(),
        Code::InvalidArgument,
        "a page needs an appId"
    );
    for (n, builder) in wrong.into_iter().enumerate() {
        assert_eq!(builder.build().unwrap_err().code(), Code::InvalidArgument, "case {n}");
    }
}

#[test]
fn invalid_urls() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    let long = format!("https://example.com/{}", "a".repeat(3_000));
    for url in [
        "",
        "ftp://example.com/",
        &long,
        "https://evil.com\\@good.com/",
        "https://good.com\t.evil.com/",
        "https://u@x/",
    ] {
        assert_eq!(client.config(url).unwrap_err().code(), Code::InvalidUrl);
        assert_eq!(client.try_config(url).unwrap_err().code(), Code::InvalidUrl);
        assert_eq!(wxsign::sign("t", "n", 1, url).as_str().len(), 40);
    }
    assert_eq!(sandbox.counts(), (0, 0));
}

#[test]
fn host_not_allowed() {
    let sandbox = Sandbox::start();
    let client = sandbox.builder().allowed_hosts(["example.com"]).build().unwrap();
    assert_eq!(client.config("https://evil.com/").unwrap_err().code(), Code::HostNotAllowed);
    assert!(client.config(PAGE).is_ok());
}

#[test]
fn invalidate() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    let ticket = client.ticket().unwrap();
    assert!(!client.invalidate("another").unwrap());
    assert!(client.try_ticket().is_ok());
    assert!(client.invalidate(&ticket).unwrap());
    assert_eq!(client.try_ticket().unwrap_err().code(), Code::NotReady);
}

#[test]
fn own_token() {
    let sandbox = Sandbox::start();
    let living = sandbox.client().access_token().unwrap();
    let own = |token: &str| Client::builder().app_id(APP_ID).access_token(AccessToken::Fixed(token.into()));
    let own = |token: &str| own(token).base_url(&sandbox.url).store(StoreChoice::Memory).build().unwrap();
    let client = own("dead");
    assert_eq!(client.config(PAGE).unwrap_err().code(), Code::TokenInvalidated);
    client.set_access_token(&living).unwrap();
    client.config(PAGE).unwrap();
    assert_eq!(client.access_token().unwrap(), living);
    assert_eq!(sandbox.counts().0, 1, "only the first client fetched one");
    assert_eq!(sandbox.client().set_access_token("x").unwrap_err().code(), Code::InvalidArgument);
}

#[test]
fn own_token_function() {
    let sandbox = Sandbox::start();
    let living = sandbox.client().access_token().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let function = AccessToken::function(move |rejected, reply: TokenReply| {
        seen.lock().unwrap().push(rejected.map(str::to_owned));
        reply.send(Ok(if rejected.is_some() { living.clone() } else { "dead".to_owned() }));
    });
    let client = Client::builder().app_id(APP_ID).access_token(function).base_url(&sandbox.url);
    client.store(StoreChoice::Memory).build().unwrap().config(PAGE).unwrap();
    assert_eq!(*asked.lock().unwrap(), [None, Some("dead".to_owned())]);
}

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
    assert_eq!(client.state().unwrap().ticket.standing, "none");
    let (ticket, token) = (client.ticket().unwrap(), client.access_token().unwrap());
    let state = client.state().unwrap();
    assert_eq!(
        (state.ticket.standing, state.token.standing, state.store.as_str(), state.lock),
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
    assert_eq!((state.requests, state.failures.get("40125"), state.outage), (1, Some(&1), false));
    sandbox.fault(json!({ "kind": "status", "status": 503 }));
    let folder = tempfile::tempdir().unwrap();
    let busy = sandbox.builder().store(StoreChoice::Folder(folder.path().join("s"))).build().unwrap();
    busy.ticket().unwrap_err();
    let state = busy.state().unwrap();
    assert_eq!((state.store.as_str(), state.lock, state.outage), ("file", "file", true));
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

#[test]
fn errors_tell() {
    let sandbox = Sandbox::start();
    sandbox.tell(
        "fault",
        &json!({ "endpoint": "stable_token", "kind": "errcode", "errcode": 40125, "echo": true }),
    );
    let error = sandbox.client().config(PAGE).unwrap_err();
    assert_eq!((error.code().as_str(), error.errcode()), ("CREDENTIAL_REJECTED", Some(40125)));
    assert!(error.rid().is_some() && !error.retryable());
    assert!(error.hint().contains("AppSecret") && error.hint_zh().contains("公众号"));
    assert!(!format!("{error} {error:?}").contains(APP_SECRET));
}

#[test]
fn the_articles_file_is_imported_once_and_never_changed() {
    let sandbox = Sandbox::start();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("jsapiTicket.json");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let json =
        format!(r#"{{"createTime":{now},"errcode":0,"errmsg":"ok","ticket":"OLD","expires_in":7200}}"#);
    std::fs::write(&file, &json).unwrap();
    let client = || {
        let folder = StoreChoice::Folder(home.path().join("store"));
        sandbox.builder().store(folder).import_ticket_file(&file).build().unwrap()
    };
    let imported = client();
    assert_eq!(imported.state().unwrap().ticket.source, Some("import"));
    assert_eq!(imported.try_ticket().unwrap(), "OLD", "without a request");
    drop(imported);
    // The call above asked the service behind its back; what it said counts from then on, and not the file.
    let begun = Instant::now();
    while client().try_ticket().ok().as_deref() == Some("OLD") && begun.elapsed() < Duration::from_secs(5) {
        std::thread::yield_now();
    }
    assert_ne!(client().ticket().unwrap(), "OLD");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), json);
}

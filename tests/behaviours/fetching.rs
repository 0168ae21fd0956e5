//! What a client fetches, keeps, shares and drops.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use wxsign::{
    AccessToken, CauseCode, Certainty, Client, Code, CredentialKind, Evidence, OwnTicket, Store, Subject,
    TokenReply, Verdict,
};

use crate::PAGE;
use crate::common::{APP_ID, Sandbox};

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
    assert_eq!((config.app_id(), config.nonce.len()), (APP_ID, 32));
    let mut page = json!({ "appId": config.app_id(), "timestamp": config.timestamp, "nonceStr": config.nonce.as_str(),
        "signature": config.signature.as_str(), "url": PAGE });
    assert_eq!(sandbox.post("verify", &page)["ok"], true);
    page["url"] = json!("https://example.com/another");
    assert_eq!(sandbox.post("verify", &page)["ok"], false);
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
    // Two clients of one account in one process share their fetches.
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
    let dir = tempfile::tempdir().unwrap();
    let client = || sandbox.builder().store(Store::Dir(dir.path().join("s"))).build().unwrap();
    let first = client().ticket().unwrap();
    // The first client is gone, and its memory with it: this one starts as another process does.
    assert_eq!(client().ticket().unwrap(), first);
    assert_eq!(sandbox.counts(), (1, 1));
}

#[test]
fn dead_token_is_refetched() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    let ticket = client.ticket().unwrap();
    sandbox.post("kill", &json!({ "what": "token" }));
    assert!(client.invalidate(&ticket).unwrap());
    client.ticket().unwrap();
    assert_eq!(sandbox.counts(), (2, 3));
}

#[test]
fn not_ready() {
    let sandbox = Sandbox::start();
    // Without the delay a flight could be over before the call that began it looks again.
    sandbox.fault(json!({ "endpoint": "any", "kind": "delay", "ms": 100 }));
    let client = sandbox.client();
    assert_eq!(client.try_config(PAGE).unwrap_err().code(), Code::NotReady);
    client.config(PAGE).unwrap();
    client.try_config(PAGE).unwrap();
    assert_eq!(sandbox.counts(), (1, 1));
}

#[test]
fn invalidate() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    let ticket = client.ticket().unwrap();
    assert!(!client.invalidate("another").unwrap());
    assert!(client.try_ticket().is_ok());
    sandbox.fault(json!({ "endpoint": "any", "kind": "delay", "ms": 100 }));
    assert!(client.invalidate(&ticket).unwrap());
    assert_eq!(client.try_ticket().unwrap_err().code(), Code::NotReady);
}

#[test]
fn explains_former_ticket() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    let former = client.ticket().unwrap();
    sandbox.post("kill", &json!({ "what": "ticket" }));
    assert!(client.invalidate(&former).unwrap());
    let current = client.ticket().unwrap();
    assert_ne!(former, current);
    let explain = |ticket: &str| {
        let report = client
            .explain(&Evidence {
                url: PAGE.into(),
                nonce_str: "n".into(),
                timestamp: "1700000000".into(),
                signature: wxsign::sign(ticket, "n", 1_700_000_000, PAGE).as_str().into(),
                ..Evidence::default()
            })
            .unwrap();
        assert!(![&former, &current].iter().any(|ticket| report.to_json().contains(*ticket)));
        report
    };
    let dead = explain(&former);
    assert_eq!((dead.verdict, dead.causes[0].code), (Verdict::Invalid, CauseCode::DeadTicket));
    assert_eq!(dead.causes[0].certainty, Certainty::Proven);
    assert!(dead.causes[0].detail.as_ref().unwrap().contains("was refused at"));
    assert_eq!(explain(&current).verdict, Verdict::Valid);
}

#[test]
fn own_token() {
    let sandbox = Sandbox::start();
    let living = sandbox.client().access_token().unwrap();
    let own = |token: &str| Client::builder().app_id(APP_ID).access_token(AccessToken::Fixed(token.into()));
    let own = |token: &str| own(token).base_url(&sandbox.url).store(Store::Memory).build().unwrap();
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
    client.store(Store::Memory).build().unwrap().config(PAGE).unwrap();
    assert_eq!(*asked.lock().unwrap(), [None, Some("dead".to_owned())]);
}

#[test]
fn own_ticket() {
    let client = Client::builder().app_id(APP_ID).ticket(OwnTicket::Fixed("FIRST".into())).build().unwrap();
    let config = client.try_config(PAGE).unwrap();
    let sign = |ticket| wxsign::sign(ticket, config.nonce.as_str(), config.timestamp, PAGE);
    assert_eq!(config.signature, sign("FIRST"));
    assert_eq!(client.ticket().unwrap(), "FIRST");
    client.set_ticket("SECOND").unwrap();
    assert_eq!(client.ticket().unwrap(), "SECOND");
    assert_eq!(client.set_ticket("two words").unwrap_err().code(), Code::InvalidArgument);
    let state = client.state().unwrap();
    assert_eq!((state.requests, state.ticket.remaining_ms), (0, None));
    for error in [
        client.access_token().unwrap_err(),
        client.try_access_token().unwrap_err(),
        client.invoice_config().unwrap_err(),
        client.set_access_token("t").unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::InvalidArgument, "{error}");
    }
}

/// The function is asked for each kind of ticket when it is needed first.
#[test]
fn own_ticket_function() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let function = OwnTicket::function(move |kind, rejected, reply| {
        seen.lock().unwrap().push((kind, rejected.map(str::to_owned)));
        // From another thread, as an answer of a service comes.
        std::thread::spawn(move || reply.send_with_life(format!("MY-{kind}"), Duration::from_secs(600)));
    });
    let client = Client::builder().corp("ww1", "1000002").ticket(function).build().unwrap();
    let config = client.config(PAGE).unwrap();
    let signature = wxsign::sign("MY-ticket", config.nonce.as_str(), config.timestamp, PAGE);
    assert_eq!(config.signature, signature);
    let config = client.agent_config(PAGE).unwrap();
    let signature = wxsign::sign("MY-agent_ticket", config.nonce.as_str(), config.timestamp, PAGE);
    assert_eq!(config.signature, signature);
    client.invoice_config().unwrap();
    assert!(client.invalidate("MY-ticket").unwrap());
    client.config(PAGE).unwrap();
    let kinds = [CredentialKind::CorpTicket, CredentialKind::AgentTicket, CredentialKind::CorpCardTicket];
    let mut want = kinds.map(|kind| (kind, None)).to_vec();
    want.push((CredentialKind::CorpTicket, Some("MY-ticket".to_owned())));
    assert_eq!(*asked.lock().unwrap(), want);
    assert_eq!(client.state().unwrap().ticket.source, Some(wxsign::Source::Caller));
}

/// A function that fails, panics or returns what is no ticket is a typed failure, which names the
/// option.
#[test]
fn a_bad_ticket_function_is_typed() {
    type Function = fn(wxsign::TicketReply);
    let functions: [(Function, Code); 4] = [
        (|reply| reply.send(Err("vault is closed".into())), Code::NotReady),
        (|reply| drop(reply), Code::NotReady),
        (|_| panic!("a defect of the function"), Code::NotReady),
        (|reply| reply.send(Ok("two words".into())), Code::InvalidArgument),
    ];
    for (answer, code) in functions {
        let own = OwnTicket::function(move |_, _, reply| answer(reply));
        let client = Client::builder().app_id(APP_ID).ticket(own).build().unwrap();
        let error = client.config(PAGE).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.message().contains("ticket"), "{error}");
        assert_eq!(error.subject().is_some(), code == Code::InvalidArgument, "{error}");
    }
    let subject = Subject::Option("ticket");
    let empty = Client::builder().app_id(APP_ID).ticket(OwnTicket::Fixed(String::new())).build();
    assert_eq!(empty.unwrap_err().subject(), Some(&subject));
}

/// Imported once, and never changed.
#[test]
fn the_tutorials_file_is_imported_once() {
    let sandbox = Sandbox::start();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("jsapiTicket.json");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let json =
        format!(r#"{{"createTime":{now},"errcode":0,"errmsg":"ok","ticket":"OLD","expires_in":7200}}"#);
    std::fs::write(&file, &json).unwrap();
    let client = || {
        let dir = Store::Dir(home.path().join("store"));
        sandbox.builder().store(dir).import_ticket_file(&file).build().unwrap()
    };
    let imported = client();
    assert_eq!(imported.ticket().unwrap(), "OLD", "the first call reads the file");
    assert_eq!(imported.state().unwrap().ticket.source, Some(wxsign::Source::Import));
    drop(imported);
    // The call above started a fetch. From then on its answer counts, and not the file.
    let begun = Instant::now();
    while client().ticket().ok().as_deref() == Some("OLD") && begun.elapsed() < Duration::from_secs(5) {
        std::thread::yield_now();
    }
    assert_ne!(client().ticket().unwrap(), "OLD");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), json);
}

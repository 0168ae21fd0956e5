//! The control endpoints, `/verify` and the command line.
// A test that cannot go on should stop at once.
#![allow(clippy::unwrap_used)]

mod common;

use std::process::{Command, Stdio};
use std::thread;

use common::{APPID, OTHER_APPID, SECRET, Sandbox, eventually, number, text, token_target};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

const URL: &str = "http://mp.weixin.qq.com?params=value";
const OFFICIAL: &str = "0f9de62fce790f9a083d5c99e95740ceb90c27ed";
const OFFICIAL_TICKET: &str =
    "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";

fn claim(appid: &str, signature: &str) -> Value {
    let (timestamp, nonce) = (1_414_587_457, "Wm3WZYTPz0wzccnW");
    json!({"url": URL, "timestamp": timestamp, "nonceStr": nonce, "signature": signature, "appId": appid})
}

fn sign(ticket: &str) -> String {
    let text = format!("jsapi_ticket={ticket}&noncestr=Wm3WZYTPz0wzccnW&timestamp=1414587457&url={URL}");
    hex::encode(Sha1::digest(text))
}

fn diagnosis(sandbox: &Sandbox, appid: &str, ticket: &str) -> String {
    let verdict = sandbox.post("/verify", &claim(appid, &sign(ticket)).to_string()).json();
    verdict.get("diagnosis").and_then(Value::as_str).unwrap_or("ok").to_owned()
}

#[test]
fn counts_and_log_list_the_requests() {
    let sandbox = Sandbox::start();
    sandbox.control("fault", &json!({"endpoint": "getticket", "kind": "empty", "times": 1}));
    sandbox.token();
    sandbox.stable("");
    sandbox.get("/cgi-bin/ticket/getticket?access_token=x&type=jsapi");
    sandbox.get("/elsewhere?a=b");
    let expected = json!({"token": 1, "stable_token": 1, "getticket": 1, "quota_get": 0, "gettoken": 0,
                          "get_jsapi_ticket": 0, "ticket_get": 0, "other": 1, "total": 4,
                          "in_flight": 0, "max_in_flight": 1});
    assert_eq!(sandbox.counts(), expected);

    let log = sandbox.get("/_sandbox/log").json();
    let log = log.as_array().unwrap();
    let all = |name: &str| log.iter().map(|entry| entry.get(name).unwrap().clone()).collect::<Vec<_>>();
    assert_eq!(all("endpoint"), ["token", "stable_token", "getticket", "other"]);
    assert_eq!(all("method"), ["GET", "POST", "GET", "GET"]);
    assert_eq!(all("fault"), [Value::Null, Value::Null, json!("empty"), Value::Null]);
    assert_eq!(all("user_agent"), [json!("test"), Value::Null, json!("test"), json!("test")]);
    assert_eq!(all("path").last().unwrap(), "/elsewhere");
    assert_eq!(all("query").last().unwrap(), "a=b");
    assert!(all("body").iter().any(|body| body.as_str().unwrap().contains(SECRET)));
    assert!(all("at_ms").is_sorted_by_key(|at| at.as_u64().unwrap()));
}

#[test]
fn in_flight_sees_what_happens_at_once() {
    let sandbox = Sandbox::start();
    sandbox.control("fault", &json!({"endpoint": "token", "kind": "delay", "ms": 300}));
    thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| sandbox.token());
        }
        eventually("five at once", || number(&sandbox.counts(), "in_flight") == 5);
    });
    assert_eq!(number(&sandbox.counts(), "in_flight"), 0);
    assert_eq!(number(&sandbox.counts(), "max_in_flight"), 5);
}

#[test]
fn sequential_requests_never_overlap() {
    let sandbox = Sandbox::start();
    for _ in 0..200 {
        sandbox.token();
    }
    assert_eq!(number(&sandbox.counts(), "max_in_flight"), 1);
}

#[test]
fn reset_is_a_new_start() {
    let sandbox = Sandbox::start_with(&["--token-life", "100"]);
    let token = text(&sandbox.token().json(), "access_token");
    sandbox.control("settings", &json!({"token_life": 50}));
    sandbox.control("account", &json!({"appid": APPID, "secret": "changed"}));
    sandbox.control("fault", &json!({"endpoint": "any", "kind": "hang"}));
    sandbox.control("reset", &json!({}));
    assert_eq!(number(&sandbox.counts(), "total"), 0);
    assert_eq!(sandbox.get("/_sandbox/log").json(), json!([]));
    assert_eq!(number(&sandbox.ticket(&token), "errcode"), 40001);
    assert_eq!(number(&sandbox.token().json(), "expires_in"), 100);
}

#[test]
fn requests_before_a_reset_leave_no_trace() {
    let sandbox = Sandbox::start();
    sandbox.control("fault", &json!({"endpoint": "any", "kind": "delay", "ms": 20_000}));
    thread::scope(|scope| {
        let old = scope.spawn(|| sandbox.raw(common::get_text(&token_target()).as_bytes()));
        eventually("it waits", || number(&sandbox.counts(), "in_flight") == 1);
        sandbox.control("reset", &json!({}));
        assert_eq!(old.join().unwrap().unwrap(), b"", "closed, with no answer from another time");
    });
    assert_eq!(number(&sandbox.counts(), "max_in_flight"), 0);
    let current = sandbox.get(&format!("/_sandbox/current?appid={APPID}")).json();
    assert_eq!(current.get("token"), Some(&Value::Null));
}

#[test]
fn kill_and_current() {
    let sandbox = Sandbox::start();
    let current = |appid: &str| sandbox.get(&format!("/_sandbox/current?appid={appid}")).json();
    assert_eq!(current(APPID).get("jsapi_ticket"), Some(&Value::Null));
    let token = text(&sandbox.token().json(), "access_token");
    let ticket = text(&sandbox.ticket(&token), "ticket");
    let now = current(APPID);
    assert_eq!(text(now.get("token").unwrap(), "value"), token);
    assert_eq!(text(now.get("jsapi_ticket").unwrap(), "value"), ticket);
    let remaining = now.pointer("/jsapi_ticket/remaining").unwrap().as_f64().unwrap();
    assert!(remaining > 7190.0 && remaining <= 7200.0);
    assert_eq!(current(OTHER_APPID).get("token"), Some(&Value::Null));

    sandbox.control("kill", &json!({"what": "ticket", "appid": APPID}));
    assert_eq!(current(APPID).get("jsapi_ticket"), Some(&Value::Null));
    assert_ne!(text(&sandbox.ticket(&token), "ticket"), ticket);
    sandbox.control("kill", &json!({"what": "token"}));
    assert_eq!(number(&sandbox.ticket(&token), "errcode"), 40001);
}

#[test]
fn control_refuses_what_it_does_not_know() {
    let sandbox = Sandbox::start();
    for (name, body) in [
        ("settings", r#"{"token_live":1}"#),
        ("settings", r#"{"token_life":-1}"#),
        ("settings", r#"{"token_life":1e300}"#),
        ("settings", r#"{"token_overlap":5,"ticket_mode":"x"}"#),
        ("settings", "["),
        ("kill", r#"{"what":"token","appid":"wxnone"}"#),
        ("kill", "{}"),
        ("account", r#"{"appid":"wxa"}"#),
        ("fault", r#"{"endpoint":"any","kind":"x"}"#),
    ] {
        let answer = sandbox.post(&format!("/_sandbox/{name}"), body);
        assert_eq!(answer.status, 400, "{name} {body}");
        assert!(!text(&answer.json(), "error").is_empty());
    }
    let settings = sandbox.control("settings", &json!({}));
    assert_eq!(settings.pointer("/settings/token_overlap"), Some(&json!(300.0)), "all or nothing");
    assert_eq!(sandbox.get("/_sandbox/current?appid=wxnone").status, 400);
    assert_eq!(sandbox.get("/_sandbox/fault").status, 405);
    assert_eq!(sandbox.get("/_sandbox/none").status, 404);
}

#[test]
fn verify_judges_pages() {
    let sandbox = Sandbox::start();
    assert_eq!(diagnosis(&sandbox, APPID, "x"), "no_ticket");
    assert_eq!(diagnosis(&sandbox, "wxnone", "x"), "unknown_app");
    sandbox.control("settings", &json!({"fixed_ticket": OFFICIAL_TICKET}));
    let right = sandbox.post("/_sandbox/verify", &claim(APPID, OFFICIAL).to_string());
    assert_eq!(right.json(), json!({"ok": true, "errMsg": "config:ok"}));
    assert_eq!(right.header("access-control-allow-origin"), Some("*"));
    let query = "url=http%3A%2F%2Fmp.weixin.qq.com%3Fparams%3Dvalue%23x&timestamp=1414587457&nonceStr=Wm3WZYTPz0wzccnW";
    for path in ["/verify", "/_sandbox/verify"] {
        let answer = sandbox.get(&format!("{path}?{query}&signature={OFFICIAL}&appId={APPID}"));
        assert_eq!(answer.json().get("ok"), Some(&json!(true)));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
    let wrong =
        sandbox.post("/verify", &claim(APPID, "f50191877b62b116ef830363a3a613ed652a2d5d").to_string()).json();
    assert_eq!(text(&wrong, "errMsg"), "config:fail, invalid signature");
    assert_eq!(text(&wrong, "diagnosis"), "root_slash_changed");
    assert!(!text(&wrong, "hint").is_empty() && !text(&wrong, "hint_zh").is_ascii());
    assert_eq!(text(&sandbox.get("/verify?url=x").json(), "diagnosis"), "missing_parameter");
    let preflight = sandbox.raw(b"OPTIONS /verify HTTP/1.1\r\n\r\n").unwrap();
    assert!(String::from_utf8(preflight).unwrap().contains("Access-Control-Allow-Headers: Content-Type"));
    assert_eq!(number(&sandbox.counts(), "total"), 0);
}

#[test]
fn verify_knows_whose_ticket_it_is() {
    let sandbox = Sandbox::start();
    let token = text(&sandbox.token().json(), "access_token");
    let ticket = text(&sandbox.ticket(&token), "ticket");
    let card = sandbox.get(&format!("/cgi-bin/ticket/getticket?access_token={token}&type=wx_card")).json();
    assert_eq!(diagnosis(&sandbox, APPID, &ticket), "ok");
    assert_eq!(diagnosis(&sandbox, OTHER_APPID, &ticket), "other_account_ticket");
    assert_eq!(diagnosis(&sandbox, APPID, &text(&card, "ticket")), "wrong_ticket_kind");
    sandbox.control("kill", &json!({"what": "ticket", "appid": APPID}));
    assert_eq!(diagnosis(&sandbox, APPID, &ticket), "dead_ticket");
    sandbox.ticket(&token);
    assert_eq!(diagnosis(&sandbox, APPID, &ticket), "dead_ticket");
    assert_eq!(diagnosis(&sandbox, APPID, "x"), "unknown");
}

#[test]
fn it_ends_on_stop_and_with_its_parent() {
    let mut stopped = Sandbox::start();
    assert_eq!(stopped.control("stop", &json!({})), json!({"ok": true}));
    assert!(stopped.child.wait().unwrap().success());
    let mut orphan = Sandbox::start();
    drop(orphan.child.stdin.take());
    assert!(orphan.child.wait().unwrap().success());
}

#[test]
fn help_lists_every_option() {
    let output = Command::new(env!("CARGO_BIN_EXE_wxsign-sandbox")).arg("--help").output().unwrap();
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for option in
        ["--port", "--app", "--corp", "--token-life", "--ticket-life", "--exit-with-parent", "--help"]
    {
        assert!(help.contains(option), "{option}");
    }
}

#[test]
fn a_wrong_command_line_is_explained() {
    let output = Command::new(env!("CARGO_BIN_EXE_wxsign-sandbox"))
        .arg("--prot")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("usage: wxsign-sandbox"));

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_wxsign-sandbox")).args(["--port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("port {port} is in use; choose another one with --port")), "{said}");
}

//! The endpoints as WeChat has them.
// A test that cannot go on should stop at once.
#![allow(clippy::unwrap_used)]

mod common;

use std::thread::sleep;
use std::time::Duration;

use common::{APPID, SECRET, Sandbox, number, text};
use serde_json::{Value, json};

#[test]
fn a_token_buys_a_ticket() {
    let sandbox = Sandbox::start();
    let answer = sandbox.token();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("connection"), Some("close"));
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 2, "a token's answer has no errcode: {body}");
    assert_eq!(number(&body, "expires_in"), 7200);
    let token = text(&body, "access_token");
    assert!(token.contains("TOKEN") && token.len() > 100);

    let ticket = sandbox.ticket(&token);
    assert_eq!((number(&ticket, "errcode"), text(&ticket, "errmsg")), (0, "ok".into()));
    assert_eq!(number(&ticket, "expires_in"), 7200);
    assert!(text(&ticket, "ticket").contains("TICKET") && text(&ticket, "ticket").len() >= 80);

    let stable = text(&sandbox.stable(""), "access_token");
    assert_ne!(stable, token);
    assert_eq!(text(&sandbox.ticket(&stable), "ticket"), text(&ticket, "ticket"));
}

#[test]
fn errors_are_those_of_wechat() {
    let sandbox = Sandbox::start();
    let secret = SECRET;
    for (target, errcode) in [
        (format!("/cgi-bin/token?grant_type=client_credential&appid=wxnone&secret={secret}"), 40013),
        (format!("/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret=x"), 40001),
        (format!("/cgi-bin/token?grant_type=client_credential&secret={secret}"), 41002),
        (format!("/cgi-bin/token?grant_type=client_credential&appid={APPID}"), 41004),
        (format!("/cgi-bin/token?grant_type=x&appid={APPID}&secret={secret}"), 40002),
        (format!("/cgi-bin/token?appid={APPID}&secret={secret}"), 40002),
        ("/cgi-bin/stable_token".into(), 43002),
        ("/cgi-bin/ticket/getticket?type=jsapi".into(), 41001),
        ("/cgi-bin/ticket/getticket?access_token=x&type=jsapi".into(), 40001),
    ] {
        let answer = sandbox.get(&target);
        let body = answer.json();
        assert_eq!((answer.status, number(&body, "errcode")), (200, errcode), "{target}");
        let errmsg = text(&body, "errmsg");
        let rid = errmsg.rsplit(" rid: ").next().unwrap();
        assert_eq!(rid.split('-').map(str::len).collect::<Vec<_>>(), [8, 8, 8], "{errmsg}");
    }
    let wrong = json!({"grant_type": "client_credential", "appid": APPID, "secret": "x"}).to_string();
    for (body, errcode) in [(wrong.as_str(), 40125), ("not json", 47001), ("{}", 41002)] {
        assert_eq!(number(&sandbox.post("/cgi-bin/stable_token", body).json(), "errcode"), errcode, "{body}");
    }
    assert_eq!(number(&sandbox.post(&common::token_target(), "").json(), "errcode"), 43001);
    for target in ["/", "/token", "/cgi-bin/none"] {
        assert_eq!(sandbox.get(target).status, 404, "{target}");
    }
}

#[test]
fn a_forced_refresh_kills_the_stable_token() {
    let sandbox = Sandbox::start();
    let first = text(&sandbox.stable(r#","force_refresh":false"#), "access_token");
    let second = text(&sandbox.stable(r#","force_refresh":true"#), "access_token");
    assert_ne!(first, second);
    assert_eq!(number(&sandbox.ticket(&first), "errcode"), 40001);
    assert_eq!(number(&sandbox.ticket(&second), "errcode"), 0);
}

#[test]
fn short_lives_end() {
    let sandbox = Sandbox::start_with(&["--token-life", "0.3", "--ticket-life", "0.3"]);
    let token = text(&sandbox.token().json(), "access_token");
    let ticket = sandbox.ticket(&token);
    assert_eq!(number(&ticket, "expires_in"), 1);
    sleep(Duration::from_millis(350));
    assert_eq!(number(&sandbox.ticket(&token), "errcode"), 42001);
    let token = text(&sandbox.token().json(), "access_token");
    assert_ne!(text(&sandbox.ticket(&token), "ticket"), text(&ticket, "ticket"));
}

#[test]
fn fixed_and_odd_values() {
    let sandbox = Sandbox::start();
    sandbox.control("settings", &json!({"expires_in_as_string": true}));
    assert_eq!(text(&sandbox.token().json(), "expires_in"), "7200");
    let settings = json!({"fixed_token": "T", "fixed_ticket": "K", "fixed_expires_in": 10});
    sandbox.control("settings", &settings);
    assert_eq!(sandbox.token().json(), json!({"access_token": "T", "expires_in": 10}));
    assert_eq!(sandbox.ticket("T"), json!({"errcode": 0, "errmsg": "ok", "ticket": "K", "expires_in": 10}));
    sandbox.control("settings", &json!({"fixed_token": null, "fixed_expires_in": null}));
    let body = sandbox.token().json();
    assert_ne!(body.get("access_token"), Some(&Value::from("T")));
    assert_eq!(text(&body, "expires_in"), "7200");
}

#[test]
fn accounts_from_the_command_line_and_from_a_test() {
    let sandbox = Sandbox::start_with(&["--app", "wxa:s"]);
    let ask = |appid: &str, secret: &str| {
        let target = format!("/cgi-bin/token?grant_type=client_credential&appid={appid}&secret={secret}");
        sandbox.get(&target).json().get("errcode").cloned()
    };
    assert_eq!(ask("wxa", "s"), None);
    assert_eq!(ask(APPID, SECRET), None);
    sandbox.control("account", &json!({"appid": "wxb", "secret": "s%/ 2"}));
    assert_eq!(ask("wxb", "s%25%2F+2"), None);
    sandbox.control("account", &json!({"appid": "wxa", "secret": "new"}));
    assert_eq!(ask("wxa", "s"), Some(json!(40001)));
    assert_eq!(ask("wxa", "new"), None);
}

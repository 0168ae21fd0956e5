//! The endpoints of 企业微信, and the verdicts on its pages.
// A test that cannot go on should stop at once.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Sandbox, number, text};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

const CORP: &str = "ww5823bf96d3bd56c7";
const SECRET: &str = "0123456789abcdef0123456789abcdef-agent10002";
const OTHER_SECRET: &str = "fedcba9876543210fedcba9876543210-agent10003";
const CONTACTS: &str = "fedcba9876543210fedcba9876543210-contacts00";

fn gettoken(sandbox: &Sandbox, corpid: &str, secret: &str) -> Value {
    sandbox.get(&format!("/cgi-bin/gettoken?corpid={corpid}&corpsecret={secret}")).json()
}

fn token(sandbox: &Sandbox, secret: &str) -> String {
    text(&gettoken(sandbox, CORP, secret), "access_token")
}

fn corp_ticket(sandbox: &Sandbox, token: &str) -> Value {
    sandbox.get(&format!("/cgi-bin/get_jsapi_ticket?access_token={token}")).json()
}

fn app_ticket(sandbox: &Sandbox, token: &str, kind: &str) -> Value {
    sandbox.get(&format!("/cgi-bin/ticket/get?access_token={token}&type={kind}")).json()
}

fn sign(ticket: &str) -> String {
    hex::encode(Sha1::digest(format!("jsapi_ticket={ticket}&noncestr=n&timestamp=1&url=https://a.cn/")))
}

#[test]
fn each_app_has_its_own_token_and_tickets() {
    let sandbox = Sandbox::start();
    let answer = gettoken(&sandbox, CORP, SECRET);
    assert_eq!((number(&answer, "errcode"), number(&answer, "expires_in")), (0, 7200));
    let first = text(&answer, "access_token");
    assert_eq!(token(&sandbox, SECRET), first);
    let second = token(&sandbox, OTHER_SECRET);
    assert_ne!(first, second);
    let agent = text(&app_ticket(&sandbox, &first, "agent_config"), "ticket");
    assert!(agent.len() == 24 && agent.contains('+') && agent.contains('/') && agent.ends_with("=="));
    assert_ne!(text(&app_ticket(&sandbox, &second, "agent_config"), "ticket"), agent);
    assert_eq!(text(&corp_ticket(&sandbox, &first), "ticket").len(), 86);
    assert_eq!(text(&app_ticket(&sandbox, &first, "wx_card"), "ticket").len(), 27);
    let counts = sandbox.counts();
    let counts = ["gettoken", "get_jsapi_ticket", "ticket_get"].map(|name| number(&counts, name));
    assert_eq!(counts, [3, 1, 3]);
}

#[test]
fn errors_are_those_of_work() {
    let sandbox = Sandbox::start();
    for (corpid, secret, errcode) in [
        ("", SECRET, 41002),
        (CORP, "", 41004),
        ("wwnone", SECRET, 40013),
        (CORP, "x", 40001),
        (CORP, "00112233445566778899aabbccddeeff-agent10002", 40091),
    ] {
        assert_eq!(number(&gettoken(&sandbox, corpid, secret), "errcode"), errcode);
    }
    let first = token(&sandbox, SECRET);
    assert_eq!(number(&corp_ticket(&sandbox, ""), "errcode"), 41001);
    assert_eq!(number(&corp_ticket(&sandbox, "x"), "errcode"), 40014);
    assert_eq!(number(&app_ticket(&sandbox, &first, "jsapi"), "errcode"), 40058);
    assert_eq!(number(&corp_ticket(&sandbox, &token(&sandbox, CONTACTS)), "errcode"), 48002);
    sandbox.control("kill", &json!({"what": "token", "corpid": CORP, "agentid": "1000002"}));
    assert_eq!(number(&corp_ticket(&sandbox, &first), "errcode"), 40014);
    sandbox.control("settings", &json!({"token_life": 0.001}));
    let short = token(&sandbox, SECRET);
    std::thread::sleep(std::time::Duration::from_millis(5));
    assert_eq!(number(&corp_ticket(&sandbox, &short), "errcode"), 42001);
}

/// `gettoken` answers every address; the next call names the address that is not allowed.
#[test]
fn an_untrusted_ip_fails_at_the_ticket_call() {
    let sandbox = Sandbox::start();
    sandbox.control("settings", &json!({"trusted_ip": false}));
    let answer = corp_ticket(&sandbox, &token(&sandbox, SECRET));
    assert_eq!(number(&answer, "errcode"), 60020);
    let errmsg = text(&answer, "errmsg");
    assert!(errmsg.starts_with("not allow to access from your ip, hint: ["), "{errmsg}");
    assert!(errmsg.contains("], from ip: 112.6.196.165, more info at https://open.work"), "{errmsg}");
}

#[test]
fn verify_judges_pages_of_work() {
    let sandbox = Sandbox::start();
    let token = token(&sandbox, SECRET);
    let corp = text(&corp_ticket(&sandbox, &token), "ticket");
    let agent = text(&app_ticket(&sandbox, &token, "agent_config"), "ticket");
    let page = |ticket: &str| json!({"url": "https://a.cn/#x", "timestamp": 1, "nonceStr": "n", "signature": sign(ticket)});
    let verdict = |mut page: Value, names: &[(&str, &str)]| {
        for (name, value) in names {
            page.as_object_mut().unwrap().insert((*name).into(), json!(value));
        }
        let verdict = sandbox.post("/verify", &page.to_string()).json();
        (text(&verdict, "errMsg"), verdict.get("diagnosis").cloned(), verdict.get("errcode").cloned())
    };
    let app = [("corpid", CORP), ("agentid", "1000002")];
    let ok = |call: &str| (format!("{call}:ok"), None, None);
    assert_eq!(verdict(page(&corp), &[("appId", CORP)]), ok("config"));
    assert_eq!(verdict(page(&agent), &app), ok("agentConfig"));
    let no_ticket = |call: &str, name: &str| {
        (format!("{call}:fail, ticket no available"), Some(json!(name)), Some(json!(42012)))
    };
    assert_eq!(verdict(page(&agent), &[("appId", CORP)]), no_ticket("config", "wrong_ticket_kind"));
    assert_eq!(verdict(page(&corp), &app), no_ticket("agentConfig", "wrong_ticket_kind"));
    assert_eq!(verdict(page("x"), &app).2, Some(json!(40093)));
    let unknown = [("corpid", CORP), ("agentid", "1")];
    assert_eq!(verdict(page(&agent), &unknown).1, Some(json!("unknown_app")));
    sandbox.control("settings", &json!({"trusted_domains": ["b.cn"]}));
    assert_eq!(verdict(page(&agent), &app).2, Some(json!(80001)));
}

/// `chooseInvoice` signs its values with the ticket of type `wx_card`, in both families.
#[test]
fn verify_judges_card_signs() {
    let sandbox = Sandbox::start();
    let work = token(&sandbox, SECRET);
    let account = text(&sandbox.token().json(), "access_token");
    let getticket = format!("/cgi-bin/ticket/getticket?access_token={account}&type=wx_card");
    let invoice = text(&sandbox.get(&getticket).json(), "ticket");
    let jsapi = text(&sandbox.ticket(&account), "ticket");
    let verdict = |id: &str, ticket: &str| {
        let mut values = ["INVOICE", "1414587457", id, "n", ticket];
        values.sort_unstable();
        let sign = hex::encode(Sha1::digest(values.concat()));
        let body = json!({"appId": id, "timestamp": "1414587457", "nonceStr": "n", "signType": "SHA1", "cardSign": sign});
        let verdict = sandbox.post("/verify", &body.to_string()).json();
        verdict.get("diagnosis").map_or(text(&verdict, "errMsg"), |name| name.as_str().unwrap().into())
    };
    assert_eq!(verdict(common::APPID, &invoice), "chooseInvoice:ok");
    assert_eq!(verdict(common::APPID, &jsapi), "wrong_ticket_kind");
    assert_eq!(verdict(CORP, &invoice), "no_ticket");
    assert_eq!(verdict(CORP, &text(&app_ticket(&sandbox, &work, "wx_card"), "ticket")), "chooseInvoice:ok");
}

#[test]
fn corps_come_from_the_command_line_and_a_test() {
    let sandbox = Sandbox::start_with(&["--corp", "wwa:1:s", "--corp", "wwa:2:t"]);
    let errcode = |secret: &str| number(&gettoken(&sandbox, "wwa", secret), "errcode");
    assert_eq!([errcode("s"), errcode("t"), errcode("u")], [0, 0, 40001]);
    sandbox.control("account", &json!({"corpid": "wwa", "agentid": "3", "secret": "u"}));
    assert_eq!(errcode("u"), 0);
    let current = sandbox.get("/_sandbox/current?corpid=wwa&agentid=3").json();
    assert!(
        current.pointer("/token/value").is_some()
            && current.pointer("/agent_config_ticket") == Some(&Value::Null)
    );
}

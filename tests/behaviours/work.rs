//! 企业微信, invoices and cards.

use serde_json::{Value, json};
use wxsign::{Code, Subject};

use crate::PAGE;
use crate::common::{APP, APP_ID, APP_SECRET, Sandbox};

/// Fails unless the sandbox accepts what a page passes to a call of the SDK; `more` are the call's
/// own fields.
fn passes(sandbox: &Sandbox, arguments: &impl serde::Serialize, more: &Value) {
    let mut fields = serde_json::to_value(arguments).unwrap();
    let object = fields.as_object_mut().unwrap();
    object.retain(|name, _| !["jsApiList", "debug", "signType"].contains(&name.as_str()));
    object.extend(more.as_object().unwrap().clone());
    let verdict = sandbox.post("verify", &fields);
    assert_eq!(verdict["ok"], true, "{verdict}");
}

/// Requests for the token, the corp's ticket and the app's tickets.
fn requests(sandbox: &Sandbox) -> [u64; 3] {
    let counts = sandbox.ask("counts");
    ["gettoken", "get_jsapi_ticket", "ticket_get"].map(|name| counts[name].as_u64().unwrap())
}

#[test]
fn corp_config() {
    let sandbox = Sandbox::start();
    let client = sandbox.app_builder().build().unwrap();
    let url = PAGE.split('#').next().unwrap();
    for _ in 0..3 {
        passes(&sandbox, &client.config(PAGE).unwrap(), &json!({ "url": url }));
        passes(&sandbox, &client.agent_config(PAGE).unwrap(), &json!({ "url": url }));
    }
    passes(&sandbox, &client.try_agent_config(PAGE).unwrap(), &json!({ "url": url }));
    assert_eq!(requests(&sandbox), [1, 1, 1]);
    let error = sandbox.client().agent_config(PAGE).unwrap_err();
    assert_eq!((error.code(), error.subject()), (Code::InvalidArgument, Some(&Subject::Option("agentId"))));
}

#[test]
fn invoice_config() {
    let sandbox = Sandbox::start();
    sandbox.fault(json!({ "endpoint": "any", "kind": "delay", "ms": 100 }));
    let app = sandbox.app_builder().build().unwrap();
    for (client, id) in [(sandbox.client(), APP_ID), (app, APP[0])] {
        assert_eq!(client.try_invoice_config().unwrap_err().code(), Code::NotReady);
        passes(&sandbox, &client.invoice_config().unwrap(), &json!({ "appId": id }));
        passes(&sandbox, &client.try_invoice_config().unwrap(), &json!({ "appId": id }));
    }
}

#[test]
fn card_vectors() {
    let signed = |ticket| {
        let card = "pjZ8Yt1XGILfi-FUsewpnnolGgZk";
        wxsign::card_sign(["jonyqin_1434008071", "1404896688", card, ticket, "", "jonyqin"])
    };
    assert_eq!(signed("ojZ8YtyVyr30HheH3CM73y7h4jJE "), "6b81fbf6af16e856334153b39737556063c82689");
    assert_eq!(signed("ojZ8YtyVyr30HheH3CM73y7h4jJE"), "2b4d29b5f60fa4be37522ddfd9583c329446d3e3");
}

#[test]
fn corp_errors() {
    let sandbox = Sandbox::start();
    let client = sandbox.app_builder().app_secret(APP_SECRET).build().unwrap();
    for _ in 0..10 {
        let error = client.config(PAGE).unwrap_err();
        assert_eq!((error.code(), error.errcode()), (Code::CredentialRejected, Some(40001)));
        assert!(error.rid().is_some() && !error.retryable(), "{error:?}");
    }
    assert_eq!(requests(&sandbox), [1, 0, 0]);

    let sandbox = Sandbox::start();
    sandbox.post("settings", &json!({ "trusted_ip": false }));
    let client = sandbox.app_builder().build().unwrap();
    let error = client.config(PAGE).unwrap_err();
    assert_eq!((error.code(), error.errcode()), (Code::IpNotAllowed, Some(60020)));
    assert!(error.ip().is_some() && error.rid().is_some(), "{error:?}");
    assert!(error.hint().contains("企业可信IP") && error.hint_zh().contains("企业可信IP"));
    client.access_token().unwrap();
    assert_eq!(requests(&sandbox), [1, 1, 0], "it says nothing about the token");
}

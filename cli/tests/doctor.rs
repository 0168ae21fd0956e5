//! The doctor against the sandbox in its faults, and against pages.
// A test that cannot go on should stop at once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::route::{Config, signing_server};
use common::{APP_ID, CORP_ID, CORP_SECRET, SECRET, Sandbox, TICKET, check, outcome, run, serve};
use serde_json::Value;

#[test]
fn a_healthy_set_up_has_no_failure() {
    let sandbox = Sandbox::start();
    let ran = run(&["doctor", "--json"], &sandbox.variables(&[]), "");
    let report = ran.json();
    assert_eq!(ran.code, 0, "{}", ran.out);
    let names: Vec<_> =
        report["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "settings",
            "store",
            "clock",
            "network",
            "token",
            "ticket",
            "quota",
            "other_programs",
            "page",
            "endpoint"
        ]
    );
    for name in ["settings", "store", "network", "token", "ticket", "other_programs"] {
        assert_eq!(outcome(&report, name).0, "ok", "{}", ran.out);
    }
}

/// Another process has fetched it, and WeChat was not asked whether it still counts.
#[test]
fn a_stored_credential_is_shown_with_its_age() {
    let sandbox = Sandbox::start();
    let dir = std::env::temp_dir().join(format!("wxsign-cli-stored-{}", std::process::id()));
    let variables = sandbox.variables(&[("WXSIGN_STORE", dir.to_str().unwrap())]);
    let texts = || {
        let report = run(&["doctor", "--json"], &variables, "").json();
        assert_eq!(check(&report, "store")["textZh"], "文件；锁对本机所有进程有效");
        ["token", "ticket"].map(|name| {
            assert_eq!(outcome(&report, name).0, "ok", "{report}");
            let part = |field: &str| check(&report, name)[field].as_str().unwrap().to_owned();
            (part("text"), part("textZh"))
        })
    };
    for (english, chinese) in texts() {
        assert!(!english.contains("store") && !chinese.contains("存储"), "{english} {chinese}");
    }
    for (english, chinese) in texts() {
        assert!(english.contains("from the store and is ") && english.ends_with(" seconds old"), "{english}");
        assert!(chinese.contains("来自存储") && chinese.ends_with("秒前取得"), "{chinese}");
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn wrong_settings_are_named_before_anything_else() {
    let sandbox = Sandbox::start();
    for (variables, code) in [
        (vec![("WX_APP_ID", "gh_0123456789ab")], "app_id_malformed"),
        (vec![("WX_APP_ID", "wx12")], "app_id_malformed"),
        (vec![("WX_APP_SECRET", "0123")], "secret_malformed"),
    ] {
        let ran = run(&["doctor", "--json"], &sandbox.variables(&variables), "");
        assert_eq!(outcome(&ran.json(), "settings").1, code);
    }
    let nothing = run(&["doctor", "--json"], &[("WX_BASE_URL", &sandbox.address)], "");
    assert_eq!((nothing.code, outcome(&nothing.json(), "settings").1.as_str()), (0, "no_account"));
}

#[test]
fn a_healthy_app_of_work_has_no_failure() {
    let sandbox = Sandbox::start();
    let variables = sandbox.work_variables(&[("WX_ALLOWED_HOSTS", "m.example.com")]);
    let ran = run(&["doctor", "--json", "--quota"], &variables, "");
    let report = ran.json();
    assert_eq!(ran.code, 0, "{}", ran.out);
    for name in ["settings", "store", "network", "token", "ticket", "other_programs"] {
        assert_eq!(outcome(&report, name), ("ok".into(), "ok".into()), "{}", ran.out);
    }
    assert_eq!(outcome(&report, "quota").1, "no_interface");
    let counts: Value = serde_json::from_str(&sandbox.get("/_sandbox/counts")).unwrap();
    assert_eq!([&counts["gettoken"], &counts["get_jsapi_ticket"], &counts["ticket_get"]], [1, 1, 1]);
    assert!(!ran.out.contains(CORP_SECRET));
}

/// The faults of 企业微信: of each of its three calls, and of its settings.
#[test]
fn each_fault_of_work_is_named() {
    let sandbox = Sandbox::start();
    for (endpoint, errcode, name, code) in [
        ("gettoken", 40001, "token", "CREDENTIAL_REJECTED"),
        ("gettoken", 40013, "token", "CREDENTIAL_REJECTED"),
        ("get_jsapi_ticket", 60020, "ticket", "IP_NOT_ALLOWED"),
        ("get_jsapi_ticket", 48002, "ticket", "PERMISSION_DENIED"),
        ("ticket_get", 45009, "ticket", "QUOTA_EXCEEDED"),
        ("get_jsapi_ticket", 40014, "other_programs", "TOKEN_INVALIDATED"),
    ] {
        sandbox.post("/_sandbox/reset", "");
        let fault = format!(r#"{{"endpoint":"{endpoint}","kind":"errcode","errcode":{errcode},"times":9}}"#);
        assert!(sandbox.post("/_sandbox/fault", &fault).contains("true"), "{fault}");
        let ran = run(&["doctor", "--json"], &sandbox.work_variables(&[]), "");
        let report = ran.json();
        let found = (ran.code, outcome(&report, name));
        assert_eq!(found, (1, ("failure".into(), code.into())), "{fault}: {}", ran.out);
        assert!(check(&report, name)["next"].is_string(), "{fault}");
    }
    sandbox.post("/_sandbox/reset", "");
    for (variable, value, code) in [
        ("WX_CORP_ID", "gh_0123456789ab", "corp_id_malformed"),
        ("WX_AGENT_ID", "shop", "agent_id_malformed"),
        ("WX_APP_SECRET", SECRET, "secret_malformed"),
    ] {
        let ran = run(&["doctor", "--json"], &sandbox.work_variables(&[(variable, value)]), "");
        assert_eq!(outcome(&ran.json(), "settings").1, code);
    }
    let ran = run(&["doctor", "--json"], &sandbox.variables(&[("WX_APP_ID", CORP_ID)]), "");
    assert!(check(&ran.json(), "settings")["next"].as_str().unwrap().contains("WX_CORP_ID"));
}

#[test]
fn a_dead_network_is_named() {
    let sandbox = Sandbox::start();
    let ran = run(&["doctor", "--json"], &sandbox.variables(&[("WX_BASE_URL", "http://127.0.0.1:1")]), "");
    assert_eq!(ran.code, 1);
    assert_eq!(outcome(&ran.json(), "network"), ("failure".into(), "NETWORK".into()));
}

/// With `classic` a new token would end the one of other programs: the doctor reads the store
/// alone.
#[test]
fn classic_reads_the_store_and_fetches_nothing() {
    let sandbox = Sandbox::start();
    let dir = std::env::temp_dir().join(format!("wxsign-cli-classic-{}", std::process::id()));
    let store = dir.to_str().unwrap();
    let variables = sandbox.variables(&[("WX_TOKEN_API", "classic"), ("WXSIGN_STORE", store)]);
    let requests = || {
        let counts: Value = serde_json::from_str(&sandbox.get("/_sandbox/counts")).unwrap();
        ["token", "stable_token", "getticket", "quota_get"].map(|name| counts[name].as_u64().unwrap())
    };
    let doctor = || {
        let ran = run(&["doctor", "--json", "--quota"], &variables, "");
        assert_eq!(ran.code, 0, "{}", ran.out);
        ran.json()
    };
    let empty = doctor();
    for (name, code) in [("token", "not_stored"), ("ticket", "not_stored"), ("quota", "classic")] {
        assert_eq!(outcome(&empty, name), ("skipped".into(), code.into()), "{empty}");
    }
    assert_eq!(requests(), [0; 4]);
    // The server fetches both; then the doctor sees them, and its own check of a route can prove
    // faults.
    assert_eq!(run(&["ticket"], &variables, "").code, 0);
    let full = doctor();
    for name in ["token", "ticket"] {
        assert_eq!(outcome(&full, name), ("ok".into(), "stored".into()), "{full}");
    }
    assert!(check(&full, "ticket")["text"].as_str().unwrap().contains("119 more minutes"), "{full}");
    assert_eq!(requests(), [1, 0, 1, 0]);
    let endpoint = signing_server(|page, ticket| Config::right(&page.replace("https:", "http:"), ticket));
    let hosts = [&variables[..], &[("WX_ALLOWED_HOSTS", "m.example.com")]].concat();
    let ran = run(&["doctor", "--json", "--endpoint", &endpoint], &hosts, "");
    // The route uses another ticket than the store's: that is found, too, without a request.
    assert_eq!(outcome(&ran.json(), "endpoint").1, "other_ticket");
    assert_eq!(requests(), [1, 0, 1, 0]);
    std::fs::remove_dir_all(dir).unwrap();
}

/// The failure that the server's process has recorded is the doctor's finding.
#[test]
fn classic_shows_a_recorded_failure() {
    let sandbox = Sandbox::start();
    let dir = std::env::temp_dir().join(format!("wxsign-cli-recorded-{}", std::process::id()));
    let store = dir.to_str().unwrap();
    let variables = sandbox.variables(&[("WX_TOKEN_API", "classic"), ("WXSIGN_STORE", store)]);
    sandbox.post("/_sandbox/fault", r#"{"endpoint":"token","kind":"errcode","errcode":40164,"times":1}"#);
    assert_eq!(run(&["ticket"], &variables, "").code, 4);
    let ran = run(&["doctor", "--json"], &variables, "");
    std::fs::remove_dir_all(dir).unwrap();
    assert_eq!(outcome(&ran.json(), "token"), ("failure".into(), "IP_NOT_ALLOWED".into()), "{}", ran.out);
    assert_eq!(ran.code, 1);
}

/// A token that dies under us, because another program replaces it.
#[test]
fn another_program_that_refreshes_is_named() {
    let sandbox = Sandbox::start();
    sandbox.post("/_sandbox/fault", r#"{"endpoint":"getticket","kind":"errcode","errcode":40001,"times":9}"#);
    let ran = run(&["doctor", "--json"], &sandbox.variables(&[]), "");
    assert_eq!(
        outcome(&ran.json(), "other_programs"),
        ("failure".into(), "TOKEN_INVALIDATED".into()),
        "{}",
        ran.out
    );
}

#[test]
fn no_output_holds_a_secret() {
    let sandbox = Sandbox::start();
    let endpoint = signing_server(Config::right);
    let ticket = run(&["ticket"], &sandbox.variables(&[]), "").out.trim().to_owned();
    for arguments in [
        &["doctor", "--endpoint", &endpoint, "--quota"][..],
        &["doctor", "--json", "--quota", "--lang", "zh"],
    ] {
        let ran = run(arguments, &sandbox.variables(&[]), "");
        for secret in [SECRET, &ticket, "90_TOKEN", "TICKET_", TICKET] {
            assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{secret}: {}", ran.out);
        }
        // The report goes into public issues.
        let report = ran.out.split("issue ---").nth(1).unwrap_or_default();
        assert!(!report.contains(APP_ID));
    }
}

#[test]
fn a_page_is_followed_to_its_landing_url() {
    let target = serve(|target| match target {
        "/old" => (301, vec![("Location".into(), "/new".into())], String::new()),
        "/new" => (302, vec![("Location".into(), "/new/".into())], String::new()),
        "/loop" => (302, vec![("Location".into(), "/loop".into())], String::new()),
        "/frame" => (200, vec![], "<IFRAME src=x></IFRAME>".into()),
        "/gone" => (404, vec![], String::new()),
        _ => (200, vec![], "<html></html>".into()),
    });
    for (path, status, code) in [
        ("/old", "warning", "redirected"),
        ("/new/", "ok", "ok"),
        ("/loop", "failure", "redirect_loop"),
        ("/frame", "warning", "iframe"),
        ("/gone", "failure", "http_status"),
    ] {
        let page = format!("{target}{path}");
        let ran = run(&["doctor", "--json", "--page", &page], &[("WX_BASE_URL", &target)], "");
        let report = ran.json();
        assert_eq!(outcome(&report, "page"), (status.into(), code.into()), "{path}");
        if path == "/old" {
            assert!(check(&report, "page")["next"].as_str().unwrap().contains(&format!("{target}/new/")));
        }
    }
    let listed = [("WX_BASE_URL", target.as_str()), ("WX_ALLOWED_HOSTS", "m.example.com")];
    let ran = run(&["doctor", "--json", "--page", &target], &listed, "");
    assert_eq!(outcome(&ran.json(), "page").1, "HOST_NOT_ALLOWED");
}

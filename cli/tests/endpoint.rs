//! `wxsign doctor --endpoint` against signing routes, most of them wrong.
// A test that cannot go on should stop at once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::route::{Config, raw_server, signing_server};
use common::{APP_ID, CORP_ID, Sandbox, TICKET, decode, outcome, run, serve};
use serde_json::Value;

fn endpoint_codes(endpoint: &str, ticket: Option<&str>) -> (u8, Vec<String>) {
    let sandbox = serve(|_| (200, vec![], String::new()));
    let mut variables = vec![("WX_BASE_URL", sandbox.as_str()), ("WX_ALLOWED_HOSTS", "m.example.com")];
    variables.extend(ticket.map(|ticket| ("WX_JSAPI_TICKET", ticket)));
    let ran = run(&["doctor", "--json", "--endpoint", endpoint], &variables, "");
    let report = ran.json();
    let checks = report["checks"].as_array().unwrap().iter().filter(|check| check["name"] == "endpoint");
    (ran.code, checks.map(|check| check["code"].as_str().unwrap().to_owned()).collect())
}

/// Ten wrong servers, the tutorial's among them: each fault is named by its code, and the right one
/// is ok.
#[test]
fn ten_wrong_servers_are_named() {
    let entity = |page: &str| page.replace('&', "&amp;");
    let servers: Vec<(&str, String)> = vec![
        ("ok", signing_server(Config::right)),
        // The tutorial: the appId stands in front of the signed text.
        (
            "app_id_hashed",
            signing_server(|page, ticket| {
                let url = page.split('#').next().unwrap();
                Config::signed(&format!(
                    "appId={APP_ID}&jsapi_ticket={ticket}&noncestr={}&timestamp={}&url={url}",
                    Config::NONCE,
                    Config::TIMESTAMP
                ))
            }),
        ),
        ("fragment_kept", signing_server(Config::of)),
        ("url_decoded", signing_server(|page, ticket| Config::right(&decode(page), ticket))),
        ("url_encoded", raw_server(|raw| Config::of(raw.split("%23").next().unwrap(), TICKET))),
        ("amp_entity", signing_server(move |page, ticket| Config::right(&entity(page), ticket))),
        (
            "scheme_changed",
            signing_server(|page, ticket| Config::right(&page.replace("https:", "http:"), ticket)),
        ),
        (
            "query_dropped",
            signing_server(|page, ticket| Config::right(page.split('?').next().unwrap(), ticket)),
        ),
        (
            "key_names",
            signing_server(|page, ticket| {
                let url = page.split('#').next().unwrap();
                Config::signed(&format!(
                    "jsapi_ticket={ticket}&nonceStr={}&timestamp={}&url={url}",
                    Config::NONCE,
                    Config::TIMESTAMP
                ))
            }),
        ),
        (
            "timestamp_milliseconds",
            signing_server(|page, ticket| {
                let url = page.split('#').next().unwrap();
                Config::signed(&format!(
                    "jsapi_ticket={ticket}&noncestr={}&timestamp={}123&url={url}",
                    Config::NONCE,
                    Config::TIMESTAMP
                ))
            }),
        ),
        ("other_page", signing_server(|_, ticket| Config::of("https://m.example.com/home", ticket))),
        ("ticket_placeholder", signing_server(|page, _| Config::right(page, "undefined"))),
        ("other_ticket", signing_server(|page, _| Config::right(page, "another-ticket"))),
    ];
    for (code, endpoint) in servers {
        let (exit, codes) = endpoint_codes(&endpoint, Some(TICKET));
        assert!(codes.iter().any(|found| found == code), "{code} is not among {codes:?}");
        assert_eq!(exit, u8::from(code != "ok"), "{code}");
        assert!(codes.len() <= 3, "{code}: {codes:?}");
    }
}

/// What a right signature does not show: another account's appId, the ticket in the answer, a name
/// that `wx.config` does not read.
#[test]
fn a_right_signature_may_be_of_no_use() {
    let account = [("WX_APP_ID", APP_ID), ("WX_APP_SECRET", "0123456789abcdef0123456789abcdef")];
    for (code, exit, from, to) in [
        ("ok", 0, "", ""),
        ("other_app_id", 1, APP_ID, "wx0000000000000000"),
        ("secret_exposed", 1, "\"data\":{", &format!("\"data\":{{\"ticket\":\"{TICKET}\",")),
        ("secret_exposed", 1, "\"code\":0", "\"secret\":\"0123456789abcdef0123456789abcdef\""),
        ("field_names", 0, "nonceStr", "noncestr"),
        ("field_names", 0, "appId", "app_id"),
    ] {
        let (from, to) = (from.to_owned(), to.to_owned());
        let address = serve(move |target| {
            let page = decode(target.split_once("url=").map_or("", |(_, raw)| raw));
            let body = Config::right(&page, TICKET).to_json();
            (200, vec![], if from.is_empty() { body } else { body.replace(&from, &to) })
        });
        let endpoint = format!("{address}/wx/config");
        let variables = [&account[..], &[("WX_BASE_URL", &address), ("WX_JSAPI_TICKET", TICKET)]].concat();
        let ran = run(&["doctor", "--json", "--endpoint", &endpoint], &variables, "");
        let report = ran.json();
        let checks: Vec<_> =
            report["checks"].as_array().unwrap().iter().filter(|check| check["name"] == "endpoint").collect();
        assert!(checks.iter().any(|check| check["code"] == code), "{code}: {checks:?}");
        let is_failure = checks.iter().any(|check| check["status"] == "failure");
        assert_eq!(is_failure, exit == 1, "{code}: {checks:?}");
        assert!(!ran.out.contains(TICKET) && !ran.out.contains(account[1].1));
    }
}

/// Without the ticket the route's own words show its faults.
#[test]
fn without_a_ticket_relations_are_compared() {
    let echo = |change: fn(&str) -> String| {
        signing_server(move |page, ticket| {
            let url = change(page);
            Config {
                nonce: format!("{}{}", Config::NONCE, page.len()),
                url: Some(url.clone()),
                ..Config::of(&url, ticket)
            }
        })
    };
    for (code, endpoint) in [
        ("url_decoded", echo(decode)),
        (
            "scheme_changed",
            echo(|page| page.replace("https:", "http:").split('#').next().unwrap().to_owned()),
        ),
        ("other_page", signing_server(|_, ticket| Config::of("https://m.example.com/", ticket))),
        (
            "no_ticket",
            signing_server(|page, ticket| Config {
                nonce: format!("n{}", page.len()),
                ..Config::right(page, ticket)
            }),
        ),
        (
            "other_digest",
            signing_server(|page, ticket| Config {
                signature: "a".repeat(32),
                ..Config::right(page, ticket)
            }),
        ),
    ] {
        let (_, codes) = endpoint_codes(&endpoint, None);
        assert!(codes.iter().any(|found| found == code), "{code} is not among {codes:?}");
    }
}

#[test]
fn routes_that_do_not_answer_are_named() {
    let html = serve(|_| (200, vec![], "<html>login</html>".into()));
    let refusing = serve(|_| (403, vec![], "{}".into()));
    let chinese = run(&["doctor", "--endpoint", &html, "--lang", "zh"], &[("WX_JSAPI_TICKET", TICKET)], "");
    assert!(chinese.out.contains("响应不是 JSON"), "{}", chinese.out);
    for endpoint in [html, refusing, "http://127.0.0.1:1/x".into()] {
        assert_eq!(endpoint_codes(&endpoint, Some(TICKET)), (1, vec!["no_signature".into()]), "{endpoint}");
    }
    assert_eq!(endpoint_codes("ftp", Some(TICKET)).1, ["no_signature"]);
}

/// A handler of wxsign refuses pages of a host that is not its own: the doctor names the code and
/// the variable that names the host.
#[test]
fn the_code_of_a_refusing_route_is_shown() {
    let route = serve(|_| (403, vec![], r#"{"code":"HOST_NOT_ALLOWED","message":"…"}"#.into()));
    let ran = run(&["doctor", "--endpoint", &route], &[("WX_JSAPI_TICKET", TICKET)], "");
    assert!(ran.out.contains("HTTP 403 HOST_NOT_ALLOWED"), "{}", ran.out);
    assert!(ran.out.contains("WX_ALLOWED_HOSTS=example.com"), "{}", ran.out);
    let route = serve(|_| (500, vec![], r#"{"code":"<b>ticket</b>"}"#.into()));
    let ran = run(&["doctor", "--endpoint", &route], &[("WX_JSAPI_TICKET", TICKET)], "");
    assert!(ran.out.contains("HTTP 500") && !ran.out.contains("<b>"), "{}", ran.out);
}

/// The pages are of another host than the route, as on a developer's own machine.
#[test]
fn a_route_that_signs_its_own_address_is_named() {
    for with_query in [true, false] {
        let own = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        let known = std::sync::Arc::clone(&own);
        let address = serve(move |target| {
            let target = if with_query { target } else { target.split('?').next().unwrap() };
            let url = format!("{}{target}", known.lock().unwrap());
            (200, vec![], Config::of(&url, TICKET).to_json())
        });
        own.lock().unwrap().clone_from(&address);
        let (code, codes) = endpoint_codes(&format!("{address}/my/own/route"), Some(TICKET));
        assert_eq!((code, codes), (1, vec!["own_address_signed".into()]), "{with_query}");
    }
    let right = signing_server(Config::right);
    let root = format!("{}/", right.split("/wx/").next().unwrap());
    let variables = [("WX_BASE_URL", right.as_str()), ("WX_JSAPI_TICKET", TICKET)];
    let ran = run(&["doctor", "--endpoint", &root], &variables, "");
    assert!(!ran.out.contains("own_address_signed"), "{}", ran.out);
}

/// A route with another parameter, wrapped as JSONP.
#[test]
fn routes_with_other_shapes_are_understood() {
    let address = serve(|target| {
        let page = decode(target.split_once("link=").unwrap().1);
        (200, vec![], format!("callback({});", Config::right(&page, TICKET).to_json()))
    });
    assert_eq!(
        endpoint_codes(&format!("{address}/jsonp?x=1&link={{url}}"), Some(TICKET)),
        (0, vec!["ok".into()])
    );
}

/// A route of `wx.agentConfig` is judged with the app's ticket, one of `wx.config` with the corp's.
#[test]
fn a_route_with_the_wrong_kind_of_ticket_is_named() {
    let sandbox = Sandbox::start();
    let variables = sandbox.work_variables(&[]);
    let doctor = |endpoint: &str| {
        let ran = run(&["doctor", "--json", "--endpoint", endpoint], &variables, "");
        (ran.code, outcome(&ran.json(), "endpoint").1)
    };
    // The first run fetches both tickets.
    assert_eq!(doctor("http://127.0.0.1:1/x").1, "no_signature");
    for (kind, names, code) in [
        ("agent_config_ticket", r#""corpid":"ww1","agentid":"1""#, "ok"),
        ("jsapi_ticket", r#""corpid":"ww1","agentid":"1""#, "wrong_ticket_kind"),
        ("jsapi_ticket", r#""appId":"ww1""#, "ok"),
        ("agent_config_ticket", r#""appId":"ww1""#, "wrong_ticket_kind"),
    ] {
        let current = sandbox.get(&format!("/_sandbox/current?corpid={CORP_ID}&agentid=1000002"));
        let current: Value = serde_json::from_str(&current).unwrap();
        let ticket = current[kind]["value"].as_str().unwrap().to_owned();
        let address = serve(move |target| {
            let page = decode(target.split_once("url=").map_or("", |(_, raw)| raw));
            let Config { nonce, timestamp, signature, .. } = Config::right(&page, &ticket);
            let signed = format!(r#""nonceStr":"{nonce}","timestamp":{timestamp},"signature":"{signature}""#);
            (200, vec![], format!("{{{names},{signed}}}"))
        });
        let found = doctor(&format!("{address}/sign"));
        assert_eq!(found, (u8::from(code != "ok"), code.into()), "{kind} {names}");
    }
}

//! What holds for any evidence.

use super::*;
use crate::diagnosis::Verdict;
use crate::diagnosis::digest::sha1;
use crate::nonce::nonce;

fn random_signature() -> String {
    hex::encode(sha1(nonce().as_bytes()))
}

/// A random signature is never explained by a mistake, and a right one never doubted.
#[test]
fn ten_thousand_signatures_give_no_false_proof() {
    let pages = ["https://e.cn/", "https://e.cn/a?b=1", "https://e.cn/a"];
    for round in 0..10_000 {
        let (ticket, nonce_str) = (nonce().repeat(2), nonce());
        let page = pages[round % pages.len()];
        let timestamp = (1_700_000_000 + round).to_string();
        // The search of a wrong one takes a while in a debug build; most are right ones.
        let is_right = round % 400 != 0;
        let signature = if is_right {
            let text = format!("jsapi_ticket={ticket}&noncestr={nonce_str}&timestamp={timestamp}&url={page}");
            hex::encode(sha1(text.as_bytes()))
        } else {
            random_signature()
        };
        let report = explain(&Evidence {
            url: page.into(),
            ticket,
            nonce_str,
            timestamp,
            signature,
            ..Evidence::default()
        });
        let verdict = if is_right { Verdict::Valid } else { Verdict::Invalid };
        assert_eq!((report.verdict, proven(&report)), (verdict, vec![]), "{report:?}");
    }
}

/// Whatever is passed, and wherever the ticket stands in it, the report does not contain the
/// ticket.
#[test]
fn no_report_contains_the_ticket() {
    let page = "https://example.com/a?b=1";
    for ticket in [TICKET, "mock-ticket-1", "undefined-but-long", "XEdpActnNf3XvQGOng9vhA=="] {
        let with_ticket = format!("https://example.com/a?jsapi_ticket={ticket}#{ticket}");
        let escaped = ticket.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
        let encoded = [&escaped, &escaped.replace('%', "%25"), &escaped.replace('%', "%2525")]
            .map(|spelled| format!("https://example.com/a?t={spelled}"));
        for url in [page, &with_ticket, &encoded[0], &encoded[1], &encoded[2]] {
            for page_url in ["", page, &with_ticket, &encoded[1]] {
                for signature in [ticket, "", &random_signature()] {
                    let report = explain(&Evidence {
                        url: url.into(),
                        page_url: page_url.into(),
                        real_auth_url: vec![with_ticket.clone(), page.into()],
                        ticket: ticket.into(),
                        nonce_str: ticket.into(),
                        timestamp: ticket.into(),
                        signature: signature.into(),
                        app_id: ticket.into(),
                        err_msg: format!("config:fail {ticket}"),
                        user_agent: ticket.into(),
                        other_names: vec![ticket.into(), "noncestr".into()],
                        ..Evidence::default()
                    });
                    let json = report.to_json();
                    let is_in_json = |spelled: &String| json.to_ascii_lowercase().contains(spelled);
                    assert!(!json.contains(ticket), "{ticket}: {report:?}");
                    assert!(!is_in_json(&escaped), "{ticket}: {report:?}");
                    assert!(!encoded.iter().any(is_in_json), "{ticket}: {report:?}");
                }
            }
        }
    }
}

/// The evidence's `Debug` is safe to log.
#[test]
fn evidence_debug_shows_no_ticket() {
    assert!(!format!("{:?}", evidence("https://example.com/", "x")).contains(TICKET));
}

/// A report is no signing oracle: no signature that would be right can be read from it.
#[test]
fn no_report_contains_a_signature() {
    let page = "https://example.com/a?b=1&c=2#d";
    let report = explain(&evidence(page, &random_signature()));
    let right = crate::sign(TICKET, NONCE, 1_414_587_457, page);
    assert!(!report.to_json().contains(right.as_str()));
}

#[test]
fn broken_evidence_is_an_argument_error() {
    for json in ["", "[]", "1", "{\"url\":{}}", "{\"timestamp\":[1]}", "{\"realAuthUrl\":[[]]}", "{\"url\":"]
    {
        let error = Evidence::from_json(json).unwrap_err();
        assert_eq!(error.code(), crate::Code::InvalidArgument, "{json}");
    }
    let nested = format!("{{\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));
    assert!(Evidence::from_json(&nested).unwrap_err().message().contains("nested"));
    assert!(Evidence::from_json(r#"{"url":"[[[[[[[[[[[[[[[[[[[[\"{{{"}"#).is_ok());
    let error = Evidence::from_json(&format!("{{\"url\":\"{}\"}}", "a".repeat(300_000))).unwrap_err();
    assert_eq!(error.code(), crate::Code::InvalidArgument);
}

#[test]
fn evidence_is_read_with_numbers_nulls_and_lists() {
    let evidence = Evidence::from_json(
        r#"{"url":"https://e.cn/","realAuthUrl":"https://e.cn/a","timestamp":1414587457,"nonceStr":null,
            "noncestr":"x","jsApiList":["a"],"debug":true}"#,
    )
    .unwrap();
    assert_eq!(evidence.timestamp, "1414587457");
    assert_eq!(evidence.real_auth_url, ["https://e.cn/a"]);
    assert_eq!(evidence.other_names, ["debug", "jsApiList", "noncestr"]);
    let list = Evidence::from_json(r#"{"realAuthUrl":["https://e.cn/a","https://e.cn/b"]}"#).unwrap();
    assert_eq!(list.real_auth_url.len(), 2);
    let cut = Evidence::from_json(r#"{"errMsg":"x\ud83d","inFrame":null,"a\udc00":1}"#).unwrap();
    assert_eq!((cut.err_msg.as_str(), cut.in_frame), ("x\u{fffd}", false));
    assert!(Evidence::from_json(r#"{"inFrame":"yes"}"#).is_err());
}

#[test]
fn reports_are_camel_case_json() {
    let report = explain(&evidence("https://e.cn/a#b", "5e53ada28ac1dd6420e98c39287f7f1cb1fe1fd1"));
    let value: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(value["verdict"], "invalid");
    let cause = value["causes"][0].as_object().unwrap();
    for name in ["code", "certainty", "title", "titleZh", "fix", "fixZh"] {
        assert!(cause[name].is_string(), "{name}");
    }
}

/// Odd and huge evidence neither panics nor takes long.
#[test]
fn odd_evidence_is_survived() {
    let long = format!("https://e.cn/?{}", "a=1&%".repeat(20_000));
    for url in
        ["", "#", "?", "://", "%", "%%%", "https://", "https://#", "&", "\u{0}", "https://中文.cn/?#", &long]
    {
        for signature in ["", "g", "ffff", &random_signature(), "AAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
            let mut given = evidence(url, signature);
            given.page_url = "https://e.cn/?a=1".into();
            let report = explain(&given);
            assert!(proven(&report).is_empty(), "{url}");
        }
    }
}

/// What pasting makes of the evidence is no mistake of the server, and never another one.
#[test]
fn what_pasting_adds_is_no_cause() {
    const URL: &str = "https://e.cn/p?x=1&y=2";
    let signed = |url: &str| {
        let text = format!("jsapi_ticket={TICKET}&noncestr={NONCE}&timestamp={TIMESTAMP}&url={url}");
        hex::encode(sha1(text.as_bytes()))
    };
    let right = evidence(URL, &signed(URL));
    for url in [
        " https://e.cn/p?x=1&y=2",
        "https://e.cn/p?x=1&y=2\r\n",
        "\u{feff}https://e.cn/p?x=1&y=2",
        "\"https://e.cn/p?x=1&y=2\"",
        "https%3A%2F%2Fe.cn%2Fp%3Fx%3D1%26y%3D2",
    ] {
        assert_eq!(
            explain(&Evidence { url: url.into(), ..right.clone() }).verdict,
            Verdict::Valid,
            "{url:?}"
        );
        let real = Evidence { real_auth_url: vec![url.into()], ..right.clone() };
        assert_eq!(explain(&real).verdict, Verdict::Valid, "{url:?}");
    }
    // If that very text was signed, it is the mistake.
    for (url, code) in [
        ("https://e.cn/p?x=1&y=2\n", "stray_characters"),
        ("https%3A%2F%2Fe.cn%2Fp%3Fx%3D1%26y%3D2", "url_encoded"),
    ] {
        let report = explain(&evidence(url, &signed(url)));
        assert_eq!((report.causes[0].code.as_str(), report.causes[0].certainty), (code, Certainty::Proven));
    }
    for wrong in [
        Evidence { ticket: format!("\"{TICKET}\""), ..right.clone() },
        Evidence { nonce_str: format!("{NONCE} "), ..right.clone() },
        Evidence { timestamp: format!(" {TIMESTAMP}"), ..right.clone() },
    ] {
        let cause = &explain(&wrong).causes[0];
        assert_eq!(cause.certainty, Certainty::Proven, "{}", cause.code.as_str());
        assert!(cause.code.as_str().contains("stray_characters"));
    }
    let list = Evidence::from_json(r#"{"realAuthUrl":"[\"https:\\/\\/e.cn\\/p\"]"}"#).unwrap();
    assert_eq!(list.real_auth_url, ["https://e.cn/p"]);
    assert_eq!(
        Evidence::from_json(r#"{"realAuthUrl":["https:\\/\\/e.cn"]}"#).unwrap().real_auth_url,
        ["https://e.cn"]
    );
}

#[test]
fn a_message_may_be_the_whole_object() {
    for message in [
        r#"{"errMsg":"config:invalid signature","realAuthUrl":[]}"#,
        r#"{\"errMsg\":\"config:invalid signature\"}"#,
        "errMsg: config:invalid signature",
        "fail:40093",
    ] {
        let report = explain(&Evidence { err_msg: message.into(), ..Evidence::default() });
        assert_eq!(report.causes[0].code.as_str(), "dead_ticket", "{message}");
    }
}

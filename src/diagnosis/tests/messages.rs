//! What clients report, and which address they verify.

use super::*;
use crate::diagnosis::Verdict;

fn message(text: &str) -> Evidence {
    Evidence { err_msg: text.into(), ..Evidence::default() }
}

#[test]
fn every_message_names_its_cause() {
    for (text, code) in [
        ("config:fail,invalid url domain", "domain_not_listed"),
        ("config:fail,Error: 系统错误,错误码：40048,invalid url domain", "domain_not_listed"),
        ("config:fail", "config_malformed"),
        ("config:localparameters", "config_malformed"),
        ("config:fail, invalid appid", "invalid_app_id"),
        ("config:fail,Error: 40013", "invalid_app_id"),
        ("onMenuShareTimeline:fail, the permission value is offline verifying", "offline_verifying"),
        ("updateAppMessageShareData:permission denied", "api_not_permitted"),
        ("chooseImage:fail_access_denied", "api_not_permitted"),
        ("getLocation:invalid signature", "url_reverified"),
        ("openBusinessView:require subscribe", "follow_required"),
        ("system:function_not_exist", "client_too_old"),
        ("selectEnterpriseContact:function not exist", "client_too_old"),
        ("agentConfig:fail 42012 ticket no available", "wrong_ticket_kind"),
        ("agentConfig:fail, 80001 not match any reliable domain", "work_domain_not_listed"),
        ("agentConfig:fail 40013 invalid corpid", "work_corp_id"),
        ("config:fail 40094", "scheme_missing"),
        ("agentConfig:fail 60011 no privilege", "work_outside_scope"),
        ("selectExternalContact:fail_nopermission", "offline_verifying"),
        ("wx.agentConfig is not a function", "work_sdk_missing"),
    ] {
        let report = explain(&message(text));
        assert_eq!(codes(&report, Certainty::Likely), [code], "{text}");
        assert_eq!(report.verdict, Verdict::Unknown);
    }
}

/// A page of a third-party platform is refused for the platform's own list of domains.
#[test]
fn a_refused_domain_suspects_the_platform() {
    let report = explain(&message("config:fail,invalid url domain"));
    assert_eq!(codes(&report, Certainty::Possible), ["third_party_platform"]);
}

#[test]
fn a_signature_message_alone_names_suspects() {
    for text in [
        "config:invalid signature",
        "config:fail, invalid signature",
        "config:fail,Error: 系统错误,错误码：63002,invalid signature [20201105 08:31:41][]",
        "agentConfig:fail Hint: '0524190400:FxS3gkjBbbgSy+vH7KjjIw:40093'",
    ] {
        let report = explain(&message(text));
        assert!(named(&report).contains(&"dead_ticket"), "{text}: {report:?}");
        assert_eq!((report.verdict, proven(&report)), (Verdict::Unknown, vec![]));
    }
}

const PAGE: &str = "http://mp.weixin.qq.com?params=value";
const RIGHT: &str = "0f9de62fce790f9a083d5c99e95740ceb90c27ed";

/// The numbers are right and WeChat refuses them: never valid, and the ticket and account are
/// suspects.
#[test]
fn a_right_signature_that_wechat_refuses_is_not_valid() {
    let refused = Evidence { err_msg: "config:invalid signature".into(), ..evidence(PAGE, RIGHT) };
    let report = explain(&refused);
    assert_eq!(report.verdict, Verdict::Unknown);
    for code in [
        "dead_ticket",
        "other_account_ticket",
        "wrong_ticket_kind",
        "mini_program_app_id",
        "spa_landing_url",
        "third_party_platform",
    ] {
        assert!(named(&report).contains(&code), "{code}");
    }
    let accepted = Evidence { err_msg: "config:ok".into(), ..evidence(PAGE, RIGHT) };
    assert_eq!(explain(&accepted).verdict, Verdict::Valid);
}

/// The address that WeChat reports decides, not the one that the page has.
#[test]
fn the_verified_address_decides() {
    let mut case = evidence(PAGE, RIGHT);
    case.page_url = format!("{PAGE}#top");
    case.real_auth_url = vec![PAGE.into(), PAGE.into()];
    assert_eq!(explain(&case).verdict, Verdict::Valid);
    case.real_auth_url = vec!["http://mp.weixin.qq.com/landing".into()];
    let report = explain(&case);
    assert_eq!((report.verdict, proven(&report)), (Verdict::Invalid, vec!["other_page"]));
    assert_eq!(report.causes[0].signed.as_deref(), Some(PAGE));
    assert_eq!(report.causes[0].expected.as_deref(), Some("http://mp.weixin.qq.com/landing"));
    // Android: one entry is the signed one, the other one not.
    case.real_auth_url = vec![PAGE.into(), "http://mp.weixin.qq.com/now".into()];
    case.err_msg = "config:invalid signature".into();
    let report = explain(&case);
    assert_eq!(report.verdict, Verdict::Invalid);
    assert!(codes(&report, Certainty::Likely).contains(&"other_page"), "{report:?}");
}

/// In a single-page app the reason depends on the client.
#[test]
fn single_page_apps_are_named_by_client() {
    for (agent, code) in [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) MicroMessenger/8.0.50", "spa_landing_url"),
        ("Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50", "spa_current_url"),
        ("Mozilla/5.0 (Windows NT 10.0) MicroMessenger/7.0.20 WindowsWechat", "spa_current_url"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) MicroMessenger/1.0.9", "spa_current_url"),
        ("Mozilla/5.0 (iPhone) wxwork/4.1.0 MicroMessenger/7.0.1", "spa_current_url"),
        ("Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50 miniProgram/wx0", "mini_program_web_view"),
    ] {
        let report = explain(&Evidence {
            url: "https://e.cn/list".into(),
            page_url: "https://e.cn/item/7".into(),
            user_agent: agent.into(),
            ..Evidence::default()
        });
        assert_eq!(codes(&report, Certainty::Likely), [code], "{agent}");
    }
}

#[test]
fn shapes_of_fields_are_named_without_a_ticket() {
    let given = |json: &str| explain(&Evidence::from_json(json).unwrap());
    for (json, code, verdict) in [
        (r#"{"noncestr":"x"}"#, "field_names", Verdict::Invalid),
        (r#"{"timeStamp":1}"#, "field_names", Verdict::Invalid),
        (r#"{"appid":"wx5823bf96d3bd56c7"}"#, "field_names", Verdict::Invalid),
        (r#"{"timestamp":1414587457123}"#, "timestamp_milliseconds", Verdict::Unknown),
        (r#"{"timestamp":"1700000000.5"}"#, "timestamp_not_integer", Verdict::Unknown),
        (r#"{"timestamp":"undefined"}"#, "timestamp_missing", Verdict::Invalid),
        (r#"{"nonceStr":"undefined"}"#, "nonce_missing", Verdict::Invalid),
        (r#"{"nonceStr":"Wm3WZYTPz0wzccnW"}"#, "sample_copied", Verdict::Unknown),
        (r#"{"timestamp":1414587457}"#, "sample_copied", Verdict::Unknown),
        (r#"{"appId":"gh_0123456789ab"}"#, "app_id_malformed", Verdict::Unknown),
        (r#"{"signature":"4e5bd2549dc0deb6ae76be332a67ce73"}"#, "other_digest", Verdict::Invalid),
        (r#"{"signature":"YGx/3VZypsuUiHMJHDGvo5NdnGM="}"#, "digest_base64", Verdict::Invalid),
        (r#"{"signature":"undefined"}"#, "signature_malformed", Verdict::Invalid),
        (r#"{"ticket":"undefined"}"#, "ticket_placeholder", Verdict::Invalid),
        (r#"{"ticket":"\"abc\""}"#, "ticket_stray_characters", Verdict::Invalid),
        (r#"{"ticket":"short"}"#, "ticket_shape", Verdict::Unknown),
        (
            r#"{"ticket":"cjaeBh+/676zBYL4+wFjNA==","errMsg":"config:fail"}"#,
            "wrong_ticket_kind",
            Verdict::Invalid,
        ),
        (r#"{"url":"https%3A%2F%2Fe.cn%2F"}"#, "url_encoded", Verdict::Invalid),
        (r#"{"url":"https://e.cn/中文"}"#, "url_decoded", Verdict::Invalid),
        (r#"{"url":"https://e.cn/?a=1&amp;b=2"}"#, "amp_entity", Verdict::Invalid),
        (r#"{"url":"e.cn/a"}"#, "scheme_missing", Verdict::Invalid),
        (r#"{"url":"https://e.cn/a\n"}"#, "stray_characters", Verdict::Invalid),
        (r#"{"url":"https://e.cn/a#/b"}"#, "fragment_kept", Verdict::Unknown),
        (r#"{"url":"http://localhost:3000/"}"#, "local_page", Verdict::Unknown),
        (r#"{"inFrame":true}"#, "iframe", Verdict::Unknown),
    ] {
        let report = given(json);
        assert!(named(&report).contains(&code), "{json}: {report:?}");
        assert_eq!(report.verdict, verdict, "{json}");
    }
    let token = format!("{{\"ticket\":\"37_{}\"}}", "a".repeat(120));
    assert_eq!(named(&given(&token)), ["access_token_as_ticket"]);
}

/// A page passes its whole address; that it has a fragment does not hide another mistake.
#[test]
fn a_fragment_hides_no_other_mistake() {
    let report = explain(&Evidence {
        url: "http://e.cn/a?b=1#/c".into(),
        page_url: "https://e.cn/a?b=1#/c".into(),
        ..Evidence::default()
    });
    assert_eq!(codes(&report, Certainty::Likely), ["scheme_changed"]);
}

/// Ordinary pages and fields give no finding.
#[test]
fn an_ordinary_config_gives_no_finding() {
    let report = explain(
        &Evidence::from_json(
            r#"{"url":"https://e.cn/a?b=%E4%B8%AD","pageUrl":"https://e.cn/a?b=%E4%B8%AD#c","appId":"wx5823bf96d3bd56c7",
                "timestamp":1700000000,"nonceStr":"a1b2","signature":"606c7fdd5672a6cb948873091c31afa3935d9c63",
                "jsApiList":[],"debug":true,"openTagList":[],"beta":true}"#,
        )
        .unwrap(),
    );
    assert_eq!((report.verdict, named(&report)), (Verdict::Unknown, vec![]));
}

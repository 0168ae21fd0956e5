//! What an error shows: to the operator, to a visitor, and in which names.

use serde_json::Value;

use super::*;

/// Every hint that an error may carry.
fn hints() -> Vec<(String, String)> {
    let plain = Code::ALL.iter().map(|&code| Error::new(code, ""));
    let reasons = Reason::ALL.iter().map(|&reason| Error::new(Code::Network, "").with_reason(reason));
    let codes = [
        40013, 40056, 40001, 40125, 40243, 41002, 89501, 89503, 89506, 60020, 48001, 48004, 45011, 48017,
        41001, 43002,
    ];
    let errcodes = codes.iter().flat_map(|&errcode| {
        Code::ALL.iter().map(move |&code| Error::new(code, "").with_answer(errcode, None, None))
    });
    plain.chain(reasons).chain(errcodes).map(|error| (error.hint(), error.hint_zh())).collect()
}

#[test]
fn hints_are_written_in_two_languages() {
    for (en, zh) in hints() {
        assert!(en.len() > 20 && en.ends_with('.'), "{en}");
        assert!(zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) && zh.ends_with('。'), "{zh}");
        assert!(!en.contains('`') && !zh.contains('`'), "an unknown name: {en} {zh}");
        let chinese: Vec<char> = zh.chars().collect();
        let half = chinese.windows(2).find(|pair| {
            let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            han(pair[0]) && ",;:()".contains(pair[1]) || "(".contains(pair[0]) && han(pair[1])
        });
        assert!(half.is_none(), "half-width punctuation: {zh}");
    }
}

#[test]
fn each_reason_has_advice_of_its_own() {
    for &reason in Reason::ALL {
        let error = Error::new(Code::Network, "").with_reason(reason);
        assert_ne!(error.hint(), Error::new(Code::Network, "").hint(), "{reason:?}");
        assert_eq!(Reason::from_word(reason.word()), Some(reason));
    }
}

/// The link of each code leads to its section, and each reason is explained.
#[test]
fn codes_and_reasons_are_documented() {
    let page = include_str!("../../docs/errors.md");
    for &code in Code::ALL {
        let (_, anchor) = code.docs_url().split_once('#').unwrap();
        assert!(page.contains(&format!("\n## {}\n", anchor.to_uppercase())), "{code}");
    }
    for &reason in Reason::ALL {
        assert!(page.contains(&format!("`{}`", reason.word())), "{}", reason.word());
    }
}

/// An errcode changes the advice of the code that it belongs to, and of no other.
#[test]
fn an_errcode_changes_the_advice_of_its_own_code() {
    let hint = |code, errcode| Error::new(code, "").with_answer(errcode, None, None).hint();
    assert_ne!(hint(Code::CredentialRejected, 40013), hint(Code::CredentialRejected, 40125));
    // A token that got lost on its way is no fault of the secret, at either call.
    assert_eq!(hint(Code::CredentialRejected, 41001), hint(Code::UpstreamRejected, 41001));
    assert!(!hint(Code::CredentialRejected, 41001).contains("AppSecret"));
    assert_eq!(hint(Code::TokenInvalidated, 40001), Error::new(Code::TokenInvalidated, "").hint());
}

#[test]
fn handlers_answer_with_the_table_of_statuses() {
    use Code::*;
    let table: [(u16, &[Code]); 5] = [
        (400, &[InvalidArgument, InvalidUrl]),
        (403, &[HostNotAllowed]),
        (502, &[CredentialRejected, IpNotAllowed, PermissionDenied, UpstreamRejected]),
        (
            503,
            &[
                QuotaExceeded,
                TokenInvalidated,
                UpstreamBusy,
                BadResponse,
                NotReady,
                Network,
                Timeout,
                Closed,
                Aborted,
            ],
        ),
        (500, &[Store, Forked, Internal]),
    ];
    assert_eq!(table.iter().map(|(_, codes)| codes.len()).sum::<usize>(), Code::ALL.len());
    for (status, codes) in table {
        for &code in codes {
            assert_eq!(Error::new(code, "").http_status(), status, "{code}");
        }
    }
    assert_eq!(Error::option("proxy", "is wrong").http_status(), 500);
    assert_eq!(Error::parameter("url", "is missing").http_status(), 400);
}

/// In both languages, by the binding's own name.
#[test]
fn a_wrong_argument_is_named_in_its_advice() {
    for (error, names) in [
        (Error::option("caFile", "is empty"), ["caFile", "WithCAFile", "WX_CA_FILE"]),
        (Error::parameter("url", "is missing"), ["url"; 3]),
    ] {
        for (binding, name) in [Binding::Node, Binding::Go, Binding::Command].into_iter().zip(names) {
            for hint in [error.hint_for(binding), error.hint_zh_for(binding)] {
                assert!(hint.contains(name), "{hint}");
            }
        }
        assert!(error.hint_zh().chars().any(|c| c == '请') && error.hint_zh().ends_with('。'));
    }
    // What has its own advice keeps it.
    let file = Error::option("caFile", "is no file").with_reason(Reason::CaFile);
    assert!(file.hint().contains("PEM"), "{}", file.hint());
}

#[test]
fn retry_after_is_at_least_one_second() {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let after = |code, left: i64| Error::new(code, "").with_retry_at(now + left).retry_after_seconds();
    assert_eq!(after(Code::Network, -5_000), Some(1));
    assert!((59..=60).contains(&after(Code::QuotaExceeded, 60_000).unwrap()));
    assert_eq!(after(Code::IpNotAllowed, 60_000), None, "502");
    assert_eq!(Error::new(Code::NotReady, "").retry_after_seconds(), Some(DEFAULT_RETRY_SECONDS));
    assert_eq!(Error::new(Code::InvalidUrl, "").retry_after_seconds(), None);
}

#[test]
fn a_visitor_sees_a_fixed_sentence() {
    let error =
        Error::new(Code::IpNotAllowed, "invalid ip 10.0.0.9").with_subject(Subject::Host("inner".into()));
    let body: Value = serde_json::from_str(&error.public_json()).unwrap();
    assert_eq!(body, serde_json::json!({ "code": "IP_NOT_ALLOWED", "message": error.public_message() }));
    assert_eq!(error.public_message(), Code::IpNotAllowed.public_message());
    for &code in Code::ALL {
        let sentence = code.public_message();
        assert!(
            sentence.len() > 15 && sentence.ends_with('.') && !sentence.contains("://"),
            "{code}: {sentence}"
        );
    }
}

#[test]
fn a_remembered_failure_says_when() {
    let error = Error::new(Code::UpstreamBusy, "busy").with_recorded_at(1_700_000_585_000);
    assert!(error.message().ends_with("busy; recorded at 22:23:05 UTC"), "{error}");
    let error = error.with_retry_at(1_700_000_645_000);
    assert_eq!(error.message(), "busy; recorded at 22:23:05 UTC, asked again at 22:24:05 UTC");
    assert_eq!((error.raw_message(), error.recorded_at_ms()), ("busy", Some(1_700_000_585_000)));
    assert!(format!("{error}").contains("recorded at 22:23:05 UTC"));
}

#[test]
fn json_holds_what_the_error_holds() {
    let cause = Error::new(Code::Network, "x: connection refused").with_reason(Reason::ConnectionRefused);
    let error =
        Error::option("caFile", "is no file").with_cause(cause.with_subject(Subject::Host("x".into())));
    let json: Value = serde_json::from_str(&error.to_json_for(Binding::Go)).unwrap();
    assert_eq!(json["message"], "WithCAFile is no file");
    assert_eq!((&json["option"], &json["retryable"]), (&"WithCAFile".into(), &false.into()));
    assert_eq!((&json["cause"]["reason"], &json["cause"]["host"]), (&"ECONNREFUSED".into(), &"x".into()));
    assert!(json["docsUrl"].as_str().unwrap().ends_with("docs/errors.md#invalid_argument"));
    assert!(json.get("rid").is_none() && json["hintZh"].as_str().unwrap().contains("选项"));
    assert_eq!(error.message(), "ca_file is no file");
}

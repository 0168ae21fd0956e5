//! Reads an answer's body: a value and its life, or WeChat's refusal, or neither.

use std::net::IpAddr;

use serde_json::{Map, Value};

use crate::credential::{Grant, Kind, check};
use crate::error::{Code, Error, Reason, Subject};
use crate::http::Response;
use crate::secret::{KnownSecrets, Secret};
use crate::surrogate::without_halves;
use crate::upstream::errcode;

/// What the answer of `host` to a `call` says. What is `known` is cut out of whatever the service
/// wrote.
pub(super) fn read(
    call: Kind,
    host: &str,
    response: &Response,
    known: &KnownSecrets,
) -> Result<Grant, Error> {
    body(call, host, response, known).map_err(|error| error.with_subject(Subject::Host(host.to_owned())))
}

fn body(call: Kind, host: &str, response: &Response, known: &KnownSecrets) -> Result<Grant, Error> {
    let bad =
        |reason, why: &str| Err(Error::new(Code::BadResponse, format!("{host}: {why}")).with_reason(reason));
    // A relay's editor may have left a byte-order mark.
    let text = response.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&response.body);
    // An errmsg may be in another character set, or cut in a character: the errcode counts anyway.
    let parsed: Result<Map<String, Value>, _> =
        serde_json::from_str(&without_halves(&String::from_utf8_lossy(text)));
    // An errcode that is no number hides whether this is a refusal: such an answer is no success.
    let errcode = match parsed.as_ref().ok().and_then(|body| body.get("errcode")) {
        None | Some(Value::Null) => 0,
        Some(value) => match check::integer(value) {
            Some(errcode) => errcode,
            None => return bad(Reason::Malformed, "the answer's errcode is no number"),
        },
    };
    if errcode != 0 {
        let errmsg = parsed.as_ref().ok().and_then(|body| body.get("errmsg")).and_then(Value::as_str);
        return Err(refusal(call, errcode, errmsg.unwrap_or_default(), known));
    }
    match (response.status, parsed) {
        (200, Ok(body)) => match grant(call, &body) {
            Ok(grant) => Ok(grant),
            Err(why) => bad(Reason::Malformed, why),
        },
        // The other ones of this class lead nowhere.
        (301..=303 | 307 | 308, _) => {
            bad(Reason::Redirect, &format!("the answer is a redirect (HTTP status {})", response.status))
        }
        (429 | 500..=599, _) => {
            let why = format!("{host} answered with HTTP status {}", response.status);
            Err(Error::new(Code::UpstreamBusy, why))
        }
        (200, Err(error)) => {
            let (reason, why) = why_not_json(text, &error);
            bad(reason, why)
        }
        (status, _) => bad(Reason::HttpStatus, &format!("the answer has HTTP status {status}")),
    }
}

fn why_not_json(text: &[u8], error: &serde_json::Error) -> (Reason, &'static str) {
    let text = text.trim_ascii();
    match text {
        [] => (Reason::Empty, "the answer is empty"),
        // The marks of gzip and zstd; a compression that the head announces is noticed before.
        [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => (Reason::Compressed, "the answer is compressed"),
        [b'<', ..] => (Reason::Html, "the answer is a web page (HTML) or XML"),
        [b'{', ..] if error.is_eof() => (Reason::Truncated, "the answer is cut short"),
        _ => (Reason::NotJson, "the answer is not a JSON object"),
    }
}

fn grant(call: Kind, body: &Map<String, Value>) -> Result<Grant, &'static str> {
    let value = match call {
        Kind::Token => body.get("access_token").ok_or("the answer has no access_token"),
        _ => body.get("ticket").ok_or("the answer has no ticket"),
    }?;
    let value =
        value.as_str().filter(|value| check::is_value(value)).ok_or("the answer's value is malformed")?;
    let seconds = body.get("expires_in").ok_or("the answer has no expires_in")?;
    let life =
        check::integer(seconds).and_then(check::life_ms).ok_or("the answer's expires_in is no lifetime")?;
    Ok(Grant { value: Secret::new(value), life })
}

fn refusal(call: Kind, errcode: i64, errmsg: &str, known: &KnownSecrets) -> Error {
    let code = errcode::code(errcode, call);
    let clean = known.scrub(errmsg);
    let (words, rid) = request_id(&clean);
    let rid = rid.and_then(check::rid);
    let ip = (code == Code::IpNotAllowed).then(|| first_ip(words)).flatten();
    let message = if words.is_empty() {
        "WeChat refused the request without a reason".to_owned()
    } else {
        words.to_owned()
    };
    Error::new(code, message).with_answer(errcode, rid, ip)
}

/// The id by which Tencent's support finds the request: `… rid: 5f3e-6a-7b` of 公众号, or `… hint:
/// [168870…], from ip: …, more info at …` of 企业微信. Gives the words without the id, and the id.
fn request_id(text: &str) -> (&str, Option<&str>) {
    if let Some((words, rid)) = text.rsplit_once("rid:") {
        return (words.trim_end_matches([' ', ',']), Some(rid.trim()));
    }
    let hint = text.split_once("hint: [").and_then(|(_, rest)| rest.split_once(']'));
    let words = text.split_once(", more info at").map_or(text, |(words, _)| words);
    (words, hint.map(|(id, _)| id.trim()))
}

/// The address in texts like `invalid ip 112.6.196.165 ipv6 ::ffff:112.6.196.165, not in whitelist`
/// or `not allow to access from your ip, …, from ip: 112.6.196.165`.
fn first_ip(text: &str) -> Option<IpAddr> {
    let words = text.split([' ', ',', '[', ']', ';', '，', '：', '(', ')', '"', '\'', '=']);
    words.into_iter().find_map(|word| word.strip_prefix("ip:").unwrap_or(word).parse().ok())
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    const LIVING: &str = "LIVING-ticket-0123456789abcdef";

    fn reads(call: Kind, status: u16, body: impl Into<Vec<u8>>) -> Result<Grant, Error> {
        let known = KnownSecrets::new(Secret::new("CANARY"));
        known.add(&Secret::new(LIVING));
        read(call, "relay.example", &Response { status, body: Zeroizing::new(body.into()) }, &known)
    }

    #[test]
    fn both_success_bodies_are_read() {
        let token = reads(Kind::Token, 200, r#"{"access_token":"T","expires_in":7200}"#).unwrap();
        assert_eq!((token.value.reveal(), token.life), ("T", 7_200_000));
        let ticket =
            reads(Kind::Ticket, 200, r#"{"errcode":0,"errmsg":"ok","ticket":"K","expires_in":10}"#).unwrap();
        assert_eq!((ticket.value.reveal(), ticket.life), ("K", 10_000));
    }

    /// Answers that went through other programs, which spell numbers in their own ways.
    #[test]
    fn whole_numbers_are_read_in_any_spelling() {
        for number in ["7200", "7200.0", "7.2e3", "72E2", "\"7200\"", "\"7200.0\"", "\" 7.2e3 \"", "7200.000"]
        {
            let body = format!(r#"{{"errcode":0.0,"ticket":"K","expires_in":{number}}}"#);
            assert_eq!(reads(Kind::Ticket, 200, body).unwrap().life, 7_200_000, "{number}");
        }
        for number in [
            "7200.5", "\"\"", "\"soon\"", "\"inf\"", "\"NaN\"", "true", "[7200]", "null", "{}", "1e400",
            "-1", "0", "\"0x10\"",
        ] {
            let body = format!(r#"{{"ticket":"K","expires_in":{number}}}"#);
            assert_eq!(
                reads(Kind::Ticket, 200, body).err().map(|e| e.code()),
                Some(Code::BadResponse),
                "{number}"
            );
        }
        let body = r#"{"errcode":"40164.0","errmsg":"invalid ip 1.2.3.4, not in whitelist"}"#;
        let error = reads(Kind::Token, 200, body).err().unwrap();
        assert_eq!((error.code(), error.errcode()), (Code::IpNotAllowed, Some(40164)));
        assert_eq!(error.ip(), Some("1.2.3.4".parse().unwrap()));
    }

    #[test]
    fn an_errcode_that_is_no_number_is_no_success() {
        for errcode in ["true", "false", "[]", "{}", "\"\"", "\"ok\"", "1e300", "99999999999999999999", "0.5"]
        {
            let body = format!(r#"{{"errcode":{errcode},"errmsg":"ok","ticket":"K","expires_in":7200}}"#);
            assert_eq!(
                reads(Kind::Ticket, 200, body).err().map(|e| e.code()),
                Some(Code::BadResponse),
                "{errcode}"
            );
        }
        assert!(reads(Kind::Ticket, 200, r#"{"errcode":null,"ticket":"K","expires_in":7200}"#).is_ok());
    }

    #[test]
    fn an_answer_that_is_not_wechats_says_why() {
        let gzip = b"\x1f\x8b\x08\x00junk".to_vec();
        let cases: [(Vec<u8>, &str); 17] = [
            ("".into(), "EMPTY"),
            (" \r\n".into(), "EMPTY"),
            ("\u{feff}".into(), "EMPTY"),
            ("<html>login</html>".into(), "HTML"),
            ("\n<?xml version=\"1.0\"?>".into(), "HTML"),
            (gzip, "COMPRESSED"),
            (r#"{"access_token":"T","expires_in":7200"#.into(), "TRUNCATED"),
            (r#"["access_token"]"#.into(), "NOT_JSON"),
            ("null".into(), "NOT_JSON"),
            ("ok".into(), "NOT_JSON"),
            (r#"{"access_token":"T"}"#.into(), "MALFORMED"),
            (r#"{"access_token":"","expires_in":7200}"#.into(), "MALFORMED"),
            (r#"{"access_token":7,"expires_in":7200}"#.into(), "MALFORMED"),
            (r#"{"access_token":"T","expires_in":0}"#.into(), "MALFORMED"),
            (r#"{"access_token":"T\u0000","expires_in":7200}"#.into(), "MALFORMED"),
            (r#"{"access_token":"a b","expires_in":7200}"#.into(), "MALFORMED"),
            (r#"{"errcode":0,"errmsg":"ok"}"#.into(), "MALFORMED"),
        ];
        for (body, reason) in cases {
            let shown = String::from_utf8_lossy(&body).into_owned();
            let error = reads(Kind::Token, 200, body).err().unwrap();
            assert_eq!((error.code(), error.reason()), (Code::BadResponse, Some(reason)), "{shown}");
            assert_eq!(error.subject(), Some(&Subject::Host("relay.example".to_owned())));
            assert!(error.message().starts_with("relay.example: "), "{error}");
        }
        let reason = |status, body: &str| reads(Kind::Token, status, body).err().unwrap().reason();
        assert_eq!(reason(302, ""), Some("REDIRECT"));
        assert_eq!(reason(404, "{}"), Some("HTTP_STATUS"));
        assert_eq!(reason(304, ""), Some("HTTP_STATUS"));
        assert_eq!(reads(Kind::Token, 502, "<html>").err().unwrap().code(), Code::UpstreamBusy);
    }

    /// A relay may write in another character set, or put the address into quotes.
    #[test]
    fn a_refusal_is_read_in_any_spelling() {
        for errmsg in [
            &b"\xce\xde\xd0\xa7 ip 1.2.3.4"[..],
            b"invalid ip:1.2.3.4,not in whitelist",
            b"invalid ip 1.2.3.4 \\ud83d",
            b"invalid ip '1.2.3.4'",
            b"invalid ip \\\"1.2.3.4\\\"",
        ] {
            let body = [b"{\"errcode\":40164,\"errmsg\":\"", errmsg, b"\"}"].concat();
            let error = reads(Kind::Token, 200, body).err().unwrap();
            assert_eq!((error.code(), error.errcode()), (Code::IpNotAllowed, Some(40164)), "{errmsg:?}");
            assert_eq!(error.ip(), Some("1.2.3.4".parse().unwrap()), "{errmsg:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_taken() {
        let body = "\u{feff}{\"access_token\":\"T\",\"expires_in\":7200}";
        assert!(reads(Kind::Token, 200, body).is_ok());
    }

    #[test]
    fn a_refusal_keeps_its_errcode_rid_and_address() {
        let body = r#"{"errcode":40164,"errmsg":"invalid ip 112.6.196.165 ipv6 ::ffff:112.6.196.165, not in whitelist CANARY rid: 5f3e-6a-7b"}"#;
        let error = reads(Kind::Token, 200, body).err().unwrap();
        assert_eq!((error.code(), error.errcode()), (Code::IpNotAllowed, Some(40164)));
        assert_eq!(error.ip(), Some("112.6.196.165".parse().unwrap()));
        assert_eq!(error.rid(), Some("5f3e-6a-7b"));
        assert!(error.message().ends_with("not in whitelist [redacted]"), "{}", error.message());
        assert_eq!(reads(Kind::Token, 500, r#"{"errcode":-1}"#).err().unwrap().errcode(), Some(-1));
    }

    /// 企业微信 writes its id and the address in other words, and may add a warning.
    #[test]
    fn a_refusal_of_work_keeps_its_hint_id_and_address() {
        let tail = "hint: [1688706313500611129503023], from ip: 116.228.224.178, more info at https://open.work.weixin.qq.com/devtool/query?e=60020";
        let body = format!(r#"{{"errcode":60020,"errmsg":"not allow to access from your ip, {tail}"}}"#);
        for kind in [Kind::CorpTicket, Kind::AgentTicket, Kind::CorpCardTicket] {
            let error = reads(kind, 200, body.clone()).err().unwrap();
            assert_eq!((error.code(), error.errcode()), (Code::IpNotAllowed, Some(60020)));
            assert_eq!(error.ip(), Some("116.228.224.178".parse().unwrap()));
            assert_eq!(error.rid(), Some("1688706313500611129503023"));
            assert!(!error.message().contains("more info"), "{error}");
            assert!(error.hint().contains("企业可信IP") && error.hint_zh().contains("企业可信IP"));
        }
        // Only a refused address is one: another code says where the request came from, no more.
        let body =
            format!(r#"{{"errcode":40001,"errmsg":"invalid credential, {tail}","warning_msg":"TLS v1"}}"#);
        let error = reads(Kind::Token, 200, body).err().unwrap();
        assert_eq!((error.code(), error.ip()), (Code::CredentialRejected, None));
        assert_eq!(error.rid(), Some("1688706313500611129503023"));
        let body = r#"{"errcode":0,"errmsg":"ok","access_token":"T","expires_in":7200,"warning_msg":"you are using TLS v1"}"#;
        assert!(reads(Kind::Token, 200, body).is_ok());
    }

    /// A ticket that lives on, in the refusal of a token: whole, and cut short.
    #[test]
    fn a_living_ticket_in_a_refusal_is_cut_out() {
        for quoted in [LIVING, &LIVING[..20]] {
            let body = format!(r#"{{"errcode":61999,"errmsg":"last ticket {quoted}\u202e end"}}"#);
            let error = reads(Kind::Token, 200, body).err().unwrap();
            assert_eq!(error.message(), "last ticket [redacted] end");
        }
    }
}

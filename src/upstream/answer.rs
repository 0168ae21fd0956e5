//! Reads an answer's body: a value and its life, or WeChat's refusal, or neither.

use std::net::IpAddr;

use serde_json::{Map, Value};

use crate::credential::{Grant, Kind};
use crate::error::{Code, Error};
use crate::http::Response;
use crate::secret::{Secret, scrub};
use crate::upstream::errcode;

/// Longer values than any that WeChat is known to give; its tokens have been seen beyond 512 characters.
const LONGEST_VALUE: usize = 4_096;

/// What the answer to a `call` says. `secrets` are cut out of whatever the service wrote.
pub(super) fn read(call: Kind, response: &Response, secrets: &[&Secret]) -> Result<Grant, Error> {
    let body: Option<Map<String, Value>> = serde_json::from_slice(&response.body).ok();
    if let Some(errcode) = body.as_ref().and_then(|body| integer(body.get("errcode")?)).filter(|&e| e != 0) {
        let errmsg =
            body.as_ref().and_then(|body| body.get("errmsg")).and_then(Value::as_str).unwrap_or_default();
        return Err(refusal(call, errcode, errmsg, secrets));
    }
    match response.status {
        200 => body.and_then(|body| grant(call, &body)).ok_or_else(|| bad("the answer is not WeChat's JSON")),
        300..=399 => Err(bad("the answer is a redirect")),
        429 | 500..=599 => Err(Error::new(
            Code::UpstreamBusy,
            format!("WeChat answered with HTTP status {}", response.status),
        )),
        status => Err(bad(&format!("the answer has HTTP status {status}"))),
    }
}

fn bad(why: &str) -> Error {
    Error::new(Code::BadResponse, why)
}

fn grant(call: Kind, body: &Map<String, Value>) -> Option<Grant> {
    let value = match call {
        Kind::Token => body.get("access_token"),
        Kind::Ticket => body.get("ticket"),
    }?
    .as_str()
    .filter(|value| (1..=LONGEST_VALUE).contains(&value.len()) && !value.chars().any(char::is_control))?;
    let seconds = integer(body.get("expires_in")?).filter(|&seconds| seconds > 0)?;
    Some(Grant { value: Secret::new(value), life: seconds.saturating_mul(1_000) })
}

/// A number, also one written as text: both have been seen.
fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

fn refusal(call: Kind, errcode: i64, errmsg: &str, secrets: &[&Secret]) -> Error {
    let code = errcode::code(errcode, call);
    let clean = scrub(errmsg, secrets);
    let (words, rid) = match clean.rsplit_once("rid:") {
        Some((words, rid)) => (words.trim_end_matches([' ', ',']), Some(rid.trim())),
        None => (clean.as_str(), None),
    };
    let rid =
        rid.filter(|rid| !rid.is_empty() && rid.len() <= 64 && rid.bytes().all(is_rid)).map(str::to_owned);
    let ip = (code == Code::IpNotAllowed).then(|| first_ip(words)).flatten();
    let message =
        if words.is_empty() { "WeChat refused without a word".to_owned() } else { words.to_owned() };
    Error::new(code, message).with_answer(errcode, rid, ip)
}

fn is_rid(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// The address in texts like `invalid ip 112.6.196.165 ipv6 ::ffff:112.6.196.165, not in whitelist`.
fn first_ip(text: &str) -> Option<IpAddr> {
    text.split([' ', ',', '[', ']', ';']).find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    fn reads(call: Kind, status: u16, body: &str) -> Result<Grant, Error> {
        let secret = Secret::new("CANARY");
        read(call, &Response { status, body: Zeroizing::new(body.into()) }, &[&secret])
    }

    #[test]
    fn both_success_bodies_are_read_with_lives_as_number_or_text() {
        let token = reads(Kind::Token, 200, r#"{"access_token":"T","expires_in":"7200"}"#).unwrap();
        assert_eq!((token.value.reveal(), token.life), ("T", 7_200_000));
        let ticket =
            reads(Kind::Ticket, 200, r#"{"errcode":0,"errmsg":"ok","ticket":"K","expires_in":10}"#).unwrap();
        assert_eq!((ticket.value.reveal(), ticket.life), ("K", 10_000));
    }

    #[test]
    fn an_answer_that_is_not_wechats_is_a_bad_response() {
        for body in [
            "",
            "<html>login</html>",
            r#"{"access_token":"T","expires_in":7200"#,
            r#"{"access_token":"T"}"#,
            r#"{"access_token":"","expires_in":7200}"#,
            r#"{"access_token":7,"expires_in":7200}"#,
            r#"{"access_token":"T","expires_in":0}"#,
            r#"{"access_token":"T","expires_in":-1}"#,
            r#"{"access_token":"T","expires_in":"soon"}"#,
            r#"{"access_token":"T\u0000","expires_in":7200}"#,
            r#"["access_token"]"#,
            r#"{"errcode":0,"errmsg":"ok"}"#,
            "null",
        ] {
            assert_eq!(reads(Kind::Token, 200, body).err().unwrap().code(), Code::BadResponse, "{body}");
        }
        assert_eq!(reads(Kind::Token, 302, "").err().unwrap().code(), Code::BadResponse);
        assert_eq!(reads(Kind::Token, 404, "{}").err().unwrap().code(), Code::BadResponse);
        assert_eq!(reads(Kind::Token, 502, "<html>").err().unwrap().code(), Code::UpstreamBusy);
    }

    #[test]
    fn a_refusal_keeps_its_errcode_rid_and_address_and_loses_the_secret() {
        let body = r#"{"errcode":40164,"errmsg":"invalid ip 112.6.196.165 ipv6 ::ffff:112.6.196.165, not in whitelist CANARY rid: 5f3e-6a-7b"}"#;
        let error = reads(Kind::Token, 200, body).err().unwrap();
        assert_eq!((error.code(), error.errcode()), (Code::IpNotAllowed, Some(40164)));
        assert_eq!(error.ip(), Some("112.6.196.165".parse().unwrap()));
        assert_eq!(error.rid(), Some("5f3e-6a-7b"));
        assert!(error.message().ends_with("not in whitelist [redacted]"), "{}", error.message());
        assert_eq!(reads(Kind::Token, 500, r#"{"errcode":-1}"#).err().unwrap().errcode(), Some(-1));
    }
}

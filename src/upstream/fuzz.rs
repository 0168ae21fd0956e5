//! Damaged answers: no panic, nothing accepted that is empty or has no life, no secret in what is said.

use rand::seq::IndexedRandom;
use zeroize::Zeroizing;

use super::answer::read;
use crate::credential::Kind;
use crate::error::Code;
use crate::http::Response;
use crate::mutate::{Mutants, rounds};
use crate::secret::Secret;

const SECRET: &str = "CANARYsecret0123456789";

const SAMPLES: [&str; 10] = [
    r#"{"access_token":"90_TOKEN-abc_DEF","expires_in":7200}"#,
    r#"{"access_token":"90_TOKEN-abc_DEF-ghi","expires_in":"7199"}"#,
    r#"{"ticket":"kgt8ON7yVITDhtdwci0qeQ","access_token":"90_TOKEN","expires_in":1,"errcode":0}"#,
    r#"{"errcode":0,"errmsg":"ok","ticket":"kgt8ON7yVITDhtdwci0qeQ","expires_in":7200}"#,
    r#"{"errcode":"0","errmsg":"ok","ticket":"kgt8ON7yVITDhtdwci0qeQ","expires_in":"7200"}"#,
    r#"{"errcode":40001,"errmsg":"invalid credential, CANARYsecret0123456789 rid: 5f3e-6a-7b"}"#,
    r#"{"errcode":40164,"errmsg":"invalid ip 112.6.196.165 ipv6 ::ffff:112.6.196.165, not in whitelist secret=CANARYsecret0123456789 rid: 1-2-3"}"#,
    r#"{"errcode":-1,"errmsg":"rid: CANARYsecret0123456789"}"#,
    r#"{"errcode":45009,"errmsg":"access_token=\"CANARYsecret0123456789\" \u0043ANARYsecret0123456789"}"#,
    r"<html><body>CANARYsecret0123456789</body></html>",
];

/// Reads damaged answers to `call`; gives how many were taken for a value.
fn fuzz(call: Kind) -> usize {
    let secret = Secret::new(SECRET);
    let mut mutants = Mutants::of(&SAMPLES);
    let mut taken = 0;
    for _ in 0..rounds() {
        let body = mutants.next();
        let status = *[200, 200, 200, 200, 302, 404, 429, 500].choose(mutants.rng()).unwrap();
        let shown = String::from_utf8_lossy(&body).into_owned();
        match read(call, &Response { status, body: Zeroizing::new(body) }, &[&secret]) {
            Ok(grant) => {
                taken += 1;
                let value = grant.value.reveal();
                assert!(!value.is_empty() && value.len() <= 4_096 && grant.life > 0, "{shown}");
                assert!(!value.chars().any(char::is_control) && status == 200, "{shown}");
            }
            Err(error) => {
                let said = format!("{error} {error:?} {error:#?} {:?} {:?}", error.rid(), error.ip());
                assert!(!said.contains(SECRET), "{said} from {shown}");
                assert!(!error.message().chars().any(char::is_control), "{said}");
                assert!(error.message().chars().count() <= 301, "{said}");
                assert!(error.errcode() != Some(0) && error.code() != Code::Internal, "{said}");
            }
        }
    }
    taken
}

#[test]
fn damaged_answers_give_a_value_with_a_life_or_a_typed_error_without_the_secret() {
    for call in Kind::ALL {
        let taken = fuzz(call);
        println!("{call:?}: {taken} of {} taken for a value", rounds());
        assert!(taken > rounds() / 100, "only {taken} were taken: the test tests nothing");
    }
}

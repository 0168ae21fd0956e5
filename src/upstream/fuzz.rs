//! Damaged answers: no panic, nothing accepted that is empty or has no life, no secret in what is
//! said.

use zeroize::Zeroizing;

use super::answer::read;
use crate::credential::Kind;
use crate::error::Code;
use crate::http::Response;
use crate::secret::{KnownSecrets, Secret};

const SECRET: &str = "CANARYsecret0123456789";

/// An input's first byte chooses one of these.
const STATUSES: [u16; 8] = [200, 200, 200, 200, 302, 404, 429, 500];

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

fn seeds() -> Vec<Vec<u8>> {
    SAMPLES.iter().zip(0..).map(|(sample, n)| [&[n], sample.as_bytes()].concat()).collect()
}

fn check(call: Kind, data: &[u8]) -> bool {
    let Some((first, body)) = data.split_first() else { return false };
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    let shown = || String::from_utf8_lossy(body);
    let known = KnownSecrets::new(Secret::new(SECRET));
    match read(call, "wx.example", &Response { status, body: Zeroizing::new(body.to_vec()) }, &known) {
        Ok(grant) => {
            let value = grant.value.reveal();
            assert!(!value.is_empty() && value.len() <= 4_096 && grant.life > 0, "{}", shown());
            assert!(!value.chars().any(char::is_control) && status == 200, "{}", shown());
            true
        }
        Err(error) => {
            let said = format!("{error} {error:?} {error:#?} {:?} {:?}", error.rid(), error.ip());
            assert!(!said.contains(SECRET), "{said} from {}", shown());
            assert!(!error.message().chars().any(char::is_control), "{said}");
            assert!(error.message().chars().count() <= 301, "{said}");
            assert!(error.errcode() != Some(0) && error.code() != Code::Internal, "{said}");
            false
        }
    }
}

/// Answers to the call for a token.
pub mod token_answer {
    use super::Kind;

    /// Answers of every kind.
    pub fn seeds() -> Vec<Vec<u8>> {
        super::seeds()
    }

    /// Reads an answer: a byte for its status, and its body.
    pub fn check(data: &[u8]) -> bool {
        super::check(Kind::Token, data)
    }
}

/// Answers to the call for a ticket.
pub mod ticket_answer {
    use super::Kind;

    /// Answers of every kind.
    pub fn seeds() -> Vec<Vec<u8>> {
        super::seeds()
    }

    /// Reads an answer: a byte for its status, and its body.
    pub fn check(data: &[u8]) -> bool {
        super::check(Kind::Ticket, data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::hold;

    /// Each gives a value with a life, or a typed error without the secret.
    #[test]
    fn damaged_answers_are_read_or_refused() {
        hold("token answers", token_answer::seeds(), token_answer::check);
        hold("ticket answers", ticket_answer::seeds(), ticket_answer::check);
    }
}

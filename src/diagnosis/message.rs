//! The messages of WeChat's clients (`errMsg`) and what each means.

use super::CauseCode;

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// None was given.
    None,
    /// `config:ok`.
    Success,
    /// The signature is wrong, or the ticket that it was made with.
    Signature,
    /// Something else, which has its own cause.
    Other(CauseCode),
    /// A failure that the table does not have.
    Unrecognised,
}

impl Message {
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim().to_ascii_lowercase();
        // The whole object of wx.error as a text, or with its name in front.
        let text = match text.split_once("errmsg") {
            Some((_, rest)) => {
                let message = rest.trim_start_matches(['"', '\'', ':', '=', ' ', '\\']);
                message.split(['"', '}', '\\']).next().unwrap_or_default().to_owned()
            }
            None => text,
        };
        if text.is_empty() {
            return Self::None;
        }
        let (subject, rest) = text.split_once(':').unwrap_or(("", &text));
        let is_config = matches!(subject, "" | "config" | "agentconfig" | "preverifyjsapi" | "fail");
        if rest == "ok" {
            return Self::Success;
        }
        for (words, code) in TABLE {
            if words.iter().all(|word| text.contains(word)) {
                return Self::Other(*code);
            }
        }
        if SIGNATURE.iter().any(|word| text.contains(word)) {
            return if is_config { Self::Signature } else { Self::Other(CauseCode::UrlReverified) };
        }
        if is_config && rest.trim_start_matches("fail").trim_matches([' ', ',', ':']).is_empty() {
            return Self::Other(CauseCode::ConfigMalformed);
        }
        Self::Unrecognised
    }
}

const SIGNATURE: [&str; 4] = ["invalid signature", "invalid_signature", "63002", "40093"];

/// A message has all words of a row; the first such row decides.
const TABLE: &[(&[&str], CauseCode)] = &[
    (&["agentconfig", "not a function"], CauseCode::WorkSdkMissing),
    (&["agentconfig", "not function"], CauseCode::WorkSdkMissing),
    (&["agentconfig is not"], CauseCode::WorkSdkMissing),
    (&["42012"], CauseCode::WrongTicketKind),
    (&["ticket no available"], CauseCode::WrongTicketKind),
    (&["80001"], CauseCode::WorkDomainNotListed),
    (&["not match any reliable domain"], CauseCode::WorkDomainNotListed),
    (&["agentconfig", "40013"], CauseCode::WorkCorpId),
    (&["invalid corpid"], CauseCode::WorkCorpId),
    (&["40094"], CauseCode::SchemeMissing),
    (&["60011"], CauseCode::WorkOutsideScope),
    (&["invalid url domain"], CauseCode::DomainNotListed),
    (&["40048"], CauseCode::DomainNotListed),
    (&["invalid appid"], CauseCode::InvalidAppId),
    (&["40013"], CauseCode::InvalidAppId),
    (&["localparameters"], CauseCode::ConfigMalformed),
    (&["permission value is offline verifying"], CauseCode::OfflineVerifying),
    (&["fail_nopermission"], CauseCode::OfflineVerifying),
    (&["permission denied"], CauseCode::ApiNotPermitted),
    (&["fail_access_denied"], CauseCode::ApiNotPermitted),
    (&["access_denied"], CauseCode::ApiNotPermitted),
    (&["require subscribe"], CauseCode::FollowRequired),
    (&["function_not_exist"], CauseCode::ClientTooOld),
    (&["function not exist"], CauseCode::ClientTooOld),
];

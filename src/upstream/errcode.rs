//! What each errcode of WeChat means, which depends on the call that got it.

use crate::credential::Kind;
use crate::error::Code;

/// The code for an errcode that is not 0.
pub(super) fn code(errcode: i64, call: Kind) -> Code {
    match (errcode, call) {
        (-1 | -1000 | 45033, _) => Code::UpstreamBusy,
        (40001 | 40013 | 40125 | 40243 | 41002 | 41004, Kind::Token) => Code::CredentialRejected,
        (40001 | 40014 | 42001, Kind::Ticket) => Code::TokenInvalidated,
        (40164 | 60020 | 61004 | 89501 | 89503 | 89506 | 89507, _) => Code::IpNotAllowed,
        (48001 | 48004 | 50002, _) => Code::PermissionDenied,
        (45009 | 45011, _) => Code::QuotaExceeded,
        _ => Code::UpstreamRejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_errcode_means_another_thing_at_another_call() {
        assert_eq!(code(40001, Kind::Token), Code::CredentialRejected);
        assert_eq!(code(40001, Kind::Ticket), Code::TokenInvalidated);
        assert_eq!(code(40014, Kind::Token), Code::UpstreamRejected);
        assert_eq!(code(-1, Kind::Ticket), Code::UpstreamBusy);
        assert_eq!(code(40164, Kind::Token), Code::IpNotAllowed);
        assert_eq!(code(99999, Kind::Token), Code::UpstreamRejected);
    }
}

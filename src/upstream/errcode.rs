//! What each errcode of WeChat means, which depends on the call that got it.

use crate::credential::Kind;
use crate::error::Code;

/// The code for an errcode that is not 0.
pub(super) fn code(errcode: i64, call: Kind) -> Code {
    match (errcode, call) {
        (-1 | -1000 | 45033, _) => Code::UpstreamBusy,
        (40001 | 40013 | 40091 | 40125 | 40243 | 41001 | 41002 | 41004, Kind::Token) => {
            Code::CredentialRejected
        }
        (40001 | 40014 | 42001, ticket) if ticket.is_ticket() => Code::TokenInvalidated,
        // The whitelist guards every call: at the ticket call it says nothing about the token.
        (40164 | 60020 | 61004 | 89500..=89599, _) => Code::IpNotAllowed,
        (48001 | 48002 | 48004 | 50002 | 50004 | 50007 | 60011, _) => Code::PermissionDenied,
        (45009 | 45011, _) => Code::QuotaExceeded,
        _ => Code::UpstreamRejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of docs/errors.md.
    #[test]
    fn each_errcode_has_the_code_of_the_table() {
        let both = |errcode| [Kind::Token, Kind::Ticket].map(|kind| code(errcode, kind));
        for (errcodes, want) in [
            (&[-1, -1000, 45033][..], Code::UpstreamBusy),
            (&[40164, 60020, 61004, 89501, 89503, 89506, 89507], Code::IpNotAllowed),
            (&[48001, 48002, 48004, 50002, 50004, 50007, 60011], Code::PermissionDenied),
            (&[45009, 45011], Code::QuotaExceeded),
            (&[1, 40002, 43002, 43003, 48017, 61024, 99999, i64::MIN, i64::MAX], Code::UpstreamRejected),
        ] {
            for &errcode in errcodes {
                assert_eq!(both(errcode), [want; 2], "{errcode}");
            }
        }
    }

    /// The table of 企业微信, at each of its calls. 40001 at `gettoken` is the secret alone, and a
    /// refused address says nothing about the token.
    #[test]
    fn each_errcode_of_work_has_the_code_of_the_table() {
        let tickets = [Kind::CorpTicket, Kind::AgentTicket, Kind::CorpCardTicket];
        for (errcode, at_token, at_ticket) in [
            (40001, Code::CredentialRejected, Code::TokenInvalidated),
            (40091, Code::CredentialRejected, Code::UpstreamRejected),
            (40013, Code::CredentialRejected, Code::UpstreamRejected),
            (41002, Code::CredentialRejected, Code::UpstreamRejected),
            (41004, Code::CredentialRejected, Code::UpstreamRejected),
            (41001, Code::CredentialRejected, Code::UpstreamRejected),
            (40014, Code::UpstreamRejected, Code::TokenInvalidated),
            (42001, Code::UpstreamRejected, Code::TokenInvalidated),
            // They are the caller's to correct, and no time helps.
            (40056, Code::UpstreamRejected, Code::UpstreamRejected),
            (42009, Code::UpstreamRejected, Code::UpstreamRejected),
            (42012, Code::UpstreamRejected, Code::UpstreamRejected),
            (42013, Code::UpstreamRejected, Code::UpstreamRejected),
            (45009, Code::QuotaExceeded, Code::QuotaExceeded),
            (45033, Code::UpstreamBusy, Code::UpstreamBusy),
            (-1, Code::UpstreamBusy, Code::UpstreamBusy),
            (48002, Code::PermissionDenied, Code::PermissionDenied),
            (60011, Code::PermissionDenied, Code::PermissionDenied),
            (60020, Code::IpNotAllowed, Code::IpNotAllowed),
        ] {
            assert_eq!(code(errcode, Kind::Token), at_token, "{errcode} at gettoken");
            for kind in tickets {
                assert_eq!(code(errcode, kind), at_ticket, "{errcode} at {kind:?}");
            }
        }
        assert!(!Code::UpstreamRejected.retryable() && !Code::CredentialRejected.retryable());
    }

    /// Each of them is in a table of the page that the error's link leads to.
    #[test]
    fn each_errcode_is_documented() {
        for page in [include_str!("../../docs/errors.md"), include_str!("../../docs/zh/errors.md")] {
            let cells: Vec<_> =
                page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next()).collect();
            for errcode in [
                -1, -1000, 40001, 40002, 40013, 40014, 40056, 40091, 40125, 40164, 40243, 41001, 41002,
                41004, 42001, 42009, 43002, 43003, 45009, 45011, 45033, 48001, 48002, 48004, 48017, 50002,
                50004, 50007, 60011, 60020, 61004, 61024, 89501, 89503, 89506, 89507,
            ] {
                let errcode = i64::to_string(&errcode);
                let is_there = |cell: &&str| {
                    cell.split(|c: char| c != '-' && !c.is_ascii_digit()).any(|part| part == errcode)
                };
                assert!(cells.iter().any(is_there), "{errcode}");
            }
        }
    }

    #[test]
    fn an_errcode_means_another_thing_at_another_call() {
        for errcode in [40013, 40125, 40243, 41002, 41004] {
            assert_eq!(code(errcode, Kind::Token), Code::CredentialRejected);
            assert_eq!(code(errcode, Kind::Ticket), Code::UpstreamRejected);
        }
        for errcode in [40014, 42001] {
            assert_eq!(code(errcode, Kind::Token), Code::UpstreamRejected);
            assert_eq!(code(errcode, Kind::Ticket), Code::TokenInvalidated);
        }
        assert_eq!(code(40001, Kind::Token), Code::CredentialRejected);
        assert_eq!(code(40001, Kind::Ticket), Code::TokenInvalidated);
    }
}

//! The status that calls return: the codes of the error table, with the same numbers, and OK.

use std::ffi::{CString, c_char};
use std::sync::LazyLock;

use super::guard::catch;
use crate::Code;

/// What became of a call. Later versions may add codes: have a default case.
#[allow(clippy::enum_variant_names)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub enum WxsignStatus {
    /// It worked.
    Ok = 0,
    /// A wrong option or parameter: NULL, not UTF-8, or out of range. The message names it.
    InvalidArgument = 1,
    /// The page's URL is not http(s), or has a control character, a backslash, user information, or over 2048
    /// bytes.
    InvalidUrl = 2,
    /// There is a list of allowed hosts, and the page's host is not on it.
    HostNotAllowed = 3,
    /// WeChat refuses the appId or the AppSecret.
    CredentialRejected = 4,
    /// WeChat refuses the address that this machine calls from; wxsign_error_ip() tells it.
    IpNotAllowed = 5,
    /// The account may not use the interface.
    PermissionDenied = 6,
    /// A quota of calls is used up; wxsign_error_retry_at_ms() tells when it is filled again.
    QuotaExceeded = 7,
    /// The access token is dead, and stayed so after it was fetched again once.
    TokenInvalidated = 8,
    /// WeChat is busy or failing.
    UpstreamBusy = 9,
    /// WeChat refused with an errcode that has no code of its own; wxsign_error_errcode() tells it.
    UpstreamRejected = 10,
    /// The answer is not one of WeChat's: a proxy's page, cut short, of wrong types, or too large.
    BadResponse = 11,
    /// Asked without waiting, and nothing fresh is in memory.
    NotReady = 12,
    /// The service could not be reached.
    Network = 13,
    /// A deadline passed.
    Timeout = 14,
    /// The directory that was named for the store is unsafe.
    Store = 15,
    /// The client is closed.
    Closed = 16,
    /// The caller gave up waiting.
    Aborted = 17,
    /// The client was made before this process was forked.
    Forked = 18,
    /// A defect of wxsign, caught before it could harm the program.
    Internal = 19,
}

impl From<Code> for WxsignStatus {
    fn from(code: Code) -> Self {
        match code {
            Code::InvalidArgument => Self::InvalidArgument,
            Code::InvalidUrl => Self::InvalidUrl,
            Code::HostNotAllowed => Self::HostNotAllowed,
            Code::CredentialRejected => Self::CredentialRejected,
            Code::IpNotAllowed => Self::IpNotAllowed,
            Code::PermissionDenied => Self::PermissionDenied,
            Code::QuotaExceeded => Self::QuotaExceeded,
            Code::TokenInvalidated => Self::TokenInvalidated,
            Code::UpstreamBusy => Self::UpstreamBusy,
            Code::UpstreamRejected => Self::UpstreamRejected,
            Code::BadResponse => Self::BadResponse,
            Code::NotReady => Self::NotReady,
            Code::Network => Self::Network,
            Code::Timeout => Self::Timeout,
            Code::Store => Self::Store,
            Code::Closed => Self::Closed,
            Code::Aborted => Self::Aborted,
            Code::Forked => Self::Forked,
            Code::Internal => Self::Internal,
        }
    }
}

/// The words of all codes, as C strings that live as long as the program.
static WORDS: LazyLock<Vec<(u32, CString)>> = LazyLock::new(|| {
    let word = |code: &Code| Some((*code as u32, CString::new(code.as_str()).ok()?));
    Code::ALL.iter().filter_map(word).collect()
});

/// The word for a status, such as "QUOTA_EXCEEDED"; "OK" for 0, and "UNKNOWN" for a number that is no status.
/// It is the same word in every language that wxsign serves. The text is static: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_status_name(status: u32) -> *const c_char {
    catch(c"UNKNOWN".as_ptr(), || {
        let word = WORDS.iter().find(|(number, _)| *number == status).map(|(_, word)| word.as_ptr());
        word.unwrap_or(if status == 0 { c"OK".as_ptr() } else { c"UNKNOWN".as_ptr() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_table_has_its_number_at_this_door() {
        for code in Code::ALL {
            assert_eq!(WxsignStatus::from(*code) as u32, *code as u32, "{code}");
        }
    }
}

//! The status that calls return: OK, and the codes of the error table with the same numbers.

use std::ffi::{CString, c_char};

use once_cell::race::OnceBox;

use super::boundary::catch;
use crate::Code;

/// The outcome of a call. Later versions may add codes, so a switch needs a default case.
#[allow(clippy::enum_variant_names)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub enum WxsignStatus {
    /// The call succeeded.
    Ok = 0,
    /// An option or parameter is wrong: NULL, not UTF-8, or out of range. The message names it.
    InvalidArgument = 1,
    /// The page's URL cannot be signed: not http(s), too long, or with characters that
    /// location.href never contains.
    InvalidUrl = 2,
    /// The client has a list of allowed hosts, and the page's host is not on it.
    HostNotAllowed = 3,
    /// WeChat refuses the appId or the AppSecret.
    CredentialRejected = 4,
    /// WeChat refuses this machine's IP address, which wxsign_error_ip() returns.
    IpNotAllowed = 5,
    /// The account may not use the interface.
    PermissionDenied = 6,
    /// A quota of calls is used up. wxsign_error_retry_at_ms() returns when wxsign asks again.
    QuotaExceeded = 7,
    /// WeChat refuses the access token, and refused it again after one refetch.
    TokenInvalidated = 8,
    /// WeChat is busy or failing.
    UpstreamBusy = 9,
    /// WeChat refused with an errcode that has no status here. wxsign_error_errcode() returns it.
    UpstreamRejected = 10,
    /// The answer is not WeChat's: a proxy's page, truncated, of wrong types, or too large.
    BadResponse = 11,
    /// The call does not wait, and no usable credential is in memory.
    NotReady = 12,
    /// The service could not be reached.
    Network = 13,
    /// A deadline passed.
    Timeout = 14,
    /// The store cannot be used.
    Store = 15,
    /// The client is closed.
    Closed = 16,
    /// The caller gave up waiting.
    Aborted = 17,
    /// The client belongs to the parent of this forked process.
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

/// The words of all codes as C strings, which live as long as the program.
fn words() -> &'static [(u32, CString)] {
    static WORDS: OnceBox<Vec<(u32, CString)>> = OnceBox::new();
    let word = |code: &Code| Some((*code as u32, CString::new(code.as_str()).ok()?));
    WORDS.get_or_init(|| Box::new(Code::ALL.iter().filter_map(word).collect()))
}

/// Returns the word for a status, such as "QUOTA_EXCEEDED": "OK" for 0, "UNKNOWN" for any other
/// number. All of wxsign's bindings use the same words. The text is static: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_status_name(status: u32) -> *const c_char {
    catch(c"UNKNOWN".as_ptr(), || {
        let word = words().iter().find(|(number, _)| *number == status).map(|(_, word)| word.as_ptr());
        word.unwrap_or(if status == 0 { c"OK".as_ptr() } else { c"UNKNOWN".as_ptr() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_keeps_its_number_in_c() {
        for code in Code::ALL {
            assert_eq!(WxsignStatus::from(*code) as u32, *code as u32, "{code}");
        }
    }
}

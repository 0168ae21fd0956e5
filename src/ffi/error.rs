//! An error as C sees it. Its texts live as long as it does.

use std::ffi::{CString, c_char};

use super::boundary::catch;
use super::status::WxsignStatus;
use crate::Binding;

/// Why a call failed: a code, WeChat's own words, when wxsign asks again, and what to do next.
///
/// A call that fails makes one if its last argument is not NULL. Free it with wxsign_error_free().
/// All its texts are UTF-8, belong to the error and live until it is freed. An error never contains
/// a secret, a token or a ticket.
///
/// Threads: an error never changes. Any number of threads may read it; free it once, when all have
/// finished.
pub struct Error {
    source: crate::Error,
    name: CString,
    message: CString,
    hint: CString,
    hint_zh: CString,
    rid: Option<CString>,
    ip: Option<CString>,
    cause: Option<Box<Self>>,
}

impl Error {
    pub(super) fn new(error: &crate::Error) -> Self {
        Self {
            source: error.clone(),
            name: c_text(error.code().as_str()),
            message: c_text(&error.message_for(Binding::C)),
            hint: c_text(&error.hint_for(Binding::C)),
            hint_zh: c_text(&error.hint_zh_for(Binding::C)),
            rid: error.rid().map(c_text),
            ip: error.ip().map(|ip| c_text(&ip.to_string())),
            cause: error.cause().map(|cause| Box::new(Self::new(cause))),
        }
    }
}

/// A text for C. A NUL would cut it, so it becomes a space.
pub(super) fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', " ")).unwrap_or_default()
}

/// A pointer to a text that its owner keeps alive, or NULL.
pub(super) fn borrowed(text: Option<&CString>) -> *const c_char {
    text.map_or(std::ptr::null(), |text| text.as_ptr())
}

/// Frees an error. NULL is allowed. Never free an error that a callback, an event or
/// wxsign_error_cause() lent to you.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_free(error: Option<Box<Error>>) {
    catch((), || drop(error));
}

/// Returns a copy of an error, for example to keep one that a callback was lent. Free the copy with
/// wxsign_error_free(). NULL gives NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_clone(error: Option<&Error>) -> Option<Box<Error>> {
    catch(None, || error.map(|error| Box::new(Error::new(&error.source))))
}

/// Returns the status that the call returned. NULL gives WXSIGN_STATUS_OK.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_code(error: Option<&Error>) -> WxsignStatus {
    catch(WxsignStatus::Internal, || error.map_or(WxsignStatus::Ok, |error| error.source.code().into()))
}

/// Returns the word for the code, such as "QUOTA_EXCEEDED". NULL gives "OK".
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_name(error: Option<&Error>) -> *const c_char {
    catch(c"INTERNAL".as_ptr(), || error.map_or(c"OK".as_ptr(), |error| error.name.as_ptr()))
}

/// Returns what happened, in English and in one line. If WeChat refused, this is its errmsg without
/// control characters and secrets. NULL gives "".
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_message(error: Option<&Error>) -> *const c_char {
    catch(c"".as_ptr(), || error.map_or(c"".as_ptr(), |error| error.message.as_ptr()))
}

/// Returns WeChat's errcode, or 0 if WeChat sent none.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_errcode(error: Option<&Error>) -> i64 {
    catch(0, || error.and_then(|error| error.source.errcode()).unwrap_or_default())
}

/// Returns the request's id in Tencent's logs, which Tencent's support asks for, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_rid(error: Option<&Error>) -> *const c_char {
    catch(std::ptr::null(), || borrowed(error.and_then(|error| error.rid.as_ref())))
}

/// Returns the IP address that WeChat saw and refused (WXSIGN_STATUS_IP_NOT_ALLOWED), or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_ip(error: Option<&Error>) -> *const c_char {
    catch(std::ptr::null(), || borrowed(error.and_then(|error| error.ip.as_ref())))
}

/// Returns whether the same call can succeed later although nobody changes anything.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_retryable(error: Option<&Error>) -> bool {
    catch(false, || error.is_some_and(|error| error.source.retryable()))
}

/// Returns when wxsign asks WeChat again at the earliest, in milliseconds since 1970, or 0 if no
/// cooldown applies. Until then calls fail with this error at once.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_retry_at_ms(error: Option<&Error>) -> i64 {
    catch(0, || error.and_then(|error| error.source.retry_at_ms()).unwrap_or_default())
}

/// Returns what to do next, in English. NULL gives "".
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_hint(error: Option<&Error>) -> *const c_char {
    catch(c"".as_ptr(), || error.map_or(c"".as_ptr(), |error| error.hint.as_ptr()))
}

/// Returns what to do next, in Chinese (UTF-8). NULL gives "".
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_hint_zh(error: Option<&Error>) -> *const c_char {
    catch(c"".as_ptr(), || error.map_or(c"".as_ptr(), |error| error.hint_zh.as_ptr()))
}

/// Returns the failure that caused this one, or NULL. A TIMEOUT carries the last error of the fetch
/// that the call waited for. The cause belongs to `error`: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_cause(error: Option<&Error>) -> Option<&Error> {
    catch(None, || error.and_then(|error| error.cause.as_deref()))
}

//! An error as C sees it. Its texts live as long as it does.

use std::ffi::{CStr, CString, c_char};

use once_cell::race::OnceBox;

use super::boundary::catch;
use super::status::WxsignStatus;
use crate::{Binding, Subject};

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
    /// Made when a text is first read: most errors are only tested for their status. Made without a
    /// lock, so that a forked child can read an error of its parent.
    texts: OnceBox<ErrorTexts>,
    cause: Option<Box<Self>>,
}

struct ErrorTexts {
    name: CString,
    message: CString,
    hint: CString,
    hint_zh: CString,
    docs_url: CString,
    public_json: CString,
    reason: Option<CString>,
    subject: Option<CString>,
    rid: Option<CString>,
    ip: Option<CString>,
}

impl Error {
    pub(super) fn new(error: &crate::Error) -> Self {
        Self {
            source: error.clone(),
            texts: OnceBox::new(),
            cause: error.cause().map(|cause| Box::new(Self::new(cause))),
        }
    }

    pub(super) fn json(&self, binding: Binding) -> String {
        self.source.to_json_for(binding)
    }

    fn texts(&self) -> &ErrorTexts {
        self.texts.get_or_init(|| {
            let error = &self.source;
            Box::new(ErrorTexts {
                name: c_text(error.code().as_str()),
                message: c_text(&error.message_for(Binding::C)),
                hint: c_text(&error.hint_for(Binding::C)),
                hint_zh: c_text(&error.hint_zh_for(Binding::C)),
                docs_url: c_text(error.docs_url()),
                public_json: c_text(&error.public_json()),
                reason: error.reason().map(c_text),
                subject: error.subject().map(|subject| match subject {
                    Subject::Host(text) | Subject::Path(text) => c_text(text),
                    Subject::Option(name) => c_text(Binding::C.name_of(name)),
                    Subject::Parameter(name) => c_text(name),
                }),
                rid: error.rid().map(c_text),
                ip: error.ip().map(|ip| c_text(&ip.to_string())),
            })
        })
    }
}

/// A text of an error, or `otherwise` for NULL.
fn text_of(
    error: Option<&Error>,
    otherwise: &'static CStr,
    text: fn(&ErrorTexts) -> &CString,
) -> *const c_char {
    catch(otherwise.as_ptr(), || error.map_or(otherwise.as_ptr(), |error| text(error.texts()).as_ptr()))
}

/// A text that not every error has, or NULL.
fn optional_text_of(error: Option<&Error>, text: fn(&ErrorTexts) -> Option<&CString>) -> *const c_char {
    catch(std::ptr::null(), || borrowed(error.and_then(|error| text(error.texts()))))
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
    text_of(error, c"OK", |texts| &texts.name)
}

/// Returns what happened, in English and in one line. If WeChat refused, this is its errmsg without
/// control characters and secrets. NULL gives "".
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_message(error: Option<&Error>) -> *const c_char {
    text_of(error, c"", |texts| &texts.message)
}

/// Returns WeChat's errcode, or 0 if WeChat sent none.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_errcode(error: Option<&Error>) -> i64 {
    catch(0, || error.and_then(|error| error.source.errcode()).unwrap_or_default())
}

/// Returns the request's id in Tencent's logs, which Tencent's support asks for, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_rid(error: Option<&Error>) -> *const c_char {
    optional_text_of(error, |texts| texts.rid.as_ref())
}

/// Returns the IP address that WeChat saw and refused (WXSIGN_STATUS_IP_NOT_ALLOWED), or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_ip(error: Option<&Error>) -> *const c_char {
    optional_text_of(error, |texts| texts.ip.as_ref())
}

/// Returns whether the same call can succeed later without any change.
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
    text_of(error, c"", |texts| &texts.hint)
}

/// Returns what to do next, in Chinese (UTF-8). NULL gives "".
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_hint_zh(error: Option<&Error>) -> *const c_char {
    text_of(error, c"", |texts| &texts.hint_zh)
}

/// Returns the cause below the code as one word, such as "ECONNREFUSED", "ENOTFOUND" or
/// "PROXY_407", or NULL. The page that wxsign_error_docs_url() returns lists the words.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_reason(error: Option<&Error>) -> *const c_char {
    optional_text_of(error, |texts| texts.reason.as_ref())
}

/// Returns the thing that failed: a host, a path, the name of an option's setter, or a parameter;
/// or NULL. wxsign_error_subject_kind() returns which of them it is.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_subject(error: Option<&Error>) -> *const c_char {
    optional_text_of(error, |texts| texts.subject.as_ref())
}

/// Returns "host", "path", "option" or "parameter", or NULL. The text is static.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_subject_kind(error: Option<&Error>) -> *const c_char {
    catch(std::ptr::null(), || match error.and_then(|error| error.source.subject()) {
        Some(Subject::Host(_)) => c"host".as_ptr(),
        Some(Subject::Path(_)) => c"path".as_ptr(),
        Some(Subject::Option(_)) => c"option".as_ptr(),
        Some(Subject::Parameter(_)) => c"parameter".as_ptr(),
        None => std::ptr::null(),
    })
}

/// Returns when the failure was recorded, in milliseconds since 1970, if that was before this call:
/// an earlier call, an earlier run of the program or another process met it. Otherwise returns 0.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_recorded_at_ms(error: Option<&Error>) -> i64 {
    catch(0, || error.and_then(|error| error.source.recorded_at_ms()).unwrap_or_default())
}

/// Returns the address of the page that explains the code. NULL gives "".
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_docs_url(error: Option<&Error>) -> *const c_char {
    text_of(error, c"", |texts| &texts.docs_url)
}

/// Returns the HTTP status for a handler that could not sign a page: 400, 403, 500, 502 or 503. All
/// of wxsign's bindings use the same statuses. NULL gives 200.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_http_status(error: Option<&Error>) -> u32 {
    catch(500, || error.map_or(200, |error| error.source.http_status().into()))
}

/// Returns the seconds for an HTTP answer's Retry-After header, at least 1, or 0 if the answer
/// should not have that header.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_retry_after_seconds(error: Option<&Error>) -> u64 {
    catch(0, || error.and_then(|error| error.source.retry_after_seconds()).unwrap_or_default())
}

/// Returns the JSON body for an HTTP answer: {"code":…,"message":…}, with one fixed sentence per
/// code. It contains nothing that a visitor should not see. NULL gives "{}".
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_public_json(error: Option<&Error>) -> *const c_char {
    text_of(error, c"{}", |texts| &texts.public_json)
}

/// Returns the failure that caused this one, or NULL. A TIMEOUT carries the last error of the fetch
/// that the call waited for. The cause belongs to `error`: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_cause(error: Option<&Error>) -> Option<&Error> {
    catch(None, || error.and_then(|error| error.cause.as_deref()))
}

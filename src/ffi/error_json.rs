//! An error to JSON, and from a text. Apart from `error`, because reading texts can fail.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::boundary::catch;
use super::error::Error;
use super::guard::{given, guard, invalid};
use super::status::WxsignStatus;
use super::text::{StringOut, text};
use crate::{Binding, Code};

/// Makes an error, for bindings to other languages that meet a failure themselves: it gets the
/// hints and the HTTP status of its code. `status` is a wxsign_status except OK. `message` must not
/// contain a secret. Free the error with wxsign_error_free().
///
/// Returns NULL if `status` is no such number, or `message` is NULL or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_error_new(
    status: u32,
    message: *const c_char,
    message_len: usize,
) -> Option<Box<Error>> {
    catch(None, || {
        let code = *Code::ALL.iter().find(|code| **code as u32 == status)?;
        // SAFETY: the caller passes the text with its length.
        let message = unsafe { text(message, message_len, "message") }.ok()?;
        Some(Box::new(Error::new(&crate::Error::of_binding(code, message))))
    })
}

/// Option names as in this header: wxsign_options_set_app_id.
pub const WXSIGN_NAMES_C: u32 = 0;

/// Option names as in the Go module: WithAppID.
pub const WXSIGN_NAMES_GO: u32 = 1;

/// Returns the whole error with its causes as a JSON object, for logs and for bindings to other
/// languages. Its keys: code, message, reason, errcode, rid, ip, retryable, retryAt, recordedAt;
/// host, path, option or parameter; hint, hintZh, docsUrl, cause. A key without a value is missing.
/// `names` is WXSIGN_NAMES_C or WXSIGN_NAMES_GO and chooses how messages and hints spell options.
///
/// On success `*json` is yours: free it with wxsign_string_free(). On failure it is NULL.
/// `json_len` may be NULL.
///
/// Fails with INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_error_json(
    of: Option<&Error>,
    names: u32,
    json: Option<&mut MaybeUninit<*mut c_char>>,
    json_len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = StringOut::new(json, json_len, "json")?;
        let of = given(of, "of")?;
        let binding = match names {
            WXSIGN_NAMES_C => Binding::C,
            WXSIGN_NAMES_GO => Binding::Go,
            _ => return Err(invalid("names", "is not one of WXSIGN_NAMES_*")),
        };
        out.give(of.json(binding))
    })
}

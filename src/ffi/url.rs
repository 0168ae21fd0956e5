//! The URL that a handler signs, by the same rules in every binding.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::error::Error;
use super::guard::guard;
use super::status::WxsignStatus;
use super::text::{StringOut, text};

/// Takes the URL to sign out of a raw query string ("url=https%3A%2F%2F…&lang=zh"), or out of a body of the
/// type application/x-www-form-urlencoded. The URL is decoded once and otherwise left alone:
/// wxsign_client_config() checks it. Other parameters are the application's.
///
/// `*url` must be freed with wxsign_string_free() and is NULL on failure; `url_len` may be NULL.
///
/// Fails with INVALID_ARGUMENT (`url` is missing, empty or sent more than once in the query) or INVALID_URL (it
/// was not encoded, so that it was cut at its first "&"; it was encoded twice; it does not decode to text).
///
/// Threads: call it from any, also after fork().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_url_from_query(
    query: *const c_char,
    query_len: usize,
    url: Option<&mut MaybeUninit<*mut c_char>>,
    url_len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = StringOut::new(url, url_len, "url")?;
        // SAFETY: the caller passes the text with its length.
        out.give(crate::url_from_query(unsafe { text(query, query_len, "query") }?)?)
    })
}

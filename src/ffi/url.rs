//! The page's URL in a request, by the rules of all handlers.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::error::Error;
use super::guard::guard;
use super::status::WxsignStatus;
use super::text::{StringOut, text};

/// Finds the page's URL in a request: the parameter "url" of a raw query string, or of a body of
/// the type application/x-www-form-urlencoded. The page sends it as
/// encodeURIComponent(location.href). All of wxsign's handlers use this function.
///
/// On success `*url` is yours: free it with wxsign_string_free(). On failure it is NULL. `url_len`
/// may be NULL. Pass the URL to wxsign_client_config(), which checks it.
///
/// Fails with INVALID_ARGUMENT if "url" is missing, empty or repeated, and with INVALID_URL if it
/// was not encoded, was encoded twice, or is not text.
///
/// Threads: any.
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

//! Signing with a ticket that the caller has: pure, and the same after a fork.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::error::Error;
use super::guard::{given, guard};
use super::status::WxsignStatus;
use super::text::{fill, text};
use super::version::{WXSIGN_NONCE_SIZE, WXSIGN_SIGNATURE_SIZE};

/// Signs a page with a ticket that you have. It computes and does nothing else: no network, no file, no lock.
///
/// `url` is cut at its first '#' and otherwise taken as it is: pass the page's location.href. `timestamp` is
/// in seconds; the page must hand the very same `timestamp` and `nonce` to wx.config. All texts are UTF-8 and
/// may hold any character, NUL included. On success `signature` has forty lowercase hexadecimal digits and a
/// NUL.
///
/// Fails with INVALID_ARGUMENT only: a NULL, or a text that is not UTF-8.
///
/// Threads: call it from any, also after fork().
/// cbindgen:ptrs-as-arrays=[[signature; WXSIGN_SIGNATURE_SIZE]]
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)]
pub unsafe extern "C" fn wxsign_sign(
    ticket: *const c_char,
    ticket_len: usize,
    nonce: *const c_char,
    nonce_len: usize,
    timestamp: u64,
    url: *const c_char,
    url_len: usize,
    signature: *mut c_char,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        // SAFETY: the caller passes each text with its length.
        let ticket = unsafe { text(ticket, ticket_len, "ticket") }?;
        // SAFETY: as above.
        let nonce = unsafe { text(nonce, nonce_len, "nonce") }?;
        // SAFETY: as above.
        let url = unsafe { text(url, url_len, "url") }?;
        // SAFETY: the caller's buffer has this size; bytes need no alignment.
        let out =
            given(unsafe { signature.cast::<[c_char; WXSIGN_SIGNATURE_SIZE]>().as_mut() }, "signature")?;
        *out = fill(crate::sign(ticket, nonce, timestamp, url).as_bytes());
        Ok(())
    })
}

/// Makes a nonce: 32 random letters and digits and a NUL.
///
/// Fails with INVALID_ARGUMENT only: `nonce` is NULL.
///
/// Threads: call it from any, also after fork(), where it does not repeat what the parent gets.
/// cbindgen:ptrs-as-arrays=[[nonce; WXSIGN_NONCE_SIZE]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_nonce(
    nonce: *mut c_char,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        // SAFETY: the caller's buffer has this size; bytes need no alignment.
        let out = given(unsafe { nonce.cast::<[c_char; WXSIGN_NONCE_SIZE]>().as_mut() }, "nonce")?;
        *out = fill(crate::Nonce::new().as_bytes());
        Ok(())
    })
}

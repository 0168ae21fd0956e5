//! Signing with the caller's own ticket: a pure function, also after fork.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::error::Error;
use super::guard::{given, guard};
use super::status::WxsignStatus;
use super::text::{fill, slice, text};
use super::version::{WXSIGN_NONCE_SIZE, WXSIGN_SIGNATURE_SIZE};

/// Signs a page with your own ticket. It only computes: no network, no file, no lock.
///
/// Pass the page's location.href as `url`: it is cut at the first '#' and otherwise signed as it
/// is. `timestamp` is in seconds. The page must pass the same `timestamp` and `nonce` to wx.config.
/// All texts are UTF-8 and may contain any character, also NUL. On success `signature` contains 40
/// lower-case hexadecimal digits and a NUL.
///
/// Fails with INVALID_ARGUMENT if an argument is NULL or not UTF-8.
///
/// Threads: any, also after fork().
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
        // SAFETY: the caller passes every text with its length.
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

/// Signs the values of a card (cardExt, cardSign) or of chooseInvoice, with your own ticket of type
/// wx_card among them: SHA-1 over the values, sorted by their bytes and joined. Pass numbers as
/// texts, and leave out, or pass as empty, what is optional. It only computes: no network, no file,
/// no lock.
///
/// `values` are `count` texts, and `lens` their lengths. On success `signature` contains 40
/// lower-case hexadecimal digits and a NUL.
///
/// Fails with INVALID_ARGUMENT if an argument is NULL or a value is not UTF-8.
///
/// Threads: any, also after fork().
/// cbindgen:ptrs-as-arrays=[[signature; WXSIGN_SIGNATURE_SIZE]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_card_sign(
    values: *const *const c_char,
    lens: *const usize,
    count: usize,
    signature: *mut c_char,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        // SAFETY: the caller passes `count` texts,
        let values = unsafe { slice(values, count, "values") }?;
        // SAFETY: and `count` lengths.
        let lens = unsafe { slice(lens, count, "lens") }?;
        let mut texts = Vec::with_capacity(count);
        for (&value, &len) in values.iter().zip(lens) {
            // SAFETY: the caller passes every text with its length.
            texts.push(unsafe { text(value, len, "values") }?);
        }
        // SAFETY: the caller's buffer has this size; bytes need no alignment.
        let out =
            given(unsafe { signature.cast::<[c_char; WXSIGN_SIGNATURE_SIZE]>().as_mut() }, "signature")?;
        *out = fill(crate::card_sign(texts).as_bytes());
        Ok(())
    })
}

/// Makes a nonce: 32 random letters and digits and a NUL.
///
/// Fails with INVALID_ARGUMENT if `nonce` is NULL.
///
/// Threads: any, also after fork(). A child never repeats its parent's nonces.
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

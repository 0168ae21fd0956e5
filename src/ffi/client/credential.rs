//! The ticket and the access token themselves, each asked for in the same three ways.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use zeroize::Zeroizing;

use super::Client;
use crate::ffi::callback::{Context, Waiting};
use crate::ffi::error::Error;
use crate::ffi::guard::{given, guard};
use crate::ffi::status::WxsignStatus;
use crate::ffi::text::{Lent, StringOut};

/// Told a ticket or token, exactly once. With status OK `value` is given (`value_len` bytes and a NUL) and
/// `error` is NULL, otherwise the other way round. Both are lent: they live until the callback returns.
pub type StringCallback = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        status: WxsignStatus,
        value: *const c_char,
        value_len: usize,
        error: Option<&Error>,
    ),
>;

/// A callback of C's as the core wants it.
fn waiting(
    callback: unsafe extern "C" fn(*mut c_void, WxsignStatus, *const c_char, usize, Option<&Error>),
    context: *mut c_void,
) -> impl FnOnce(Result<String, crate::Error>) + Send + 'static {
    let context = Context::lent(context);
    let waiting = Waiting::new(move |outcome: Result<String, crate::Error>| match outcome {
        Ok(value) => {
            let value = Lent::new(&Zeroizing::new(value));
            // SAFETY: the caller passed this function for this context; the value outlives the call.
            unsafe { callback(context.pointer(), WxsignStatus::Ok, value.as_ptr(), value.len(), None) }
        }
        Err(error) => {
            let (status, error) = (error.code().into(), Error::new(&error));
            // SAFETY: the caller passed this function for this context; the error outlives the call.
            unsafe { callback(context.pointer(), status, std::ptr::null(), 0, Some(&error)) }
        }
    });
    move |outcome| waiting.settle(outcome)
}

/// Gives the jsapi_ticket, waiting for it if need be, for `timeout_ms` milliseconds at most (0: the client's
/// own timeout). Treat it as a secret.
///
/// `*ticket` must be freed with wxsign_string_free() and is NULL on failure; `ticket_len` may be NULL.
///
/// Fails with INVALID_ARGUMENT, CLOSED, FORKED, TIMEOUT, or with what became of the request.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_ticket(
    client: Option<&Client>,
    timeout_ms: u32,
    ticket: Option<&mut MaybeUninit<*mut c_char>>,
    ticket_len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = StringOut::new(ticket, ticket_len, "ticket")?;
        let client = given(client, "client")?;
        out.give(client.0.ticket_within(client.timeout(timeout_ms))?)
    })
}

/// The same without waiting: NOT_READY where no ticket is in memory. A fetch is then under way.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_try_ticket(
    client: Option<&Client>,
    ticket: Option<&mut MaybeUninit<*mut c_char>>,
    ticket_len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = StringOut::new(ticket, ticket_len, "ticket")?;
        out.give(given(client, "client")?.0.try_ticket()?)
    })
}

/// The same by a call back, with the rules of wxsign_client_config_async().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_ticket_async(
    client: Option<&Client>,
    timeout_ms: u32,
    callback: StringCallback,
    context: *mut c_void,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let client = given(client, "client")?;
        let done = waiting(given(callback, "callback")?, context);
        client.0.ticket_then(client.timeout(timeout_ms), done);
        Ok(())
    })
}

/// Gives the access_token, waiting for it if need be, for `timeout_ms` milliseconds at most (0: the client's
/// own timeout). Treat it as a secret.
///
/// `*token` must be freed with wxsign_string_free() and is NULL on failure; `token_len` may be NULL.
///
/// Fails with INVALID_ARGUMENT, CLOSED, FORKED, TIMEOUT, or with what became of the request.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_access_token(
    client: Option<&Client>,
    timeout_ms: u32,
    token: Option<&mut MaybeUninit<*mut c_char>>,
    token_len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = StringOut::new(token, token_len, "token")?;
        let client = given(client, "client")?;
        out.give(client.0.access_token_within(client.timeout(timeout_ms))?)
    })
}

/// The same without waiting: NOT_READY where no token is in memory. A fetch is then under way.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_try_access_token(
    client: Option<&Client>,
    token: Option<&mut MaybeUninit<*mut c_char>>,
    token_len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = StringOut::new(token, token_len, "token")?;
        out.give(given(client, "client")?.0.try_access_token()?)
    })
}

/// The same by a call back, with the rules of wxsign_client_config_async().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_access_token_async(
    client: Option<&Client>,
    timeout_ms: u32,
    callback: StringCallback,
    context: *mut c_void,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let client = given(client, "client")?;
        let done = waiting(given(callback, "callback")?, context);
        client.0.access_token_then(client.timeout(timeout_ms), done);
        Ok(())
    })
}

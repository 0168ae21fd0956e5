//! The ticket and the access token: waiting, without waiting, and with a callback.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use zeroize::Zeroizing;

use super::Client;
use crate::ffi::callback::calling_back;
use crate::ffi::error::Error;
use crate::ffi::guard::{given, guard};
use crate::ffi::status::WxsignStatus;
use crate::ffi::text::{Lent, StringOut};

/// Receives a ticket or token, exactly once. If `status` is OK, `value` has `value_len` bytes and a
/// NUL, and `error` is NULL; otherwise `value` is NULL. Both are lent: they live until the callback
/// returns. The rules of wxsign_config_callback apply.
pub type StringCallback = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        status: WxsignStatus,
        value: *const c_char,
        value_len: usize,
        error: Option<&Error>,
    ),
>;

/// Makes a C callback callable for the core.
fn waiting(
    client: &Client,
    callback: unsafe extern "C" fn(*mut c_void, WxsignStatus, *const c_char, usize, Option<&Error>),
    context: *mut c_void,
) -> impl FnOnce(Result<String, crate::Error>) + Send + 'static {
    calling_back(client.outstanding.add(), context, move |context, status, value: Option<String>, error| {
        let value = value.map(|value| Lent::new(&Zeroizing::new(value)));
        let (pointer, len) = Lent::parts(value.as_ref());
        // SAFETY: the caller passed this function for this context; value and error outlive the
        // call.
        unsafe { callback(context, status, pointer, len, error) };
    })
}

/// Returns the jsapi_ticket. If no usable one is in memory, waits for it, at most `timeout_ms`
/// milliseconds (0: the client's own timeout). The ticket is a secret.
///
/// On success `*ticket` is yours: free it with wxsign_string_free(). On failure it is NULL.
/// `ticket_len` may be NULL.
///
/// Fails with INVALID_ARGUMENT, CLOSED, FORKED, TIMEOUT, or the error of the fetch.
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
        out.give(client.core.ticket_within(client.timeout(timeout_ms))?)
    })
}

/// Like wxsign_client_ticket(), but never waits. If no usable ticket is in memory, it starts a
/// fetch and fails with NOT_READY.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_try_ticket(
    client: Option<&Client>,
    ticket: Option<&mut MaybeUninit<*mut c_char>>,
    ticket_len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = StringOut::new(ticket, ticket_len, "ticket")?;
        out.give(given(client, "client")?.core.try_ticket()?)
    })
}

/// Like wxsign_client_ticket(), with a callback: the rules of wxsign_client_config_async() apply.
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
        let done = waiting(client, given(callback, "callback")?, context);
        client.core.ticket_then(client.timeout(timeout_ms), done);
        Ok(())
    })
}

/// Returns the access_token. If no usable one is in memory, waits for it, at most `timeout_ms`
/// milliseconds (0: the client's own timeout). The token is a secret.
///
/// On success `*token` is yours: free it with wxsign_string_free(). On failure it is NULL.
/// `token_len` may be NULL.
///
/// Fails with INVALID_ARGUMENT, CLOSED, FORKED, TIMEOUT, or the error of the fetch.
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
        out.give(client.core.access_token_within(client.timeout(timeout_ms))?)
    })
}

/// Like wxsign_client_access_token(), but never waits. If no usable token is in memory, it starts a
/// fetch and fails with NOT_READY.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_try_access_token(
    client: Option<&Client>,
    token: Option<&mut MaybeUninit<*mut c_char>>,
    token_len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = StringOut::new(token, token_len, "token")?;
        out.give(given(client, "client")?.core.try_access_token()?)
    })
}

/// Like wxsign_client_access_token(), with a callback: the rules of wxsign_client_config_async()
/// apply.
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
        let done = waiting(client, given(callback, "callback")?, context);
        client.core.access_token_then(client.timeout(timeout_ms), done);
        Ok(())
    })
}

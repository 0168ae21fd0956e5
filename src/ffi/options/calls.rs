//! Which pages are signed, how long calls wait, and who receives events.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::time::Duration;

use super::Options;
use crate::ffi::callback::UserContext;
use crate::ffi::error::Error;
use crate::ffi::event::{EventListener, listener};
use crate::ffi::guard::{given, guard};
use crate::ffi::status::WxsignStatus;
use crate::ffi::text::text;

/// Adds a host whose pages may be signed: "example.com", "example.com:8443", "*.example.com" or
/// "*". Without any, pages of every host are signed.
///
/// Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_add_allowed_host(
    options: Option<&mut Options>,
    host: *const c_char,
    host_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller passes the text with its length.
        let host = unsafe { text(host, host_len, "host") }?;
        options.allowed_hosts.push(host.to_owned());
        Ok(())
    })
}

/// Sets how long calls with the timeout 0 wait: 1 to 600,000 milliseconds, 10,000 by default.
/// wxsign_client_new() refuses other values.
///
/// Fails with INVALID_ARGUMENT: `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_set_timeout_ms(
    options: Option<&mut Options>,
    timeout_ms: u32,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let timeout = Duration::from_millis(timeout_ms.into());
        given(options, "options")?.change(|builder| builder.timeout(timeout));
        Ok(())
    })
}

/// Sets a listener for events. wxsign_options_set_access_token_function() explains `context` and
/// `context_free`.
///
/// Fails with INVALID_ARGUMENT: `options` or `listener` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_event_listener(
    options: Option<&mut Options>,
    listener: EventListener,
    context: *mut c_void,
    context_free: Option<unsafe extern "C" fn(context: *mut c_void)>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        let function = given(listener, "listener")?;
        let listener = self::listener(function, UserContext::owned(context, context_free));
        options.change(|builder| builder.on_event(listener));
        Ok(())
    })
}

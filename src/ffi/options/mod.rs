//! The options of a client, one setter for each. `account`, `service` and `store` contain those of
//! one subject.

pub mod account;

pub mod service;

pub mod store;

use std::ffi::{c_char, c_void};
use std::mem::{MaybeUninit, take};
use std::time::Duration;

use super::boundary::catch;
use super::callback::UserContext;
use super::error::Error;
use super::event::{EventListener, listener};
use super::guard::{given, guard};
use super::status::WxsignStatus;
use super::text::{path, text};
use crate::Builder;

/// The options of a client. Most programs set only an appId and an AppSecret.
///
/// Made by wxsign_options_new(), freed by wxsign_options_free(). A client copies what it needs, so
/// the same options may make several clients and may be freed right afterwards. Setters copy their
/// texts and check only for NULL and UTF-8; wxsign_client_new() checks the values.
///
/// Threads: one at a time.
#[derive(Default)]
pub struct Options {
    builder: Builder,
    allowed_hosts: Vec<String>,
}

impl Options {
    pub(super) fn builder(&self) -> Builder {
        let builder = self.builder.clone();
        if self.allowed_hosts.is_empty() { builder } else { builder.allowed_hosts(&self.allowed_hosts) }
    }

    pub(super) fn change(&mut self, change: impl FnOnce(Builder) -> Builder) {
        self.builder = change(take(&mut self.builder));
    }
}

/// A text of C with its length and the argument's name.
pub(super) type Argument = (*const c_char, usize, &'static str);

/// The body of a setter that takes a text.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn set_text(
    options: Option<&mut Options>,
    (pointer, len, name): Argument,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
    set: impl FnOnce(Builder, &str) -> Builder,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller promises what `text` requires.
        let value = unsafe { text(pointer, len, name) }?;
        options.change(|builder| set(builder, value));
        Ok(())
    })
}

/// The body of a setter that takes the name of a file or directory.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn set_path(
    options: Option<&mut Options>,
    (pointer, len, name): Argument,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
    set: impl FnOnce(Builder, &str) -> Builder,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller promises what `path` requires.
        let value = unsafe { path(pointer, len, name) }?;
        options.change(|builder| set(builder, value));
        Ok(())
    })
}

/// Makes options without any value. Free them with wxsign_options_free(). Returns NULL only because
/// of a defect of wxsign.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_new() -> Option<Box<Options>> {
    catch(None, || Some(Box::default()))
}

/// Frees options. NULL is allowed. Clients that were made from them are not affected.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_free(options: Option<Box<Options>>) {
    catch((), || drop(options));
}

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

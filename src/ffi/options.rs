//! The options of a client, one setter for each.

use std::ffi::{c_char, c_void};
use std::mem::{MaybeUninit, take};
use std::time::Duration;

use super::callback::Context;
use super::error::Error;
use super::event::{EventListener, listener};
use super::guard::{catch, given, guard, invalid};
use super::status::WxsignStatus;
use super::text::{path, text};
use super::token::{AccessTokenFunction, access_token};
use crate::{AccessToken, Builder, StoreChoice, TokenApi};

/// Fetch the token from stable_token, which Tencent recommends: repeated calls return the same token.
pub const WXSIGN_TOKEN_API_STABLE: u32 = 0;

/// Fetch it from token: each call makes a new token and ends the one before.
pub const WXSIGN_TOKEN_API_CLASSIC: u32 = 1;

/// What a client is to be: an appId and an AppSecret are all that most need.
///
/// Made by wxsign_options_new(), freed by wxsign_options_free(). Clients copy what they need, so it may serve
/// for several and be freed as soon as they are made. Setters copy the texts that they are given and check
/// little more than UTF-8: wxsign_client_new() checks the whole.
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

    fn change(&mut self, change: impl FnOnce(Builder) -> Builder) {
        self.builder = change(take(&mut self.builder));
    }
}

/// Begins the options of a client. Free them with wxsign_options_free(). NULL only where wxsign itself is
/// defective.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_new() -> Option<Box<Options>> {
    catch(None, || Some(Box::default()))
}

/// Frees options. NULL is fine. Clients that were made from them go on.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_free(options: Option<Box<Options>>) {
    catch((), || drop(options));
}

/// Sets the account's appId, such as "wx5823bf96d3bd56c7". INVALID_ARGUMENT: NULL or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_app_id(
    options: Option<&mut Options>,
    app_id: *const c_char,
    app_id_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller passes the text with its length.
        let app_id = unsafe { text(app_id, app_id_len, "app_id") }?;
        options.change(|builder| builder.app_id(app_id));
        Ok(())
    })
}

/// Sets the account's AppSecret; the copy is wiped when nobody needs it any more. INVALID_ARGUMENT: NULL or
/// not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_app_secret(
    options: Option<&mut Options>,
    app_secret: *const c_char,
    app_secret_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller passes the text with its length.
        let app_secret = unsafe { text(app_secret, app_secret_len, "app_secret") }?;
        options.change(|builder| builder.app_secret(app_secret));
        Ok(())
    })
}

/// Adds an address of the service, with or without "/cgi-bin"; the first is the primary one, later ones are
/// to fall back on. Without any, WeChat's own are used. Plain http is for loopback only. INVALID_ARGUMENT:
/// NULL or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_add_base_url(
    options: Option<&mut Options>,
    url: *const c_char,
    url_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller passes the text with its length.
        let url = unsafe { text(url, url_len, "url") }?;
        options.change(|builder| builder.base_url(url));
        Ok(())
    })
}

/// Sets which interface the access token is fetched from: WXSIGN_TOKEN_API_STABLE (the default) or
/// WXSIGN_TOKEN_API_CLASSIC. INVALID_ARGUMENT: NULL or another number.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_set_token_api(
    options: Option<&mut Options>,
    token_api: u32,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        let api = match token_api {
            WXSIGN_TOKEN_API_STABLE => TokenApi::Stable,
            WXSIGN_TOKEN_API_CLASSIC => TokenApi::Classic,
            _ => return Err(invalid("token_api", "is not one of WXSIGN_TOKEN_API_*")),
        };
        options.change(|builder| builder.token_api(api));
        Ok(())
    })
}

/// Sets an access token of your own in place of an AppSecret. It is used until
/// wxsign_client_set_access_token() replaces it and never fetched: where WeChat refuses it, calls fail with
/// TOKEN_INVALIDATED. INVALID_ARGUMENT: NULL or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_access_token(
    options: Option<&mut Options>,
    token: *const c_char,
    token_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller passes the text with its length.
        let token = unsafe { text(token, token_len, "token") }?;
        options.change(|builder| builder.access_token(AccessToken::Fixed(token.to_owned())));
        Ok(())
    })
}

/// Sets a function that gives the access token, in place of an AppSecret.
///
/// `context` is passed to it and otherwise left alone. `context_free`, unless NULL, is called with it exactly
/// once, on any thread, when these options and all clients made from them are gone and no call is under way.
/// That may be after wxsign_client_free() has returned, so without `context_free` the context must live as
/// long as the program. Where this call fails, `context` stays yours. INVALID_ARGUMENT: `options` or
/// `function` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_access_token_function(
    options: Option<&mut Options>,
    function: AccessTokenFunction,
    context: *mut c_void,
    context_free: Option<unsafe extern "C" fn(context: *mut c_void)>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        let function = given(function, "function")?;
        let token = access_token(function, Context::owned(context, context_free));
        options.change(|builder| builder.access_token(token));
        Ok(())
    })
}

/// Keeps credentials in files in this directory, which must be yours alone; it is made where it is missing.
/// Without a store the platform's state directory is used. INVALID_ARGUMENT: NULL, not UTF-8, or with a NUL in
/// it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_store_dir(
    options: Option<&mut Options>,
    dir: *const c_char,
    dir_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller passes the text with its length.
        let dir = unsafe { path(dir, dir_len, "dir") }?;
        options.change(|builder| builder.store(StoreChoice::Dir(dir.into())));
        Ok(())
    })
}

/// Keeps credentials in Redis, for machines that share no disk: `redis://[:password@]host[:port][/db]`, or
/// `rediss://` for TLS. While Redis fails, memory serves.
///
/// Fails with INVALID_ARGUMENT: a NULL, or a text that is not UTF-8. A malformed address is told by
/// wxsign_client_new().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_store_redis(
    options: Option<&mut Options>,
    url: *const c_char,
    url_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller passes the text with its length.
        let url = unsafe { text(url, url_len, "url") }?.to_owned();
        options.change(|builder| builder.store(StoreChoice::Redis(url)));
        Ok(())
    })
}

/// Keeps credentials in memory only: nothing outlives the process. INVALID_ARGUMENT: `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_set_store_memory(
    options: Option<&mut Options>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        given(options, "options")?.change(|builder| builder.store(StoreChoice::Memory));
        Ok(())
    })
}

/// Adds a host whose pages may be signed: "example.com", "example.com:8443", "*.example.com" or "*". Without
/// any, every host's may. INVALID_ARGUMENT: NULL or not UTF-8.
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

/// Sets how long calls wait where they are not told otherwise: 1 to 600,000 milliseconds (wxsign_client_new() refuses
/// others), 10,000 by default. INVALID_ARGUMENT: `options` is NULL.
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

/// Sets an HTTP proxy, "http://host:port". The environment is never looked at. INVALID_ARGUMENT: NULL or not
/// UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_proxy(
    options: Option<&mut Options>,
    url: *const c_char,
    url_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller passes the text with its length.
        let url = unsafe { text(url, url_len, "url") }?;
        options.change(|builder| builder.proxy(url));
        Ok(())
    })
}

/// Sets a file of PEM certificates that replace the system's roots. INVALID_ARGUMENT: NULL, not UTF-8, or
/// with a NUL in it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_ca_file(
    options: Option<&mut Options>,
    file: *const c_char,
    file_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller passes the text with its length.
        let file = unsafe { path(file, file_len, "file") }?;
        options.change(|builder| builder.ca_file(file));
        Ok(())
    })
}

/// Sets who is told what happens behind the calls. `context` and `context_free` are as for
/// wxsign_options_set_access_token_function(). INVALID_ARGUMENT: `options` or `listener` is NULL.
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
        let listener = self::listener(function, Context::owned(context, context_free));
        options.change(|builder| builder.on_event(listener));
        Ok(())
    })
}

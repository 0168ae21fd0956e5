//! The options of a client, one setter for each.

use std::ffi::{c_char, c_void};
use std::mem::{MaybeUninit, take};
use std::time::Duration;

use super::boundary::catch;
use super::callback::UserContext;
use super::error::Error;
use super::event::{EventListener, listener};
use super::guard::{given, guard, invalid};
use super::status::WxsignStatus;
use super::text::{path, text};
use super::ticket::{TicketFunction, own_ticket};
use super::token::{AccessTokenFunction, access_token};
use crate::{AccessToken, Builder, OwnTicket, Store, TokenApi};

/// Fetch the token from stable_token, which Tencent recommends: repeated requests return the same
/// token.
pub const WXSIGN_TOKEN_API_STABLE: u32 = 0;

/// Fetch the token from the older interface "token": each request makes a new token and ends the
/// previous one.
pub const WXSIGN_TOKEN_API_CLASSIC: u32 = 1;

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

    fn change(&mut self, change: impl FnOnce(Builder) -> Builder) {
        self.builder = change(take(&mut self.builder));
    }
}

/// A text of C with its length and the argument's name.
type Argument = (*const c_char, usize, &'static str);

/// The body of a setter that takes a text.
///
/// # Safety
/// As for [`text`].
unsafe fn set_text(
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
unsafe fn set_path(
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

/// Sets the account's appId, such as "wx5823bf96d3bd56c7".
///
/// Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_app_id(
    options: Option<&mut Options>,
    app_id: *const c_char,
    app_id_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe {
        set_text(options, (app_id, app_id_len, "app_id"), error, |builder, app_id| builder.app_id(app_id))
    }
}

/// Sets an app of 企业微信 in place of an appId: the corp's id, and the app's agentId as a text. The
/// AppSecret is then the Secret of this app. wxsign_client_config() signs with the corp's ticket,
/// and wxsign_client_agent_config() with the app's.
///
/// Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_corp(
    options: Option<&mut Options>,
    corp_id: *const c_char,
    corp_id_len: usize,
    agent_id: *const c_char,
    agent_id_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        // SAFETY: the caller passes the text with its length.
        let corp_id = unsafe { text(corp_id, corp_id_len, "corp_id") }?;
        // SAFETY: as above.
        let agent_id = unsafe { text(agent_id, agent_id_len, "agent_id") }?;
        options.change(|builder| builder.corp(corp_id, agent_id));
        Ok(())
    })
}

/// Sets the account's AppSecret. wxsign wipes its copy when the last user of it is freed.
///
/// Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_app_secret(
    options: Option<&mut Options>,
    app_secret: *const c_char,
    app_secret_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe {
        set_text(options, (app_secret, app_secret_len, "app_secret"), error, |builder, app_secret| {
            builder.app_secret(app_secret)
        })
    }
}

/// Adds an address of the service, with or without "/cgi-bin". The first one is the primary
/// address, further ones are fallbacks. Without any, wxsign uses WeChat's own. Plain http is
/// accepted for loopback only, unless wxsign_options_set_allow_http() is called.
///
/// Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_add_base_url(
    options: Option<&mut Options>,
    url: *const c_char,
    url_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe { set_text(options, (url, url_len, "url"), error, |builder, url| builder.base_url(url)) }
}

/// Allows plain http to hosts that are not loopback, for a relay in your own network. Together with
/// an AppSecret, wxsign_client_new() refuses it for WeChat's own hosts.
///
/// Fails with INVALID_ARGUMENT: `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_set_allow_http(
    options: Option<&mut Options>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        given(options, "options")?.change(|builder| builder.allow_http(true));
        Ok(())
    })
}

/// Sets the interface that the access token is fetched from: WXSIGN_TOKEN_API_STABLE (the default)
/// or WXSIGN_TOKEN_API_CLASSIC.
///
/// Fails with INVALID_ARGUMENT: NULL, or another number.
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

/// Sets your own access token in place of an AppSecret. wxsign uses it until
/// wxsign_client_set_access_token() replaces it, and never fetches one. If WeChat refuses it, calls
/// fail with TOKEN_INVALIDATED.
///
/// Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_access_token(
    options: Option<&mut Options>,
    token: *const c_char,
    token_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe {
        set_text(options, (token, token_len, "token"), error, |builder, token| {
            builder.access_token(AccessToken::Fixed(token.to_owned()))
        })
    }
}

/// Sets a function that supplies the access token, in place of an AppSecret.
///
/// wxsign passes `context` to the function and never dereferences it. Unless `context_free` is
/// NULL, wxsign calls it exactly once with `context`, on any thread, after these options and all
/// clients made from them are freed and the last call of the function has returned. That may be
/// after wxsign_client_free() returns, so without `context_free` the context must live until the
/// program ends. If this call fails, you keep `context`.
///
/// Fails with INVALID_ARGUMENT: `options` or `function` is NULL.
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
        let token = access_token(function, UserContext::owned(context, context_free));
        options.change(|builder| builder.access_token(token));
        Ok(())
    })
}

/// Sets your own ticket for wx.config in place of an AppSecret, such as one from a central service.
/// wxsign uses it until wxsign_client_set_ticket() replaces it, makes no request and stores
/// nothing.
///
/// Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_ticket(
    options: Option<&mut Options>,
    ticket: *const c_char,
    ticket_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe {
        set_text(options, (ticket, ticket_len, "ticket"), error, |builder, ticket| {
            builder.ticket(OwnTicket::Fixed(ticket.to_owned()))
        })
    }
}

/// Sets a function that supplies the tickets, in place of an AppSecret: for a central service, or
/// for a kind of ticket that wxsign does not fetch. wxsign makes no request and stores nothing.
/// wxsign_options_set_access_token_function() explains `context` and `context_free`.
///
/// Fails with INVALID_ARGUMENT: `options` or `function` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_ticket_function(
    options: Option<&mut Options>,
    function: TicketFunction,
    context: *mut c_void,
    context_free: Option<unsafe extern "C" fn(context: *mut c_void)>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let options = given(options, "options")?;
        let function = given(function, "function")?;
        let ticket = own_ticket(function, UserContext::owned(context, context_free));
        options.change(|builder| builder.ticket(ticket));
        Ok(())
    })
}

/// Keeps credentials in files in this directory. wxsign makes it if it is missing; the user that
/// runs the program must own it. If no store is set, wxsign uses the platform's state directory.
///
/// Fails with INVALID_ARGUMENT: NULL, not UTF-8, or with a NUL inside.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_store_dir(
    options: Option<&mut Options>,
    dir: *const c_char,
    dir_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe {
        set_path(options, (dir, dir_len, "dir"), error, |builder, dir| builder.store(Store::Dir(dir.into())))
    }
}

/// Keeps credentials in Redis, for machines without a common disk:
/// "redis://[:password@]host[:port][/db]", or "rediss://" for TLS. While Redis fails, wxsign keeps
/// credentials in memory.
///
/// Fails with INVALID_ARGUMENT: NULL, or not UTF-8. wxsign_client_new() refuses a malformed
/// address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_store_redis(
    options: Option<&mut Options>,
    url: *const c_char,
    url_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe {
        set_text(options, (url, url_len, "url"), error, |builder, url| {
            builder.store(Store::Redis(url.to_owned()))
        })
    }
}

/// Keeps credentials in memory only: they end with the process.
///
/// Fails with INVALID_ARGUMENT: `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_set_store_memory(
    options: Option<&mut Options>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        given(options, "options")?.change(|builder| builder.store(Store::Memory));
        Ok(())
    })
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

/// Sets an HTTP proxy, "http://host:port". wxsign never reads a proxy from the environment.
///
/// Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_proxy(
    options: Option<&mut Options>,
    url: *const c_char,
    url_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe { set_text(options, (url, url_len, "url"), error, |builder, url| builder.proxy(url)) }
}

/// Sets a file of PEM certificates, which are added to the system's roots. The first request reads
/// it.
///
/// Fails with INVALID_ARGUMENT: NULL, not UTF-8, or with a NUL inside.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_ca_file(
    options: Option<&mut Options>,
    file: *const c_char,
    file_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe { set_path(options, (file, file_len, "file"), error, |builder, file| builder.ca_file(file)) }
}

/// Imports the ticket of the tutorial's jsapiTicket.json if it has not expired and the store has no
/// ticket. The first call reads the file. wxsign never changes it, and ignores one that is missing
/// or damaged. For 公众号 alone.
///
/// Fails with INVALID_ARGUMENT: NULL, not UTF-8, or with a NUL inside.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_import_ticket_file(
    options: Option<&mut Options>,
    file: *const c_char,
    file_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe {
        set_path(options, (file, file_len, "file"), error, |builder, file| builder.import_ticket_file(file))
    }
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

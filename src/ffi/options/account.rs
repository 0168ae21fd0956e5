//! The account, and where its token and tickets come from.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use super::{Options, set_path, set_text};
use crate::ffi::callback::UserContext;
use crate::ffi::error::Error;
use crate::ffi::guard::{given, guard, invalid};
use crate::ffi::status::WxsignStatus;
use crate::ffi::text::text;
use crate::ffi::ticket::{TicketFunction, own_ticket};
use crate::ffi::token::{AccessTokenFunction, access_token};
use crate::{AccessToken, OwnTicket, TokenApi};

/// Fetch the token from stable_token, which Tencent recommends: repeated requests return the same
/// token.
pub const WXSIGN_TOKEN_API_STABLE: u32 = 0;

/// Fetch the token from the older interface "token": each request makes a new token and ends the
/// previous one.
pub const WXSIGN_TOKEN_API_CLASSIC: u32 = 1;

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

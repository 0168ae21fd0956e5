//! A function of the caller's that gives the access token, at once or later.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use super::callback::Context;
use super::error::Error;
use super::guard::{given, guard};
use super::status::WxsignStatus;
use super::text::{Lent, text};
use crate::AccessToken;

/// Takes the answer of an access token function.
///
/// Answer each exactly once, with wxsign_token_reply_send() or wxsign_token_reply_fail(), both of which free
/// it. One that is never answered leaks, and the calls that wait for it fail with TIMEOUT.
///
/// Threads: answer on any thread, at once or after the function has returned.
pub struct TokenReply(crate::TokenReply);

/// Gives the access token. It is called whenever a ticket is fetched, on a thread of wxsign's, or on several
/// at once where several clients share the context. `rejected` is the token that WeChat has just refused
/// (`rejected_len` bytes and a NUL, lent until the function returns), or NULL. It answers through `reply`,
/// within nine seconds. It must not free a client, wait for one, throw or jump out.
pub type AccessTokenFunction = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        rejected: *const c_char,
        rejected_len: usize,
        reply: Box<TokenReply>,
    ),
>;

/// A token function of C's as the core wants it.
pub(super) fn access_token(
    function: unsafe extern "C" fn(*mut c_void, *const c_char, usize, Box<TokenReply>),
    context: Context,
) -> AccessToken {
    AccessToken::function(move |rejected, reply| {
        let rejected = rejected.map(Lent::new);
        let (pointer, len) =
            rejected.as_ref().map_or((std::ptr::null(), 0), |token| (token.as_ptr(), token.len()));
        // SAFETY: the caller passed this function for this context, and the refused token outlives the call.
        unsafe { function(context.pointer(), pointer, len, Box::new(TokenReply(reply))) }
    })
}

/// Answers with the access token, and frees `reply` in any case.
///
/// Fails with INVALID_ARGUMENT: a NULL, or a token that is not UTF-8; whoever waits is told so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_token_reply_send(
    reply: Option<Box<TokenReply>>,
    token: *const c_char,
    token_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let reply = given(reply, "reply")?.0;
        // SAFETY: the caller passes the text with its length.
        match unsafe { text(token, token_len, "token") } {
            Ok(token) => {
                reply.send(Ok(token.to_owned()));
                Ok(())
            }
            Err(wrong) => {
                reply.send(Err(wrong.message().to_owned()));
                Err(wrong)
            }
        }
    })
}

/// Answers that there is no token, and why, in a few words that reach the error (so no secret). Frees `reply`
/// in any case.
///
/// Fails with INVALID_ARGUMENT: a NULL, or words that are not UTF-8; whoever waits is told so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_token_reply_fail(
    reply: Option<Box<TokenReply>>,
    why: *const c_char,
    why_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let reply = given(reply, "reply")?.0;
        // SAFETY: the caller passes the text with its length.
        let why = unsafe { text(why, why_len, "why") };
        reply.send(Err(match &why {
            Ok(why) => (*why).to_owned(),
            Err(wrong) => wrong.message().to_owned(),
        }));
        why.map(drop)
    })
}

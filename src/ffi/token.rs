//! A function of the program that supplies the access token, at once or later.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use super::callback::{UserContext, call_out};
use super::error::Error;
use super::guard::{given, guard};
use super::status::WxsignStatus;
use super::text::{Lent, pass_on, text};
use crate::AccessToken;

/// Takes the answer of an access token function.
///
/// Answer each reply exactly once, with wxsign_token_reply_send() or wxsign_token_reply_fail().
/// Both free it. If a reply is never answered, it leaks, and the calls that wait for it fail with
/// TIMEOUT.
///
/// Threads: answer on any thread, before or after the function returns.
pub struct TokenReply(crate::TokenReply);

/// Supplies the access token: it answers through `reply`, within nine seconds. wxsign calls it for
/// every fetch of a ticket, on its own threads. If clients share a context, several threads may
/// call it at once.
///
/// `rejected` is the token that WeChat has just refused (`rejected_len` bytes and a NUL, lent until
/// the function returns), or NULL.
///
/// It must not free a client, wait for one, throw, call longjmp() or end its thread.
pub type AccessTokenFunction = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        rejected: *const c_char,
        rejected_len: usize,
        reply: Box<TokenReply>,
    ),
>;

/// Makes a C token function callable for the core.
pub(super) fn access_token(
    function: unsafe extern "C" fn(*mut c_void, *const c_char, usize, Box<TokenReply>),
    context: UserContext,
) -> AccessToken {
    AccessToken::function(move |rejected, reply| {
        let rejected = rejected.map(Lent::new);
        let (pointer, len) = Lent::parts(rejected.as_ref());
        let reply = Box::new(TokenReply(reply));
        // SAFETY: the caller passed this function for this context, and the refused token outlives
        // the call.
        call_out(|| unsafe { function(context.pointer(), pointer, len, reply) });
    })
}

/// Answers with the access token. Always frees `reply`.
///
/// Fails with INVALID_ARGUMENT if an argument is NULL or the token is not UTF-8. The waiting calls
/// then fail as well.
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
        pass_on(unsafe { text(token, token_len, "token") }, |outcome| reply.send(outcome))
    })
}

/// Answers that there is no token. `why` becomes part of the callers' error message, so it must not
/// contain a secret. Always frees `reply`.
///
/// Fails with INVALID_ARGUMENT if an argument is NULL or `why` is not UTF-8. The waiting calls then
/// fail as well.
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
        pass_on(why, |(Ok(why) | Err(why))| reply.send(Err(why)))
    })
}

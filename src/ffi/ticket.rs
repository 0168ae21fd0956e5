//! A function of the program that supplies the tickets, at once or later.

use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::time::Duration;

use super::callback::{UserContext, call_out};
use super::error::Error;
use super::guard::{given, guard};
use super::status::WxsignStatus;
use super::text::{Lent, pass_on, text};
use crate::{CredentialKind, OwnTicket};

/// The life of a ticket whose end you do not know, for wxsign_ticket_reply_send().
pub const WXSIGN_LIFE_UNKNOWN: u64 = u64::MAX;

/// Takes the answer of a ticket function.
///
/// Answer each reply exactly once, with wxsign_ticket_reply_send() or wxsign_ticket_reply_fail().
/// Both free it. If a reply is never answered, it leaks, and the calls that wait for it fail with
/// TIMEOUT.
///
/// Threads: answer on any thread, before or after the function returns.
pub struct TicketReply(crate::TicketReply);

/// Supplies a ticket: it answers through `reply`, within nine seconds. wxsign serves the ticket
/// from memory until it ends, and calls the function again ahead of that, on its own threads. If
/// clients share a context, several threads may call it at once.
///
/// `kind` is "ticket" (for wx.config), "agent_ticket" (for wx.agentConfig) or "card_ticket" (for
/// cards and invoices); this text is static. `rejected` is the ticket of this kind that the program has
/// just invalidated (`rejected_len` bytes and a NUL, lent until the function returns), or NULL.
///
/// It must not free a client, wait for one, throw, call longjmp() or end its thread.
pub type TicketFunction = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        kind: *const c_char,
        rejected: *const c_char,
        rejected_len: usize,
        reply: Box<TicketReply>,
    ),
>;

/// Makes a C ticket function callable for the core.
pub(super) fn own_ticket(
    function: unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char, usize, Box<TicketReply>),
    context: UserContext,
) -> OwnTicket {
    OwnTicket::function(move |kind, rejected, reply| {
        let rejected = rejected.map(Lent::new);
        let (pointer, len) = Lent::parts(rejected.as_ref());
        let (kind, reply) = (word(kind).as_ptr(), Box::new(TicketReply(reply)));
        // SAFETY: the caller passed this function for this context, and the dropped ticket outlives
        // the call.
        call_out(|| unsafe { function(context.pointer(), kind, pointer, len, reply) });
    })
}

fn word(kind: CredentialKind) -> &'static CStr {
    match kind {
        CredentialKind::Token => c"token",
        CredentialKind::Ticket | CredentialKind::CorpTicket => c"ticket",
        CredentialKind::CardTicket | CredentialKind::CorpCardTicket => c"card_ticket",
        CredentialKind::AgentTicket => c"agent_ticket",
    }
}

/// Answers with a ticket. `life_ms` is how many milliseconds the ticket still lives, at most a day.
/// With WXSIGN_LIFE_UNKNOWN, wxsign serves it for a minute. With 0 the ticket has expired, and the
/// waiting calls fail with INVALID_ARGUMENT. Always frees `reply`.
///
/// Fails with INVALID_ARGUMENT if an argument is NULL or the ticket is not UTF-8. The waiting calls
/// then fail as well.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_ticket_reply_send(
    reply: Option<Box<TicketReply>>,
    ticket: *const c_char,
    ticket_len: usize,
    life_ms: u64,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let reply = given(reply, "reply")?.0;
        // SAFETY: the caller passes the text with its length.
        let ticket = unsafe { text(ticket, ticket_len, "ticket") };
        pass_on(ticket, |outcome| match outcome {
            Ok(ticket) if life_ms != WXSIGN_LIFE_UNKNOWN => {
                reply.send_with_life(ticket, Duration::from_millis(life_ms));
            }
            outcome => reply.send(outcome),
        })
    })
}

/// Answers that there is no ticket. `why` becomes part of the callers' error message, so it must
/// not contain a secret. Always frees `reply`.
///
/// Fails with INVALID_ARGUMENT if an argument is NULL or `why` is not UTF-8. The waiting calls then
/// fail as well.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_ticket_reply_fail(
    reply: Option<Box<TicketReply>>,
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

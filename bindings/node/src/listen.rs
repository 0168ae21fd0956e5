//! Calls from wxsign's threads into JavaScript: events, and the questions for the caller's own
//! token and tickets.
//!
//! All are weak: they never keep a program alive. Only a pending promise of the user does.

use std::cell::Cell;
use std::time::Duration;

use napi::bindgen_prelude::{External, FnArgs, Function};
use napi::threadsafe_function::ThreadsafeFunctionCallMode::NonBlocking;
use napi_derive::napi;
use wxsign::{AccessToken, CredentialKind, Event, OwnTicket, TicketReply, TokenReply};

use crate::answer::{Failure, failure};

/// An event, flat: the facade makes the public shape of it.
#[napi(object, object_from_js = false)]
pub struct NativeEvent {
    /// `refreshed`, `failed`, `stale` or `store_degraded`.
    pub name: String,
    /// `token`, `ticket`, `agent_ticket` or `card_ticket`.
    pub credential: Option<String>,
    /// `service` or `store`.
    pub source: Option<String>,
    /// How long the value will be served.
    pub remaining_ms: Option<i64>,
    /// Why the store cannot be used.
    pub reason: Option<String>,
    /// Why a fetch failed.
    pub failure: Option<Failure>,
}

impl NativeEvent {
    fn of(event: &Event) -> Self {
        let mut native = Self {
            name: event.name().to_owned(),
            credential: event.credential().map(|kind| kind.to_string()),
            source: None,
            remaining_ms: None,
            reason: None,
            failure: event.error().map(failure),
        };
        match event {
            Event::Refreshed { source, remaining, .. } => {
                native.source = Some(source.to_string());
                native.remaining_ms = i64::try_from(remaining.as_millis()).ok();
            }
            Event::StoreDegraded { reason } => native.reason = Some(reason.clone()),
            _ => {}
        }
        native
    }
}

/// The facade's listener; it never throws.
pub type Listener<'env> = Function<'env, NativeEvent, ()>;

/// The listener as the core calls it, from any thread.
pub fn listener(function: &Listener<'_>) -> napi::Result<impl Fn(&Event) + Send + Sync + 'static> {
    let call = function.build_threadsafe_function().weak::<true>().callee_handled::<false>().build()?;
    // A refusal means that the environment is closing: no listener is left.
    Ok(move |event: &Event| {
        let _ = call.call(NativeEvent::of(event), NonBlocking);
    })
}

/// Where the facade hands its answer to a token question. Collected unanswered, it fails the
/// question.
pub type Reply = External<Cell<Option<TokenReply>>>;

/// The facade's token function, called with the refused token, if any, and the place for the
/// answer; it never throws.
pub type TokenFunction<'env> = Function<'env, FnArgs<(Option<String>, Reply)>, ()>;

/// The token function as the core calls it, from any thread.
pub fn token_function(function: &TokenFunction<'_>) -> napi::Result<AccessToken> {
    let call = function
        .build_threadsafe_function::<(Option<String>, TokenReply)>()
        .weak::<true>()
        .callee_handled::<false>()
        .build_callback(|context| {
            let (rejected, reply) = context.value;
            Ok(FnArgs::from((rejected, External::new(Cell::new(Some(reply))))))
        })?;
    Ok(AccessToken::function(move |rejected, reply| {
        // If the environment is closing, the reply is dropped, which fails the question at once.
        let _ = call.call((rejected.map(str::to_owned), reply), NonBlocking);
    }))
}

/// Answers a token question: the token, or a few words about why there is none.
#[napi(catch_unwind)]
pub fn reply_token(reply: &Reply, token: Option<String>, why: Option<String>) {
    if let Some(reply) = reply.take() {
        reply.send(token.ok_or_else(|| why.unwrap_or_default()));
    }
}

/// Where the facade hands its answer to a ticket question, as a [`Reply`] is for a token's.
pub type TicketPlace = External<Cell<Option<TicketReply>>>;

/// The facade's ticket function, called with the kind of ticket, the invalidated ticket, if any,
/// and the place for the answer; it never throws.
pub type TicketFunction<'env> = Function<'env, FnArgs<(String, Option<String>, TicketPlace)>, ()>;

/// The ticket function as the core calls it, from any thread.
pub fn ticket_function(function: &TicketFunction<'_>) -> napi::Result<OwnTicket> {
    let call = function
        .build_threadsafe_function::<(CredentialKind, Option<String>, TicketReply)>()
        .weak::<true>()
        .callee_handled::<false>()
        .build_callback(|context| {
            let (kind, rejected, reply) = context.value;
            Ok(FnArgs::from((kind.to_string(), rejected, External::new(Cell::new(Some(reply))))))
        })?;
    Ok(OwnTicket::function(move |kind, rejected, reply| {
        // If the environment is closing, the reply is dropped, which fails the question at once.
        let _ = call.call((kind, rejected.map(str::to_owned), reply), NonBlocking);
    }))
}

/// Answers a ticket question: the ticket, with the seconds that it lives if they are known, or a
/// few words about why there is none.
#[napi(catch_unwind)]
pub fn reply_ticket(
    reply: &TicketPlace,
    ticket: Option<String>,
    expires_in: Option<f64>,
    why: Option<String>,
) {
    let Some(reply) = reply.take() else { return };
    match (ticket, expires_in.map(Duration::try_from_secs_f64)) {
        (None, _) => reply.send(Err(why.unwrap_or_default())),
        (Some(ticket), None) => reply.send(Ok(ticket)),
        (Some(ticket), Some(Ok(life))) => reply.send_with_life(ticket, life),
        (Some(_), Some(Err(_))) => reply.send(Err("its expiresIn is not a number of seconds".to_owned())),
    }
}

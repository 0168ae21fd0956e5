//! The caller's own tickets: one value, or a function that is asked for each kind.
//!
//! wxsign asks WeChat nothing for such a client and stores nothing. A function's ticket is cached
//! for as long as the function says, and asked for again ahead of that.

use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::cached::FOREVER_MS;
use super::supplied::{ask, usable};
use super::threads::Threads;
use crate::credential::{Grant, Kind, check};
use crate::error::{Code, Error};
use crate::secret::{KnownSecrets, Secret};
use crate::sync::lock;

/// A function that returns the caller's own ticket of a kind. The second argument is the ticket of
/// this kind that was just invalidated, if any.
pub(crate) type TicketFn = Arc<dyn Fn(Kind, Option<&str>, TicketReply) + Send + Sync>;

/// If the function does not say how long its ticket lives, the function is asked again after this
/// time: the ticket may die at any moment.
const DEFAULT_LIFE_MS: i64 = 60_000;

/// Takes the answer of a ticket function, from any thread and at most once. Dropping it unanswered
/// is a failure.
pub struct TicketReply(SyncSender<Result<Answer, String>>);

struct Answer {
    ticket: String,
    life: Option<Duration>,
}

impl TicketReply {
    /// Passes a ticket whose remaining life the caller does not know, or a few words that say why
    /// there is none. wxsign serves the ticket for a minute, and asks again ahead of that. The
    /// error quotes the words, so they must hold no secret.
    pub fn send(self, answer: Result<String, String>) {
        // The flight may have given up waiting.
        let _ = self.0.send(answer.map(|ticket| Answer { ticket, life: None }));
    }

    /// Passes a ticket and how much longer it lives, which is a day at most.
    pub fn send_with_life(self, ticket: String, life: Duration) {
        let _ = self.0.send(Ok(Answer { ticket, life: Some(life) }));
    }
}

/// The tickets that the caller brings.
pub(crate) enum OwnTickets {
    /// The ticket of `wx.config`, until the caller replaces it.
    Fixed(Mutex<Secret>),
    /// Called for each kind of ticket, when one is needed.
    Function(TicketFn),
}

impl OwnTickets {
    /// Fails if there can never be a credential of this kind.
    pub(super) fn check(&self, kind: Kind) -> Result<(), Error> {
        match (self, kind) {
            (_, Kind::Token) => Err(no_token()),
            (Self::Function(_), _) | (Self::Fixed(_), Kind::Ticket | Kind::CorpTicket) => Ok(()),
            (Self::Fixed(_), _) => Err(Error::option(
                "ticket",
                "is the ticket of wx.config alone: for the other kinds of tickets, pass a function",
            )),
        }
    }

    pub(super) fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    pub(super) fn replace(&self, new: Secret) -> Result<(), Error> {
        match self {
            Self::Fixed(ticket) => {
                *lock(ticket) = new;
                Ok(())
            }
            Self::Function(_) => Err(not_fixed()),
        }
    }

    /// The ticket and its life. If a function is called, this waits for its answer. `rejected` is
    /// the ticket of this kind that was just invalidated.
    pub(super) fn grant(
        &self,
        kind: Kind,
        rejected: Option<Secret>,
        timeout: Duration,
        threads: &Threads,
        known: &KnownSecrets,
    ) -> Result<Grant, Error> {
        self.check(kind)?;
        let function = match self {
            Self::Fixed(ticket) => return Ok(Grant { value: lock(ticket).clone(), life: FOREVER_MS }),
            Self::Function(function) => Arc::clone(function),
        };
        let Answer { ticket, life } = ask("ticket", Code::NotReady, timeout, threads, known, move |send| {
            function(kind, rejected.as_ref().map(Secret::reveal), TicketReply(send));
        })?;
        let value = usable("ticket", &ticket)?;
        known.add(&value);
        let life = match life {
            None => DEFAULT_LIFE_MS,
            Some(life) if life.is_zero() => {
                return Err(Error::option("ticket", "comes with a life of zero: it has expired"));
            }
            Some(life) => i64::try_from(life.as_millis()).unwrap_or(i64::MAX).clamp(1, check::MAX_LIFE_MS),
        };
        Ok(Grant { value, life })
    }
}

/// The access token was asked for.
pub(super) fn no_token() -> Error {
    Error::option("ticket", "makes a client that has no access token")
}

/// `setTicket` was called on a client whose tickets are not fixed.
pub(super) fn not_fixed() -> Error {
    Error::new(Code::InvalidArgument, "`setTicket` needs a client that was created with a fixed `ticket`")
}

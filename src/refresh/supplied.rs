//! Where the access token comes from, and what the caller supplies: a token or tickets instead of an
//! AppSecret, each as one value or as a function, and the tutorial's ticket file.
//!
//! For a client with its own tickets wxsign asks WeChat nothing and stores nothing.

use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock::Clock;
use crate::credential::{Grant, Kind, Record, check, fingerprint};
use crate::error::{Code, Error, Reason, Subject};
use crate::secret::{KnownSecrets, Secret};
use crate::small_file;
use crate::store::step_deadline;
use crate::sync::lock;
use crate::threads::AccountThreads;

/// A function that returns the caller's own token. The first argument is the token that WeChat has
/// just refused, if any.
pub(crate) type TokenFn = Arc<dyn Fn(Option<&str>, TokenReply) + Send + Sync>;

/// A function that returns the caller's own ticket of a kind. The second argument is the ticket of
/// this kind that was just invalidated, if any.
pub(crate) type TicketFn = Arc<dyn Fn(Kind, Option<&str>, TicketReply) + Send + Sync>;

/// If the function does not say how long its ticket lives, the function is asked again after this
/// time: the ticket may die at any moment.
const DEFAULT_LIFE_MS: i64 = 60_000;

/// The tutorial's file holds some hundred bytes.
const MAX_TUTORIAL_FILE: u64 = 65_536;

/// Takes the answer of a token function, from any thread and at most once. Dropping it unanswered
/// is a failure.
pub struct TokenReply(SyncSender<Result<Secret, String>>);

impl TokenReply {
    /// Passes the token, or a few words that say why there is none. The error quotes the words, so
    /// they must hold no secret.
    pub fn send(self, answer: Result<String, String>) {
        // The flight may have given up waiting.
        let _ = self.0.send(answer.map(Secret::new));
    }
}

/// Takes the answer of a ticket function, from any thread and at most once. Dropping it unanswered
/// is a failure.
pub struct TicketReply(SyncSender<Result<Answer, String>>);

struct Answer {
    ticket: Secret,
    life: Option<Duration>,
}

impl TicketReply {
    /// Passes a ticket whose remaining life the caller does not know, or a few words that say why
    /// there is none. wxsign serves the ticket for a minute, and asks again ahead of that. The
    /// error quotes the words, so they must hold no secret.
    pub fn send(self, answer: Result<String, String>) {
        // The flight may have given up waiting.
        let _ = self.0.send(answer.map(|ticket| Answer { ticket: Secret::new(ticket), life: None }));
    }

    /// Passes a ticket and how much longer it lives, which is a day at most.
    pub fn send_with_life(self, ticket: String, life: Duration) {
        let _ = self.0.send(Ok(Answer { ticket: Secret::new(ticket), life: Some(life) }));
    }
}

/// Where the token comes from.
pub(crate) enum TokenSource {
    /// Fetched with the secret, cached and shared.
    Fetched,
    /// The caller's own, until the caller replaces it.
    Fixed(Mutex<Secret>),
    /// Called when a ticket is fetched.
    Function(TokenFn),
    /// There is no token, because the tickets are the caller's own.
    Unneeded(OwnTickets),
}

/// The tickets that the caller brings.
pub(crate) enum OwnTickets {
    /// One ticket of this kind, the one of `wx.config`. It stays in memory until the caller
    /// replaces it.
    Fixed(Kind),
    /// Called for each kind of ticket, when one is needed.
    Function(TicketFn),
}

impl TokenSource {
    pub(super) fn is_fetched(&self) -> bool {
        matches!(self, Self::Fetched)
    }

    pub(super) fn fixed(&self) -> Option<Secret> {
        match self {
            Self::Fixed(token) => Some(lock(token).clone()),
            _ => None,
        }
    }

    /// The caller's own token, to fetch a ticket with. `refused` is the one that WeChat has just
    /// refused. None if the token is fetched here.
    pub(super) fn supplied(
        &self,
        refused: Option<&Secret>,
        timeout: Duration,
        threads: &AccountThreads,
        known: &KnownSecrets,
    ) -> Option<Result<Secret, Error>> {
        let dead = |why| Error::new(Code::TokenInvalidated, why);
        Some(match self {
            Self::Fetched => return None,
            Self::Unneeded(_) => Err(no_token()),
            Self::Fixed(_) if refused.is_some() => {
                Err(dead("the token is the caller's own, and WeChat refused it"))
            }
            Self::Fixed(token) => Ok(lock(token).clone()),
            Self::Function(function) => match ask_for_token(function, refused, timeout, threads, known) {
                Ok(token) if refused == Some(&token) => {
                    let error = dead("the function of `accessToken` gave the refused token again");
                    Err(error.with_reason(Reason::Function))
                }
                outcome => outcome,
            },
        })
    }

    /// Differs between two of the caller's own tokens.
    pub(super) fn fingerprint(&self) -> Option<String> {
        self.fixed().map(|token| fingerprint(token.reveal()))
    }

    pub(super) fn replace(&self, new: Secret) -> Result<(), Error> {
        match self {
            Self::Fixed(token) => {
                *lock(token) = new;
                Ok(())
            }
            _ => Err(Error::new(
                Code::InvalidArgument,
                "`setAccessToken` needs a client that was created with a fixed `accessToken`",
            )),
        }
    }

    /// The caller's own tickets, if the client was created with them.
    pub(super) fn tickets(&self) -> Option<&OwnTickets> {
        match self {
            Self::Unneeded(tickets) => Some(tickets),
            _ => None,
        }
    }
}

impl OwnTickets {
    /// Fails if there can never be a credential of this kind.
    pub(super) fn check(&self, kind: Kind) -> Result<(), Error> {
        match self {
            _ if kind == Kind::Token => Err(no_token()),
            Self::Fixed(only) if *only != kind => Err(Error::option(
                "ticket",
                "is the ticket of wx.config alone: for the other kinds of tickets, pass a function",
            )),
            Self::Fixed(_) | Self::Function(_) => Ok(()),
        }
    }

    /// The kind of the fixed ticket, if the caller brings one.
    pub(super) fn fixed_kind(&self) -> Option<Kind> {
        match self {
            Self::Fixed(kind) => Some(*kind),
            Self::Function(_) => None,
        }
    }

    /// Asks the caller's function for a ticket and its life, and waits for the answer. `rejected`
    /// is the ticket of this kind that was just invalidated.
    pub(super) fn ask(
        &self,
        kind: Kind,
        rejected: Option<Secret>,
        timeout: Duration,
        threads: &AccountThreads,
        known: &KnownSecrets,
    ) -> Result<Grant, Error> {
        self.check(kind)?;
        let Self::Function(function) = self else {
            return Err(Error::new(Code::NotReady, "no ticket has been set"));
        };
        let function = Arc::clone(function);
        let Answer { ticket, life } = ask("ticket", Code::NotReady, timeout, threads, known, move |send| {
            function(kind, rejected.as_ref().map(Secret::reveal), TicketReply(send));
        })?;
        let value = usable("ticket", ticket.reveal())?;
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

/// Asks the caller's function for a token, and waits for the answer.
fn ask_for_token(
    function: &TokenFn,
    refused: Option<&Secret>,
    timeout: Duration,
    threads: &AccountThreads,
    known: &KnownSecrets,
) -> Result<Secret, Error> {
    let (function, argument) = (Arc::clone(function), refused.cloned());
    let token = ask("accessToken", Code::TokenInvalidated, timeout, threads, known, move |send| {
        function(argument.as_ref().map(Secret::reveal), TokenReply(send));
    })?;
    usable("accessToken", token.reveal())
}

/// Runs the caller's function `name` on a thread that is given up on if it hangs, and waits for its
/// answer. If it gives none, the error has this `code`.
fn ask<T: Send + 'static>(
    name: &'static str,
    code: Code,
    timeout: Duration,
    threads: &AccountThreads,
    known: &KnownSecrets,
    function: impl FnOnce(SyncSender<Result<T, String>>) + Send + 'static,
) -> Result<T, Error> {
    let (receive, thread) = threads.call(function)?;
    let failed = |code, why: &str| {
        Error::new(code, format!("the function of `{name}` {why}")).with_reason(Reason::Function)
    };
    match receive.recv_timeout(timeout) {
        Ok(answer) => {
            // It may answer and then hang.
            threads.count_later(thread);
            answer.map_err(|why| failed(code, &format!("failed: {}", known.scrub(&why))))
        }
        Err(RecvTimeoutError::Timeout) => {
            thread.give_up();
            Err(failed(Code::Timeout, "did not answer in time"))
        }
        Err(RecvTimeoutError::Disconnected) => Err(failed(code, "ended without an answer")),
    }
}

/// Checks the caller's own token or ticket, which is the option `name`.
pub(crate) fn usable(name: &'static str, value: &str) -> Result<Secret, Error> {
    if check::is_value(value) {
        return Ok(Secret::new(value));
    }
    Err(Error::option(name, "is empty, longer than 4096 bytes, or malformed"))
}

/// The access token was asked for.
fn no_token() -> Error {
    Error::option("ticket", "makes a client that has no access token")
}

/// `setTicket` was called on a client whose tickets are not fixed.
pub(super) fn not_fixed() -> Error {
    Error::new(Code::InvalidArgument, "`setTicket` needs a client that was created with a fixed `ticket`")
}

/// Where the tutorial's ticket file is, until it was read. The first flight imports it if there is
/// no ticket yet.
#[derive(Default)]
pub(super) struct TutorialFile(Mutex<Option<PathBuf>>);

impl TutorialFile {
    pub(super) fn set(&self, path: PathBuf) {
        *lock(&self.0) = Some(path);
    }

    /// The ticket in the file, or why there is none; nothing from the second call on. Reads the
    /// file on a thread that is given up on if it hangs.
    pub(super) fn take(&self, threads: &AccountThreads, clock: &dyn Clock) -> Option<Result<Record, Error>> {
        let path = lock(&self.0).take()?;
        let file = path.clone();
        let read = threads.attempt(step_deadline(), move || small_file::read(&file, MAX_TUTORIAL_FILE));
        let record = match read {
            Ok(Some(json)) => Record::from_tutorial_file(&json, clock),
            Ok(None) => Err("it is missing, or not a regular file of at most 64 KiB that can be read"),
            Err(_) => Err("it could not be read in time"),
        };
        Some(record.map_err(|why| {
            Error::option("importTicketFile", format!("was not taken: {why}"))
                .with_subject(Subject::Path(path.display().to_string()))
        }))
    }
}

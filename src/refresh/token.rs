//! Where the access token comes from: fetched and cached here, or the caller's own.

use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::supplied::{ask, usable};
use super::threads::Threads;
use super::ticket::{self, OwnTickets};
use crate::credential::fingerprint;
use crate::error::{Code, Error, Reason};
use crate::secret::{KnownSecrets, Secret};
use crate::sync::lock;

/// A function that returns the caller's own token. The first argument is the token that WeChat has
/// just refused, if any.
pub(crate) type TokenFn = Arc<dyn Fn(Option<&str>, TokenReply) + Send + Sync>;

/// Takes the answer of a token function, from any thread and at most once. Dropping it unanswered
/// is a failure.
pub struct TokenReply(SyncSender<Result<String, String>>);

impl TokenReply {
    /// Passes the token, or a few words that say why there is none. The error quotes the words, so
    /// they must hold no secret.
    pub fn send(self, answer: Result<String, String>) {
        // The flight may have given up waiting.
        let _ = self.0.send(answer);
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
        threads: &Threads,
        known: &KnownSecrets,
    ) -> Option<Result<Secret, Error>> {
        let dead = |why| Error::new(Code::TokenInvalidated, why);
        Some(match self {
            Self::Fetched => return None,
            Self::Unneeded(_) => Err(ticket::no_token()),
            Self::Fixed(_) if refused.is_some() => {
                Err(dead("the token is the caller's own, and WeChat refused it"))
            }
            Self::Fixed(token) => Ok(lock(token).clone()),
            Self::Function(function) => match call(function, refused, timeout, threads, known) {
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

/// Calls a token function and waits for its answer.
fn call(
    function: &TokenFn,
    refused: Option<&Secret>,
    timeout: Duration,
    threads: &Threads,
    known: &KnownSecrets,
) -> Result<Secret, Error> {
    let (function, argument) = (Arc::clone(function), refused.cloned());
    let token = ask("accessToken", Code::TokenInvalidated, timeout, threads, known, move |send| {
        function(argument.as_ref().map(Secret::reveal), TokenReply(send));
    })?;
    usable("accessToken", &token)
}

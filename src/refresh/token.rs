//! Where the access token comes from: fetched and cached here, or the caller's own.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::threads::Threads;
use crate::credential::fingerprint;
use crate::error::{Code, Error};
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
        let dead = |why| Err(Error::new(Code::TokenInvalidated, why));
        Some(match self {
            Self::Fetched => return None,
            Self::Fixed(_) if refused.is_some() => {
                dead("the token is the caller's own, and WeChat refused it")
            }
            Self::Fixed(token) => Ok(lock(token).clone()),
            Self::Function(function) => match call(function, refused, timeout, threads, known) {
                Ok(token) if refused == Some(&token) => {
                    dead("the accessToken function gave the refused token again")
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
                "setAccessToken needs a client that was created with the option accessToken",
            )),
        }
    }
}

/// Checks the caller's own token.
pub(crate) fn usable(token: &str) -> Result<Secret, Error> {
    if token.is_empty() || token.len() > 4_096 || token.chars().any(char::is_control) {
        return Err(Error::new(
            Code::InvalidArgument,
            "accessToken is empty, longer than 4096 bytes, or malformed",
        ));
    }
    Ok(Secret::new(token))
}

/// Calls a token function and waits for its answer. The function runs on a thread that is given up
/// on if it hangs.
fn call(
    function: &TokenFn,
    refused: Option<&Secret>,
    timeout: Duration,
    threads: &Threads,
    known: &KnownSecrets,
) -> Result<Secret, Error> {
    let (send, receive) = sync_channel(1);
    let (function, argument) = (Arc::clone(function), refused.cloned());
    let place = threads.detach(move || function(argument.as_ref().map(Secret::reveal), TokenReply(send)))?;
    match receive.recv_timeout(timeout) {
        Ok(Ok(token)) => usable(&token),
        Ok(Err(why)) => {
            let why = known.scrub(&why);
            Err(Error::new(Code::TokenInvalidated, format!("the accessToken function failed: {why}")))
        }
        Err(RecvTimeoutError::Timeout) => {
            place.give_up();
            Err(Error::new(Code::Timeout, "the accessToken function did not answer in time"))
        }
        Err(RecvTimeoutError::Disconnected) => {
            Err(Error::new(Code::TokenInvalidated, "the accessToken function ended without an answer"))
        }
    }
}

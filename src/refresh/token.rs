//! Where the access token comes from: fetched and kept here, or the caller's own.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::credential::fingerprint;
use crate::error::{Code, Error};
use crate::secret::Secret;

/// Asked for the caller's own token; the first argument is the token that WeChat has just refused, if any.
pub(crate) type TokenFn = Arc<dyn Fn(Option<&str>, TokenReply) + Send + Sync>;

/// Takes the answer of a token function, from any thread and at most once. Dropping it unanswered is a failure.
pub struct TokenReply(SyncSender<Result<String, String>>);

impl TokenReply {
    /// Hands over the token, or says in a few words why there is none. The words reach the error, so no secret.
    pub fn send(self, answer: Result<String, String>) {
        // The flight may have given up waiting.
        let _ = self.0.send(answer);
    }
}

/// The way to a token.
pub(crate) enum TokenSource {
    /// Fetched with the secret, kept and shared.
    Fetched,
    /// The caller's own, until the caller replaces it.
    Fixed(Mutex<Secret>),
    /// Asked for whenever a ticket is fetched.
    Function(TokenFn),
}

impl TokenSource {
    pub(super) fn is_fetched(&self) -> bool {
        matches!(self, Self::Fetched)
    }

    pub(super) fn fixed(&self) -> Option<Secret> {
        match self {
            Self::Fixed(token) => Some(token.lock().unwrap_or_else(PoisonError::into_inner).clone()),
            _ => None,
        }
    }

    /// Tells the caller's own token from the one before it.
    pub(super) fn fingerprint(&self) -> Option<String> {
        self.fixed().map(|token| fingerprint(token.reveal()))
    }

    pub(super) fn replace(&self, token: Secret) -> Result<(), Error> {
        match self {
            Self::Fixed(slot) => {
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = token;
                Ok(())
            }
            _ => Err(Error::new(
                Code::InvalidArgument,
                "setAccessToken needs a client that was made with an accessToken of its own",
            )),
        }
    }
}

/// Checks a token that the caller hands over.
pub(crate) fn usable(token: &str) -> Result<Secret, Error> {
    if token.is_empty() || token.len() > 4_096 || token.chars().any(char::is_control) {
        return Err(Error::new(
            Code::InvalidArgument,
            "accessToken is empty, longer than 4096 bytes, or malformed",
        ));
    }
    Ok(Secret::new(token))
}

/// Calls a token function and waits for its answer.
pub(super) fn call(
    function: &TokenFn,
    rejected: Option<&Secret>,
    timeout: Duration,
) -> Result<Secret, Error> {
    let (send, receive) = sync_channel(1);
    function(rejected.map(Secret::reveal), TokenReply(send));
    match receive.recv_timeout(timeout) {
        Ok(Ok(token)) => usable(&token),
        Ok(Err(why)) => {
            let why = crate::secret::scrub(&why, &rejected.into_iter().collect::<Vec<_>>());
            Err(Error::new(Code::TokenInvalidated, format!("the accessToken function failed: {why}")))
        }
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
            Err(Error::new(Code::Timeout, "the accessToken function did not answer in time"))
        }
        Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
            Err(Error::new(Code::TokenInvalidated, "the accessToken function went away without an answer"))
        }
    }
}

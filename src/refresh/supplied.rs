//! What the caller supplies: calls the caller's functions, and checks the tokens and tickets.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use super::threads::Threads;
use crate::credential::check;
use crate::error::{Code, Error, Reason};
use crate::secret::{KnownSecrets, Secret};

/// Checks the caller's own token or ticket, which is the option `name`.
pub(crate) fn usable(name: &'static str, value: &str) -> Result<Secret, Error> {
    if check::is_value(value) {
        return Ok(Secret::new(value));
    }
    Err(Error::option(name, "is empty, longer than 4096 bytes, or malformed"))
}

/// Runs the caller's function `name` on a thread that is given up on if it hangs, and waits for its
/// answer. If it gives none, the error has this `code`.
pub(super) fn ask<T: Send + 'static>(
    name: &'static str,
    code: Code,
    timeout: Duration,
    threads: &Threads,
    known: &KnownSecrets,
    function: impl FnOnce(SyncSender<Result<T, String>>) + Send + 'static,
) -> Result<T, Error> {
    let (send, receive) = sync_channel(1);
    let place = threads.detach(move || function(send))?;
    let failed = |code, why: &str| {
        Error::new(code, format!("the function of `{name}` {why}")).with_reason(Reason::Function)
    };
    match receive.recv_timeout(timeout) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(why)) => Err(failed(code, &format!("failed: {}", known.scrub(&why)))),
        Err(RecvTimeoutError::Timeout) => {
            place.give_up();
            Err(failed(Code::Timeout, "did not answer in time"))
        }
        Err(RecvTimeoutError::Disconnected) => Err(failed(code, "ended without an answer")),
    }
}

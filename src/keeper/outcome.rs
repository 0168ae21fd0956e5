//! What a flight leaves behind: a value in memory and store, or a floor below which nobody asks again.

use super::flight::Flight;
use super::health::Deed;
use super::verdict;
use crate::clock::Stamp;
use crate::credential::{Attempt, Begun, Grant, HandedOutForEver, Record};
use crate::error::{Code, Error};
use crate::secret::Secret;

impl Flight<'_> {
    /// A success: written down, in memory, and the floors that it proves wrong are gone.
    pub(super) fn keep(&self, grant: Grant, begun: &Begun) -> Result<Secret, Error> {
        let keeper = self.keeper;
        let stored = keeper.store_says(Deed::Read, keeper.store.read(&keeper.account, self.kind)).flatten();
        let known = keeper.slot(self.kind).held().map(|held| (*held.record).clone());
        let old = Record::wiser(stored, known, &grant.value);
        let record = match Record::next(self.kind, old.as_ref(), grant, begun, rand::random()) {
            Ok(record) if record.stamp.now(&*keeper.clock) < record.end() => record,
            Ok(_) => return Err(self.useless("the answer took longer than the life that it names")),
            Err(HandedOutForEver) => {
                return Err(self.useless("the service goes on handing out a ticket that must be dead"));
            }
        };
        keeper.store_says(Deed::Write, keeper.store.write(&keeper.account, self.kind, &record));
        let value = self.publish(record, "service").value.clone();
        let attempts = {
            let mut attempts = keeper.attempts();
            let before = attempts.clone();
            attempts.clear(self.kind);
            (*attempts != before).then(|| attempts.clone())
        };
        if let Some(attempts) = attempts {
            keeper.store_says(Deed::Forget, keeper.store.write_attempts(&keeper.account, &attempts));
        }
        Ok(value)
    }

    /// An answer that gave nothing to serve.
    fn useless(&self, why: &str) -> Error {
        let error = Error::new(Code::BadResponse, why);
        self.leave_floor(&error);
        self.with_floor(error)
    }

    /// A failure: nobody asks again before its floor has passed.
    pub(super) fn leave_floor(&self, error: &Error) {
        let keeper = self.keeper;
        // A failure without a request, such as a lock that could not be had, says nothing about the service.
        let Some(started) = self.started else { return };
        let stamp = Stamp::take(&*keeper.clock);
        let started = started.saturating_add(stamp.offset);
        let floor = verdict::floor_ms(error, keeper.clock.wall());
        let attempts = {
            let mut attempts = keeper.attempts();
            let entry = attempts.entry(self.kind, error.code());
            let failures = entry.as_ref().map_or(1, |last| last.failures.saturating_add(1));
            let attempt = Attempt::new(error, failures, started, floor, stamp);
            *entry = Some(attempt.of_token(keeper.token_source.fingerprint()));
            attempts.clone()
        };
        keeper.store_says(Deed::Write, keeper.store.write_attempts(&keeper.account, &attempts.shared()));
    }

    pub(super) fn with_floor(&self, error: Error) -> Error {
        match self.keeper.floor(self.kind).and_then(|floor| floor.retry_at_ms()) {
            Some(at) if error.retry_at_ms().is_none() => error.with_retry_at(at),
            _ => error,
        }
    }
}

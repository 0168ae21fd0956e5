//! What a flight leaves behind: a value in memory and store, or a floor below which nobody asks again.

use super::flight::Flight;
use super::health::Deed;
use super::stored::mark;
use super::verdict;
use crate::clock::Stamp;
use crate::credential::{Attempt, Begun, Grant, HandedOutForEver, Record, Source};
use crate::error::{Code, Error};
use crate::secret::Secret;

/// Lives below this are taken as they are for half a minute; then they are asked for once a minute.
const SHORTEST_LIFE_MS: i64 = 5_000;
const SHORT_LIVES_MS: i64 = 30_000;

impl Flight<'_> {
    /// A success: written down, in memory, and the floors that it proves wrong are gone.
    pub(super) fn keep(&self, grant: Grant, begun: &Begun) -> Result<Secret, Error> {
        let keeper = self.keeper;
        let stored = keeper.store_says(Deed::Read, keeper.store.read(&keeper.account, self.kind)).flatten();
        let known = keeper.slot(self.kind).held().map(|held| (*held.record).clone());
        if let Some(newer) = stored.as_ref().filter(|stored| self.is_overtaken(stored, begun)) {
            let generation = newer.generation.max(known.map_or(0, |known| known.generation));
            let newer = Record { generation, ..newer.clone() };
            return Ok(keeper.publish(self.kind, newer, Source::Store).value.clone());
        }
        let (old, life) = (Record::wiser(stored, known, &grant.value), grant.life);
        let record = match Record::next(self.kind, old.as_ref(), grant, begun, rand::random()) {
            Ok(record) if record.stamp.now(&*keeper.clock) < record.end() => record,
            Ok(_) => return Err(self.useless("the answer took longer than the life that it names")),
            Err(HandedOutForEver) => {
                return Err(self.useless("the service goes on handing out a ticket that must be dead"));
            }
        };
        keeper.store_says(Deed::Write, keeper.store.write(&keeper.account, self.kind, &record));
        let value = keeper.publish(self.kind, record, Source::Service).value.clone();
        let pause = self.pause_after(life);
        let attempts = {
            let mut attempts = keeper.attempts();
            let before = attempts.clone();
            attempts.clear(self.kind);
            *attempts.own(self.kind) = pause;
            (*attempts != before).then(|| attempts.clone())
        };
        if let Some(attempts) = attempts {
            let attempts = attempts.shared();
            let deed = if attempts.is_empty() { Deed::Forget } else { Deed::Write };
            keeper.store_says(deed, keeper.store.write_attempts(&keeper.account, &attempts));
        }
        Ok(value)
    }

    /// Whether somebody else has asked later and written first: this process was stopped in its flight, or had no lock.
    /// Then its own answer is the older one.
    fn is_overtaken(&self, stored: &Record, begun: &Begun) -> bool {
        let keeper = self.keeper;
        self.seen != Some(mark(stored))
            && begun.since(stored, stored.fetched_at) < 0
            && stored.stamp.now(&*keeper.clock) < stored.end()
            && keeper.slot(self.kind).board().rejected.as_ref() != Some(&stored.value)
    }

    /// The floor after an answer that names a life too short to work with, once that has gone on for a while: a true
    /// remaining time is short only at the end of a life.
    fn pause_after(&self, life: i64) -> Option<Attempt> {
        let keeper = self.keeper;
        let now = keeper.clock.boot();
        let mut board = keeper.slot(self.kind).board();
        if life >= SHORTEST_LIFE_MS {
            board.short_since = None;
            return None;
        }
        let since = *board.short_since.get_or_insert(now);
        drop(board);
        let error =
            Error::new(Code::BadResponse, "the service goes on naming lives of less than five seconds");
        let stamp = Stamp::take(&*keeper.clock);
        let at = stamp.now(&*keeper.clock);
        (now.saturating_sub(since) >= SHORT_LIVES_MS)
            .then(|| Attempt::new(&error, 1, at, verdict::floor_ms(&error, keeper.clock.wall()), stamp))
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
        let Some((first, latest)) = self.asked else { return };
        let stamp = Stamp::take(&*keeper.clock);
        let [first, latest] = [first, latest].map(|at| at.saturating_add(stamp.offset));
        let floor = verdict::floor_ms(error, keeper.clock.wall());
        {
            let mut attempts = keeper.attempts();
            let entry = attempts.entry(self.kind, error.code());
            let failures = entry.as_ref().map_or(1, |last| last.failures.saturating_add(1));
            let attempt = Attempt::new(error, failures, first, floor, stamp).asked_at(latest);
            *entry = Some(attempt.of_token(keeper.token_source.fingerprint()));
        }
        keeper.forget_what_is_over();
        let attempts = keeper.attempts().clone();
        keeper.store_says(Deed::Write, keeper.store.write_attempts(&keeper.account, &attempts.shared()));
    }

    pub(super) fn with_floor(&self, error: Error) -> Error {
        match self.keeper.floor(self.kind).and_then(|floor| floor.retry_at_ms()) {
            Some(at) if error.retry_at_ms().is_none() => error.with_retry_at(at),
            _ => error,
        }
    }
}

//! What a flight leaves behind: a value in memory and store, or a cooldown below which nobody asks again.

use super::flight::Flight;
use super::health::Deed;
use super::stored::mark;
use super::verdict;
use crate::clock::Stamp;
use crate::credential::{Begun, Failure, Grant, HandedOutForEver, Record, Source};
use crate::error::{Code, Error};
use crate::secret::Secret;
use crate::store::step_deadline;

/// Lives below this are taken as they are for half a minute; then they are asked for once a minute.
const SHORTEST_LIFE_MS: i64 = 5_000;
const SHORT_LIVES_MS: i64 = 30_000;

impl Flight<'_> {
    /// A success: written down, in memory, and the cooldowns that it proves wrong are gone.
    pub(super) fn keep(&self, grant: Grant, begun: &Begun) -> Result<Secret, Error> {
        let refresher = self.refresher;
        let stored = refresher
            .store_says(Deed::Read, refresher.store.read(step_deadline(), &refresher.account, self.kind))
            .flatten();
        let known = refresher.slot(self.kind).held().map(|held| (*held.record).clone());
        if let Some(newer) = stored.as_ref().filter(|stored| self.is_overtaken(stored, begun)) {
            let generation = newer.generation.max(known.map_or(0, |known| known.generation));
            let newer = Record { generation, ..newer.clone() };
            return Ok(refresher.publish(self.kind, newer, Source::Store).value.clone());
        }
        let (old, life) = (Record::wiser(stored, known, &grant.value), grant.life);
        let record = match Record::next(self.kind, old.as_ref(), grant, begun, rand::random()) {
            Ok(record) if record.stamp.now(&*refresher.clock) < record.end() => record,
            Ok(_) => return Err(self.useless("the answer took longer than the life that it names")),
            Err(HandedOutForEver) => {
                return Err(self.useless("the service goes on handing out a ticket that must be dead"));
            }
        };
        refresher.store_says(
            Deed::Write,
            refresher.store.write(step_deadline(), &refresher.account, self.kind, &record),
        );
        let value = refresher.publish(self.kind, record, Source::Service).value.clone();
        let pause = self.pause_after(life);
        let failures = {
            let mut failures = refresher.failures();
            let before = failures.clone();
            failures.clear(self.kind);
            *failures.own(self.kind) = pause;
            (*failures != before).then(|| failures.clone())
        };
        if let Some(failures) = failures {
            let failures = failures.shared();
            let deed = if failures.is_empty() { Deed::Forget } else { Deed::Write };
            refresher.store_says(
                deed,
                refresher.store.write_failures(step_deadline(), &refresher.account, &failures),
            );
        }
        Ok(value)
    }

    /// Whether somebody else has asked later and written first: this process was stopped in its flight, or had no lock.
    /// Then its own answer is the older one.
    fn is_overtaken(&self, stored: &Record, begun: &Begun) -> bool {
        let refresher = self.refresher;
        self.seen != Some(mark(stored))
            && begun.since(stored, stored.fetched_at) < 0
            && stored.stamp.now(&*refresher.clock) < stored.end()
            && refresher.slot(self.kind).board().rejected.as_ref() != Some(&stored.value)
    }

    /// The cooldown after an answer that names a life too short to work with, once that has gone on for a while: a true
    /// remaining time is short only at the end of a life.
    fn pause_after(&self, life: i64) -> Option<Failure> {
        let refresher = self.refresher;
        let now = refresher.clock.boot();
        let mut board = refresher.slot(self.kind).board();
        if life >= SHORTEST_LIFE_MS {
            board.short_since = None;
            return None;
        }
        let since = *board.short_since.get_or_insert(now);
        drop(board);
        let error =
            Error::new(Code::BadResponse, "the service goes on naming lives of less than five seconds");
        let stamp = Stamp::take(&*refresher.clock);
        let at = stamp.now(&*refresher.clock);
        (now.saturating_sub(since) >= SHORT_LIVES_MS)
            .then(|| Failure::new(&error, 1, at, verdict::cooldown_ms(&error, refresher.clock.wall()), stamp))
    }

    /// An answer that gave nothing to serve.
    fn useless(&self, why: &str) -> Error {
        let error = Error::new(Code::BadResponse, why);
        self.leave_cooldown(&error);
        self.with_cooldown(error)
    }

    /// A failure: nobody asks again before its cooldown has passed.
    pub(super) fn leave_cooldown(&self, error: &Error) {
        let refresher = self.refresher;
        // A failure without a request, such as a lock that could not be had, says nothing about the service.
        let Some((first, latest)) = self.asked else { return };
        let stamp = Stamp::take(&*refresher.clock);
        let [first, latest] = [first, latest].map(|at| at.saturating_add(stamp.offset));
        let cooldown = verdict::cooldown_ms(error, refresher.clock.wall());
        {
            let mut failures = refresher.failures();
            let entry = failures.entry(self.kind, error.code());
            let failures = entry.as_ref().map_or(1, |last| last.failures.saturating_add(1));
            let failure = Failure::new(error, failures, first, cooldown, stamp).asked_at(latest);
            *entry = Some(failure.of_token(refresher.token_source.fingerprint()));
        }
        refresher.forget_what_is_over();
        let failures = refresher.failures().clone();
        refresher.store_says(
            Deed::Write,
            refresher.store.write_failures(step_deadline(), &refresher.account, &failures.shared()),
        );
    }

    pub(super) fn with_cooldown(&self, error: Error) -> Error {
        match self.refresher.cooldown(self.kind).and_then(|cooldown| cooldown.retry_at_ms()) {
            Some(at) if error.retry_at_ms().is_none() => error.with_retry_at(at),
            _ => error,
        }
    }
}

//! What a flight takes from the store: what another process fetched, the floors that it left, and the lock.

use std::sync::Arc;
use std::time::Duration;

use super::Keeper;
use super::flight::{Flight, settle};
use super::health::Deed;
use crate::credential::{Held, Kind, Record, Source, Standing};
use crate::error::{Code, Error};
use crate::event::Event;
use crate::secret::Secret;
use crate::store::{Lock, LockMode};

/// The part of a flight that is kept for a request of our own when the lock cannot be had.
const RESERVE_MS: i64 = 2_000;
/// Processes that wait for the same lock give it up one after the other, so that one of them fetches for the others.
const SPREAD_MS: i64 = 1_000;

/// How often whoever waits for the lock looks whether somebody else has fetched without it.
const LOOK_MS: i64 = 500;

/// How far apart processes without a lock ask at most: behind their callers' backs, and while somebody waits.
const STAGGER_MS: i64 = 2_000;
const STAGGER_WAITING_MS: i64 = 300;

impl Flight<'_> {
    /// Takes the store's record where it says more than memory's, and gives the value if it is good enough.
    pub(super) fn adopt(&mut self) -> Option<Secret> {
        let keeper = self.keeper;
        self.seen = keeper.take_over(self.kind);
        let (standing, held) = keeper.held(self.kind);
        let value = held?.record.value.clone();
        if standing == Standing::Soft {
            // Those who came before anything was in memory need not wait for the refresh any more.
            settle(keeper, self.kind, keeper.slot(self.kind).board().take_all(), &Ok(value.clone()));
        }
        (standing == Standing::Fresh).then_some(value)
    }

    /// Fails at a floor that this process or another one set.
    pub(super) fn check_floor(&self) -> Result<(), Error> {
        let keeper = self.keeper;
        if let Some(stored) = keeper.store_says(Deed::Read, keeper.store.read_attempts(&keeper.account)) {
            keeper.attempts().merge(stored, &*keeper.clock);
            keeper.forget_what_is_over();
        }
        if keeper.floor(self.kind).is_some() && keeper.lacks_token(self.kind) {
            // It may be the token's floor, and another process may have fetched a token since.
            keeper.take_over(Kind::Token);
        }
        keeper.floor(self.kind).map_or(Ok(()), Err)
    }

    /// The store's lock. None where the store has none to give, or where whoever has it does not give it back: a dead
    /// lock holder must not keep everybody from a ticket.
    pub(super) fn lock(&self) -> Result<Option<Box<dyn Lock>>, Error> {
        let keeper = self.keeper;
        let give_up =
            self.deadline.saturating_sub(RESERVE_MS).saturating_sub(rand::random_range(0..SPREAD_MS));
        let mut look_at = keeper.clock.boot().saturating_add(LOOK_MS);
        loop {
            match keeper.store_says(Deed::Lock, keeper.store.try_lock(&keeper.account)) {
                Some(Some(lock)) => {
                    keeper.jam.is_free();
                    if keeper.store.lock_mode() == LockMode::None {
                        self.stagger();
                    }
                    return Ok(Some(lock));
                }
                None => return Ok(None),
                Some(None) => {}
            }
            let now = keeper.clock.boot();
            if now >= look_at {
                look_at = now.saturating_add(LOOK_MS);
                keeper.take_over(self.kind);
                if keeper.held(self.kind).0 == Standing::Fresh {
                    // Nothing is left to be fetched, and the flight sees so without the lock.
                    return Ok(None);
                }
            }
            let is_stuck = keeper.jam.is_taken(now);
            if !is_stuck && now < give_up {
                keeper.clock.sleep(Duration::from_millis(rand::random_range(10..50)));
                continue;
            }
            if is_stuck || matches!(keeper.held(self.kind).0, Standing::Hard | Standing::Gone) {
                keeper.jam.is_given_up();
                keeper.tally.unlocked();
                self.stagger();
                return Ok(None);
            }
            return Err(Error::new(Code::Timeout, "another process holds the store's lock"));
        }
    }

    /// Where no lock keeps processes apart, chance does: whoever asks first asks for those who look at the store after
    /// it. Nobody waits for long that has no value meanwhile.
    fn stagger(&self) {
        let keeper = self.keeper;
        let most = match keeper.held(self.kind) {
            (Standing::Soft, Some(held)) => {
                (held.wait_at.saturating_sub(keeper.clock.boot()) / 2).clamp(0, STAGGER_MS)
            }
            _ => STAGGER_WAITING_MS,
        };
        keeper.clock.sleep(Duration::from_millis(rand::random_range(0..=most).unsigned_abs()));
    }
}

impl Keeper {
    /// Takes the store's record where it says more than memory's, and gives a mark of it. That somebody had it is a
    /// success: floors that are older than it are over.
    fn take_over(&self, kind: Kind) -> Option<Mark> {
        let stored = self.store_says(Deed::Read, self.store.read(&self.account, kind)).flatten()?;
        let mark = mark(&stored);
        if self.slot(kind).board().rejected.as_ref() == Some(&stored.value) {
            return Some(mark);
        }
        self.attempts().clear_before(kind, &stored, &*self.clock);
        // What is past its end counts for nothing, however high its number.
        let known = self.held(kind).1.map(|held| Arc::clone(&held.record));
        if let Some(record) = stored.over(kind, known.as_deref(), &*self.clock) {
            self.publish(kind, record, Source::Store);
        }
        Some(mark)
    }

    /// Drops the failures that are older than a success: another process may have written them down again, not knowing
    /// that they are over, and one's own may be those of a flight that was stopped.
    pub(super) fn forget_what_is_over(&self) {
        for kind in Kind::ALL {
            if let Some(held) = self.slot(kind).held() {
                self.attempts().clear_before(kind, &held.record, &*self.clock);
            }
        }
    }

    /// Puts a record in its place in memory, unless it is past its end.
    pub(super) fn publish(&self, kind: Kind, record: Record, source: Source) -> Arc<Record> {
        let record = Arc::new(record);
        let held = Held::new(kind, Arc::clone(&record), &*self.clock, rand::random()).from(source);
        let remaining = held.end.saturating_sub(self.clock.boot());
        if remaining > 0 {
            self.slot(kind).publish(held);
            let remaining = Duration::from_millis(u64::try_from(remaining).unwrap_or_default());
            self.tell(&Event::Refreshed { credential: kind.word(), source: source.word(), remaining });
        }
        record
    }
}

/// Tells one answer of the service from the next.
pub(super) type Mark = (u64, i64);

pub(super) fn mark(record: &Record) -> Mark {
    (record.generation, record.fetched_at)
}

//! What a flight takes from the store: what another process fetched, the cooldowns that it left, and the lock.

use std::sync::Arc;
use std::time::Duration;

use super::Refresher;
use super::flight::{Flight, settle};
use super::health::Deed;
use crate::credential::{Freshness, Held, Kind, Record, Source};
use crate::error::{Code, Error};
use crate::event::Event;
use crate::secret::Secret;
use crate::store::step_deadline;
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
        let refresher = self.refresher;
        self.seen = refresher.take_over(self.kind);
        let (freshness, held) = refresher.held(self.kind);
        let value = held?.record.value.clone();
        if freshness == Freshness::Stale {
            // Those who came before anything was in memory need not wait for the refresh any more.
            settle(refresher, self.kind, refresher.slot(self.kind).board().take_all(), &Ok(value.clone()));
        }
        (freshness == Freshness::Fresh).then_some(value)
    }

    /// Fails at a cooldown that this process or another one set.
    pub(super) fn check_cooldown(&self) -> Result<(), Error> {
        let refresher = self.refresher;
        if let Some(stored) = refresher
            .store_says(Deed::Read, refresher.store.read_failures(step_deadline(), &refresher.account))
        {
            refresher.failures().merge(stored, &*refresher.clock);
            refresher.forget_what_is_over();
        }
        if refresher.cooldown(self.kind).is_some() && refresher.lacks_token(self.kind) {
            // It may be the token's cooldown, and another process may have fetched a token since.
            refresher.take_over(Kind::Token);
        }
        refresher.cooldown(self.kind).map_or(Ok(()), Err)
    }

    /// The store's lock. None where the store has none to give, or where whoever has it does not give it back: a dead
    /// lock holder must not keep everybody from a ticket.
    pub(super) fn lock(&self) -> Result<Option<Box<dyn Lock>>, Error> {
        let refresher = self.refresher;
        let give_up =
            self.deadline.saturating_sub(RESERVE_MS).saturating_sub(rand::random_range(0..SPREAD_MS));
        let mut look_at = refresher.clock.boot().saturating_add(LOOK_MS);
        loop {
            match refresher
                .store_says(Deed::Lock, refresher.store.try_lock(step_deadline(), &refresher.account))
            {
                Some(Some(lock)) => {
                    refresher.jam.is_free();
                    if refresher.store.lock_mode() == LockMode::None {
                        self.stagger();
                    }
                    return Ok(Some(lock));
                }
                None => return Ok(None),
                Some(None) => {}
            }
            let now = refresher.clock.boot();
            if now >= look_at {
                look_at = now.saturating_add(LOOK_MS);
                refresher.take_over(self.kind);
                if refresher.held(self.kind).0 == Freshness::Fresh {
                    // Nothing is left to be fetched, and the flight sees so without the lock.
                    return Ok(None);
                }
            }
            let is_stuck = refresher.jam.is_taken(now);
            if !is_stuck && now < give_up {
                refresher.clock.sleep(Duration::from_millis(rand::random_range(10..50)));
                continue;
            }
            if is_stuck || matches!(refresher.held(self.kind).0, Freshness::Expiring | Freshness::Expired) {
                refresher.jam.is_given_up();
                refresher.metrics.unlocked();
                self.stagger();
                return Ok(None);
            }
            return Err(Error::new(Code::Timeout, "another process holds the store's lock"));
        }
    }

    /// Where no lock keeps processes apart, chance does: whoever asks first asks for those who look at the store after
    /// it. Nobody waits for long that has no value meanwhile.
    fn stagger(&self) {
        let refresher = self.refresher;
        let most = match refresher.held(self.kind) {
            (Freshness::Stale, Some(held)) => {
                (held.wait_at.saturating_sub(refresher.clock.boot()) / 2).clamp(0, STAGGER_MS)
            }
            _ => STAGGER_WAITING_MS,
        };
        refresher.clock.sleep(Duration::from_millis(rand::random_range(0..=most).unsigned_abs()));
    }
}

impl Refresher {
    /// Takes the store's record where it says more than memory's, and gives a mark of it. That somebody had it is a
    /// success: cooldowns that are older than it are over.
    fn take_over(&self, kind: Kind) -> Option<Mark> {
        let stored =
            self.store_says(Deed::Read, self.store.read(step_deadline(), &self.account, kind)).flatten()?;
        let mark = mark(&stored);
        if self.slot(kind).board().rejected.as_ref() == Some(&stored.value) {
            return Some(mark);
        }
        self.failures().clear_before(kind, &stored, &*self.clock);
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
                self.failures().clear_before(kind, &held.record, &*self.clock);
            }
        }
    }

    /// Puts a record in its place in memory, unless it is past its end.
    pub(super) fn publish(&self, kind: Kind, record: Record, source: Source) -> Arc<Record> {
        self.upstream.known().add(&record.value);
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

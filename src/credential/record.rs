//! A value as it is written down, and what an answer of the service makes of the one before it.

use serde::{Deserialize, Serialize};

use super::{AGE_SLACK_MS, Kind};
use crate::clock::{Clock, Stamp};
use crate::secret::Secret;

/// The longest life that is believed: a day. WeChat says two hours.
const LONGEST_LIFE_MS: i64 = 86_400_000;
/// How long past its known end a value that the service goes on handing out is served, by leases.
const LEASES_MS: i64 = 300_000;
/// A question about a ticket that is about to turn is never repeated sooner.
const SHORTEST_CHECK_MS: i64 = 250;
/// A lease that ended before the next question would make every caller wait, and so ask.
const SHORTEST_LEASE_MS: i64 = 300;

/// A credential with its birth and its end. Times are Unix milliseconds on the time line of its stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Counts the answers; a higher one is newer, in files and everywhere else.
    pub(crate) generation: u64,
    pub(crate) value: Secret,
    /// Before the request of the latest answer that held this value.
    pub(crate) fetched_at: i64,
    /// Before the request of the first answer that held this value.
    pub(crate) first_seen: i64,
    /// Whether the value appeared while somebody watched: only then is its age known.
    pub(crate) age_known: bool,
    pub(crate) expires_at: i64,
    /// The service handed the value out past its end: it may be served until then.
    pub(crate) lease_until: i64,
    /// Nobody asks again before then.
    pub(crate) next_check: i64,
    /// The life that the service named when the value was new.
    pub(crate) life: i64,
    pub(crate) stamp: Stamp,
}

/// An answer of the service.
pub(crate) struct Grant {
    pub(crate) value: Secret,
    /// `expires_in`, in milliseconds.
    pub(crate) life: i64,
}

/// The service goes on handing out a value that must be dead.
#[derive(Debug)]
pub(crate) struct HandedOutForEver;

impl Record {
    /// What the answer `grant` to a request begun at `begun` makes of the record before it. `spread`, from 0 to 1,
    /// keeps processes from asking in step.
    pub(crate) fn next(
        kind: Kind,
        old: Option<&Self>,
        grant: Grant,
        begun: &Begun,
        spread: f64,
    ) -> Result<Self, HandedOutForEver> {
        let life = grant.life.clamp(1, LONGEST_LIFE_MS);
        let fresh = Self {
            generation: old.map_or(1, |old| old.generation.saturating_add(1)),
            value: grant.value,
            fetched_at: begun.at,
            first_seen: begun.at,
            age_known: kind == Kind::Token,
            expires_at: begun.at.saturating_add(life),
            lease_until: 0,
            next_check: 0,
            life,
            stamp: begun.stamp.clone(),
        };
        match old {
            // A token's `expires_in` is the true remaining time; only tickets are handed out with a false one.
            _ if kind == Kind::Token => Ok(fresh),
            Some(old) if old.value == fresh.value => fresh.served_again(old, begun, spread),
            // A change that somebody watched tells the new value's age to within the time between two questions.
            // Its life is counted from the last time that the old one was seen: it may be that old already.
            Some(old) if (0..=2 * old.age_check()).contains(&begun.since(old, old.fetched_at)) => {
                let born = begun.translate(old, old.fetched_at).min(begun.at);
                Ok(Self { age_known: true, first_seen: born, expires_at: born.saturating_add(life), ..fresh })
            }
            _ => Ok(Self { next_check: begun.at.saturating_add(fresh.age_check()), ..fresh }),
        }
    }

    /// Of the store's record and memory's, the one that says more about `value`. That is the store's, but where it
    /// could not be written to or was emptied, memory is ahead of it.
    pub(crate) fn wiser(stored: Option<Self>, known: Option<Self>, value: &Secret) -> Option<Self> {
        match (stored, known) {
            (Some(stored), Some(known)) => {
                let only_stored = stored.value == *value && known.value != *value;
                Some(if known.generation > stored.generation && !only_stored { known } else { stored })
            }
            (stored, known) => stored.or(known),
        }
    }

    /// How long ago the latest answer with this value was asked for.
    pub(crate) fn age(&self, clock: &dyn Clock) -> i64 {
        self.stamp.now(clock).saturating_sub(self.fetched_at)
    }

    /// What a process that holds `known` takes from this record of the store's; none where it says nothing new.
    pub(crate) fn over(self, kind: Kind, known: Option<&Self>, clock: &dyn Clock) -> Option<Self> {
        let Some(known) = known.filter(|known| known.generation >= self.generation) else {
            return Some(self);
        };
        if self.age(clock).saturating_add(AGE_SLACK_MS) >= known.age(clock) {
            return None;
        }
        // A later answer of a lower number: the store was emptied since, and somebody began to count anew. Counting goes
        // on from the higher number, so that all who remember it agree again.
        let next = Self { generation: known.generation, ..self };
        if kind == Kind::Token || next.value != known.value {
            return Some(next);
        }
        // The same ticket: whoever began anew knows of it what is new, and this process how old it is.
        let moved = next.stamp.now(clock).saturating_sub(known.stamp.now(clock));
        let first_seen = known.first_seen.saturating_add(moved);
        if next.first_seen <= first_seen {
            return Some(next);
        }
        Some(Self {
            first_seen,
            age_known: known.age_known,
            expires_at: next.expires_at.min(known.expires_at.saturating_add(moved)),
            life: known.life,
            ..next
        })
    }

    /// The same ticket again: its end never moves later, and the answer says when to ask next.
    fn served_again(self, old: &Self, begun: &Begun, spread: f64) -> Result<Self, HandedOutForEver> {
        let now = begun.at;
        let expires_at = self.expires_at.min(begun.translate(old, old.expires_at));
        let is_long_dead = now.saturating_sub(expires_at) > LEASES_MS;
        if !begun.is_in_boot_of(old) && (is_long_dead || begun.since(old, old.fetched_at) < 0) {
            // Long dead or not yet born: one of the two wall clocks was wrong, and nobody can tell which. The age is
            // unknown.
            return Ok(Self { next_check: now.saturating_add(self.age_check()), ..self });
        }
        if is_long_dead {
            return Err(HandedOutForEver);
        }
        let lease = (old.life / 20).clamp(SHORTEST_LEASE_MS, 30_000);
        // Where the answer itself names a shorter life than the lease, it is the answer that knows.
        let lease_until =
            now.saturating_add(lease).min(self.expires_at).min(expires_at.saturating_add(LEASES_MS));
        let end = expires_at.max(lease_until);
        let pause = if old.age_known {
            #[allow(clippy::cast_possible_truncation)] // between 60,000 and 120,000
            let pause = (60_000.0 + 60_000.0 * spread) as i64;
            pause.min(old.life / 20)
        } else {
            old.age_check()
        };
        // In time for the next lease to begin before this one ends, so that nobody waits at the turn; when no further
        // lease will come, at the very end.
        let overlap = end.saturating_sub(lease / 2);
        let next_check = if overlap > now { now.saturating_add(pause).min(overlap) } else { end };
        Ok(Self {
            first_seen: begun.translate(old, old.first_seen),
            age_known: old.age_known,
            expires_at,
            lease_until,
            next_check: next_check.max(now.saturating_add(SHORTEST_CHECK_MS)),
            life: old.life,
            ..self
        })
    }

    /// How often a ticket of unknown age is asked for again.
    pub(super) fn age_check(&self) -> i64 {
        (self.life / 10).clamp(SHORTEST_CHECK_MS, 120_000)
    }

    /// When it must no longer be served.
    pub(crate) fn end(&self) -> i64 {
        self.expires_at.max(self.lease_until)
    }
}

/// When a request began, on a time line of its own.
pub(crate) struct Begun {
    pub(crate) at: i64,
    pub(crate) stamp: Stamp,
    boot: i64,
    boot_id: String,
}

impl Begun {
    pub(crate) fn now(clock: &dyn Clock) -> Self {
        let stamp = Stamp::take(clock);
        Self { at: stamp.now(clock), boot: clock.boot(), boot_id: clock.boot_id().to_owned(), stamp }
    }

    /// Whether the boot clock tells how long ago `old` was; else only the wall clocks of two boots do.
    fn is_in_boot_of(&self, old: &Record) -> bool {
        old.stamp.boot_id == self.boot_id
    }

    /// A time of `old` on this time line.
    fn translate(&self, old: &Record, time: i64) -> i64 {
        self.at.saturating_sub(self.since(old, time))
    }

    /// How long before the request `time`, written on the time line of `old`, was.
    pub(crate) fn since(&self, old: &Record, time: i64) -> i64 {
        let now = if self.is_in_boot_of(old) { self.boot.saturating_add(old.stamp.offset) } else { self.at };
        now.saturating_sub(time)
    }
}

/// The shape on disk.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    generation: u64,
    value: std::borrow::Cow<'a, str>,
    fetched_at: i64,
    first_seen: i64,
    age_known: bool,
    expires_at: i64,
    lease_until: i64,
    next_check: i64,
    life: i64,
    boot_id: String,
    offset: i64,
}

impl Serialize for Record {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written {
            generation: self.generation,
            value: self.value.reveal().into(),
            fetched_at: self.fetched_at,
            first_seen: self.first_seen,
            age_known: self.age_known,
            expires_at: self.expires_at,
            lease_until: self.lease_until,
            next_check: self.next_check,
            life: self.life,
            boot_id: self.stamp.boot_id.clone(),
            offset: self.stamp.offset,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let written = Written::deserialize(deserializer)?;
        if written.value.is_empty() || !(1..=LONGEST_LIFE_MS).contains(&written.life) {
            return Err(D::Error::custom("a record without a value or a life"));
        }
        Ok(Self {
            generation: written.generation,
            value: Secret::new(written.value),
            fetched_at: written.fetched_at,
            first_seen: written.first_seen,
            age_known: written.age_known,
            // Whatever was written down, no end is later than one life after the latest answer allows.
            expires_at: written.expires_at.min(written.first_seen.saturating_add(written.life)),
            lease_until: written.lease_until.min(written.fetched_at.saturating_add(30_000)),
            // No pause between two questions is longer.
            next_check: written.next_check.min(written.fetched_at.saturating_add(120_000)),
            life: written.life,
            stamp: Stamp { boot_id: written.boot_id, offset: written.offset },
        })
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;

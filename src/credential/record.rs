//! A credential as a record, and how WeChat's next answer changes it.

use serde::{Deserialize, Serialize};

use super::check::{MAX_GENERATION, MAX_LIFE_MS, is_life_ms, is_value, whole};
use super::{AGE_SLACK_MS, FUTURE_SLACK_MS, Kind};
use crate::clock::{Clock, Stamp, has_gained};
use crate::secret::Secret;

/// How long in all a value is served past its known expiry while WeChat goes on returning it.
const MAX_GRACE_MS: i64 = 300_000;
/// The longest grace after a single answer.
const MAX_GRACE_PER_ANSWER_MS: i64 = 30_000;
/// Like [`MAX_GRACE_PER_ANSWER_MS`], for a kind that must be fetched rarely.
const MAX_SCARCE_GRACE_PER_ANSWER_MS: i64 = 120_000;
/// If a grace ended before the next age check, every caller would wait and cause a request.
const MIN_GRACE_PER_ANSWER_MS: i64 = 300;
/// Age checks are never closer together.
const MIN_CHECK_MS: i64 = 250;
/// Age checks are never further apart.
const MAX_CHECK_MS: i64 = 120_000;
/// Like [`MAX_CHECK_MS`], for a kind that must be fetched rarely: 12 age checks an hour.
const MAX_SCARCE_CHECK_MS: i64 = 300_000;
/// While a stale ticket is returned again, it is fetched again after this time at the earliest, and
/// twice this time at the latest.
const REPEAT_MS: i64 = 60_000;
/// Like [`REPEAT_MS`], for a kind that must be fetched rarely.
const SCARCE_REPEAT_MS: i64 = 180_000;

/// A credential with its age and expiry. Times are Unix milliseconds on the time line of its stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Counts the answers; a higher one is newer, in memory and in every store.
    pub(crate) generation: u64,
    pub(crate) value: Secret,
    /// The time just before the request of the latest answer with this value.
    pub(crate) fetched_at: i64,
    /// The time just before the request of the first answer with this value.
    pub(crate) first_seen: i64,
    /// Whether a process saw its predecessor shortly before this value appeared.
    pub(crate) age_known: bool,
    pub(crate) expires_at: i64,
    /// The end of the grace: WeChat returned the value past its expiry, so it may be served until
    /// then.
    pub(crate) grace_until: i64,
    /// No age check before then.
    pub(crate) next_check: i64,
    /// The lifetime that WeChat named when the value was new.
    pub(crate) life: i64,
    pub(crate) stamp: Stamp,
}

/// WeChat's answer: a value and its life.
pub(crate) struct Grant {
    pub(crate) value: Secret,
    /// `expires_in`, in milliseconds.
    pub(crate) life: i64,
}

/// WeChat has returned a value for longer than the grace after its expiry.
#[derive(Debug)]
pub(crate) struct GraceIsOver;

/// Orders the versions of a record: the newer one has the higher generation or, if two processes
/// have counted to the same one, the later request. Compare versions of one machine only: request
/// times are on its boot clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct RecordVersion {
    generation: u64,
    requested_at: i64,
}

impl Record {
    /// The version of this record.
    pub(crate) fn version(&self) -> RecordVersion {
        // Without the offset a set wall clock changes nothing.
        RecordVersion {
            generation: self.generation,
            requested_at: self.fetched_at.saturating_sub(self.stamp.offset),
        }
    }

    /// The record after WeChat's answer; `old` is the record before it and `begun` the start of the
    /// request. `spread`, from 0 to 1, keeps processes from asking at the same time.
    pub(crate) fn next(
        kind: Kind,
        old: Option<&Self>,
        grant: Grant,
        begun: &RequestStart,
        spread: f64,
    ) -> Result<Self, GraceIsOver> {
        let life = grant.life.clamp(1, MAX_LIFE_MS);
        let fresh = Self {
            generation: old.map_or(1, |old| old.generation.saturating_add(1).min(MAX_GENERATION)),
            age_known: !kind.is_ticket(),
            ..Self::first(grant.value, begun.at, life, begun.stamp.clone())
        };
        match old {
            // A token's `expires_in` is the true remaining time. Only tickets come with a false
            // one.
            _ if !kind.is_ticket() => Ok(fresh),
            Some(old) if old.value == fresh.value => fresh.served_again(kind, old, begun, spread),
            // The old value was seen shortly before, so the new one's age is known to within the
            // time between two checks. Its lifetime counts from the last time that the old value
            // was seen: it may be that old already.
            Some(old) if (0..=2 * old.age_check(kind)).contains(&begun.since(old, old.fetched_at)) => {
                let start = begun.translate(old, old.fetched_at).min(begun.at);
                Ok(Self {
                    age_known: true,
                    first_seen: start,
                    expires_at: start.saturating_add(life),
                    ..fresh
                })
            }
            _ => Ok(Self { next_check: begun.at.saturating_add(fresh.age_check(kind)), ..fresh }),
        }
    }

    /// The first record of an account, of a value whose lifetime counts from `at`.
    pub(super) fn first(value: Secret, at: i64, life: i64, stamp: Stamp) -> Self {
        Self {
            generation: 1,
            value,
            fetched_at: at,
            first_seen: at,
            age_known: true,
            expires_at: at.saturating_add(life),
            grace_until: 0,
            next_check: 0,
            life,
            stamp,
        }
    }

    /// The record of the caller's ticket that never ends.
    pub(crate) fn fixed(value: Secret, now: i64, stamp: Stamp) -> Self {
        Self::first(value, now, i64::MAX, stamp)
    }

    /// The record of a ticket of the caller's function. What came before it says nothing about its age.
    pub(crate) fn own(grant: Grant, begun: &RequestStart) -> Self {
        Self::first(grant.value, begun.at, grant.life, begun.stamp.clone())
    }

    /// Of the store's record and memory's, the one to compare WeChat's answer `value` with. That is
    /// the store's, unless the store could not be written to or was emptied: then memory is ahead
    /// of it.
    pub(crate) fn predecessor(stored: Option<Self>, known: Option<Self>, value: &Secret) -> Option<Self> {
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

    /// What a process that has `known` adopts from this record of the store; none if it holds
    /// nothing new.
    pub(crate) fn over(self, kind: Kind, known: Option<&Self>, clock: &dyn Clock) -> Option<Self> {
        let Some(known) = known.filter(|known| known.generation >= self.generation) else {
            return Some(self);
        };
        if self.age(clock).saturating_add(AGE_SLACK_MS) >= known.age(clock) {
            return None;
        }
        // A later answer of a lower generation: the store was emptied, and another process began to
        // count from 1. Counting goes on from the higher one, so that all processes agree again.
        let next = Self { generation: known.generation, ..self };
        if !kind.is_ticket() || next.value != known.value {
            return Some(next);
        }
        // The same ticket: the other process has the newer answer, and this one knows how old the
        // ticket is.
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

    /// The same ticket again: its expiry never moves later, and the next age check is set.
    fn served_again(
        self,
        kind: Kind,
        old: &Self,
        begun: &RequestStart,
        spread: f64,
    ) -> Result<Self, GraceIsOver> {
        let now = begun.at;
        let expires_at = self.expires_at.min(begun.translate(old, old.expires_at));
        let is_long_dead = now.saturating_sub(expires_at) > MAX_GRACE_MS;
        let age = begun.since(old, old.fetched_at);
        let is_other_boot = !begun.is_in_boot_of(old);
        let is_from_the_future = age < if is_other_boot { 0 } else { -FUTURE_SLACK_MS };
        if is_from_the_future || begun.is_ahead_of(old) || is_other_boot && is_long_dead {
            // The clocks disagree, or it expired long ago by a clock that may be wrong, although
            // WeChat has just returned it. So the age is unknown.
            return Ok(Self { next_check: now.saturating_add(self.age_check(kind)), ..self });
        }
        if is_long_dead {
            return Err(GraceIsOver);
        }
        let (max_grace, repeat) = if kind.is_scarce() {
            (MAX_SCARCE_GRACE_PER_ANSWER_MS, SCARCE_REPEAT_MS)
        } else {
            (MAX_GRACE_PER_ANSWER_MS, REPEAT_MS)
        };
        let grace = (old.life / 20).clamp(MIN_GRACE_PER_ANSWER_MS, max_grace);
        // If the answer names a shorter lifetime than the grace, the answer counts.
        let grace_until =
            now.saturating_add(grace).min(self.expires_at).min(expires_at.saturating_add(MAX_GRACE_MS));
        let end = expires_at.max(grace_until);
        let pause = if old.age_known {
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // at most 360,000
            let pause = repeat + (repeat as f64 * spread) as i64;
            pause.min(old.life / 20)
        } else {
            old.age_check(kind)
        };
        // The next grace begins before this one ends, so that callers do not wait when the value
        // changes. After the last grace the check comes at the very end.
        let overlap = end.saturating_sub(grace / 2);
        let next_check = if overlap > now { now.saturating_add(pause).min(overlap) } else { end };
        Ok(Self {
            first_seen: begun.translate(old, old.first_seen),
            age_known: old.age_known,
            expires_at,
            grace_until,
            next_check: next_check.max(now.saturating_add(MIN_CHECK_MS)),
            life: old.life,
            ..self
        })
    }

    /// The time between two age checks of a ticket of unknown age.
    pub(super) fn age_check(&self, kind: Kind) -> i64 {
        let max = if kind.is_scarce() { MAX_SCARCE_CHECK_MS } else { MAX_CHECK_MS };
        (self.life / 10).clamp(MIN_CHECK_MS, max)
    }

    /// When it must no longer be served.
    pub(crate) fn end(&self) -> i64 {
        self.expires_at.max(self.grace_until)
    }
}

/// When a request began, with a stamp taken at that time.
pub(crate) struct RequestStart {
    pub(crate) at: i64,
    pub(crate) stamp: Stamp,
    boot: i64,
    boot_id: String,
}

impl RequestStart {
    pub(crate) fn now(clock: &dyn Clock) -> Self {
        let stamp = Stamp::take(clock);
        Self { at: stamp.now(clock), boot: clock.boot(), boot_id: clock.boot_id().to_owned(), stamp }
    }

    /// Whether both have the boot clock in common; if not, the wall clocks decide.
    fn is_in_boot_of(&self, old: &Record) -> bool {
        old.stamp.boot_id == self.boot_id
    }

    /// Whether the wall clock has gained on the boot clock since `old` was stamped in the same
    /// boot.
    fn is_ahead_of(&self, old: &Record) -> bool {
        self.is_in_boot_of(old) && has_gained(old.stamp.offset, self.at, self.boot)
    }

    /// A time of `old` on this time line.
    fn translate(&self, old: &Record, time: i64) -> i64 {
        self.at.saturating_sub(self.since(old, time))
    }

    /// How long before the request `time`, written on the time line of `old`, was.
    pub(crate) fn since(&self, old: &Record, time: i64) -> i64 {
        let is_boot_clock_right = self.is_in_boot_of(old) && !self.is_ahead_of(old);
        let now = if is_boot_clock_right { self.boot.saturating_add(old.stamp.offset) } else { self.at };
        now.saturating_sub(time)
    }
}

/// A record in JSON, format version 2.
#[derive(Serialize, Deserialize)]
struct RecordJson<'a> {
    #[serde(deserialize_with = "whole")]
    generation: u64,
    value: std::borrow::Cow<'a, str>,
    #[serde(deserialize_with = "whole")]
    fetched_at: i64,
    #[serde(deserialize_with = "whole")]
    first_seen: i64,
    age_known: bool,
    #[serde(deserialize_with = "whole")]
    expires_at: i64,
    #[serde(deserialize_with = "whole")]
    grace_until: i64,
    #[serde(deserialize_with = "whole")]
    next_check: i64,
    #[serde(deserialize_with = "whole")]
    life: i64,
    boot_id: String,
    #[serde(deserialize_with = "whole")]
    offset: i64,
}

impl Serialize for Record {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RecordJson {
            generation: self.generation,
            value: self.value.reveal().into(),
            fetched_at: self.fetched_at,
            first_seen: self.first_seen,
            age_known: self.age_known,
            expires_at: self.expires_at,
            grace_until: self.grace_until,
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
        let json = RecordJson::deserialize(deserializer)?;
        if !is_value(&json.value) {
            return Err(D::Error::custom("the value is empty, too long or malformed"));
        }
        if !is_life_ms(json.life) || !(1..=MAX_GENERATION).contains(&json.generation) {
            return Err(D::Error::custom("a number is out of range"));
        }
        Ok(Self {
            generation: json.generation,
            value: Secret::new(json.value),
            fetched_at: json.fetched_at,
            first_seen: json.first_seen,
            age_known: json.age_known,
            // No expiry is later than one lifetime after the value was first seen,
            expires_at: json.expires_at.min(json.first_seen.saturating_add(json.life)),
            grace_until: json.grace_until.min(json.fetched_at.saturating_add(MAX_SCARCE_GRACE_PER_ANSWER_MS)),
            // and no pause between two age checks is longer.
            next_check: json.next_check.min(json.fetched_at.saturating_add(MAX_SCARCE_CHECK_MS)),
            life: json.life,
            stamp: Stamp { boot_id: json.boot_id, offset: json.offset },
        })
    }
}

//! The cooldowns of an account: the times before which no process asks WeChat again, and what sets
//! them.
//!
//! `failures` is this process's view. A flight merges the store's into it before it asks, and
//! writes it back after a failure. The lock is held for single reads and changes only. Every method
//! that changes something returns what the flight must write to the store.

use std::sync::{Mutex, MutexGuard};

use crate::clock::{Clock, Stamp};
use crate::credential::{Failure, Failures, Kind, PerKind, Record, Refetch, Sharers};
use crate::error::{Code, Error};
use crate::sync::lock;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;
/// Beijing has no summer time.
const BEIJING_OFFSET_MS: i64 = 8 * HOUR_MS;

/// For half a minute WeChat may name shorter lifetimes than this. Then it is asked once a minute.
const MIN_LIFE_MS: i64 = 5_000;
const MAX_SHORT_LIVES_MS: i64 = 30_000;

/// Whether the same flight may try again after this failure.
pub(super) fn is_transient(error: &Error) -> bool {
    matches!(error.code(), Code::Network | Code::Timeout | Code::UpstreamBusy | Code::BadResponse)
}

/// The length of the cooldown after this failure, counted from the start of the flight's first
/// request.
fn cooldown_ms(error: &Error, wall_now: i64) -> i64 {
    match (error.code(), error.errcode()) {
        // The quota of a day comes back at midnight in Beijing, and perhaps earlier: one probe an
        // hour.
        (Code::QuotaExceeded, Some(45009)) => HOUR_MS.min(until_beijing_midnight(wall_now).max(MINUTE_MS)),
        // An administrator has to confirm the address.
        (Code::IpNotAllowed, Some(89501 | 89503 | 89506 | 89507)) => HOUR_MS,
        _ => MINUTE_MS,
    }
}

fn until_beijing_midnight(wall_now: i64) -> i64 {
    DAY_MS - (wall_now + BEIJING_OFFSET_MS).rem_euclid(DAY_MS)
}

#[derive(Default)]
pub(super) struct Cooldowns {
    failures: Mutex<Failures>,
    /// Since when WeChat has been naming lifetimes that are too short, on the boot clock.
    short_since: PerKind<Mutex<Option<i64>>>,
}

impl Cooldowns {
    /// The failure that forbids a request for `kind` now, with the caller's own token of this
    /// fingerprint.
    pub(super) fn active(&self, kind: Kind, token: Option<&str>, clock: &dyn Clock) -> Option<Error> {
        self.failures().cooldown(kind, token, clock)
    }

    /// The latest failure of `kind` since its latest success, even if its cooldown has passed.
    pub(super) fn latest(&self, kind: Kind) -> Option<Error> {
        let failures = self.failures();
        failures.of(kind).or(failures.circuit_open.as_ref()).map(Failure::error)
    }

    /// Whether WeChat itself is known to fail, so that it is asked once a minute.
    pub(super) fn is_circuit_open(&self) -> bool {
        self.failures().circuit_open.is_some()
    }

    /// Takes over what the store has.
    pub(super) fn merge(&self, stored: Failures, sharers: Sharers, clock: &dyn Clock) {
        self.failures().merge(stored.shared(sharers), clock);
    }

    /// Drops the failures that are older than a success.
    pub(super) fn clear_before(&self, kind: Kind, success: &Record, sharers: Sharers, clock: &dyn Clock) {
        self.failures().clear_before(kind, success, sharers, clock);
    }

    /// A flight failed that made its first request at `first` and its latest at `latest`, on the
    /// boot clock.
    pub(super) fn record_failure(
        &self,
        kind: Kind,
        error: &Error,
        (first, latest): (i64, i64),
        token: Option<String>,
        clock: &dyn Clock,
    ) {
        let stamp = Stamp::take(clock);
        let [first, latest] = [first, latest].map(|at| at.saturating_add(stamp.offset));
        let cooldown = cooldown_ms(error, clock.wall());
        self.failures().record(kind, error.code(), |last| {
            let count = last.map_or(1, |last| last.failures.saturating_add(1));
            Failure::new(error, count, first, cooldown, stamp).asked_at(latest).of_token(token)
        });
    }

    /// A flight succeeded with an answer that names this lifetime. Returns what must be written, if
    /// anything has changed.
    pub(super) fn record_success(
        &self,
        kind: Kind,
        life: i64,
        sharers: Sharers,
        clock: &dyn Clock,
    ) -> Option<Failures> {
        let pause = self.pause_after(kind, life, clock);
        let mut failures = self.failures();
        let before = failures.clone();
        failures.clear(kind);
        failures.set(kind, pause);
        (*failures != before).then(|| failures.clone().shared(sharers))
    }

    /// A cooldown in spite of a success: a true remaining time is short only shortly before the
    /// expiry.
    fn pause_after(&self, kind: Kind, life: i64, clock: &dyn Clock) -> Option<Failure> {
        let now = clock.boot();
        let since = {
            let mut since = lock(self.short_since.get(kind));
            if life >= MIN_LIFE_MS {
                *since = None;
                return None;
            }
            *since.get_or_insert(now)
        };
        let error = Error::new(Code::BadResponse, "WeChat keeps naming lifetimes of less than five seconds");
        let stamp = Stamp::take(clock);
        let at = stamp.now(clock);
        (now.saturating_sub(since) >= MAX_SHORT_LIVES_MS)
            .then(|| Failure::new(&error, 1, at, cooldown_ms(&error, clock.wall()), stamp))
    }

    /// What must be written after a failure.
    pub(super) fn shared(&self, sharers: Sharers) -> Failures {
        self.failures().clone().shared(sharers)
    }

    /// Takes one refetch of a refused token out of the budget: one a minute, by all processes
    /// together.
    pub(super) fn begin_refetch(&self, clock: &dyn Clock) -> Result<Refetch, Error> {
        let mut failures = self.failures();
        match failures.refetch.take().unwrap_or_default().begin(clock) {
            Ok(refetch) => {
                failures.refetch = Some(refetch.clone());
                Ok(refetch)
            }
            Err((kept, retry_at)) => {
                failures.refetch = Some(kept);
                let error =
                    Error::new(Code::TokenInvalidated, "the access token was refused again within a minute");
                Err(error.with_retry_at(retry_at))
            }
        }
    }

    /// Takes a forced refresh out of the budget; false if it is spent.
    pub(super) fn force(&self, refetch: Refetch, clock: &dyn Clock) -> bool {
        let Some(forced) = refetch.force(clock) else { return false };
        self.failures().refetch = Some(forced);
        true
    }

    fn failures(&self) -> MutexGuard<'_, Failures> {
        lock(&self.failures)
    }

    /// Holds the lock until dropped.
    #[cfg(test)]
    pub(super) fn hold(&self) -> impl Drop + '_ {
        self.failures()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A minute, except for the quota of a day and for an administrator's consent.
    #[test]
    fn cooldowns_last_a_minute_or_an_hour() {
        let at =
            |code, errcode, now| cooldown_ms(&Error::new(code, "").with_answer(errcode, None, None), now);
        let noon_utc = 1_700_000_000_000 / DAY_MS * DAY_MS + 12 * HOUR_MS;
        assert_eq!(at(Code::UpstreamBusy, -1, noon_utc), MINUTE_MS);
        assert_eq!(at(Code::QuotaExceeded, 45011, noon_utc), MINUTE_MS);
        assert_eq!(at(Code::QuotaExceeded, 45009, noon_utc), HOUR_MS);
        let almost_midnight = noon_utc + 4 * HOUR_MS - 600_000;
        assert_eq!(at(Code::QuotaExceeded, 45009, almost_midnight), 600_000);
        assert_eq!(at(Code::IpNotAllowed, 40164, noon_utc), MINUTE_MS);
        assert_eq!(at(Code::IpNotAllowed, 89503, noon_utc), HOUR_MS);
    }
}

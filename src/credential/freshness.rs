//! How fresh a credential is: serve it, serve it and refresh it, wait for a new one, or do without.

use super::{FUTURE_SLACK_MS, Kind, Record};
use crate::clock::Clock;

/// The longest time before the expiry at which callers wait for a new credential.
const MAX_EXPIRING_MS: i64 = 60_000;

/// How old a credential is, and so what a caller may do with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Freshness {
    /// Serve it.
    Fresh,
    /// Serve it and refresh it (stale-while-revalidate).
    Stale,
    /// Wait for a new one; serve it if there is none.
    Expiring,
    /// Past its expiry, or there is none.
    Expired,
}

impl Freshness {
    /// The word in `state()`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
        }
    }
}

/// Where a credential in memory came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Source {
    /// This process fetched it.
    Service,
    /// The store had it: another process wrote it, or this program before it was restarted.
    Store,
    /// The tutorial's file.
    Import,
    /// The caller's own ticket.
    Caller,
}

impl Source {
    /// The word in events and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Store => "store",
            Self::Import => "import",
            Self::Caller => "caller",
        }
    }
}

/// The times of a record on this process's boot clock, which cannot be set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Schedule {
    /// From then on it is refreshed ahead.
    pub(crate) refresh_at: i64,
    /// From then on callers wait for a new one.
    pub(crate) wait_at: i64,
    /// From then on it is not served.
    pub(crate) end: i64,
}

impl Schedule {
    /// `spread`, from 0 to 1, shortens the time of refreshing ahead by up to a half, so that
    /// processes do not ask at the same time.
    pub(crate) fn new(kind: Kind, record: &Record, clock: &dyn Clock, spread: f64) -> Self {
        let boot = clock.boot();
        let now = record.stamp.now(clock);
        let here = |time: i64| boot.saturating_add(time.saturating_sub(now));
        let life = record.life;
        // In another boot the wall clock may have gone back. No expiry is further away than a whole
        // lifetime.
        let mut end = here(record.end()).min(boot.saturating_add(life));
        let is_behind = record.stamp.is_behind(clock);
        if is_behind {
            // The two clocks disagree: the earlier expiry counts.
            end = end.min(boot.saturating_add(record.end().saturating_sub(clock.wall())));
        }
        let expiry = here(record.expires_at).min(end);
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // at most 600,000
        let stale = ((life / 3).min(kind.max_stale_ms()) as f64 * (1.0 - spread / 2.0)) as i64;
        let expiring = (life / 10).min(MAX_EXPIRING_MS);
        let next_check = here(record.next_check);
        let (refresh_at, wait_at) = if now < record.fetched_at.saturating_sub(FUTURE_SLACK_MS) {
            // It was stamped in the future, so its age is unknown. The next answer has a stamp of
            // this time line.
            (boot, boot)
        } else if is_behind {
            // One fetch settles which clock is right: its answer has a new stamp.
            (boot, expiry.saturating_sub(expiring))
        } else if record.age_known {
            (expiry.saturating_sub(stale).max(next_check), expiry.saturating_sub(expiring))
        } else {
            // After a suspend the latest answer is old, and WeChat may have replaced the value
            // since.
            (
                next_check,
                next_check.saturating_add(record.age_check(kind)).min(expiry.saturating_sub(expiring)),
            )
        };
        Self { refresh_at, wait_at: wait_at.max(refresh_at), end }
    }

    #[inline]
    pub(crate) fn freshness(&self, boot_now: i64) -> Freshness {
        if boot_now >= self.end {
            Freshness::Expired
        } else if boot_now < self.refresh_at {
            Freshness::Fresh
        } else if boot_now < self.wait_at {
            Freshness::Stale
        } else {
            Freshness::Expiring
        }
    }
}

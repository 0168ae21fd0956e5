//! The age of another machine's record, by a clock that both machines can trust.
//!
//! A record's times are on the time line of the machine that wrote it. In a directory that is the
//! reader's own machine; in Redis it may be one whose clock is minutes off. So the writer records
//! when it wrote, on its time line, and the expiry that it set on the key. The reader asks the
//! server how much of that time is left. The difference is the age. Only the server's clock
//! measured it, so the machines' clocks may differ. The reader then moves all times of the record,
//! which keep their distances, onto its own time line.
//!
//! Each error on the way makes a record older, never younger: the reader's "now" is the moment
//! before it asked, the key's expiry counts from a server time that was read before the record was
//! dated, and on the machine that wrote it the boot clock counts too, in case the server's clock
//! was set back.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Stamp};
use crate::credential::check::whole;
use crate::credential::{Failures, Record};
use crate::sync::lock;

/// How long a key stays after its content has expired. A day: the budget of forced refreshes counts
/// that long, and a ticket that WeChat still returns after its expiry is recognised.
const TAIL_MS: i64 = 86_400_000;

/// For how long the server's clock is assumed to run as ours does.
const MAX_CLOCK_AGE: Duration = Duration::from_secs(60);

/// When a record was written and for how long its key was set to stay, from then.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Written {
    /// Unix milliseconds on the time line of `boot_id` and `offset`, which are also those of all
    /// times in the record.
    #[serde(deserialize_with = "whole")]
    pub(super) at: i64,
    #[serde(deserialize_with = "whole")]
    pub(super) keep_ms: i64,
    boot_id: String,
    #[serde(deserialize_with = "whole")]
    offset: i64,
}

/// The time on this machine at which a reader asks.
pub(super) struct ReadTime {
    stamp: Stamp,
    wall: i64,
    boot: i64,
}

impl ReadTime {
    pub(super) fn now(clock: &dyn Clock) -> Self {
        let stamp = Stamp::take(clock);
        let boot = clock.boot();
        Self { wall: boot.saturating_add(stamp.offset), boot, stamp }
    }
}

/// A record whose times can be moved to another time line.
pub(super) trait Dated: Serialize + DeserializeOwned {
    /// Moves each time by what `by` returns for its stamp, and replaces the stamp.
    fn restamp(&mut self, stamp: &Stamp, by: impl Fn(&Stamp) -> i64);

    /// When its content has expired.
    fn end(&self, now: i64) -> i64;
}

impl Dated for Record {
    fn restamp(&mut self, stamp: &Stamp, by: impl Fn(&Stamp) -> i64) {
        let by = by(&self.stamp);
        for time in [
            &mut self.fetched_at,
            &mut self.first_seen,
            &mut self.expires_at,
            &mut self.grace_until,
            &mut self.next_check,
        ] {
            *time = time.saturating_add(by);
        }
        self.stamp = stamp.clone();
    }

    fn end(&self, _: i64) -> i64 {
        self.end()
    }
}

impl Dated for Failures {
    fn restamp(&mut self, stamp: &Stamp, by: impl Fn(&Stamp) -> i64) {
        Self::restamp(self, stamp, &by);
    }

    /// No cooldown is longer than the tail that every key has.
    fn end(&self, now: i64) -> i64 {
        now
    }
}

impl Written {
    /// Dates `body`: its times are now all on the time line of this machine as it is.
    pub(super) fn now(body: &mut impl Dated, clock: &dyn Clock) -> Self {
        let ReadTime { stamp, wall: at, .. } = ReadTime::now(clock);
        body.restamp(&stamp, |old| at.saturating_sub(old.now(clock)));
        let keep_ms = body.end(at).saturating_sub(at).max(0).saturating_add(TAIL_MS);
        Self { at, keep_ms, boot_id: stamp.boot_id, offset: stamp.offset }
    }

    /// Moves the times of `body`, whose key had `ttl` to stay, onto the time line of the reader,
    /// who asked at `asked`.
    pub(super) fn translate(&self, body: &mut impl Dated, ttl: i64, asked: &ReadTime) {
        let then = self.at.saturating_add(self.age(ttl, asked));
        body.restamp(&asked.stamp, |_| asked.wall.saturating_sub(then));
    }

    fn age(&self, ttl: i64, asked: &ReadTime) -> i64 {
        let by_server = self.keep_ms.saturating_sub(ttl);
        let by_boot = if self.boot_id == asked.stamp.boot_id {
            asked.boot.saturating_add(self.offset).saturating_sub(self.at)
        } else {
            0
        };
        by_server.max(by_boot)
    }
}

/// The server's clock as it was last heard, going on here since. It was read before its answer
/// came, and nothing that stops the counting here (a machine that sleeps) makes it run ahead: it is
/// late if anything, and a record dated by it looks older.
#[derive(Default)]
pub(super) struct ServerClock(Mutex<Option<(i64, Instant)>>);

impl ServerClock {
    pub(super) fn set(&self, heard: Option<i64>) {
        let heard = heard.map(|time| (time, Instant::now()));
        *lock(&self.0) = heard;
    }

    pub(super) fn now(&self) -> Option<i64> {
        let (heard, at) = (*lock(&self.0))?;
        let since = Some(at.elapsed()).filter(|since| *since < MAX_CLOCK_AGE)?;
        Some(heard.saturating_add(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
    }
}

//! The budget for replacing a token that was refused, shared by all processes of a store.

use serde::{Deserialize, Serialize};

use super::check;
use crate::clock::{Clock, Stamp};

const MINUTE_MS: i64 = 60_000;
/// One forced refresh in ten minutes, ten in a day. WeChat allows twenty a day, thirty seconds
/// apart.
const MIN_FORCE_PAUSE_MS: i64 = 600_000;
const MAX_FORCED_PER_DAY: usize = 10;
const DAY_MS: i64 = 86_400_000;

/// When a refused token was last fetched again, and when by force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refetch {
    /// Unix milliseconds on the time line of `boot_id` and `offset`.
    #[serde(deserialize_with = "check::whole")]
    at: i64,
    #[serde(deserialize_with = "check::wholes")]
    forced: Vec<i64>,
    boot_id: String,
    #[serde(deserialize_with = "check::whole")]
    offset: i64,
}

impl Refetch {
    pub(crate) fn at(&self) -> i64 {
        self.at
    }

    /// Moves the times by what `by` returns for their stamp, and replaces the stamp.
    #[cfg(feature = "redis")]
    pub(super) fn restamp(&mut self, stamp: &Stamp, by: &dyn Fn(&Stamp) -> i64) {
        let by = by(&Stamp { boot_id: std::mem::take(&mut self.boot_id), offset: self.offset });
        for time in self.forced.iter_mut().chain([&mut self.at]) {
            *time = time.saturating_add(by);
        }
        (self.boot_id, self.offset) = (stamp.boot_id.clone(), stamp.offset);
    }

    /// Records a refetch now. Within a minute of the last one it returns itself with the time of
    /// the next.
    pub(crate) fn begin(self, clock: &dyn Clock) -> Result<Self, (Self, i64)> {
        let stamp = Stamp::take(clock);
        let now = stamp.now(clock);
        let then = Stamp { boot_id: self.boot_id.clone(), offset: self.offset }.now(clock);
        let left = self.at.saturating_add(MINUTE_MS).saturating_sub(then);
        if (1..=MINUTE_MS).contains(&left) {
            return Err((self, clock.wall().saturating_add(left)));
        }
        let moved = now.saturating_sub(then);
        let forced = self.forced.iter().map(|at| at.saturating_add(moved));
        let forced = forced.filter(|at| (0..DAY_MS).contains(&now.saturating_sub(*at))).collect();
        Ok(Self { at: now, forced, boot_id: stamp.boot_id, offset: stamp.offset })
    }

    /// Records a forced refresh with the refetch just begun; none if the budget is spent.
    pub(crate) fn force(mut self, clock: &dyn Clock) -> Option<Self> {
        let now = Stamp { boot_id: self.boot_id.clone(), offset: self.offset }.now(clock);
        let recent = self.forced.iter().any(|at| now.saturating_sub(*at) < MIN_FORCE_PAUSE_MS);
        if recent || self.forced.len() >= MAX_FORCED_PER_DAY {
            return None;
        }
        self.forced.push(now);
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::tests::Manual;

    /// One refetch a minute, one forced refresh in ten minutes, ten a day.
    #[test]
    fn refetches_stay_within_the_budget() {
        let clock = Manual::at(1_700_000_000_000);
        let mut refetch = Refetch::default();
        let (mut begun, mut forced) = (0, 0);
        for _ in 0..24 * 720 {
            refetch = match refetch.begin(&*clock) {
                Ok(next) => {
                    begun += 1;
                    match next.clone().force(&*clock) {
                        Some(next) => {
                            forced += 1;
                            next
                        }
                        None => next,
                    }
                }
                Err((kept, retry_at)) => {
                    assert!(retry_at > clock.wall() && retry_at <= clock.wall() + 60_000);
                    kept
                }
            };
            clock.advance(5_000);
        }
        assert_eq!((begun, forced), (24 * 60, 10));
    }
}

//! Detects a lock of the store that its holder never releases, so that a flight bypasses it.

use std::sync::Mutex;

use crate::sync::lock;

/// Two flights that wait for their answers one after the other hold the lock this long. No flight
/// holds it for longer.
const MAX_HOLD_MS: i64 = 18_000;
/// If the last holder never released it, the next wait is shorter: it is probably the same one.
const MAX_HOLD_AGAIN_MS: i64 = 2_000;
/// After a longer time without a try it is unknown whether the lock was held in between.
const MAX_GAP_MS: i64 = 10_000;

/// Detects a lock that is never released: its holder is stopped, or hangs in a call that no
/// deadline ends. Keeps what this process has seen of the lock.
#[derive(Default)]
pub(crate) struct StuckLockDetector(Mutex<Sightings>);

#[derive(Default)]
struct Sightings {
    /// The first and the latest try in a row that found the lock held, on the boot clock.
    held: Option<(i64, i64)>,
    /// Whether a flight went on without the lock since it was free.
    bypassed: bool,
}

impl StuckLockDetector {
    /// The lock was found held. Returns whether it has been held for longer than any flight holds
    /// it.
    pub(crate) fn found_held(&self, now: i64) -> bool {
        let mut sightings = lock(&self.0);
        let since = match sightings.held {
            Some((since, latest)) if now.saturating_sub(latest) < MAX_GAP_MS => since,
            _ => now,
        };
        sightings.held = Some((since, now));
        now.saturating_sub(since) >= if sightings.bypassed { MAX_HOLD_AGAIN_MS } else { MAX_HOLD_MS }
    }

    /// A flight goes on without the lock.
    pub(crate) fn bypass(&self) {
        lock(&self.0).bypassed = true;
    }

    /// The lock was free.
    pub(crate) fn found_free(&self) {
        *lock(&self.0) = Sightings::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lock is stuck if it was never found free for longer than two flights.
    #[test]
    fn a_lock_is_stuck_after_two_flights() {
        let detector = StuckLockDetector::default();
        assert!((0..18_000).step_by(50).all(|now| !detector.found_held(now)));
        assert!(detector.found_held(18_000));
        detector.bypass();
        assert!(!detector.found_held(100_000) && !detector.found_held(101_999), "a new, shorter wait");
        assert!(detector.found_held(102_000));
        detector.found_free();
        assert!(!detector.found_held(103_000) && !detector.found_held(107_000));
        assert!(!detector.found_held(121_000), "it was not tried in between");
    }
}

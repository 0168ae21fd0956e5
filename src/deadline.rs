//! When a step must end, on the monotonic clock, which stops while the machine is suspended.

use std::time::{Duration, Instant};

/// A point in time. Every step that may block (store, network, lock) ends by then, even if the
/// other side hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The deadline that is `time` away from now.
    pub(crate) fn after(time: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(time).unwrap_or(now))
    }

    /// How much time is left; zero if the deadline has passed.
    pub(crate) fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether the deadline has passed.
    pub(crate) fn is_over(self) -> bool {
        self.remaining().is_zero()
    }
}

/// For tests of steps that end by themselves.
#[cfg(test)]
pub(crate) fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(10))
}

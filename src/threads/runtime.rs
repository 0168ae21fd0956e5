//! What a refresher needs of the process that it runs in.

use std::sync::Weak;
use std::time::{Duration, Instant};

use super::permit::{Counters, Job};
use crate::error::Error;

/// What the background thread asks for its refreshes.
pub(crate) trait RefreshAhead: Send + Sync {
    /// Refreshes the credentials that are due.
    fn refresh_due(&self);
    /// How long the background thread may sleep, as far as this one goes.
    fn time_to_next_refresh(&self) -> Option<Duration>;
}

/// What a refresher needs from its process. Tests replace it.
pub(crate) trait Runtime: Send + Sync {
    /// Runs `job` on a new thread. If none can be started, the job is dropped.
    fn spawn(&self, name: &'static str, job: Job) -> Result<(), Error>;
    /// Runs `job` after `time` on the background thread, unless no refresher is left then.
    fn after(&self, time: Duration, job: Job);
    /// Lets the background thread refresh `refresher` for as long as it lives.
    fn look_after(&self, refresher: Weak<dyn RefreshAhead>);
    /// Something is due earlier than before, or a refresher is gone.
    fn wake(&self);
    /// Runs `declare_lost` on the watchdog's thread at `at`, unless it is called off. Returns the
    /// number of this watch.
    fn watch(&self, at: Instant, declare_lost: Job) -> Result<u64, Error>;
    /// The watched flight is over.
    fn unwatch(&self, watch: u64);
    /// The threads of the process.
    fn counters(&self) -> &Counters;
}

//! The threads of this process: the real [`Runtime`]. A forked child gets its own.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::background::Background;
use super::permit::{Counters, Job};
use super::runtime::{RefreshAhead, Runtime};
use super::watchdog::Watchdog;
use crate::error::{Code, Error, Reason};
use crate::fork::PerProcess;

#[derive(Default)]
struct ProcessThreads {
    background: Arc<Background>,
    watchdog: Arc<Watchdog>,
    counters: Counters,
}

/// The threads of this process.
pub(crate) fn of_this_process() -> Arc<dyn Runtime> {
    static CURRENT: PerProcess<ProcessThreads> = PerProcess::new();
    CURRENT.get()
}

impl Runtime for ProcessThreads {
    fn spawn(&self, name: &'static str, job: Job) -> Result<(), Error> {
        spawn(name, job)
    }

    fn after(&self, time: Duration, job: Job) {
        self.background.after(time, job);
    }

    fn look_after(&self, refresher: Weak<dyn RefreshAhead>) {
        self.background.look_after(refresher);
    }

    fn wake(&self) {
        self.background.wake();
    }

    fn watch(&self, at: Instant, declare_lost: Job) -> Result<u64, Error> {
        let (watch, must_start) = self.watchdog.watch(at, declare_lost);
        if must_start {
            let watchdog = Arc::clone(&self.watchdog);
            let started = spawn("wxsign-watchdog", Box::new(move || watchdog.work()));
            started.inspect_err(|_| self.watchdog.not_started(watch))?;
        }
        Ok(watch)
    }

    fn unwatch(&self, watch: u64) {
        self.watchdog.forget(watch);
    }

    fn counters(&self) -> &Counters {
        &self.counters
    }
}

/// Starts a thread. If the system has none left, that is a failure of the host, not a defect.
fn spawn(name: &str, job: Job) -> Result<(), Error> {
    super::builder(name).spawn(job).map(drop).map_err(|error| {
        let why = format!("the system starts no more threads ({})", error.kind());
        Error::new(Code::NotReady, why).with_reason(Reason::NoThreads)
    })
}

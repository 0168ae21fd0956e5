//! What all clients of a process share: the refreshers, the threads and their jobs. A forked child
//! gets its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use super::background::Background;
use super::refresher::{Parts, Refresher};
use super::threads::{Counters, Job, RefreshAhead, Runtime};
use super::watchdog::Watchdog;
use crate::error::{Code, Error, Reason};
use crate::fork;
use crate::sync::lock;

/// The state of one process. A forked child makes its own: it has none of the parent's threads, and
/// the locks may be held for ever.
pub(crate) struct Process {
    generation: u64,
    refreshers: Mutex<HashMap<String, Weak<Refresher>>>,
    background: Arc<Background>,
    watchdog: Arc<Watchdog>,
    counters: Counters,
}

static CURRENT: ArcSwapOption<Process> = ArcSwapOption::const_empty();

impl Process {
    /// This process's state.
    pub(crate) fn current() -> Arc<Self> {
        let generation = fork::generation();
        loop {
            let found = CURRENT.load_full();
            if let Some(process) = found.as_ref().filter(|process| process.generation == generation) {
                return Arc::clone(process);
            }
            let mine = Arc::new(Self {
                generation,
                refreshers: Mutex::default(),
                background: Arc::default(),
                watchdog: Arc::default(),
                counters: Counters::default(),
            });
            // The parent's state is leaked, not dropped: dropping would take its locks.
            std::mem::forget(CURRENT.compare_and_swap(&found, Some(mine)));
            std::mem::forget(found);
        }
    }

    /// The refresher that clients with the same `key` share; `parts` makes it if there is none.
    pub(crate) fn refresher(
        &self,
        key: &str,
        parts: impl FnOnce() -> Result<Parts, Error>,
    ) -> Result<Arc<Refresher>, Error> {
        let mut refreshers = lock(&self.refreshers);
        if let Some(refresher) = refreshers.get(key).and_then(Weak::upgrade) {
            return Ok(refresher);
        }
        let refresher = Refresher::new(parts()?);
        refreshers.retain(|_, refresher| refresher.strong_count() > 0);
        refreshers.insert(key.to_owned(), Arc::downgrade(&refresher));
        Ok(refresher)
    }
}

impl Runtime for Process {
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
    thread::Builder::new().name(name.to_owned()).spawn(job).map(drop).map_err(|error| {
        let why = format!("the system starts no more threads ({})", error.kind());
        Error::new(Code::NotReady, why).with_reason(Reason::NoThreads)
    })
}

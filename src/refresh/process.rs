//! What all clients of a process share: the refreshers, the threads and their jobs. A forked child
//! gets its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use super::background::Background;
use super::threads::Counters;
use super::watchdog::{Watchdog, Watched};
use super::{Parts, Refresher};
use crate::error::{Code, Error, Reason};
use crate::fork;

/// Work for a thread.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// What a refresher needs from its process. Tests replace it.
pub(crate) trait Runtime: Send + Sync {
    /// Runs `job` on a new thread. If none can be started, the job is dropped.
    fn spawn(&self, name: &'static str, job: Job) -> Result<(), Error>;
    /// Runs `job` after `time` on the background thread, unless no refresher is left then.
    fn after(&self, time: Duration, job: Job);
    /// Adds `refresher` to those that the background thread refreshes.
    fn look_after(&self, refresher: &Arc<Refresher>);
    /// Something is due earlier than before, or a refresher is gone.
    fn wake(&self);
    /// The watchdog starts to watch a flight.
    fn watch(&self, flight: &Arc<Watched>) -> Result<(), Error>;
    /// The flight is over.
    fn unwatch(&self, flight: &Arc<Watched>);
    /// The threads of the process.
    fn counters(&self) -> &Counters;
}

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
        let mut refreshers = self.refreshers.lock().unwrap_or_else(PoisonError::into_inner);
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

    fn look_after(&self, refresher: &Arc<Refresher>) {
        self.background.look_after(refresher);
    }

    fn wake(&self) {
        self.background.wake();
    }

    fn watch(&self, flight: &Arc<Watched>) -> Result<(), Error> {
        if !self.watchdog.watch(Arc::clone(flight)) {
            return Ok(());
        }
        let watchdog = Arc::clone(&self.watchdog);
        spawn("wxsign-watchdog", Box::new(move || watchdog.work()))
            .inspect_err(|_| self.watchdog.not_started(flight))
    }

    fn unwatch(&self, flight: &Arc<Watched>) {
        self.watchdog.forget(flight);
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

//! What all clients of a process share: refreshers, threads, scheduler; and how a forked child notices.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwapOption;

use super::crew::{Crew, Job};
use super::scheduler::{Runtime, Scheduler};
use super::{Parts, Refresher};
use crate::error::Error;
use crate::fork;

/// The state of one process. A forked child makes its own: the locks and threads of the parent's are not there.
pub(crate) struct Process {
    generation: u64,
    refreshers: Mutex<HashMap<String, Weak<Refresher>>>,
    crew: Arc<Crew>,
    scheduler: Arc<Scheduler>,
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
                crew: Arc::default(),
                scheduler: Arc::default(),
            });
            // The parent's state is leaked, not dropped: dropping would take its locks.
            std::mem::forget(CURRENT.compare_and_swap(&found, Some(mine)));
            std::mem::forget(found);
        }
    }

    /// The refresher that clients with the same `key` share; `parts` makes it where there is none.
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
    fn run(&self, job: Job) {
        self.crew.run(job);
    }

    fn after(&self, time: Duration, job: Job) {
        self.scheduler.after(time, job);
    }

    fn watch(&self, refresher: &Arc<Refresher>) {
        self.scheduler.watch(refresher);
    }

    fn wake(&self) {
        self.scheduler.wake();
    }
}

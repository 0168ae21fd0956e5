//! Runs user code on notifier threads, of which a queue has a few: a thread starts when something
//! is queued and ends when its queue is empty. If none can be started, or the process has too many,
//! the queue tries again.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::permit::Job;
use super::runtime::Runtime;
use crate::sync::lock;

/// If no thread can be started, the next try comes after this time.
const RETRY_AFTER: Duration = Duration::from_millis(200);

thread_local! {
    /// Whether this thread is inside a callback.
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
    /// What [`call_back_here`] got meanwhile.
    static LATER: RefCell<VecDeque<Job>> = const { RefCell::new(VecDeque::new()) };
}

/// User code for a bounded number of threads.
pub(crate) struct Queue {
    runtime: Arc<dyn Runtime>,
    max_threads: usize,
    state: Mutex<QueueState>,
}

#[derive(Default)]
struct QueueState {
    jobs: VecDeque<Job>,
    threads: usize,
    will_retry: bool,
}

impl Queue {
    pub(crate) fn new(runtime: Arc<dyn Runtime>, max_threads: usize) -> Arc<Self> {
        Arc::new(Self { runtime, max_threads, state: Mutex::default() })
    }

    /// Adds a job, and drops the oldest one if more than `max` would wait. [`Queue::run`] runs it.
    pub(crate) fn push(&self, job: Job, max: usize) {
        let mut state = lock(&self.state);
        let dropped = if state.jobs.len() >= max { state.jobs.pop_front() } else { None };
        state.jobs.push_back(job);
        drop(state);
        // Outside of the lock: dropping a job may run a user's destructor.
        drop(dropped);
    }

    /// Starts a thread if jobs wait and there may be one more.
    pub(crate) fn run(self: &Arc<Self>) {
        {
            let mut state = lock(&self.state);
            if state.jobs.is_empty() || state.threads >= self.max_threads {
                return;
            }
            state.threads += 1;
        }
        let me = Arc::clone(self);
        let started = self.runtime.counters().notifier().is_some_and(|share| {
            let work = move || {
                me.work();
                drop(share);
            };
            self.runtime.spawn("wxsign-notify", Box::new(work)).is_ok()
        });
        if started {
            return;
        }
        let must_retry = {
            let mut state = lock(&self.state);
            state.threads -= 1;
            state.threads == 0 && !std::mem::replace(&mut state.will_retry, true)
        };
        if must_retry {
            let me = Arc::clone(self);
            let retry = move || {
                lock(&me.state).will_retry = false;
                me.run();
            };
            self.runtime.after(RETRY_AFTER, Box::new(retry));
        }
    }

    /// Runs a job on this thread, or on one of the queue's if this one is inside such a job: a
    /// callback that asks again must not grow the stack.
    pub(crate) fn call_back(self: &Arc<Self>, job: Job) {
        if IN_CALLBACK.get() {
            self.push(job, usize::MAX);
            self.run();
            return;
        }
        in_callback(job);
        // If no thread could be started, the callbacks that were queued meanwhile run here.
        self.run_left();
    }

    fn run_left(self: &Arc<Self>) {
        self.run();
        {
            let mut state = lock(&self.state);
            if state.jobs.is_empty() || state.threads > 0 {
                return;
            }
            state.threads += 1;
        }
        self.work();
    }

    fn work(&self) {
        loop {
            let mut state = lock(&self.state);
            let Some(job) = state.jobs.pop_front() else {
                state.threads -= 1;
                return;
            };
            drop(state);
            // It is user code: if it panics, the next job must still run.
            let _ = catch_unwind(AssertUnwindSafe(|| in_callback(job)));
        }
    }
}

/// For a client of the parent, whose threads and locks a forked child must not use: calls back on
/// this thread, but never from within a callback. Then the job runs when that one has returned.
pub(crate) fn call_back_here(job: Job) {
    let mut job = Some(job);
    if IN_CALLBACK.get() {
        // On a thread that ends the list may be gone; then the job runs at once.
        let _ = LATER.try_with(|later| later.borrow_mut().extend(job.take()));
    }
    if let Some(job) = job {
        in_callback(job);
    }
}

/// Runs user code that may ask again.
fn in_callback(job: Job) {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            IN_CALLBACK.set(false);
        }
    }
    IN_CALLBACK.set(true);
    let _leave = Leave;
    job();
    while let Ok(Some(job)) = LATER.try_with(|later| later.borrow_mut().pop_front()) {
        job();
    }
}

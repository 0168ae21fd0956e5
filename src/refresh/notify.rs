//! Runs user code: events to listeners, outcomes to callbacks. Both run on notifier threads, so a
//! listener or callback that hangs, panics or asks again delays no flight, no refresh and no other
//! account.
//!
//! An account has one thread for events, which keeps their order, and a few for callbacks. A thread
//! starts when something is queued and ends when its queue is empty. If none can be started, or the
//! process has too many, the queue tries again.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::threads::{Job, Runtime};
use super::waiter::{Done, Outcome};
use crate::credential::{Kind, PerKind};
use crate::error::Error;
use crate::event::Event;
use crate::sync::lock;

/// Gets the events of a refresher.
pub(crate) type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// Events wait for a listener that hangs; more than this are dropped, the oldest first.
const MAX_EVENTS: usize = 1_000;
const MAX_CALLBACK_THREADS: usize = 4;
/// If no thread can be started, the next try comes after this time.
const RETRY_AFTER: Duration = Duration::from_millis(200);
/// Rate-limits per-call events to one per minute.
const REPORT_EVERY_MS: i64 = 60_000;

thread_local! {
    /// Whether this thread is inside a callback.
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
    /// What [`call_back_here`] got meanwhile.
    static LATER: RefCell<VecDeque<Job>> = const { RefCell::new(VecDeque::new()) };
}

pub(super) struct Notifier {
    runtime: Arc<dyn Runtime>,
    listeners: Arc<Mutex<Vec<(u64, Listener)>>>,
    events: Arc<Queue>,
    callbacks: Arc<Queue>,
    /// When something was reported last, on the boot clock.
    reported: Mutex<PerKind<Reported>>,
}

#[derive(Default)]
struct Reported {
    stale: Option<i64>,
    failed: Option<i64>,
}

/// Jobs for a bounded number of threads.
struct Queue {
    max_threads: usize,
    state: Mutex<QueueState>,
}

#[derive(Default)]
struct QueueState {
    jobs: VecDeque<Job>,
    threads: usize,
    will_retry: bool,
}

impl Notifier {
    pub(super) fn new(runtime: Arc<dyn Runtime>) -> Self {
        let queue = |max_threads| Arc::new(Queue { max_threads, state: Mutex::default() });
        Self {
            runtime,
            listeners: Arc::default(),
            events: queue(1),
            callbacks: queue(MAX_CALLBACK_THREADS),
            reported: Mutex::default(),
        }
    }

    /// Adds the listener of a client.
    pub(super) fn listen(&self, client: u64, listener: Listener) {
        lock(&self.listeners).push((client, listener));
    }

    /// Removes the listeners of a client; they get no event any more, not even one that is queued.
    pub(super) fn leave(&self, client: u64) {
        let left: Vec<_> = lock(&self.listeners).extract_if(.., |(id, _)| *id == client).collect();
        // Outside of the lock: dropping a listener may run a user's destructor.
        drop(left);
    }

    /// Reports an event to all listeners.
    pub(super) fn emit(&self, event: Event) {
        let clients: Vec<u64> = lock(&self.listeners).iter().map(|(id, _)| *id).collect();
        if !clients.is_empty() {
            self.emit_to(clients, event);
        }
    }

    /// Reports an event to the listeners of these clients.
    pub(super) fn emit_to(&self, clients: Vec<u64>, event: Event) {
        let listeners = Arc::clone(&self.listeners);
        let deliver = move || {
            for client in clients {
                let found = lock(&listeners).iter().find(|(id, _)| *id == client).map(|(_, l)| Arc::clone(l));
                if let Some(listener) = found {
                    // If a listener panics, the next one must still get the event.
                    let _ = catch_unwind(AssertUnwindSafe(|| listener(&event)));
                }
            }
        };
        self.events.push(Box::new(deliver), MAX_EVENTS);
        self.events.run(&self.runtime);
    }

    /// Reports that a credential was served although it could not be refreshed, at most once a
    /// minute.
    pub(super) fn emit_stale(&self, kind: Kind, error: &Error, now: i64) {
        if self.is_due(kind, now, |reported| &mut reported.stale) {
            self.emit(Event::Stale { credential: kind, error: error.clone() });
        }
    }

    /// Reports that a flight failed. One that made a request has left a cooldown, so it is always
    /// reported. One that made none may come at every call, and is reported at most once a minute.
    pub(super) fn emit_failed(&self, kind: Kind, error: &Error, made_request: bool, now: i64) {
        if made_request || self.is_due(kind, now, |reported| &mut reported.failed) {
            self.emit(Event::Failed { credential: kind, error: error.clone() });
        }
    }

    /// Whether a report is due now; if so, the next one is due a minute later.
    fn is_due(&self, kind: Kind, now: i64, which: impl FnOnce(&mut Reported) -> &mut Option<i64>) -> bool {
        let mut reported = lock(&self.reported);
        let latest = which(reported.get_mut(kind));
        let due = latest.is_none_or(|at| now.saturating_sub(at) >= REPORT_EVERY_MS);
        if due {
            *latest = Some(now);
        }
        due
    }

    /// Settles waiters: threads at once, callbacks on the callbacks' threads.
    pub(super) fn settle(&self, settled: impl IntoIterator<Item = (Done, Outcome)>) {
        for (done, outcome) in settled {
            match done {
                // The thread may have stopped waiting.
                Done::Thread(thread) => drop(thread.try_send(outcome)),
                Done::Callback(callback) => {
                    self.callbacks.push(Box::new(move || callback(outcome)), usize::MAX);
                }
            }
        }
        self.callbacks.run(&self.runtime);
    }

    /// Calls back on this thread, or on a callbacks' thread if this one is inside a callback: a
    /// callback that asks again must not grow the stack.
    pub(super) fn call_back(&self, job: Job) {
        if IN_CALLBACK.get() {
            self.callbacks.push(job, usize::MAX);
            self.callbacks.run(&self.runtime);
            return;
        }
        in_callback(job);
        // If no thread could be started, the callbacks that were queued meanwhile run here.
        self.callbacks.run_left(&self.runtime);
    }
}

/// For a client of the parent, whose threads and locks a forked child must not use: calls back on
/// this thread, but never from within a callback. Then the job runs when that one has returned.
pub(crate) fn call_back_here(job: Job) {
    if IN_CALLBACK.get() {
        LATER.with_borrow_mut(|later| later.push_back(job));
    } else {
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
    while let Some(job) = LATER.with_borrow_mut(VecDeque::pop_front) {
        job();
    }
}

impl Queue {
    fn push(&self, job: Job, max: usize) {
        let mut state = lock(&self.state);
        let dropped = if state.jobs.len() >= max { state.jobs.pop_front() } else { None };
        state.jobs.push_back(job);
        drop(state);
        drop(dropped);
    }

    /// Starts a thread if jobs wait and there may be one more.
    fn run(self: &Arc<Self>, runtime: &Arc<dyn Runtime>) {
        {
            let mut state = lock(&self.state);
            if state.jobs.is_empty() || state.threads >= self.max_threads {
                return;
            }
            state.threads += 1;
        }
        let me = Arc::clone(self);
        let started = runtime.counters().notifier().is_some_and(|share| {
            let work = move || {
                me.work();
                drop(share);
            };
            runtime.spawn("wxsign-notify", Box::new(work)).is_ok()
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
            let (me, again) = (Arc::clone(self), Arc::clone(runtime));
            let retry = move || {
                lock(&me.state).will_retry = false;
                me.run(&again);
            };
            runtime.after(RETRY_AFTER, Box::new(retry));
        }
    }

    fn run_left(self: &Arc<Self>, runtime: &Arc<dyn Runtime>) {
        self.run(runtime);
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

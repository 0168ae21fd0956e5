//! Runs user code: events to listeners, outcomes to callbacks. Both run on notifier threads, so a
//! listener or callback that hangs, panics or asks again delays no flight, no refresh and no other
//! account.
//!
//! An account has one thread for events, which keeps their order, and a few for callbacks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};

use crate::credential::{Kind, PerKind};
use crate::error::Error;
use crate::event::Event;
use crate::secret::Secret;
use crate::sync::lock;
use crate::threads::{Job, Queue, Runtime};

/// The outcome of a call: a token or ticket, or why there is none.
pub(crate) type Outcome = Result<Secret, Error>;

/// How a waiter gets its outcome, exactly once.
pub(crate) enum Done {
    /// A thread that blocks on the other end.
    Thread(SyncSender<Outcome>),
    /// User code.
    Callback(Box<dyn FnOnce(Outcome) + Send>),
}

/// Gets the events of a refresher.
pub(crate) type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// Events wait for a listener that hangs; more than this are dropped, the oldest first.
const MAX_EVENTS: usize = 1_000;
const MAX_CALLBACK_THREADS: usize = 4;
/// Rate-limits per-call events to one per minute.
const REPORT_EVERY_MS: i64 = 60_000;

pub(super) struct Notifier {
    listeners: Arc<Mutex<Vec<(u64, Listener)>>>,
    events: Arc<Queue>,
    callbacks: Arc<Queue>,
    /// When something was reported last, on the boot clock.
    reported: PerKind<Mutex<Reported>>,
}

#[derive(Default)]
struct Reported {
    stale: Option<i64>,
    failed: Option<i64>,
}

impl Notifier {
    pub(super) fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self {
            listeners: Arc::default(),
            events: Queue::new(Arc::clone(&runtime), 1),
            callbacks: Queue::new(runtime, MAX_CALLBACK_THREADS),
            reported: PerKind::default(),
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
        self.events.run();
    }

    /// Reports that a credential was served although it could not be refreshed, at most once a
    /// minute.
    pub(super) fn emit_stale(&self, kind: Kind, error: &Error, now: i64) {
        if self.claim_report(kind, now, |reported| &mut reported.stale) {
            self.emit(Event::Stale { credential: kind, error: error.clone() });
        }
    }

    /// Reports that a flight failed. One that made a request has left a cooldown, so it is always
    /// reported. One that made none may come at every call, and is reported at most once a minute.
    pub(super) fn emit_failed(&self, kind: Kind, error: &Error, made_request: bool, now: i64) {
        if made_request || self.claim_report(kind, now, |reported| &mut reported.failed) {
            self.emit(Event::Failed { credential: kind, error: error.clone() });
        }
    }

    /// Claims a report: false if one was made within the last minute.
    fn claim_report(
        &self,
        kind: Kind,
        now: i64,
        which: impl FnOnce(&mut Reported) -> &mut Option<i64>,
    ) -> bool {
        let mut reported = lock(self.reported.get(kind));
        let latest = which(&mut reported);
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
        self.callbacks.run();
    }

    /// Calls back on this thread, or on a callbacks' thread if this one is inside a callback.
    pub(super) fn call_back(&self, job: Job) {
        self.callbacks.call_back(job);
    }
}

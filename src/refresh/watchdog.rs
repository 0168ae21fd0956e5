//! The watchdog ends the waiting for a flight that has not ended a second after its deadline.
//!
//! It has its own thread while flights are under way. The thread runs no user code and does no I/O,
//! so nothing can hang it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::context::Context;
use super::threads::Place;
use crate::credential::Kind;
use crate::store::Lock;

/// A watchdog that wakes later than this was suspended with its process.
const MAX_OVERSLEEP: Duration = Duration::from_millis(500);
const GRACE_AFTER_SUSPEND: Duration = Duration::from_secs(1);

/// What the watchdog must know of a flight, and take from it.
pub(crate) struct Watched {
    pub(super) context: Weak<Context>,
    pub(super) kind: Kind,
    pub(super) epoch: u64,
    /// When the flight counts as lost.
    pub(super) lost_at: Instant,
    /// The flight's thread, if it has its own.
    pub(super) place: Option<Arc<Place>>,
    /// The store's lock while the flight has it.
    lock: Mutex<Option<Box<dyn Lock>>>,
    has_requested: AtomicBool,
}

impl Watched {
    pub(super) fn new(
        context: Weak<Context>,
        kind: Kind,
        epoch: u64,
        lost_at: Instant,
        place: Option<Arc<Place>>,
    ) -> Self {
        let (lock, has_requested) = (Mutex::default(), AtomicBool::new(false));
        Self { context, kind, epoch, lost_at, place, lock, has_requested }
    }

    pub(super) fn put_lock(&self, lock: Box<dyn Lock>) {
        *self.lock() = Some(lock);
    }

    pub(super) fn take_lock(&self) -> Option<Box<dyn Lock>> {
        self.lock().take()
    }

    pub(super) fn note_request(&self) {
        self.has_requested.store(true, Ordering::SeqCst);
    }

    pub(super) fn has_requested(&self) -> bool {
        self.has_requested.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<dyn Lock>>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
pub(super) struct Watchdog {
    state: Mutex<WatchList>,
    changed: Condvar,
}

#[derive(Default)]
struct WatchList {
    /// Each with the time at which it is lost.
    flights: Vec<(Instant, Arc<Watched>)>,
    is_running: bool,
}

impl Watchdog {
    /// Watches a flight. Returns whether the caller must run [`Watchdog::work`] on a new thread.
    pub(super) fn watch(&self, flight: Arc<Watched>) -> bool {
        let mut state = self.state();
        state.flights.push((flight.lost_at, flight));
        self.changed.notify_all();
        !std::mem::replace(&mut state.is_running, true)
    }

    /// The thread could not be started: the flight is not watched.
    pub(super) fn not_started(&self, flight: &Arc<Watched>) {
        self.state().is_running = false;
        self.forget(flight);
    }

    /// The flight is over.
    pub(super) fn forget(&self, flight: &Arc<Watched>) {
        self.state().flights.retain(|(_, watched)| !Arc::ptr_eq(watched, flight));
        self.changed.notify_all();
    }

    /// Runs until there is no flight to watch.
    pub(super) fn work(&self) {
        let mut state = self.state();
        loop {
            let Some(next) = state.flights.iter().map(|(lost_at, _)| *lost_at).min() else {
                state.is_running = false;
                return;
            };
            let wait = next.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                state = self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            let now = Instant::now();
            if now.saturating_duration_since(next) > MAX_OVERSLEEP {
                // This process was suspended, and its flights with it. They get a short time to go
                // on.
                for (lost_at, _) in state.flights.iter_mut().filter(|(lost_at, _)| *lost_at <= now) {
                    *lost_at = now + GRACE_AFTER_SUSPEND;
                }
                continue;
            }
            let lost: Vec<_> = state.flights.extract_if(.., |(lost_at, _)| *lost_at <= now).collect();
            drop(state);
            for (_, flight) in lost {
                if let Some(context) = flight.context.upgrade() {
                    context.declare_lost(&flight);
                }
            }
            state = self.state();
        }
    }

    fn state(&self) -> MutexGuard<'_, WatchList> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

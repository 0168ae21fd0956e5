//! The watchdog runs the verdict on a flight that has not ended a second after its deadline.
//!
//! It has its own thread while flights are under way. A verdict runs no user code and does no I/O,
//! so nothing can hang the thread.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::permit::Job;
use crate::sync::lock;

/// A watchdog that wakes later than this was stopped with its process, and the flights with it. A
/// busy machine delays it by less, and then the waiters have waited long enough.
const MAX_OVERSLEEP: Duration = Duration::from_secs(2);
const GRACE_AFTER_STOP: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Watchdog {
    list: Mutex<WatchList>,
    changed: Condvar,
}

#[derive(Default)]
struct WatchList {
    /// By the time at which the flight is lost, and the number of the watch.
    watches: BTreeMap<(Instant, u64), Job>,
    latest: u64,
    is_running: bool,
}

impl Watchdog {
    /// Watches a flight. Returns the number of the watch, and whether the caller must run
    /// [`Watchdog::work`] on a new thread.
    pub(super) fn watch(&self, at: Instant, declare_lost: Job) -> (u64, bool) {
        let mut list = lock(&self.list);
        list.latest += 1;
        let watch = list.latest;
        list.watches.insert((at, watch), declare_lost);
        self.changed.notify_all();
        (watch, !std::mem::replace(&mut list.is_running, true))
    }

    /// The thread could not be started: the flight is not watched.
    pub(super) fn not_started(&self, watch: u64) {
        lock(&self.list).is_running = false;
        self.forget(watch);
    }

    /// The flight is over.
    pub(super) fn forget(&self, watch: u64) {
        let mut list = lock(&self.list);
        let found = list.watches.keys().find(|(_, number)| *number == watch).copied();
        let verdict = found.and_then(|key| list.watches.remove(&key));
        self.changed.notify_all();
        drop(list);
        // Outside of the lock: the verdict owns a share of the flight.
        drop(verdict);
    }

    /// Runs until there is no flight to watch.
    pub(super) fn work(&self) {
        let mut list = lock(&self.list);
        loop {
            let Some((&(at, _), _)) = list.watches.first_key_value() else {
                list.is_running = false;
                return;
            };
            let now = Instant::now();
            if now < at {
                list = self.changed.wait_timeout(list, at - now).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            let later = list.watches.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut list.watches, later);
            if now - at > MAX_OVERSLEEP {
                // The flights get a short time to go on.
                let put_off = due.into_iter().map(|((_, watch), job)| ((now + GRACE_AFTER_STOP, watch), job));
                list.watches.extend(put_off);
                continue;
            }
            drop(list);
            for declare_lost in due.into_values() {
                declare_lost();
            }
            list = lock(&self.list);
        }
    }
}

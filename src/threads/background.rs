//! The background thread, one per process: lets refreshers refresh what is due, and runs timers.
//!
//! This file decides only when to ask; the refresher decides what it does. The thread runs no user
//! code and does no I/O.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::permit::Job;
use super::runtime::RefreshAhead;
use crate::sync::lock;

/// The longest sleep while something is due later: the boot clock counts a suspend, and the sleep
/// does not.
const MAX_SLEEP: Duration = Duration::from_secs(60);
/// A timer for a time that the clock cannot express.
const MAX_TIMER: Duration = Duration::from_secs(86_400);

/// The thread runs while there is a refresher.
#[derive(Default)]
pub(super) struct Background {
    agenda: Mutex<Agenda>,
    changed: Condvar,
}

#[derive(Default)]
struct Agenda {
    refreshers: Vec<Weak<dyn RefreshAhead>>,
    timers: BTreeMap<(Instant, u64), Job>,
    next_timer: u64,
    is_running: bool,
    is_woken: bool,
}

impl Background {
    pub(super) fn look_after(&self, refresher: Weak<dyn RefreshAhead>) {
        let mut agenda = lock(&self.agenda);
        agenda.refreshers.retain(|refresher| refresher.strong_count() > 0);
        agenda.refreshers.push(refresher);
    }

    pub(super) fn after(self: &Arc<Self>, time: Duration, job: Job) {
        let mut agenda = lock(&self.agenda);
        let now = Instant::now();
        let at = now.checked_add(time).unwrap_or(now + MAX_TIMER);
        agenda.next_timer += 1;
        let key = (at, agenda.next_timer);
        agenda.timers.insert(key, job);
        self.start(agenda);
    }

    pub(super) fn wake(self: &Arc<Self>) {
        let agenda = lock(&self.agenda);
        self.start(agenda);
    }

    /// Wakes the thread, and starts it if it does not run.
    fn start(self: &Arc<Self>, mut agenda: MutexGuard<'_, Agenda>) {
        agenda.is_woken = true;
        if !agenda.is_running && agenda.refreshers.iter().any(|refresher| refresher.strong_count() > 0) {
            let me = Arc::clone(self);
            let started = super::builder("wxsign-background").spawn(move || me.work());
            // Without the thread nothing is refreshed ahead, but callers still fetch what they
            // need.
            agenda.is_running = started.is_ok();
        }
        self.changed.notify_all();
    }

    fn work(&self) {
        let mut agenda = lock(&self.agenda);
        loop {
            agenda.is_woken = false;
            let due = agenda.take_due(Instant::now());
            let refreshers = agenda.live_refreshers();
            if refreshers.is_empty() {
                agenda.is_running = false;
                let timers = std::mem::take(&mut agenda.timers);
                // Outside of the lock: dropping a job may run a user's destructor.
                drop(agenda);
                drop((due, timers));
                return;
            }
            drop(agenda);
            for job in due {
                // A panic must not end the only background thread.
                let _ = catch_unwind(AssertUnwindSafe(job));
            }
            let mut sleep = MAX_SLEEP;
            for refresher in refreshers {
                refresher.refresh_due();
                if let Some(wait) = refresher.time_to_next_refresh() {
                    sleep = sleep.min(wait);
                }
            }
            agenda = lock(&self.agenda);
            if let Some((&(at, _), _)) = agenda.timers.first_key_value() {
                sleep = sleep.min(at.saturating_duration_since(Instant::now()));
            }
            if !agenda.is_woken {
                let waited = self.changed.wait_timeout_while(agenda, sleep, |agenda| !agenda.is_woken);
                agenda = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

impl Agenda {
    fn take_due(&mut self, now: Instant) -> Vec<Job> {
        let later = self.timers.split_off(&(now, u64::MAX));
        std::mem::replace(&mut self.timers, later).into_values().collect()
    }

    fn live_refreshers(&mut self) -> Vec<Arc<dyn RefreshAhead>> {
        let live: Vec<_> = self.refreshers.iter().filter_map(Weak::upgrade).collect();
        self.refreshers.retain(|refresher| refresher.strong_count() > 0);
        live
    }
}

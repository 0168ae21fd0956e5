//! One thread a process: refreshes ahead what is used, and ends the waiting of those whose time is up.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::Refresher;
use super::crew::Job;

/// What a refresher needs of its process; tests put their own in its place.
pub(crate) trait Runtime: Send + Sync {
    /// Runs `job` soon, elsewhere than under the caller's locks. It may be dropped unrun where threads cannot be had.
    fn run(&self, job: Job);
    /// Runs `job` after `time`, but drops it unrun where no refresher lives then: it has nobody left to end a wait for.
    fn after(&self, time: Duration, job: Job);
    /// Has `refresher` looked at when something is due.
    fn watch(&self, refresher: &Arc<Refresher>);
    /// Something became due earlier than before, or a refresher is gone.
    fn wake(&self);
}

/// The longest sleep while something is due later: the boot clock counts a suspend that the sleep does not.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// The scheduler thread's agenda. The thread runs while a refresher lives.
#[derive(Default)]
pub(super) struct Scheduler {
    agenda: Mutex<Agenda>,
    changed: Condvar,
}

#[derive(Default)]
struct Agenda {
    refreshers: Vec<Weak<Refresher>>,
    timers: BTreeMap<(Instant, u64), Job>,
    next_timer: u64,
    running: bool,
    woken: bool,
}

impl Scheduler {
    pub(super) fn watch(self: &Arc<Self>, refresher: &Arc<Refresher>) {
        let mut agenda = self.agenda();
        agenda.refreshers.retain(|refresher| refresher.strong_count() > 0);
        agenda.refreshers.push(Arc::downgrade(refresher));
    }

    pub(super) fn after(self: &Arc<Self>, time: Duration, job: Job) {
        let mut agenda = self.agenda();
        let now = Instant::now();
        let at = now.checked_add(time).unwrap_or(now + Duration::from_secs(86_400));
        agenda.next_timer += 1;
        let key = (at, agenda.next_timer);
        agenda.timers.insert(key, job);
        self.start(agenda);
    }

    pub(super) fn wake(self: &Arc<Self>) {
        let agenda = self.agenda();
        self.start(agenda);
    }

    /// Starts the thread where it does not run, and has it look again.
    fn start(self: &Arc<Self>, mut agenda: MutexGuard<'_, Agenda>) {
        agenda.woken = true;
        if !agenda.running && agenda.refreshers.iter().any(|refresher| refresher.strong_count() > 0) {
            agenda.running = true;
            let me = Arc::clone(self);
            let started = thread::Builder::new().name("wxsign-scheduler".to_owned()).spawn(move || me.work());
            // Without a thread nothing is refreshed ahead; callers still fetch what they need.
            agenda.running = started.is_ok();
        }
        self.changed.notify_all();
    }

    fn work(&self) {
        let mut agenda = self.agenda();
        loop {
            agenda.woken = false;
            let due = agenda.take_due(Instant::now());
            let refreshers: Vec<_> = agenda.live_refreshers();
            if refreshers.is_empty() {
                agenda.running = false;
                let timers = std::mem::take(&mut agenda.timers);
                // Outside of the lock: what a job held may have its own way to be dropped.
                drop(agenda);
                drop((due, timers));
                return;
            }
            drop(agenda);
            for job in due {
                // It calls a caller's function: a panic there must not end the only scheduler.
                let _ = catch_unwind(AssertUnwindSafe(job));
            }
            let mut sleep = LONGEST_SLEEP;
            for refresher in refreshers {
                refresher.refresh_due();
                if let Some(at) = refresher.next_due() {
                    let wait = at.saturating_sub(refresher.clock().boot()).max(1);
                    sleep = sleep.min(Duration::from_millis(u64::try_from(wait).unwrap_or(1)));
                }
            }
            agenda = self.agenda();
            if let Some((&(at, _), _)) = agenda.timers.first_key_value() {
                sleep = sleep.min(at.saturating_duration_since(Instant::now()));
            }
            if !agenda.woken {
                let waited = self.changed.wait_timeout_while(agenda, sleep, |agenda| !agenda.woken);
                agenda = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }

    fn agenda(&self) -> MutexGuard<'_, Agenda> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Agenda {
    fn take_due(&mut self, now: Instant) -> Vec<Job> {
        let later = self.timers.split_off(&(now, u64::MAX));
        std::mem::replace(&mut self.timers, later).into_values().collect()
    }

    fn live_refreshers(&mut self) -> Vec<Arc<Refresher>> {
        let live: Vec<_> = self.refreshers.iter().filter_map(Weak::upgrade).collect();
        self.refreshers.retain(|refresher| refresher.strong_count() > 0);
        live
    }
}

//! The store as flights use it: each step has a deadline and its own thread, and a store that fails
//! is left alone for a while. A failed step never fails a flight: without the store, wxsign serves
//! from memory, and a probe beside the flights finds out when it works again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::notify::Notifier;
use super::stuck_lock::StuckLockDetector;
use super::threads::{Runtime, Threads};
use crate::clock::Clock;
use crate::credential::{Account, Failures, Kind, Record, Sharers};
use crate::deadline::Deadline;
use crate::event::Event;
use crate::jitter;
use crate::store::{Lock, LockMode, Store, StoreError, step_deadline};
use crate::sync::lock;

/// After a step that failed or overran, flights of the account do not use the store for this long,
/// unless a probe has succeeded.
const SUSPEND_MS: i64 = 30_000;
/// While steps fail, they are tried again this often, beside the flights.
const PROBE_EVERY: Duration = Duration::from_secs(10);
/// A probe that takes longer hangs.
const PROBE_TIME: Duration = Duration::from_secs(5);
const WARN_EVERY_MS: i64 = 3_600_000;

/// While a flight waits for the lock it looks for what other processes have fetched this often.
const LOOK_EVERY_MS: i64 = 500;

/// The operations of a store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A credential, or the failures.
    Read(Option<Kind>),
    Lock,
    Write,
    /// Removing the failures proves nothing about room to write.
    Forget,
}

pub(super) struct StoreAccess {
    store: Arc<dyn Store>,
    account: Account,
    clock: Arc<dyn Clock>,
    runtime: Arc<dyn Runtime>,
    threads: Arc<Threads>,
    notifier: Arc<Notifier>,
    trouble: Mutex<Trouble>,
    stuck_lock: StuckLockDetector,
}

/// A failing store: why, and until when it is left alone.
#[derive(Default)]
struct Trouble {
    /// The failure of a kind of step is over when such a step succeeds: a full disk can still be
    /// read.
    reasons: BTreeMap<Step, String>,
    /// Records that could not be written.
    unwritten: BTreeMap<Kind, Record>,
    /// A probe is due, or under way.
    is_probing: bool,
    /// On the boot clock.
    suspended_until: Option<i64>,
    warned_at: Option<i64>,
}

/// How the wait for the store's lock ended.
pub(super) enum LockOutcome {
    Taken(Box<dyn Lock>),
    /// The store cannot be used now.
    NoStore,
    /// Another process has fetched what this flight waits for.
    Fetched,
    /// Its holder does not release it, so the flight goes on without it.
    Bypassed,
    /// It was not released in time.
    TimedOut,
}

impl StoreAccess {
    pub(super) fn new(
        store: Box<dyn Store>,
        account: Account,
        clock: Arc<dyn Clock>,
        runtime: Arc<dyn Runtime>,
        threads: Arc<Threads>,
        notifier: Arc<Notifier>,
    ) -> Arc<Self> {
        let (trouble, stuck_lock) = (Mutex::default(), StuckLockDetector::default());
        let store = store.into();
        Arc::new(Self { store, account, clock, runtime, threads, notifier, trouble, stuck_lock })
    }

    /// The record of `kind`, if there is one that can be used.
    pub(super) fn read(self: &Arc<Self>, kind: Kind) -> Option<Record> {
        self.step(Step::Read(Some(kind)), move |store, deadline, account| store.read(deadline, account, kind))
            .flatten()
    }

    /// Writes a record. If that takes longer than usual, `if_slow` is called meanwhile.
    pub(super) fn write(self: &Arc<Self>, kind: Kind, record: Record, if_slow: impl FnOnce()) {
        let unwritten = record.clone();
        let write = move |store: &dyn Store, deadline: Deadline, account: &Account| {
            store.write(deadline, account, kind, &record)
        };
        match self.step_or(Step::Write, write, if_slow) {
            Some(()) => drop(lock(&self.trouble).unwritten.remove(&kind)),
            None => drop(lock(&self.trouble).unwritten.insert(kind, unwritten)),
        }
    }

    pub(super) fn read_failures(self: &Arc<Self>) -> Option<Failures> {
        self.step(Step::Read(None), |store, deadline, account| store.read_failures(deadline, account))
    }

    /// Writes the failures of the account; empty ones remove what was there.
    pub(super) fn write_failures(self: &Arc<Self>, failures: Failures) {
        let step = if failures.is_empty() { Step::Forget } else { Step::Write };
        self.step(step, move |store, deadline, account| store.write_failures(deadline, account, &failures));
    }

    /// Waits for the lock until `give_up`, a time on the monotonic clock. Now and then it calls
    /// `was_fetched`, which asks whether the wait is in vain. A holder that hangs must not keep all
    /// other processes from a credential: after two flights' time, or if `is_urgent` at the end,
    /// the caller goes on without the lock.
    pub(super) fn lock(
        self: &Arc<Self>,
        give_up: i64,
        was_fetched: impl Fn() -> bool,
        is_urgent: impl Fn() -> bool,
    ) -> LockOutcome {
        let mut look_at = self.clock.boot().saturating_add(LOOK_EVERY_MS);
        loop {
            match self.step(Step::Lock, |store, deadline, account| store.try_lock(deadline, account)) {
                None => return LockOutcome::NoStore,
                Some(Some(taken)) => {
                    self.stuck_lock.found_free();
                    return LockOutcome::Taken(taken);
                }
                Some(None) => {}
            }
            let now = self.clock.boot();
            if now >= look_at {
                look_at = now.saturating_add(LOOK_EVERY_MS);
                if was_fetched() {
                    return LockOutcome::Fetched;
                }
            }
            let is_stuck = self.stuck_lock.found_held(now);
            if !is_stuck && self.clock.monotonic() < give_up {
                self.clock.sleep(Duration::from_millis(10 + jitter::below(40).unsigned_abs()));
                continue;
            }
            if is_stuck || is_urgent() {
                self.stuck_lock.bypass();
                return LockOutcome::Bypassed;
            }
            return LockOutcome::TimedOut;
        }
    }

    /// Releases a lock. That does I/O, so it is a step too; if it hangs, nothing waits for it.
    pub(super) fn release(&self, lock: Box<dyn Lock>) {
        if self.is_memory() {
            drop(lock);
        } else {
            // If no thread can be started the lock is dropped with the job, on this thread.
            let _ = self.threads.attempt(step_deadline(), move || drop(lock));
        }
    }

    /// For the watchdog: releases a lost flight's lock and writes the failures, without waiting for
    /// either.
    pub(super) fn release_later(&self, lock: Option<Box<dyn Lock>>, failures: Option<Failures>) {
        if lock.is_none() && failures.is_none() {
            return;
        }
        let (store, account) = (Arc::clone(&self.store), self.account.clone());
        let is_suspended = self.is_suspended();
        // If no thread can be started the lock is not released here: it ends with its lease or with
        // the process.
        let _ = self.threads.detach(move || {
            drop(lock);
            if let Some(failures) = failures.filter(|_| !is_suspended) {
                let _ = store.write_failures(step_deadline(), &account, &failures);
            }
        });
    }

    /// Whether other processes may write to the store.
    pub(super) fn is_shared(&self) -> bool {
        !self.is_memory()
    }

    /// Which processes share the store. A lock that works for files is one of this machine; a
    /// network's file system has none.
    pub(super) fn sharers(&self) -> Sharers {
        match self.store.lock_mode() {
            LockMode::Process | LockMode::File => Sharers::OneMachine,
            LockMode::Redis | LockMode::None => Sharers::Machines,
        }
    }

    fn is_memory(&self) -> bool {
        self.store.lock_mode() == LockMode::Process
    }

    /// The scope of the lock.
    pub(super) fn lock_mode(&self) -> LockMode {
        self.store.lock_mode()
    }

    pub(super) fn id(&self) -> String {
        self.store.id()
    }

    /// Why the store cannot be used, if it cannot.
    pub(super) fn failure(&self) -> Option<String> {
        lock(&self.trouble).reasons.values().next().cloned()
    }

    fn step<T: Send + 'static>(
        self: &Arc<Self>,
        step: Step,
        run: impl FnOnce(&dyn Store, Deadline, &Account) -> Result<T, StoreError> + Send + 'static,
    ) -> Option<T> {
        self.step_or(step, run, || ())
    }

    /// None if the store cannot be used now.
    fn step_or<T: Send + 'static>(
        self: &Arc<Self>,
        step: Step,
        run: impl FnOnce(&dyn Store, Deadline, &Account) -> Result<T, StoreError> + Send + 'static,
        if_slow: impl FnOnce(),
    ) -> Option<T> {
        let deadline = step_deadline();
        let outcome = if self.is_memory() {
            run(&*self.store, deadline, &self.account)
        } else if self.is_suspended() {
            return None;
        } else {
            let (store, account) = (Arc::clone(&self.store), self.account.clone());
            let outcome =
                self.threads.attempt_or(deadline, move || run(&*store, deadline, &account), if_slow);
            outcome.unwrap_or_else(|error| Err(StoreError::new(format!("the store: {}", error.message()))))
        };
        match outcome {
            Ok(value) => {
                lock(&self.trouble).reasons.remove(&step);
                Some(value)
            }
            Err(error) => {
                self.report(step, error.to_string(), error.concerns_one_record());
                None
            }
        }
    }

    fn is_suspended(&self) -> bool {
        lock(&self.trouble).suspended_until.is_some_and(|until| self.clock.boot() < until)
    }

    /// A failure: one event while it lasts, one warning an hour.
    fn report(self: &Arc<Self>, step: Step, reason: String, concerns_one_record: bool) {
        let now = self.clock.boot();
        let (is_first, is_warning_due, must_probe) = {
            let mut trouble = lock(&self.trouble);
            let is_first = trouble.reasons.is_empty();
            trouble.reasons.insert(step, reason.clone());
            if !concerns_one_record {
                trouble.suspended_until = Some(now.saturating_add(SUSPEND_MS));
            }
            let due = trouble.warned_at.is_none_or(|at| now.saturating_sub(at) >= WARN_EVERY_MS);
            if due {
                trouble.warned_at = Some(now);
            }
            // A damaged record is replaced by the next fetch.
            let must_probe = !concerns_one_record && !std::mem::replace(&mut trouble.is_probing, true);
            (is_first, due, must_probe)
        };
        if must_probe {
            self.probe_later();
        }
        if is_warning_due {
            log::warn!("wxsign: the store cannot be used, memory serves meanwhile: {reason}");
        }
        if is_first {
            self.notifier.emit(Event::StoreDegraded { reason });
        }
    }

    /// Tries again what fails, so that a store that works again is used within seconds, and records
    /// that could not be written reach the other processes.
    fn probe_later(self: &Arc<Self>) {
        let me = Arc::downgrade(self);
        let probe = move || {
            let Some(me) = me.upgrade() else { return };
            let prober = Arc::clone(&me);
            match me.threads.detach(move || prober.probe()) {
                // If it hangs, its thread counts as hung, and the next probe waits for its return.
                Ok(place) => me.runtime.after(PROBE_TIME, Box::new(move || place.give_up())),
                Err(_) => me.probe_later(),
            }
        };
        self.runtime.after(PROBE_EVERY, Box::new(probe));
    }

    fn probe(self: &Arc<Self>) {
        let (reasons, unwritten) = {
            let trouble = lock(&self.trouble);
            (trouble.reasons.keys().copied().collect::<Vec<_>>(), trouble.unwritten.clone())
        };
        // Failures are not written again: another process may have written later ones.
        let mut steps: Vec<_> =
            reasons.into_iter().filter(|step| matches!(step, Step::Read(Some(_)) | Step::Lock)).collect();
        steps.push(Step::Read(None));
        if !unwritten.is_empty() {
            steps.push(Step::Write);
        }
        let (store, account) = (&*self.store, &self.account);
        let write = |(kind, record): (&Kind, &Record)| store.write(step_deadline(), account, *kind, record);
        let mut mended = Vec::new();
        for step in steps {
            let outcome = match step {
                Step::Read(Some(kind)) => store.read(step_deadline(), account, kind).map(drop),
                Step::Lock => store.try_lock(step_deadline(), account).map(drop),
                Step::Write => unwritten.iter().try_for_each(write),
                Step::Read(None) | Step::Forget => store.read_failures(step_deadline(), account).map(drop),
            };
            match outcome {
                Ok(()) => mended.push(step),
                Err(error) if error.concerns_one_record() => {}
                Err(_) => return self.probe_later(),
            }
        }
        let mut trouble = lock(&self.trouble);
        trouble.is_probing = false;
        trouble.suspended_until = None;
        trouble.reasons.retain(|step, _| !mended.contains(step));
        trouble.unwritten.retain(|kind, record| unwritten.get(kind) != Some(record));
    }
}

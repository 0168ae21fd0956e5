//! The store as flights use it: each step has a deadline and its own thread, and a store that fails
//! is left alone for a while. A failed step never fails a flight: without the store, wxsign serves
//! from memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::notify::Notifier;
use super::stuck_lock::StuckLockDetector;
use super::threads::Threads;
use crate::clock::Clock;
use crate::credential::{Account, Failures, Kind, Record};
use crate::deadline::Deadline;
use crate::event::Event;
use crate::store::{Lock, LockMode, Store, StoreError, step_deadline};

/// After a step that failed or overran, the account does not use the store for this long.
const SUSPEND_MS: i64 = 30_000;
const WARN_EVERY_MS: i64 = 3_600_000;

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
    threads: Arc<Threads>,
    notifier: Arc<Notifier>,
    trouble: Mutex<Trouble>,
    pub(super) stuck_lock: StuckLockDetector,
}

/// A failing store: why, and until when it is left alone.
#[derive(Default)]
struct Trouble {
    /// The failure of a kind of step is over when such a step succeeds: a full disk can still be
    /// read.
    reasons: BTreeMap<Step, String>,
    /// On the boot clock.
    suspended_until: Option<i64>,
    warned_at: Option<i64>,
}

/// A try to take the store's lock.
pub(super) enum LockAttempt {
    Taken(Box<dyn Lock>),
    /// Another flight has it.
    Held,
    /// The store cannot be used now.
    NoStore,
}

impl StoreAccess {
    pub(super) fn new(
        store: Box<dyn Store>,
        account: Account,
        clock: Arc<dyn Clock>,
        threads: Arc<Threads>,
        notifier: Arc<Notifier>,
    ) -> Self {
        let (trouble, stuck_lock) = (Mutex::default(), StuckLockDetector::default());
        Self { store: store.into(), account, clock, threads, notifier, trouble, stuck_lock }
    }

    /// The record of `kind`, if there is one that can be used.
    pub(super) fn read(&self, kind: Kind) -> Option<Record> {
        self.step(Step::Read(Some(kind)), move |store, deadline, account| store.read(deadline, account, kind))
            .flatten()
    }

    /// Writes a record. If that takes longer than usual, `if_slow` is called meanwhile.
    pub(super) fn write(&self, kind: Kind, record: Record, if_slow: impl FnOnce()) {
        let write = move |store: &dyn Store, deadline: Deadline, account: &Account| {
            store.write(deadline, account, kind, &record)
        };
        self.step_or(Step::Write, write, if_slow);
    }

    pub(super) fn read_failures(&self) -> Option<Failures> {
        self.step(Step::Read(None), |store, deadline, account| store.read_failures(deadline, account))
    }

    /// Writes the failures of the account; empty ones remove what was there.
    pub(super) fn write_failures(&self, failures: Failures) {
        let step = if failures.is_empty() { Step::Forget } else { Step::Write };
        self.step(step, move |store, deadline, account| store.write_failures(deadline, account, &failures));
    }

    pub(super) fn try_lock(&self) -> LockAttempt {
        match self.step(Step::Lock, |store, deadline, account| store.try_lock(deadline, account)) {
            None => LockAttempt::NoStore,
            Some(None) => LockAttempt::Held,
            Some(Some(lock)) => {
                self.stuck_lock.found_free();
                LockAttempt::Taken(lock)
            }
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
        self.trouble().reasons.values().next().cloned()
    }

    fn step<T: Send + 'static>(
        &self,
        step: Step,
        run: impl FnOnce(&dyn Store, Deadline, &Account) -> Result<T, StoreError> + Send + 'static,
    ) -> Option<T> {
        self.step_or(step, run, || ())
    }

    /// None if the store cannot be used now.
    fn step_or<T: Send + 'static>(
        &self,
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
                self.trouble().reasons.remove(&step);
                Some(value)
            }
            Err(error) => {
                self.report(step, error.to_string(), error.concerns_one_record());
                None
            }
        }
    }

    fn is_suspended(&self) -> bool {
        self.trouble().suspended_until.is_some_and(|until| self.clock.boot() < until)
    }

    /// A failure: one event while it lasts, one warning an hour.
    fn report(&self, step: Step, reason: String, concerns_one_record: bool) {
        let now = self.clock.boot();
        let (is_first, is_warning_due) = {
            let mut trouble = self.trouble();
            let is_first = trouble.reasons.is_empty();
            trouble.reasons.insert(step, reason.clone());
            if !concerns_one_record {
                trouble.suspended_until = Some(now.saturating_add(SUSPEND_MS));
            }
            let due = trouble.warned_at.is_none_or(|at| now.saturating_sub(at) >= WARN_EVERY_MS);
            if due {
                trouble.warned_at = Some(now);
            }
            (is_first, due)
        };
        if is_warning_due {
            log::warn!("wxsign: the store cannot be used, memory serves meanwhile: {reason}");
        }
        if is_first {
            self.notifier.emit(Event::StoreDegraded { reason });
        }
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

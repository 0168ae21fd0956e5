//! The store as flights use it: each step has a deadline and its own thread, and a store that fails
//! is left alone for a while. A failed step never fails a flight: without the store, wxsign serves
//! from memory, and a probe beside the flights finds out when it works again.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::notify::Notifier;
use crate::clock::Clock;
use crate::credential::{Account, Failures, Kind, Record, Sharers};
use crate::deadline::Deadline;
use crate::error::{Code, Hint};
use crate::event::Event;
use crate::jitter;
use crate::store::{Lock, LockMode, Store, StoreError, StuckLockDetector, step_deadline};
use crate::sync::lock;
use crate::threads::{AccountThreads, Runtime};

/// After a step that failed or overran, flights of the account do not use the store for this long,
/// unless a probe has succeeded.
const SUSPEND_MS: i64 = 30_000;
/// After a step that failed, a probe follows this much later, beside the flights; another one
/// follows each probe that fails.
const PROBE_AFTER: Duration = Duration::from_secs(10);
const WARN_EVERY_MS: i64 = 3_600_000;

/// While a flight waits for the lock it looks for what other processes have fetched this often.
const LOOK_EVERY_MS: i64 = 500;

/// If too many steps hang, those of other stores may be the cause.
const DISKS: Hint = (
    "Check the disks and the network mounts that the stores of this process are on.",
    "请检查本进程各存储所在的磁盘与网络挂载。",
);

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
    threads: Arc<AccountThreads>,
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
    /// What could not be written: records, and the failures of the account.
    unwritten: BTreeMap<Kind, Record>,
    unwritten_failures: Option<Failures>,
    /// How many failures were reported.
    reports: u64,
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
        threads: Arc<AccountThreads>,
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
        let unwritten = failures.clone();
        let write = move |store: &dyn Store, deadline: Deadline, account: &Account| {
            store.write_failures(deadline, account, &failures)
        };
        let is_written = self.step(step, write).is_some();
        lock(&self.trouble).unwritten_failures = (!is_written).then_some(unwritten);
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
            return drop(lock);
        }
        let (send, receive) = sync_channel(1);
        let release = move || {
            drop(lock);
            let _ = send.send(());
        };
        if self.threads.detach_now_or_later(release) {
            let _ = receive.recv_timeout(step_deadline().remaining());
        }
    }

    /// For the watchdog: releases a lost flight's lock and writes the failures, without waiting for
    /// either.
    pub(super) fn release_later(&self, lock: Option<Box<dyn Lock>>, failures: Option<Failures>) {
        if lock.is_none() && failures.is_none() {
            return;
        }
        let (store, account) = (Arc::clone(&self.store), self.account.clone());
        let failures = failures.filter(|_| !self.is_suspended());
        let release = move || {
            drop(lock);
            if let Some(failures) = failures {
                let _ = store.write_failures(step_deadline(), &account, &failures);
            }
        };
        self.threads.detach_now_or_later(release);
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

    /// The scope of the lock. While the store is left alone, flights go on without the lock.
    pub(super) fn lock_mode(&self) -> LockMode {
        if self.is_suspended() { LockMode::None } else { self.store.lock_mode() }
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
            outcome.unwrap_or_else(|error| {
                let why = StoreError::new(format!("the store: {}", error.raw_message()));
                // A store that keeps its deadline returns its own error.
                Err(if error.code() == Code::Timeout { why.with_hint(DISKS) } else { why })
            })
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
            trouble.reports += 1;
            if !concerns_one_record {
                trouble.suspended_until = Some(now.saturating_add(SUSPEND_MS));
            }
            let due = trouble.warned_at.is_none_or(|at| now.saturating_sub(at) >= WARN_EVERY_MS);
            if due {
                trouble.warned_at = Some(now);
            }
            // Nothing is to be gained from trying a damaged record again.
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

    /// Tries again what fails, so that a store that works again is used within seconds, and what
    /// could not be written reaches the other processes.
    fn probe_later(self: &Arc<Self>) {
        let me = Arc::downgrade(self);
        let probe = move || {
            let Some(now) = me.upgrade() else { return };
            // If it hangs, its thread counts as hung, and the next probe waits for its return.
            now.threads.detach_now_or_later(move || {
                if let Some(me) = me.upgrade() {
                    me.probe();
                }
            });
        };
        self.runtime.after(PROBE_AFTER, Box::new(probe));
    }

    fn probe(self: &Arc<Self>) {
        let (failed, unwritten, failures, reports) = {
            let trouble = lock(&self.trouble);
            let failed: Vec<_> = trouble.reasons.keys().copied().collect();
            (failed, trouble.unwritten.clone(), trouble.unwritten_failures.clone(), trouble.reports)
        };
        let outcome = self.try_again(&failed, &unwritten, failures.clone());
        let must_go_on = {
            let mut trouble = lock(&self.trouble);
            match outcome.filter(|_| trouble.reports == reports) {
                // A step has failed, in this probe or meanwhile.
                None => true,
                Some(mended) => {
                    trouble.suspended_until = None;
                    trouble.reasons.retain(|step, _| !mended.contains(step));
                    trouble.unwritten.retain(|kind, record| unwritten.get(kind) != Some(record));
                    trouble.unwritten_failures.take_if(|latest| Some(&*latest) == failures.as_ref());
                    trouble.is_probing =
                        !trouble.unwritten.is_empty() || trouble.unwritten_failures.is_some();
                    trouble.is_probing
                }
            }
        };
        if must_go_on {
            self.probe_later();
        }
    }

    /// Reads, locks and writes what failed. Returns the steps that work; none if the store does
    /// not.
    fn try_again(
        &self,
        failed: &[Step],
        unwritten: &BTreeMap<Kind, Record>,
        failures: Option<Failures>,
    ) -> Option<Vec<Step>> {
        let (store, account) = (&*self.store, &self.account);
        let mut damaged = Vec::new();
        // A damaged record is replaced by the next fetch, and the others still count.
        let mut note = |step: Step, outcome: Result<(), StoreError>| match outcome {
            Ok(()) => Some(()),
            Err(error) => error.concerns_one_record().then(|| damaged.push(step)),
        };
        for &step in failed {
            if let Step::Read(Some(kind)) = step {
                note(step, store.read(step_deadline(), account, kind).map(drop))?;
            }
        }
        // Others write failures under the lock, so they do not write meanwhile.
        let _taken = match store.try_lock(step_deadline(), account) {
            Ok(taken) => taken,
            Err(error) => {
                note(Step::Lock, Err(error))?;
                None
            }
        };
        for (kind, record) in unwritten {
            note(Step::Write, store.write(step_deadline(), account, *kind, record))?;
        }
        let stored = store.read_failures(step_deadline(), account);
        note(Step::Read(None), stored.clone().map(drop))?;
        if let Some(mut failures) = failures {
            // Another process may have written later ones.
            failures.merge(stored.unwrap_or_default(), &*self.clock);
            note(Step::Write, store.write_failures(step_deadline(), account, &failures))?;
        }
        Some(failed.iter().copied().filter(|step| !damaged.contains(step)).collect())
    }
}

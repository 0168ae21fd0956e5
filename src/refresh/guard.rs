//! How a flight begins, and how it ends for its waiters, exactly once: by its guard when it is
//! over, even after a panic, or by the watchdog's verdict if it hangs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::context::Context;
use super::decide::Caller;
use super::entry::{Landing, Waiter};
use super::notify::Outcome;
use crate::credential::Kind;
use crate::error::{Code, Error, Reason};
use crate::store::Lock;
use crate::sync::lock;
use crate::threads::{Full, Permit, ThreadHandle};

/// The longest time of a flight, including the waiting for the lock and between requests.
const MAX_FLIGHT_MS: i64 = 9_000;
/// The watchdog waits this much longer.
const WATCHDOG_SLACK_MS: i64 = 1_000;

/// What a flight does on its thread.
pub(super) type Run = fn(&FlightGuard) -> Outcome;

/// Starts a flight that the entry has begun.
pub(super) fn start(context: &Arc<Context>, kind: Kind, epoch: u64, run: Run) {
    let deadline = context.clock.monotonic().saturating_add(MAX_FLIGHT_MS);
    let mut guard = FlightGuard::new(context, kind, epoch, deadline, run);
    match guard.watch() {
        Ok(()) => start_thread(guard),
        Err(error) => guard.fail(error),
    }
}

/// Starts the thread of a flight: now, or when another flight has ended if the process has too
/// many. The flight's time runs meanwhile.
fn start_thread(mut guard: FlightGuard) {
    let threads = Arc::clone(&guard.context.threads);
    match threads.flight() {
        Ok(permit) => {
            guard.put_permit(permit);
            // If no thread can be started the job is dropped, and with it the guard, which settles
            // the waiters.
            let runtime = Arc::clone(&guard.context.runtime);
            let _ = runtime.spawn("wxsign-flight", Box::new(move || guard.fly()));
        }
        Err(Full::Busy) => threads.queue_flight(Box::new(move || start_thread(guard))),
        // If it was lost meanwhile, the watchdog has settled its waiters.
        Err(Full::Further) if guard.check_epoch().is_err() => drop(guard),
        Err(Full::Further) => threads.start_later(Box::new(move || start_thread(guard))),
        Err(Full::Hung) => guard.fail(Error::new(
            Code::Timeout,
            "earlier fetches of this account or process hang; none is started meanwhile",
        )),
    }
}

/// Ends a flight for its waiters when it is dropped, even after a panic.
pub(super) struct FlightGuard {
    pub(super) context: Arc<Context>,
    pub(super) kind: Kind,
    watched: Arc<Watched>,
    run: Run,
    /// The number of the watchdog's watch.
    watch: Option<u64>,
    permit: Option<Permit>,
    /// On the monotonic clock.
    pub(super) deadline: i64,
    outcome: Outcome,
    /// The flight started during a cooldown; it may then only read the store.
    is_peek: bool,
}

impl FlightGuard {
    fn new(context: &Arc<Context>, kind: Kind, epoch: u64, deadline: i64, run: Run) -> Self {
        let why = "the system starts no more threads, so nothing can be fetched";
        Self {
            context: Arc::clone(context),
            kind,
            watched: Arc::new(Watched::new(kind, epoch)),
            run,
            watch: None,
            permit: None,
            deadline,
            outcome: Err(Error::new(Code::NotReady, why).with_reason(Reason::NoThreads)),
            is_peek: context.cooldown(kind).is_some(),
        }
    }

    /// Lets the watchdog declare this flight lost if it has not ended a second after its deadline.
    fn watch(&mut self) -> Result<(), Error> {
        let (context, watched) = (Arc::downgrade(&self.context), Arc::clone(&self.watched));
        let verdict = move || {
            if let Some(context) = context.upgrade() {
                declare_lost(&context, &watched);
            }
        };
        let at = self.context.instant_of(self.deadline.saturating_add(WATCHDOG_SLACK_MS));
        self.watch = Some(self.context.runtime.watch(at, Box::new(verdict))?);
        Ok(())
    }

    /// The flight has its own thread.
    fn put_permit(&mut self, permit: Permit) {
        *lock(&self.watched.thread) = Some(permit.handle());
        self.permit = Some(permit);
    }

    fn fail(mut self, error: Error) {
        self.outcome = Err(error);
    }

    /// Runs another flight on this one's thread, under this one's deadline. Its outcome also goes
    /// to its waiters.
    pub(super) fn fly_another(&self, kind: Kind, epoch: u64) {
        let mut other = Self::new(&self.context, kind, epoch, self.deadline, self.run);
        // Without a watch, this flight's own one still ends the waiting.
        let _ = other.watch();
        other.fly();
    }

    fn fly(mut self) {
        // It may have waited for its thread for too long.
        if self.check_epoch().is_ok() {
            let outcome = catch_unwind(AssertUnwindSafe(|| (self.run)(&self)));
            self.unlock();
            self.outcome = outcome.unwrap_or_else(|_| self.defect());
        }
        let threads = self.permit.is_some().then(|| Arc::clone(&self.context.threads));
        drop(self);
        // Not when the guard is dropped: if no thread can be started, each flight in the queue
        // would start the next one from within its own end.
        if let Some(threads) = threads {
            threads.start_queued_flight();
        }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.watched.epoch
    }

    /// The flight has the store's lock. If it is lost, the watchdog releases the lock.
    pub(super) fn put_lock(&self, taken: Box<dyn Lock>) {
        *lock(&self.watched.lock) = Some(taken);
    }

    pub(super) fn unlock(&self) {
        if let Some(taken) = self.watched.take_lock() {
            self.context.store.release(taken);
        }
    }

    /// A request begins.
    pub(super) fn note_request(&self) {
        self.watched.has_requested.store(true, Ordering::SeqCst);
    }

    /// A panic. It sets a cooldown for this process, so that callers do not run into it at each
    /// call.
    fn defect(&self) -> Outcome {
        let context = &self.context;
        let error = Error::new(Code::Internal, "a fetch ended in a panic");
        let now = context.clock.boot();
        if self.check_epoch().is_ok() {
            context.cooldowns.record_failure(self.kind, &error, (now, now), None, &*context.clock);
        }
        Err(context.with_retry_at(self.kind, error))
    }

    /// Fails if the watchdog has declared this flight lost. No caller gets this error: the watchdog
    /// has settled them.
    pub(super) fn check_epoch(&self) -> Result<(), Error> {
        let is_current = self.context.entry(self.kind).is_current(self.watched.epoch);
        if is_current { Ok(()) } else { Err(Error::new(Code::Timeout, "the flight was given up")) }
    }
}

impl Drop for FlightGuard {
    fn drop(&mut self) {
        let (context, kind, outcome) = (&self.context, self.kind, &self.outcome);
        if let Some(watch) = self.watch {
            context.runtime.unwatch(watch);
        }
        // Before the landing, which lets the next flight start.
        drop(self.permit.take());
        let (now, has_requested) = (context.clock.boot(), self.watched.has_requested());
        let landing = Landing {
            failed: outcome.is_err(),
            needs_backoff: outcome.is_err() && !has_requested && context.cooldown(kind).is_none(),
            now,
        };
        // None if the flight was lost: then the watchdog has settled the waiters and reported.
        let Some(waiters) = context.entry(kind).land(self.watched.epoch, &landing) else { return };
        match outcome {
            // Callers that came after the value was invalidated wait for the next one.
            Ok(value) if context.entry(kind).rejected().as_ref() == Some(value) => {
                wait_for_next_flight(context, kind, waiters, self.run);
            }
            _ => context.settle(kind, waiters, outcome),
        }
        if let Err(error) = outcome
            && (has_requested || !self.is_peek)
        {
            context.notifier.emit_failed(kind, error, has_requested, now);
        }
        context.runtime.wake();
    }
}

/// Lets waiters wait for another flight, which starts for the first of them.
fn wait_for_next_flight(context: &Arc<Context>, kind: Kind, waiters: Vec<Waiter>, run: Run) {
    for waiter in waiters {
        let mut waiter = Some(waiter);
        let asked = context.ask(Caller::Waits, kind, &mut waiter);
        if let Some(epoch) = asked.flight {
            start(context, kind, epoch, run);
        }
        // It does not wait: there is a value again, or a cooldown.
        let error = || context.cooldown(kind).unwrap_or_else(|| Error::new(Code::NotReady, "ask again"));
        let outcome = || asked.cached.map_or_else(|| Err(error()), |cached| Ok(cached.value().clone()));
        if waiter.is_some() {
            context.settle(kind, waiter.into_iter().collect(), &outcome());
        }
    }
}

/// The watchdog's verdict: this flight has not ended a second after its deadline. Its waiters
/// get TIMEOUT with the last error as cause, the store's lock is released, and the next flight
/// may start after a back-off.
fn declare_lost(context: &Context, flight: &Watched) {
    let (kind, now) = (flight.kind, context.clock.boot());
    let Some((waiters, last_error)) = context.entry(kind).declare_lost(flight.epoch, now) else { return };
    let thread = lock(&flight.thread).clone();
    if let Some(thread) = thread {
        thread.give_up();
    }
    let error = Error::new(Code::Timeout, "the fetch hangs and was given up");
    let error = match last_error {
        Some(cause) => error.with_cause(cause),
        None => error,
    };
    let has_requested = flight.has_requested();
    if has_requested {
        let token = context.tokens.fingerprint();
        context.cooldowns.record_failure(kind, &error, (now, now), token, &*context.clock);
    }
    context.metrics.count_failure(&error);
    context.metrics.count_lost();
    let failures = has_requested.then(|| context.cooldowns.shared(context.store.sharers()));
    context.settle(kind, waiters, &Err(error.clone()));
    context.notifier.emit_failed(kind, &error, true, now);
    context.store.release_later(flight.take_lock(), failures);
    context.runtime.wake();
}

/// What a flight shares with the watchdog.
struct Watched {
    kind: Kind,
    epoch: u64,
    /// The flight's thread, if it has its own.
    thread: Mutex<Option<Arc<ThreadHandle>>>,
    /// The store's lock while the flight has it.
    lock: Mutex<Option<Box<dyn Lock>>>,
    has_requested: AtomicBool,
}

impl Watched {
    fn new(kind: Kind, epoch: u64) -> Self {
        let (thread, lock) = (Mutex::default(), Mutex::default());
        Self { kind, epoch, thread, lock, has_requested: AtomicBool::new(false) }
    }

    fn take_lock(&self) -> Option<Box<dyn Lock>> {
        lock(&self.lock).take()
    }

    fn has_requested(&self) -> bool {
        self.has_requested.load(Ordering::SeqCst)
    }
}

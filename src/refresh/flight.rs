//! A flight: fetches one credential for all callers of this process and, if the store has a lock,
//! for all processes of the store.
//!
//! [`Flight::run`] does it from top to bottom. Each step ends by the flight's deadline. If a step
//! hangs, the watchdog declares the flight lost. A lost flight finds at its next step that its
//! epoch is old, and ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use super::cached::CachedCredential;
use super::context::Context;
use super::cooldowns::is_transient;
use super::decide::{Caller, Decision};
use super::entry::{Done, Landing, Outcome, Waiter};
use super::store_access::LockAttempt;
use super::threads::Permit;
use super::token::{self, TokenSource};
use super::watchdog::Watched;
use crate::credential::{Freshness, GraceIsOver, Grant, Kind, Record, Refetch, RequestStart, Source};
use crate::error::{Code, Error, Reason};
use crate::event::Event;
use crate::jitter;
use crate::secret::Secret;
use crate::store::LockMode;

/// The longest time of a flight, including the waiting for the lock and between requests.
const MAX_FLIGHT_MS: i64 = 9_000;
/// The watchdog waits this much longer.
const WATCHDOG_SLACK_MS: i64 = 1_000;
const MAX_REQUESTS: u32 = 3;
const MAX_REQUEST_MS: i64 = 8_000;
/// Less time than this is not worth a request.
const MIN_REQUEST_MS: i64 = 250;
/// The end of a flight is reserved for the request: waiting for a lock must be over by then.
const REQUEST_RESERVE_MS: i64 = 3_000;
/// Waiting for a lock that others hold. Processes that wait for the same lock give up one after the
/// other, up to a second earlier, so that one of them fetches for the others.
const MAX_LOCK_WAIT_MS: i64 = 6_000;
const LOCK_WAIT_SPREAD_MS: i64 = 1_000;
/// While a flight waits for the lock it reads the store this often.
const READ_EVERY_MS: i64 = 500;
/// Other processes give up on a lock after this time at the earliest. A flight that has had it for
/// longer reads the store once more before it publishes.
const MIN_LOCK_PATIENCE_MS: i64 = 2_000;
/// Without a lock, processes start apart by a random time: up to this much while callers are
/// served, and up to less while callers wait.
const MAX_STAGGER_MS: i64 = 2_000;
const MAX_STAGGER_WAITING_MS: i64 = 300;

/// Starts the thread of a flight that the entry has begun.
pub(super) fn start(context: &Arc<Context>, kind: Kind, epoch: u64) {
    let deadline = context.clock.monotonic().saturating_add(MAX_FLIGHT_MS);
    let permit = match context.threads.flight() {
        Ok(permit) => permit,
        Err(error) => return FlightGuard::new(context, kind, epoch, deadline, None).fail(error),
    };
    let guard = FlightGuard::new(context, kind, epoch, deadline, Some(permit));
    if let Err(error) = context.runtime.watch(&guard.watched) {
        return guard.fail(error);
    }
    let guard = guard.unless_started();
    // If no thread can be started the job is dropped, and with it the guard, which settles the
    // waiters.
    let _ = context.threads.start("wxsign-flight", Box::new(move || drop(guard.fly())));
}

/// Ends a flight for its waiters when it is dropped, even after a panic.
struct FlightGuard {
    context: Arc<Context>,
    kind: Kind,
    watched: Arc<Watched>,
    permit: Option<Permit>,
    /// On the monotonic clock.
    deadline: i64,
    outcome: Option<Outcome>,
    /// The flight started during a cooldown; it may then only read the store.
    is_peek: bool,
    has_requested: bool,
}

impl FlightGuard {
    fn new(context: &Arc<Context>, kind: Kind, epoch: u64, deadline: i64, permit: Option<Permit>) -> Self {
        let place = permit.as_ref().map(Permit::place);
        let lost_at = context.instant_of(deadline.saturating_add(WATCHDOG_SLACK_MS));
        let watched = Watched::new(Arc::downgrade(context), kind, epoch, lost_at, place);
        Self {
            context: Arc::clone(context),
            kind,
            watched: Arc::new(watched),
            permit,
            deadline,
            outcome: None,
            is_peek: context.cooldown(kind).is_some(),
            has_requested: false,
        }
    }

    fn unless_started(mut self) -> Self {
        let error =
            Error::new(Code::NotReady, "the system starts no more threads, so nothing can be fetched");
        self.outcome = Some(Err(error.with_reason(Reason::NoThreads)));
        self
    }

    fn fail(mut self, error: Error) {
        self.outcome = Some(Err(error));
    }

    /// Runs the flight on this thread. The outcome also goes to the waiters.
    fn fly(mut self) -> Outcome {
        self.outcome = None;
        let mut flight = Flight {
            context: &self.context,
            kind: self.kind,
            watched: &self.watched,
            deadline: self.deadline,
            requests: 0,
            asked: None,
            seen: None,
            locked_at: None,
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| flight.run())).unwrap_or_else(|_| flight.defect());
        flight.unlock();
        self.has_requested = flight.requests > 0;
        self.outcome = Some(outcome.clone());
        outcome
    }
}

impl Drop for FlightGuard {
    fn drop(&mut self) {
        let (context, kind) = (&self.context, self.kind);
        context.runtime.unwatch(&self.watched);
        // Before the landing, which lets the next flight start.
        drop(self.permit.take());
        let outcome =
            self.outcome.take().unwrap_or_else(|| Err(Error::new(Code::Internal, "a flight ended early")));
        let now = context.clock.boot();
        let landing = Landing {
            failed: outcome.is_err(),
            needs_backoff: outcome.is_err() && !self.has_requested && context.cooldown(kind).is_none(),
            now,
        };
        // None if the flight was lost: then the watchdog has settled the waiters and reported.
        let Some(waiters) = context.entry(kind).land(self.watched.epoch, &landing) else { return };
        match &outcome {
            // Callers that came after the value was invalidated wait for the next one.
            Ok(value) if context.entry(kind).rejected().as_ref() == Some(value) => {
                wait_for_next_flight(context, kind, waiters);
            }
            _ => context.settle(kind, waiters, &outcome),
        }
        if let Err(error) = &outcome
            && (self.has_requested || !self.is_peek)
        {
            context.notifier.emit_failed(kind, error, self.has_requested, now);
        }
        context.runtime.wake();
    }
}

/// Lets waiters wait for another flight, which starts for the first of them.
fn wait_for_next_flight(context: &Arc<Context>, kind: Kind, waiters: Vec<Waiter>) {
    for waiter in waiters {
        let mut waiter = Some(waiter);
        let throttle = context.throttle(kind);
        let asked = context.entry(kind).ask(Caller::Waits, context.clock.boot(), throttle, &mut waiter);
        if let Some(epoch) = asked.flight {
            start(context, kind, epoch);
        }
        // It does not wait: there is a value again, or a cooldown.
        let error = || context.cooldown(kind).unwrap_or_else(|| Error::new(Code::NotReady, "ask again"));
        let outcome = || asked.cached.map_or_else(|| Err(error()), |cached| Ok(cached.value().clone()));
        if waiter.is_some() {
            context.settle(kind, waiter.into_iter().collect(), &outcome());
        }
    }
}

struct Flight<'a> {
    context: &'a Arc<Context>,
    kind: Kind,
    watched: &'a Arc<Watched>,
    /// On the monotonic clock.
    deadline: i64,
    requests: u32,
    /// When the first request and the latest one began, on the boot clock.
    asked: Option<(i64, i64)>,
    /// The store's record when it was read last.
    seen: Option<Record>,
    /// Since when the flight has had the lock, on the boot clock.
    locked_at: Option<i64>,
}

impl Flight<'_> {
    fn run(&mut self) -> Outcome {
        if let (Kind::Token, TokenSource::Function(function)) = (self.kind, &self.context.tokens) {
            return token::call(
                function,
                None,
                self.time_left(),
                &self.context.threads,
                self.context.upstream.known(),
            );
        }
        // Another process may have fetched, or failed, meanwhile.
        if let Some(value) = self.adopt() {
            return Ok(value);
        }
        self.import();
        self.check_cooldown()?;
        // Before the lock is taken: a flight that has a lock never waits for another flight.
        let mut token = if self.kind.is_ticket() { Some(self.token(None)?) } else { None };
        let mut is_first = true;
        loop {
            self.lock()?;
            if let Some(value) = self.adopt() {
                return Ok(value);
            }
            self.check_cooldown()?;
            let error = match self.fetch(token.as_ref()) {
                Ok((grant, start)) => return self.publish_and_commit(grant, &start),
                Err(error) => error,
            };
            let is_refused = error.code() == Code::TokenInvalidated;
            match token.take().filter(|_| is_refused && is_first && self.requests < MAX_REQUESTS) {
                Some(refused) => {
                    self.unlock();
                    is_first = false;
                    token = Some(self.token(Some(&refused)).map_err(|why| self.no_other_token(error, why))?);
                }
                None => return self.fail(error),
            }
        }
    }

    /// Reads the store's record and adopts it if it is newer. Returns the value in memory if it is
    /// fresh then.
    fn adopt(&mut self) -> Option<Secret> {
        self.seen = self.context.store.read(self.kind);
        if let Some(record) = self.seen.clone() {
            self.context.offer(self.kind, record);
        }
        let (freshness, cached) = self.context.cached(self.kind);
        let value = cached?.value().clone();
        if freshness == Freshness::Stale {
            // Callers that came before memory had a credential need not wait for the refresh any
            // more.
            let waiters = self.context.entry(self.kind).take_waiters(self.watched.epoch);
            self.context.settle(self.kind, waiters, &Ok(value.clone()));
        }
        (freshness == Freshness::Fresh).then_some(value)
    }

    /// Imports the tutorial's file if there is no ticket yet. Its ticket is served while the flight
    /// goes on: its age is unknown. If the file has none, an event reports the reason.
    fn import(&mut self) {
        let context = self.context;
        if self.kind != Kind::Ticket || self.seen.is_some() || context.cached(self.kind).1.is_some() {
            return;
        }
        match context.import.run(&context.threads, &*context.clock) {
            None => {}
            Some(Ok(record)) => {
                let cached =
                    CachedCredential::new(self.kind, record.clone(), Source::Import, &*context.clock);
                let value = cached.value().clone();
                context.upstream.known().add(&value);
                if context.entry(self.kind).publish(self.watched.epoch, cached) {
                    let waiters = context.entry(self.kind).take_waiters(self.watched.epoch);
                    context.settle(self.kind, waiters, &Ok(value));
                    context.store.write(self.kind, record, || ());
                }
            }
            Some(Err(error)) => {
                context.notifier.emit(Event::Failed { credential: self.kind, error });
            }
        }
    }

    /// Fails during a cooldown that this process or another one has set.
    fn check_cooldown(&self) -> Result<(), Error> {
        let context = self.context;
        if let Some(stored) = context.store.read_failures() {
            context.cooldowns.merge(stored, &*context.clock);
            context.clear_old_failures();
        }
        if context.cooldown(self.kind).is_some() && context.lacks_token(self.kind) {
            // It may be the token's cooldown, and another process may have fetched a token since.
            if let Some(record) = context.store.read(Kind::Token) {
                context.offer(Kind::Token, record);
            }
        }
        context.cooldown(self.kind).map_or(Ok(()), Err)
    }

    /// A token to fetch the ticket with. `refused` is the one that WeChat has just refused.
    fn token(&self, refused: Option<&Secret>) -> Outcome {
        let context = self.context;
        match (&context.tokens, refused) {
            (TokenSource::Fixed(_), Some(_)) => Err(Error::new(
                Code::TokenInvalidated,
                "the token is the caller's own, and WeChat refused it",
            )),
            (TokenSource::Fixed(token), None) => Ok(super::context::lock(token).clone()),
            (TokenSource::Function(function), refused) => {
                let token = token::call(
                    function,
                    refused,
                    self.time_left(),
                    &context.threads,
                    context.upstream.known(),
                )?;
                if refused == Some(&token) {
                    return Err(Error::new(
                        Code::TokenInvalidated,
                        "the accessToken function gave the refused token again",
                    ));
                }
                Ok(token)
            }
            (TokenSource::Fetched, refused) => {
                if let Some(refused) = refused {
                    context.entry(Kind::Token).reject(refused.reveal());
                }
                self.fetched_token()
            }
        }
    }

    /// The token from memory, from the flight under way, or from a new flight on this thread, which
    /// shares this flight's deadline.
    fn fetched_token(&self) -> Outcome {
        let (context, kind) = (self.context, Kind::Token);
        let (send, receive) = sync_channel(1);
        let mut waiter = Some(Waiter::new(0, Done::Thread(send)));
        context.check_clocks(kind);
        let waits = waiter.as_ref().map_or(0, Waiter::id);
        let throttle = context.throttle(kind);
        let entry = context.entry(kind);
        entry.mark_used();
        let asked = entry.ask(Caller::Waits, context.clock.boot(), throttle, &mut waiter);
        match (asked.decision, asked.flight, asked.cached) {
            (Decision::Wait { .. }, flight, _) => {
                if let Some(epoch) = flight {
                    let guard = FlightGuard::new(context, kind, epoch, self.deadline, None);
                    // It needs no watch: this flight's own watch ends the waiting for the ticket.
                    let _ = context.runtime.watch(&guard.watched);
                    let _ = guard.fly();
                    entry.mark_used();
                }
                receive.recv_timeout(self.time_left()).unwrap_or_else(|_| {
                    let cause = entry.give_up(waits);
                    let error = Error::new(Code::Timeout, "no token was fetched in time");
                    context.stale_or(kind, cause.into_iter().fold(error, Error::with_cause))
                })
            }
            (Decision::Serve { .. }, flight, Some(cached)) => {
                if let Some(epoch) = flight {
                    start(context, kind, epoch);
                }
                Ok(cached.value().clone())
            }
            _ => {
                let error = context.cooldown(kind);
                let error = error.unwrap_or_else(|| Error::new(Code::NotReady, "there is no token"));
                context.stale_or(kind, error)
            }
        }
    }

    /// Takes the store's lock. Goes on without it if there is none, or if its holder does not
    /// release it in time: a holder that hangs must not keep all other processes from a ticket.
    fn lock(&mut self) -> Result<(), Error> {
        let context = self.context;
        let spread = jitter::below(LOCK_WAIT_SPREAD_MS);
        let give_up = (context.clock.monotonic().saturating_add(MAX_LOCK_WAIT_MS))
            .min(self.deadline.saturating_sub(REQUEST_RESERVE_MS))
            .saturating_sub(spread);
        let mut read_at = context.clock.boot().saturating_add(READ_EVERY_MS);
        loop {
            match context.store.try_lock() {
                LockAttempt::Taken(lock) => {
                    self.watched.put_lock(lock);
                    self.locked_at = Some(context.clock.boot());
                    if context.store.lock_mode() == LockMode::None {
                        self.stagger();
                    }
                    return self.check_epoch();
                }
                LockAttempt::NoStore => return Ok(()),
                LockAttempt::Held => {}
            }
            let now = context.clock.boot();
            if now >= read_at {
                read_at = now.saturating_add(READ_EVERY_MS);
                if let Some(record) = context.store.read(self.kind) {
                    context.offer(self.kind, record);
                }
                if context.cached(self.kind).0 == Freshness::Fresh {
                    // Another process has fetched it; the flight finds that out without the lock.
                    return Ok(());
                }
            }
            let is_stuck = context.store.stuck_lock.found_held(now);
            if !is_stuck && context.clock.monotonic() < give_up {
                context.clock.sleep(Duration::from_millis(10 + jitter::below(40).unsigned_abs()));
                continue;
            }
            if is_stuck || matches!(context.cached(self.kind).0, Freshness::Expiring | Freshness::Expired) {
                context.store.stuck_lock.bypass();
                context.metrics.count_unlocked();
                self.stagger();
                return self.check_epoch();
            }
            return Err(Error::new(Code::Timeout, "another process holds the store's lock"));
        }
    }

    /// Without a lock, a random delay keeps processes apart: the first one that asks also serves
    /// those that read the store later.
    fn stagger(&self) {
        let clock = &self.context.clock;
        let max = match self.context.cached(self.kind) {
            (Freshness::Stale, Some(cached)) => {
                (cached.schedule.wait_at.saturating_sub(clock.boot()) / 2).clamp(0, MAX_STAGGER_MS)
            }
            _ => MAX_STAGGER_WAITING_MS,
        };
        clock.sleep(Duration::from_millis(jitter::below(max.saturating_add(1)).unsigned_abs()));
    }

    fn unlock(&mut self) {
        self.locked_at = None;
        if let Some(lock) = self.watched.take_lock() {
            self.context.store.release(lock);
        }
    }

    /// Asks WeChat, again after a transient failure. While WeChat is known to fail there is one
    /// request only.
    fn fetch(&mut self, token: Option<&Secret>) -> Result<(Grant, RequestStart), Error> {
        let context = self.context;
        let max = if context.cooldowns.is_circuit_open() { 1 } else { MAX_REQUESTS };
        let refetch = self.begin_refetch()?;
        loop {
            let (grant, start) = match self.request(token, false) {
                Ok(answer) => answer,
                Err(error) => {
                    let pause = jitter::below((200 << self.requests.min(3)) + 1);
                    let resume = context.clock.monotonic().saturating_add(pause);
                    let is_late = resume.saturating_add(MIN_REQUEST_MS) > self.deadline;
                    if is_late || self.requests >= max || !is_transient(&error) {
                        return Err(error);
                    }
                    let pause = u64::try_from(pause).unwrap_or_default();
                    context.clock.sleep(Duration::from_millis(pause));
                    continue;
                }
            };
            return match refetch {
                Some((refused, refetch)) if refused == grant.value => self.force(&refused, refetch),
                _ => Ok((grant, start)),
            };
        }
    }

    fn request(&mut self, token: Option<&Secret>, force: bool) -> Result<(Grant, RequestStart), Error> {
        let context = self.context;
        self.check_epoch()?;
        let start = RequestStart::now(&*context.clock);
        let now = context.clock.boot();
        self.asked = Some((self.asked.map_or(now, |(first, _)| first), now));
        self.requests += 1;
        self.watched.note_request();
        context.metrics.count_request();
        let left = self.deadline.saturating_sub(context.clock.monotonic());
        let timeout = left.clamp(MIN_REQUEST_MS, MAX_REQUEST_MS);
        let timeout = Duration::from_millis(u64::try_from(timeout).unwrap_or_default());
        let outcome = match token {
            Some(token) => context.upstream.ticket(self.kind, &*context.clock, timeout, token),
            None => context.upstream.token(&*context.clock, timeout, force),
        };
        outcome.map(|grant| (grant, start)).inspect_err(|error| {
            if self.check_epoch().is_ok() {
                context.note_error(self.kind, error);
            }
        })
    }

    /// If the token in memory was refused, this is a refetch: one a minute, by all processes
    /// together.
    fn begin_refetch(&self) -> Result<Option<(Secret, Refetch)>, Error> {
        let context = self.context;
        let refused = context.entry(self.kind).rejected().filter(|_| self.kind == Kind::Token);
        let Some(refused) = refused else { return Ok(None) };
        let refetch = context.cooldowns.begin_refetch(&*context.clock)?;
        context.store.write_failures(context.cooldowns.shared());
        Ok(Some((refused, refetch)))
    }

    /// WeChat has returned the refused token again: it is replaced by force, within a budget.
    fn force(&mut self, refused: &Secret, refetch: Refetch) -> Result<(Grant, RequestStart), Error> {
        let context = self.context;
        let still_dead =
            || Error::new(Code::TokenInvalidated, "WeChat returns the refused access token again");
        if self.requests >= MAX_REQUESTS
            || !context.upstream.can_force()
            || !context.cooldowns.force(refetch, &*context.clock)
        {
            return Err(still_dead());
        }
        context.store.write_failures(context.cooldowns.shared());
        let (grant, start) = self.request(None, true)?;
        if grant.value == *refused { Err(still_dead()) } else { Ok((grant, start)) }
    }

    /// Puts the answer into memory, and writes it to the store. If the store is slow, no caller
    /// waits for it.
    fn publish_and_commit(&mut self, grant: Grant, start: &RequestStart) -> Outcome {
        let context = self.context;
        let clock = &*context.clock;
        if self.may_be_overtaken()
            && let Some(stored) = context.store.read(self.kind)
        {
            let has_changed = self.seen.as_ref().map(Record::version) != Some(stored.version());
            self.seen = Some(stored.clone());
            if has_changed && is_newer(&stored, start, clock) {
                context.offer(self.kind, stored);
                if let Some(cached) = context.cached(self.kind).1 {
                    return Ok(cached.value().clone());
                }
            }
        }
        let known = context.entry(self.kind).cached().map(|cached| (*cached.record).clone());
        let (old, life) = (Record::predecessor(self.seen.take(), known, &grant.value), grant.life);
        let record = match Record::next(self.kind, old.as_ref(), grant, start, jitter::unit()) {
            Ok(record) if record.stamp.now(clock) < record.end() => record,
            Ok(_) => return self.fail(bad_response("the answer took longer than the life that it names")),
            Err(GraceIsOver) => {
                return self.fail(bad_response("WeChat goes on returning a ticket that must be dead"));
            }
        };
        let cached = CachedCredential::new(self.kind, record.clone(), Source::Service, clock);
        let value = record.value.clone();
        if !context.entry(self.kind).publish(self.watched.epoch, cached.clone()) {
            // A late answer counts like a record from the store.
            context.offer(self.kind, record);
            return Err(lost());
        }
        let failures = context.cooldowns.record_success(self.kind, life, clock);
        self.check_epoch()?;
        // The waiters get the value after it is written, because a process that ends as soon as it
        // has its value would lose the record. A slow store does not keep them waiting, and a new
        // caller is already served from memory.
        let mut is_settled = false;
        let mut settle = || {
            // Only once: later callers may have invalidated this value.
            if !std::mem::replace(&mut is_settled, true) {
                let waiters = context.entry(self.kind).take_waiters(self.watched.epoch);
                context.settle(self.kind, waiters, &Ok(value.clone()));
            }
        };
        context.store.write(self.kind, record, &mut settle);
        settle();
        context.emit_refreshed(self.kind, &cached);
        if let Some(failures) = failures {
            context.store.write_failures(failures);
        }
        Ok(value)
    }

    /// Whether another process may have fetched since the store was read: this one has had the lock
    /// for so long that others may have gone on without it, or it was suspended.
    fn may_be_overtaken(&self) -> bool {
        let now = self.context.clock.boot();
        let is_shared = self.context.store.is_shared();
        is_shared && self.locked_at.is_none_or(|at| now.saturating_sub(at) >= MIN_LOCK_PATIENCE_MS)
    }

    /// The token's refetch failed. That is the outcome and, if the token is the caller's own, it
    /// sets the cooldown.
    fn no_other_token(&mut self, refused: Error, why: Error) -> Error {
        if self.context.tokens.is_fetched() {
            return why;
        }
        let error = if why.code() == Code::TokenInvalidated { refused } else { why };
        self.leave_cooldown(&error);
        self.with_retry_at(error)
    }

    /// A failure: it sets a cooldown, unless another process has fetched meanwhile.
    fn fail(&mut self, error: Error) -> Outcome {
        self.check_epoch()?;
        let fetched = self.adopt();
        self.leave_cooldown(&error);
        fetched.ok_or_else(|| self.with_retry_at(error))
    }

    fn leave_cooldown(&self, error: &Error) {
        let context = self.context;
        // A failure without a request, such as a lock that is held, sets no cooldown: WeChat may
        // work.
        let Some(asked) = self.asked.filter(|_| self.check_epoch().is_ok()) else { return };
        let token = context.tokens.fingerprint();
        context.cooldowns.record_failure(self.kind, error, asked, token, &*context.clock);
        context.clear_old_failures();
        context.store.write_failures(context.cooldowns.shared());
    }

    fn with_retry_at(&self, error: Error) -> Error {
        match self.context.cooldown(self.kind).and_then(|cooldown| cooldown.retry_at_ms()) {
            Some(at) if error.retry_at_ms().is_none() => error.with_retry_at(at),
            _ => error,
        }
    }

    /// A panic. It sets a cooldown for this process, so that callers do not run into it at each
    /// call.
    fn defect(&self) -> Outcome {
        let context = self.context;
        let error = Error::new(Code::Internal, "a fetch ended in a panic");
        let now = context.clock.boot();
        if self.check_epoch().is_ok() {
            context.cooldowns.record_failure(self.kind, &error, (now, now), None, &*context.clock);
        }
        Err(self.with_retry_at(error))
    }

    /// Fails if the watchdog has declared this flight lost.
    fn check_epoch(&self) -> Result<(), Error> {
        let is_current = self.context.entry(self.kind).is_current(self.watched.epoch);
        if is_current { Ok(()) } else { Err(lost()) }
    }

    fn time_left(&self) -> Duration {
        let left = self.deadline.saturating_sub(self.context.clock.monotonic());
        Duration::from_millis(u64::try_from(left).unwrap_or_default())
    }
}

/// Whether `stored` answers a later request than `start`, and has not expired.
fn is_newer(stored: &Record, start: &RequestStart, clock: &dyn crate::clock::Clock) -> bool {
    start.since(stored, stored.fetched_at) < 0 && stored.stamp.now(clock) < stored.end()
}

fn bad_response(why: &str) -> Error {
    Error::new(Code::BadResponse, why)
}

fn lost() -> Error {
    Error::new(Code::Timeout, "the flight was given up")
}

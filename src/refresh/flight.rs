//! A flight: fetches one credential for all callers of this process and, if the store has a lock,
//! for all processes of the store.
//!
//! [`Flight::run`] does it from top to bottom. Each step ends by the flight's deadline. If a step
//! hangs, the watchdog declares the flight lost. A lost flight finds at its next step that its
//! epoch is old, and ends.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use super::cached::CachedCredential;
use super::context::Context;
use super::decide::{Caller, Decision};
use super::entry::Waiter;
use super::guard::{self, FlightGuard};
use super::notify::{Done, Outcome};
use super::requests::Requests;
use super::store_access::LockOutcome;
use super::supplied::OwnTickets;
use crate::credential::{Freshness, GraceIsOver, Grant, Kind, Record, RequestStart, Source};
use crate::error::{Code, Error};
use crate::event::Event;
use crate::jitter;
use crate::secret::Secret;
use crate::store::LockMode;

/// The end of a flight is reserved for the request: waiting for a lock must be over by then.
const REQUEST_RESERVE_MS: i64 = 3_000;
/// Waiting for a lock that others hold. Processes that wait for the same lock give up one after the
/// other, up to a second earlier, so that one of them fetches for the others.
const MAX_LOCK_WAIT_MS: i64 = 6_000;
const LOCK_WAIT_SPREAD_MS: i64 = 1_000;
/// Other processes give up on a lock after this time at the earliest. A flight that has had it for
/// longer reads the store once more before it publishes.
const MIN_LOCK_PATIENCE_MS: i64 = 2_000;
/// Without a lock, processes start apart by a random time: up to this much while callers are
/// served, and up to less while callers wait.
const MAX_STAGGER_MS: i64 = 2_000;
const MAX_STAGGER_WAITING_MS: i64 = 300;

/// Starts the thread of a flight that the entry has begun.
pub(super) fn start(context: &Arc<Context>, kind: Kind, epoch: u64) {
    guard::start(context, kind, epoch, |guard| Flight::new(guard).run());
}

struct Flight<'a> {
    guard: &'a FlightGuard,
    context: &'a Arc<Context>,
    kind: Kind,
    requests: Requests<'a>,
    /// The store's record when it was read last.
    seen: Option<Record>,
    /// Since when the flight has had the lock, on the boot clock.
    locked_at: Option<i64>,
}

impl<'a> Flight<'a> {
    fn new(guard: &'a FlightGuard) -> Self {
        let FlightGuard { context, kind, .. } = guard;
        Self { guard, context, kind: *kind, requests: Requests::new(guard), seen: None, locked_at: None }
    }

    fn run(&mut self) -> Outcome {
        if self.kind == Kind::Token && !self.context.tokens.is_fetched() {
            return self.token(None);
        }
        if let Some(tickets) = self.context.tokens.tickets() {
            return self.own_ticket(tickets);
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
            let error = match self.requests.fetch(token.as_ref()) {
                Ok((grant, start)) => return self.publish_and_commit(grant, &start),
                Err(error) => error,
            };
            let is_refused = error.code() == Code::TokenInvalidated;
            match token.take().filter(|_| is_refused && is_first && self.requests.may_ask()) {
                Some(refused) => {
                    self.unlock();
                    is_first = false;
                    let other = self.token(Some((&refused, &error)));
                    token = Some(other.map_err(|why| self.no_other_token(error, why))?);
                }
                None => return self.fail(error),
            }
        }
    }

    /// A ticket of the caller's function. Nothing is stored: the caller knows how old it is.
    fn own_ticket(&self, tickets: &OwnTickets) -> Outcome {
        let context = self.context;
        let start = RequestStart::now(&*context.clock);
        let rejected = context.entry(self.kind).rejected();
        let known = context.upstream.known();
        let grant = tickets.ask(self.kind, rejected, self.time_left(), &context.threads, known)?;
        let cached = CachedCredential::own(self.kind, grant, &start, &*context.clock);
        if !context.publish(self.kind, self.guard.epoch(), cached.clone()) {
            return Err(Error::new(Code::Timeout, "the flight was given up"));
        }
        context.emit_refreshed(self.kind, &cached);
        Ok(cached.value().clone())
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
            self.settle_early(&value);
        }
        (freshness == Freshness::Fresh).then_some(value)
    }

    /// Settles the waiters although the flight goes on.
    fn settle_early(&self, value: &Secret) {
        let waiters = self.context.entry(self.kind).take_waiters(self.guard.epoch());
        self.context.settle(self.kind, waiters, &Ok(value.clone()));
    }

    /// Imports the tutorial's file if there is no ticket yet. Its ticket is served while the flight
    /// goes on: its age is unknown. If the file has none, an event reports the reason.
    fn import(&mut self) {
        let context = self.context;
        if self.kind != Kind::Ticket || self.seen.is_some() || context.cached(self.kind).1.is_some() {
            return;
        }
        let record = match context.tutorial_file.take(&context.threads, &*context.clock) {
            None => return,
            Some(Ok(record)) => record,
            Some(Err(error)) => return context.notifier.emit(Event::Failed { credential: self.kind, error }),
        };
        let cached = CachedCredential::new(self.kind, record.clone(), Source::Import, &*context.clock);
        let value = cached.value().clone();
        context.upstream.known().add(&value);
        if context.publish(self.kind, self.guard.epoch(), cached) {
            self.settle_early(&value);
            context.store.write(self.kind, record, || ());
        }
    }

    /// Fails during a cooldown that this process or another one has set.
    fn check_cooldown(&self) -> Result<(), Error> {
        let context = self.context;
        context.adopt_failures();
        if context.cooldown(self.kind).is_some() && context.lacks_token(self.kind) {
            // It may be the token's cooldown, and another process may have fetched a token since.
            if let Some(record) = context.store.read(Kind::Token) {
                context.offer(Kind::Token, record);
            }
        }
        context.cooldown(self.kind).map_or(Ok(()), Err)
    }

    /// A token to fetch the ticket with. `refused` is the one that WeChat has just refused, and
    /// why.
    fn token(&self, refused: Option<(&Secret, &Error)>) -> Outcome {
        let context = self.context;
        let value = refused.map(|(value, _)| value);
        let supplied =
            context.tokens.supplied(value, self.time_left(), &context.threads, context.upstream.known());
        supplied.unwrap_or_else(|| {
            if let Some((value, why)) = refused {
                context.entry(Kind::Token).reject_refused(value.reveal(), why);
            }
            self.fetched_token()
        })
    }

    /// The token from memory, from the flight under way, or from a new flight on this thread, which
    /// shares this flight's deadline.
    fn fetched_token(&self) -> Outcome {
        let (context, kind) = (self.context, Kind::Token);
        let (send, receive) = sync_channel(1);
        let mut waiter = Some(Waiter::new(0, Done::Thread(send)));
        context.check_clocks(kind);
        let waits = waiter.as_ref().map_or(0, Waiter::id);
        let entry = context.entry(kind);
        entry.mark_used();
        let asked = context.ask(Caller::Waits, kind, &mut waiter);
        match (asked.decision, asked.flight, asked.cached) {
            (Decision::Wait { .. }, flight, _) => {
                if let Some(epoch) = flight {
                    self.guard.fly_another(kind, epoch);
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

    /// Takes the store's lock, or goes on without it. The caller reads the store again afterwards.
    fn lock(&mut self) -> Result<(), Error> {
        let (context, kind) = (self.context, self.kind);
        let give_up = (context.clock.monotonic().saturating_add(MAX_LOCK_WAIT_MS))
            .min(self.guard.deadline.saturating_sub(REQUEST_RESERVE_MS))
            .saturating_sub(jitter::below(LOCK_WAIT_SPREAD_MS));
        let was_fetched = || {
            if let Some(record) = context.store.read(kind) {
                context.offer(kind, record);
            }
            context.cached(kind).0 == Freshness::Fresh
        };
        let is_urgent = || matches!(context.cached(kind).0, Freshness::Expiring | Freshness::Expired);
        match context.store.lock(give_up, was_fetched, is_urgent) {
            LockOutcome::Taken(taken) => {
                self.guard.put_lock(taken);
                self.locked_at = Some(context.clock.boot());
                if context.store.lock_mode() == LockMode::None {
                    self.stagger();
                }
            }
            LockOutcome::Bypassed => {
                context.metrics.count_unlocked();
                self.stagger();
            }
            LockOutcome::NoStore | LockOutcome::Fetched => {}
            LockOutcome::TimedOut => {
                return Err(Error::new(Code::Timeout, "another process holds the store's lock"));
            }
        }
        self.guard.check_epoch()
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
        self.guard.unlock();
    }

    /// Puts the answer into memory, and writes it to the store. If the store is slow, no caller
    /// waits for it.
    fn publish_and_commit(&mut self, grant: Grant, start: &RequestStart) -> Outcome {
        let context = self.context;
        let clock = &*context.clock;
        if let Some(newer) = self.overtaken(start) {
            return Ok(newer);
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
        if !context.publish(self.kind, self.guard.epoch(), cached.clone()) {
            // A late answer counts like a record from the store.
            context.offer(self.kind, record);
            return Err(Error::new(Code::Timeout, "the flight was given up"));
        }
        let failures = context.cooldowns.record_success(self.kind, life, context.store.sharers(), clock);
        self.guard.check_epoch()?;
        // The waiters get the value after it is written, because a process that ends as soon as it
        // has its value would lose the record. A slow store does not keep them waiting, and a new
        // caller is already served from memory.
        let mut is_settled = false;
        let mut settle = || {
            // Only once: later callers may have invalidated this value.
            if !std::mem::replace(&mut is_settled, true) {
                let waiters = context.entry(self.kind).take_waiters(self.guard.epoch());
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

    /// Another process may have fetched since the store was read: this flight has had the lock for
    /// so long that others may have gone on without it, or it was suspended. Returns the other
    /// one's value if it answers a later request.
    fn overtaken(&mut self, start: &RequestStart) -> Option<Secret> {
        let context = self.context;
        let is_recent = |at: i64| context.clock.boot().saturating_sub(at) < MIN_LOCK_PATIENCE_MS;
        if !context.store.is_shared() || self.locked_at.is_some_and(is_recent) {
            return None;
        }
        let stored = context.store.read(self.kind)?;
        let has_changed = self.seen.as_ref().map(Record::version) != Some(stored.version());
        self.seen = Some(stored.clone());
        if !has_changed || !is_newer(&stored, start, &*context.clock) {
            return None;
        }
        context.offer(self.kind, stored);
        Some(context.cached(self.kind).1?.value().clone())
    }

    /// The token's refetch failed. That is the outcome and, if the token is the caller's own, it
    /// sets the cooldown. If there is no better token, the refusal is the cause: it has WeChat's
    /// errcode and the id of the request.
    fn no_other_token(&mut self, refused: Error, why: Error) -> Error {
        if self.context.tokens.is_fetched() {
            return if why.code() == Code::TokenInvalidated { why.with_cause(refused) } else { why };
        }
        let error = if why.code() == Code::TokenInvalidated { refused } else { why };
        self.leave_cooldown(&error);
        self.context.with_retry_at(self.kind, error)
    }

    /// The requests have failed. That sets a cooldown, and it is the outcome unless another process
    /// has fetched meanwhile.
    fn fail(&mut self, error: Error) -> Outcome {
        self.guard.check_epoch()?;
        let fetched = self.adopt();
        self.leave_cooldown(&error);
        fetched.ok_or_else(|| self.context.with_retry_at(self.kind, error))
    }

    fn leave_cooldown(&self, error: &Error) {
        let context = self.context;
        // A failure without a request, such as a lock that is held, sets no cooldown: WeChat may
        // work.
        let Some(asked) = self.requests.asked().filter(|_| self.guard.check_epoch().is_ok()) else {
            return;
        };
        let token = context.tokens.fingerprint();
        context.cooldowns.record_failure(self.kind, error, asked, token, &*context.clock);
        context.clear_old_failures();
        context.store.write_failures(context.cooldowns.shared(context.store.sharers()));
    }

    fn time_left(&self) -> Duration {
        let left = self.guard.deadline.saturating_sub(self.context.clock.monotonic());
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

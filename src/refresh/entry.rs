//! One credential of an account: the cached value, the flight under way, and its waiters.
//!
//! Reading a fresh credential is one atomic load. Everything else is a short critical section of
//! `state`, which is never held over I/O, user code or another lock. Each flight has an epoch: once
//! the watchdog has raised the entry's, nothing that the old flight does changes the entry any
//! more. tests/model.rs runs this file under a schedule explorer.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::cached::CachedCredential;
use super::decide::{Caller, Decision, Situation, Throttle, decide};
use super::notify::Done;
use crate::credential::Freshness;
use crate::error::Error;
use crate::secret::Secret;
use crate::sync::{AtomicBool, AtomicU64, Mutex, MutexGuard, Ordering, PoisonError};

/// How often callers may invalidate a ticket: that often in that time.
const MAX_INVALIDATIONS: usize = 3;
const INVALIDATIONS_WITHIN_MS: i64 = 180_000;

/// After a flight that failed without a request: doubled each time, up to the longest.
const MIN_BACKOFF_MS: i64 = 1_000;
const MAX_BACKOFF_MS: i64 = 5_000;
/// After a flight that was lost.
const LOST_BACKOFF_MS: i64 = 10_000;

/// During a cooldown the store is read this often.
const PEEK_EVERY_MS: i64 = 60_000;

/// A caller that waits for the flight under way.
pub(super) struct Waiter {
    id: u64,
    client: u64,
    pub(super) done: Done,
}

impl Waiter {
    pub(super) fn new(client: u64, done: Done) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self { id: NEXT.fetch_add(1, Ordering::Relaxed), client, done }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }
}

/// What an entry is doing.
enum Phase {
    Idle {
        /// No refresh ahead before this time on the boot clock.
        backoff: Option<i64>,
        /// A flight has failed since the credential in memory was published.
        tried_at_expiry: bool,
    },
    InFlight {
        waiters: Vec<Waiter>,
        /// The latest failure of this flight, for callers that stop waiting for it.
        last_error: Option<Error>,
    },
}

struct EntryState {
    phase: Phase,
    /// Raised when a flight begins, and when one is declared lost.
    epoch: u64,
    /// When the latest flight started, on the boot clock. It has read the store.
    flown_at: Option<i64>,
    /// How many flights in a row failed without a request.
    failed_without_request: u32,
    /// A value that WeChat refused or a caller invalidated. A store may still hold it.
    rejected: Option<Secret>,
    /// Why WeChat refused that value, if WeChat did.
    refusal: Option<Error>,
    /// When callers invalidated lately, on the boot clock.
    invalidated_at: Vec<i64>,
}

/// The answer to [`Entry::ask`].
pub(super) struct Asked {
    pub(super) decision: Decision,
    /// The credential to serve.
    pub(super) cached: Option<Arc<CachedCredential>>,
    /// The epoch of the flight that the caller must start now.
    pub(super) flight: Option<u64>,
}

/// How a flight ended.
pub(super) struct Landing {
    pub(super) failed: bool,
    /// It failed before it made a request, and no cooldown lasts.
    pub(super) needs_backoff: bool,
    pub(super) now: i64,
}

pub(super) struct Entry {
    cached: ArcSwapOption<CachedCredential>,
    is_used: AtomicBool,
    state: Mutex<EntryState>,
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            cached: ArcSwapOption::empty(),
            is_used: AtomicBool::new(false),
            state: Mutex::new(EntryState {
                phase: Phase::Idle { backoff: None, tried_at_expiry: false },
                epoch: 0,
                flown_at: None,
                failed_without_request: 0,
                rejected: None,
                refusal: None,
                invalidated_at: Vec::new(),
            }),
        }
    }
}

impl Entry {
    /// The credential in memory, of any age.
    pub(super) fn cached(&self) -> Option<Arc<CachedCredential>> {
        self.cached.load_full()
    }

    /// Like [`Entry::cached`], through a guard: cheaper than a reference count, but it must be
    /// dropped soon.
    #[inline]
    pub(super) fn borrow(&self) -> arc_swap::Guard<Option<Arc<CachedCredential>>> {
        self.cached.load()
    }

    /// Whether a flight has begun, or a credential came in another way.
    pub(super) fn was_asked(&self) -> bool {
        self.cached.load().is_some() || self.state().flown_at.is_some()
    }

    #[inline]
    pub(super) fn mark_used(&self) {
        // Read first: a store would take the cache line away from every other reader at each call.
        if !self.is_used.load(Ordering::Relaxed) {
            self.is_used.store(true, Ordering::Relaxed);
        }
    }

    /// Decides for a caller and does the entry's part: adds a waiter to the list, begins a flight.
    /// The caller serves, waits, and starts the flight's thread.
    pub(super) fn ask(
        &self,
        caller: Caller,
        now: i64,
        throttle: Throttle,
        waiter: &mut Option<Waiter>,
    ) -> Asked {
        let mut state = self.state();
        let cached = self.cached();
        let freshness = cached.as_ref().map_or(Freshness::Expired, |cached| cached.freshness(now));
        let decision = decide(caller, state.situation(freshness, now, throttle));
        let starts = matches!(
            decision,
            Decision::Serve { refresh: true }
                | Decision::Fail { refresh: true }
                | Decision::Wait { lead: true }
        );
        if starts {
            state.phase = Phase::InFlight { waiters: Vec::new(), last_error: None };
            state.epoch += 1;
            state.flown_at = Some(now);
        }
        if let (Decision::Wait { .. }, Phase::InFlight { waiters, .. }) = (decision, &mut state.phase) {
            waiters.extend(waiter.take());
        }
        Asked {
            decision,
            cached: cached.filter(|_| freshness != Freshness::Expired),
            flight: starts.then_some(state.epoch),
        }
    }

    /// Whether the flight of this epoch still counts.
    pub(super) fn is_current(&self, epoch: u64) -> bool {
        self.state().epoch == epoch
    }

    /// Puts a credential into memory for the flight of this epoch; false if the flight does not
    /// count any more.
    pub(super) fn publish(&self, epoch: u64, cached: CachedCredential) -> bool {
        let mut state = self.state();
        if state.epoch != epoch {
            return false;
        }
        self.replace(&mut state, cached);
        true
    }

    /// Puts a credential from elsewhere into memory, if `newer` returns one for the credential
    /// there.
    pub(super) fn offer(
        &self,
        newer: impl FnOnce(Option<&CachedCredential>) -> Option<CachedCredential>,
    ) -> Option<Arc<CachedCredential>> {
        let mut state = self.state();
        let known = self.cached();
        let cached = newer(known.as_deref())?;
        if state.rejected.as_ref() == Some(cached.value()) {
            return None;
        }
        Some(self.replace(&mut state, cached))
    }

    fn replace(&self, state: &mut EntryState, cached: CachedCredential) -> Arc<CachedCredential> {
        state.rejected = None;
        state.refusal = None;
        match &mut state.phase {
            Phase::Idle { tried_at_expiry, .. } => *tried_at_expiry = false,
            Phase::InFlight { last_error, .. } => *last_error = None,
        }
        // A new value has not been used yet. One of unknown age is as used as the one before, so
        // that its age is checked until it is known.
        let goes_on = self.cached().is_some_and(|old| cached.continues(&old));
        let cached = Arc::new(cached);
        self.cached.store(Some(Arc::clone(&cached)));
        if !goes_on {
            self.is_used.store(false, Ordering::Relaxed);
        }
        cached
    }

    /// Takes the waiters although the flight goes on: there is a credential to serve them.
    pub(super) fn take_waiters(&self, epoch: u64) -> Vec<Waiter> {
        let mut state = self.state();
        let is_current = state.epoch == epoch;
        match &mut state.phase {
            Phase::InFlight { waiters, .. } if is_current => std::mem::take(waiters),
            _ => Vec::new(),
        }
    }

    /// Keeps a failure for callers that stop waiting before the flight is over.
    pub(super) fn note_error(&self, error: &Error) {
        if let Phase::InFlight { last_error, .. } = &mut self.state().phase {
            *last_error = Some(error.clone());
        }
    }

    /// The flight of this epoch is over. Returns the waiters; none if the flight did not count any
    /// more.
    pub(super) fn land(&self, epoch: u64, landing: &Landing) -> Option<Vec<Waiter>> {
        let mut state = self.state();
        if state.epoch != epoch {
            return None;
        }
        state.failed_without_request =
            if landing.needs_backoff { state.failed_without_request.saturating_add(1) } else { 0 };
        let backoff = (state.failed_without_request > 0).then(|| {
            let doubled = MIN_BACKOFF_MS << (state.failed_without_request - 1).min(8);
            landing.now.saturating_add(doubled.min(MAX_BACKOFF_MS))
        });
        Some(state.end_flight(backoff, landing.failed))
    }

    /// The watchdog gives up on the flight of this epoch. None if the flight is over.
    pub(super) fn declare_lost(&self, epoch: u64, now: i64) -> Option<(Vec<Waiter>, Option<Error>)> {
        let mut state = self.state();
        let is_current = state.epoch == epoch;
        let last_error = match &mut state.phase {
            Phase::InFlight { last_error, .. } if is_current => last_error.take(),
            _ => return None,
        };
        state.epoch += 1;
        Some((state.end_flight(Some(now.saturating_add(LOST_BACKOFF_MS)), true), last_error))
    }

    /// A waiter stops waiting. Returns the latest failure of the flight.
    pub(super) fn give_up(&self, waiter: u64) -> Option<Error> {
        match &mut self.state().phase {
            Phase::InFlight { waiters, last_error } => {
                waiters.retain(|w| w.id != waiter);
                last_error.clone()
            }
            Phase::Idle { .. } => None,
        }
    }

    /// Takes the waiters of a client that closes.
    pub(super) fn take_of(&self, client: u64) -> Vec<Waiter> {
        match &mut self.state().phase {
            Phase::InFlight { waiters, .. } => {
                let (theirs, others) = std::mem::take(waiters).into_iter().partition(|w| w.client == client);
                *waiters = others;
                theirs
            }
            Phase::Idle { .. } => Vec::new(),
        }
    }

    /// Drops the credential if it is still `value`, and remembers the value as rejected.
    pub(super) fn reject(&self, value: &str) -> bool {
        self.reject_if(value, |_| true)
    }

    /// Like [`Entry::reject`], within a budget: a caller that invalidates at each call must not
    /// make wxsign ask each time.
    pub(super) fn reject_within_budget(&self, value: &str, now: i64) -> bool {
        self.reject_if(value, |state| {
            state.invalidated_at.retain(|at| now.saturating_sub(*at) < INVALIDATIONS_WITHIN_MS);
            let is_within = state.invalidated_at.len() < MAX_INVALIDATIONS;
            if is_within {
                state.invalidated_at.push(now);
            }
            is_within
        })
    }

    fn reject_if(&self, value: &str, may: impl FnOnce(&mut EntryState) -> bool) -> bool {
        let mut state = self.state();
        let is_cached = self.cached().is_some_and(|cached| cached.value().reveal() == value);
        if !is_cached || !may(&mut state) {
            return false;
        }
        state.rejected = Some(Secret::new(value));
        self.cached.store(None);
        true
    }

    /// Like [`Entry::reject`], for a value that WeChat has refused.
    pub(super) fn reject_refused(&self, value: &str, why: &Error) {
        self.reject_if(value, |state| {
            state.refusal = Some(why.clone());
            true
        });
    }

    /// Why WeChat refused the rejected value, if WeChat did.
    pub(super) fn refusal(&self) -> Option<Error> {
        self.state().refusal.clone()
    }

    /// The rejected value, until another one is in memory.
    pub(super) fn rejected(&self) -> Option<Secret> {
        self.state().rejected.clone()
    }

    /// When the background thread should ask, on the boot clock. A credential that is not used, or
    /// that has expired, is not refreshed ahead.
    pub(super) fn next_refresh(&self, now: i64, cooldown_until: Option<i64>, can_peek: bool) -> Option<i64> {
        let state = self.state();
        let Phase::Idle { backoff, tried_at_expiry } = state.phase else { return None };
        let schedule = self.cached().filter(|_| self.is_used.load(Ordering::Relaxed))?.schedule;
        let mut allowed = cooldown_until.unwrap_or(i64::MIN);
        if can_peek {
            allowed = allowed.min(state.next_peek());
        }
        let at = schedule.refresh_at.max(allowed).max(backoff.unwrap_or(i64::MIN));
        if schedule.refresh_at == schedule.end {
            // The ticket is served until it expires. One attempt is made then; without it the age
            // of the next ticket would be unknown.
            return (at == schedule.end && !tried_at_expiry).then_some(at);
        }
        (at < schedule.end && now < schedule.end).then_some(at)
    }

    fn state(&self) -> MutexGuard<'_, EntryState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EntryState {
    fn situation(&self, freshness: Freshness, now: i64, throttle: Throttle) -> Situation {
        let (in_flight, backoff) = match &self.phase {
            Phase::Idle { backoff, .. } => (false, *backoff),
            Phase::InFlight { .. } => (true, None),
        };
        Situation {
            freshness,
            in_flight,
            cooling_down: throttle.cooling_down,
            store_peek_due: throttle.can_peek && now >= self.next_peek(),
            backing_off: backoff.is_some_and(|until| now < until),
        }
    }

    fn next_peek(&self) -> i64 {
        self.flown_at.map_or(i64::MIN, |at| at.saturating_add(PEEK_EVERY_MS))
    }

    fn end_flight(&mut self, backoff: Option<i64>, failed: bool) -> Vec<Waiter> {
        let idle = Phase::Idle { backoff, tried_at_expiry: failed };
        match std::mem::replace(&mut self.phase, idle) {
            Phase::InFlight { waiters, .. } => waiters,
            Phase::Idle { .. } => Vec::new(),
        }
    }
}

#[cfg(test)]
impl Entry {
    pub(super) fn is_in_flight(&self) -> bool {
        matches!(self.state().phase, Phase::InFlight { .. })
    }

    pub(super) fn last_error(&self) -> Option<Error> {
        match &self.state().phase {
            Phase::InFlight { last_error, .. } => last_error.clone(),
            Phase::Idle { .. } => None,
        }
    }

    pub(super) fn forget_use(&self) {
        self.is_used.store(false, Ordering::Relaxed);
    }

    /// Holds the entry's lock until dropped.
    pub(super) fn hold(&self) -> impl Drop + '_ {
        self.state()
    }
}

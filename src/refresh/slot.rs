//! The place of one credential in memory, and the board of those who wait for the flight that fetches it.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::credential::Held;
use crate::error::Error;
use crate::secret::Secret;
use crate::sync::{AtomicBool, AtomicU64, Mutex, MutexGuard, Ordering, PoisonError, TryLockError};

/// Called exactly once with the outcome.
pub(crate) type Done = Box<dyn FnOnce(Result<Secret, Error>) + Send>;

/// A credential in memory. Reading it takes no lock; the board is never held over I/O or a call to a waiter.
pub(super) struct Slot {
    held: ArcSwapOption<Held>,
    used: AtomicBool,
    board: Mutex<Board>,
}

/// How often callers may have a ticket dropped.
const MOST_DROPS: usize = 3;
const DROPS_WITHIN_MS: i64 = 180_000;

/// The rest after a failure that left no cooldown: doubled each time, up to the longest.
const SHORTEST_REST_MS: i64 = 1_000;
const LONGEST_REST_MS: i64 = 5_000;

const MINUTE_MS: i64 = 60_000;

/// Who flies, who waits, and what is known to be dead.
#[derive(Default)]
pub(super) struct Board {
    pub(super) flying: bool,
    waiters: Vec<Waiter>,
    /// A value that the service refused or the caller dropped; a store may still hold it.
    pub(super) rejected: Option<Secret>,
    /// How many flights in a row failed without a request, which leaves no cooldown, and when the latest did.
    idle_failures: Option<(u32, i64)>,
    /// When callers dropped a value lately, on the boot clock.
    drops: Vec<i64>,
    /// The latest failure of the flight under way, for those who stop waiting for it.
    pub(super) last_error: Option<Error>,
    /// When the latest flight began, and with it the latest look at the store, on the boot clock.
    pub(super) looked_at: Option<i64>,
    /// When it was told last that a value is served although it is stale.
    pub(super) told_stale: Option<i64>,
    /// When it was told last that a flight failed without asking anybody.
    pub(super) told_idle: Option<i64>,
    /// Since when the service has been naming lives too short to work with.
    pub(super) short_since: Option<i64>,
}

/// Whether `last` was less than a minute before `now`; else `now` takes its place. For what happens at every call and is
/// done or told once a minute.
pub(super) fn was_lately(last: &mut Option<i64>, now: i64) -> bool {
    let lately = last.is_some_and(|last| now.saturating_sub(last) < MINUTE_MS);
    if !lately {
        *last = Some(now);
    }
    lately
}

struct Waiter {
    id: u64,
    client: u64,
    done: Done,
}

impl Slot {
    pub(super) fn new() -> Self {
        Self { held: ArcSwapOption::empty(), used: AtomicBool::new(false), board: Mutex::default() }
    }

    pub(super) fn held(&self) -> Option<Arc<Held>> {
        self.held.load_full()
    }

    /// The value for as long as the guard lives: cheaper than a reference count, and never to be kept.
    pub(super) fn borrow(&self) -> arc_swap::Guard<Option<Arc<Held>>> {
        self.held.load()
    }

    /// Puts a value in its place. A new value begins a new life, in which it has not been used yet; one of unknown
    /// age inherits the use of the one before, so that it is asked about until its age is known.
    pub(super) fn publish(&self, held: Held) {
        let mut board = self.board();
        board.rejected = None;
        board.last_error = None;
        let old = self.held();
        let goes_on = old.is_some_and(|old| old.record.value == held.record.value || !held.record.age_known);
        self.held.store(Some(Arc::new(held)));
        if !goes_on {
            self.used.store(false, Ordering::Relaxed);
        }
    }

    pub(super) fn mark_used(&self) {
        // Read first: a store would take the cache line away from every other reader at each call.
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn forget_use(&self) {
        self.used.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_flying(&self) -> bool {
        self.board().flying
    }

    /// When the store is to be looked at again, on the boot clock.
    pub(super) fn look_at(&self) -> i64 {
        self.board().looked_at.map_or(i64::MIN, |at| at.saturating_add(MINUTE_MS))
    }

    pub(super) fn board(&self) -> Guard<'_> {
        Guard(self.board.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Claims the flight without waiting for anybody; false where somebody flies or is about to.
    pub(super) fn claim(&self) -> bool {
        self.claim_if(|_| true)
    }

    /// The same behind the callers' backs, which must wait after a failure that left no cooldown.
    pub(super) fn claim_behind(&self, now: i64) -> bool {
        self.claim_if(|board| now >= board.rests_until())
    }

    fn claim_if(&self, may: impl FnOnce(&Board) -> bool) -> bool {
        let mut board = match self.board.try_lock() {
            Ok(board) => board,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        may(&board) && !std::mem::replace(&mut board.flying, true)
    }

    /// The flight is over: takes everybody who waited for it.
    pub(super) fn land(&self) -> Vec<Done> {
        let mut board = self.board();
        board.flying = false;
        board.take_all()
    }

    /// The same within a budget: some drops at once, and no more than one a minute over a longer time.
    pub(super) fn reject_at_times(&self, value: &str, now: i64) -> bool {
        let mut board = self.board();
        board.drops.retain(|at| now.saturating_sub(*at) < DROPS_WITHIN_MS);
        let within = board.drops.len() < MOST_DROPS;
        drop(board);
        let is_it = within && self.reject(value);
        if is_it {
            self.board().drops.push(now);
        }
        is_it
    }

    /// Drops the value if it is still `value`, and remembers that it is dead.
    pub(super) fn reject(&self, value: &str) -> bool {
        let mut board = self.board();
        let is_it = self.held().is_some_and(|held| held.record.value.reveal() == value);
        if is_it {
            board.rejected = Some(Secret::new(value));
            self.held.store(None);
        }
        is_it
    }
}

/// The board, locked.
pub(super) struct Guard<'a>(MutexGuard<'a, Board>);

impl std::ops::Deref for Guard<'_> {
    type Target = Board;
    fn deref(&self) -> &Board {
        &self.0
    }
}

impl std::ops::DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut Board {
        &mut self.0
    }
}

impl Guard<'_> {
    /// Adds a waiter and claims the flight; says the waiter's number and whether the caller must now fly.
    pub(super) fn join(mut self, client: u64, done: Done) -> (u64, bool) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        self.waiters.push(Waiter { id, client, done });
        (id, !std::mem::replace(&mut self.flying, true))
    }
}

impl Board {
    /// A flight ended; `is_idle` where it failed and left no cooldown.
    pub(super) fn note_end(&mut self, is_idle: bool, now: i64) {
        let before = self.idle_failures.map_or(0, |(times, _)| times);
        self.idle_failures = is_idle.then(|| (before.saturating_add(1), now));
    }

    /// Before then, on the boot clock, nobody tries again behind the callers' backs: what failed without a request, a
    /// caller's token function for one, would fail again at once, and so on without end.
    pub(super) fn rests_until(&self) -> i64 {
        let rest = |times: u32| LONGEST_REST_MS.min(SHORTEST_REST_MS << (times - 1).min(8));
        self.idle_failures.map_or(i64::MIN, |(times, at)| at.saturating_add(rest(times)))
    }

    pub(super) fn take_all(&mut self) -> Vec<Done> {
        std::mem::take(&mut self.waiters).into_iter().map(|waiter| waiter.done).collect()
    }

    pub(super) fn leave(&mut self, waiter: u64) {
        self.waiters.retain(|w| w.id != waiter);
    }

    pub(super) fn take_of(&mut self, client: u64) -> Vec<Done> {
        let (theirs, others) =
            std::mem::take(&mut self.waiters).into_iter().partition(|w| w.client == client);
        self.waiters = others;
        theirs.into_iter().map(|waiter: Waiter| waiter.done).collect()
    }
}

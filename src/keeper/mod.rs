//! The keeper: when to fetch, who fetches, who waits.
//!
//! One keeper serves all clients of a process that use the same account and store. Reading a fresh value is one
//! lock-free load; everything else happens on flights, one at a time for each credential.

mod crew;
mod flight;
mod process;
mod scheduler;
mod slot;
mod token;
mod verdict;

pub(crate) use process::Process;
pub(crate) use scheduler::Runtime;
pub use token::TokenReply;
pub(crate) use token::{TokenFn, TokenSource};

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use crate::clock::Clock;
use crate::credential::{Account, Attempt, Attempts, Held, Kind, Standing};
use crate::error::{Code, Error};
use crate::event::Event;
use crate::secret::Secret;
use crate::store::{Store, StoreError};
use slot::{Done, Slot};

/// Takes part in what a keeper tells.
pub(crate) type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// Keeps the two credentials of one account.
pub(crate) struct Keeper {
    me: Weak<Self>,
    account: Account,
    clock: Arc<dyn Clock>,
    runtime: Arc<dyn Runtime>,
    store: Box<dyn Store>,
    token_source: TokenSource,
    upstream: crate::upstream::Official,
    slots: [Slot; 2],
    attempts: Mutex<Attempts>,
    listeners: Mutex<Vec<(u64, Listener)>>,
    degraded: Mutex<Degraded>,
}

/// What is known of a store that fails.
#[derive(Default)]
struct Degraded {
    reason: Option<String>,
    /// On the boot clock; one warning an hour.
    warned_at: Option<i64>,
}

/// What a keeper is made of.
pub(crate) struct Parts {
    pub(crate) account: Account,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) store: Box<dyn Store>,
    pub(crate) token_source: TokenSource,
    pub(crate) upstream: crate::upstream::Official,
}

impl Keeper {
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        let keeper = Arc::new_cyclic(|me| Self {
            me: me.clone(),
            account: parts.account,
            clock: parts.clock,
            runtime: parts.runtime,
            store: parts.store,
            token_source: parts.token_source,
            upstream: parts.upstream,
            slots: [Slot::new(), Slot::new()],
            attempts: Mutex::default(),
            listeners: Mutex::default(),
            degraded: Mutex::default(),
        });
        keeper.runtime.watch(&keeper);
        keeper
    }

    fn slot(&self, kind: Kind) -> &Slot {
        let [token, ticket] = &self.slots;
        match kind {
            Kind::Token => token,
            Kind::Ticket => ticket,
        }
    }

    fn attempts(&self) -> std::sync::MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value in memory and how it stands, without a lock.
    fn held(&self, kind: Kind) -> (Standing, Option<Arc<Held>>) {
        let held = self.slot(kind).held();
        let standing = held.as_ref().map_or(Standing::Gone, |held| held.standing(self.clock.boot()));
        (standing, held.filter(|_| standing != Standing::Gone))
    }

    /// The value if it can be had without waiting: fresh, or soft with a refresh begun behind.
    fn serve(&self, kind: Kind) -> Option<Arc<Held>> {
        let (standing, held) = self.held(kind);
        match standing {
            Standing::Fresh => {}
            Standing::Soft => self.kick(kind),
            Standing::Hard | Standing::Gone => return None,
        }
        self.slot(kind).mark_used();
        held
    }

    /// Asks without waiting: what lives is served, and what is due is begun.
    pub(crate) fn try_get(&self, kind: Kind) -> Result<Secret, Error> {
        if let (Kind::Token, Some(token)) = (kind, self.token_source.fixed()) {
            return Ok(token);
        }
        if let Some(held) = self.serve(kind) {
            return Ok(held.record.value.clone());
        }
        self.slot(kind).mark_used();
        self.kick(kind);
        if let (_, Some(held)) = self.held(kind) {
            return Ok(held.record.value.clone());
        }
        let error = Error::new(Code::NotReady, "nothing fresh is in memory; a fetch has begun or is due");
        let Some(floor) = self.floor(kind) else { return Err(error) };
        let error = match floor.retry_at_ms() {
            Some(at) => error.with_retry_at(at),
            None => error,
        };
        Err(error.with_cause(floor))
    }

    /// Asks, and waits on this thread.
    pub(crate) fn get(&self, kind: Kind, client: u64, timeout: Duration) -> Result<Secret, Error> {
        let (send, receive) = std::sync::mpsc::sync_channel(1);
        let waiter = self.ask(kind, client, Box::new(move |outcome| drop(send.send(outcome))));
        match receive.recv_timeout(timeout) {
            Ok(outcome) => outcome,
            Err(_) => self.give_up(kind, waiter, Code::Timeout, "nothing was fetched in time"),
        }
    }

    /// Asks, and has `done` called exactly once: here and now if the value is there, else on a thread of wxsign's.
    pub(crate) fn get_then(&self, kind: Kind, client: u64, timeout: Duration, done: Done) {
        let done = Arc::new(Mutex::new(Some(done)));
        let once = |done: &Mutex<Option<Done>>| done.lock().unwrap_or_else(PoisonError::into_inner).take();
        let settle = Arc::clone(&done);
        let waiter = self.ask(
            kind,
            client,
            Box::new(move |outcome| {
                if let Some(done) = once(&settle) {
                    done(outcome);
                }
            }),
        );
        if waiter == 0 {
            return;
        }
        let me = self.me.clone();
        self.runtime.after(
            timeout,
            Box::new(move || {
                let Some(keeper) = me.upgrade() else { return };
                // Taken first: if the flight settles at this moment, one of the two finds nothing to call.
                if let Some(done) = once(&done) {
                    done(keeper.give_up(kind, waiter, Code::Timeout, "nothing was fetched in time"));
                }
            }),
        );
    }

    /// Serves at once, fails at once at a floor, or joins the flight, which it begins where nobody flies. Gives the
    /// waiter's number, or 0 where `done` was called already.
    fn ask(&self, kind: Kind, client: u64, done: Done) -> u64 {
        if let (Kind::Token, Some(token)) = (kind, self.token_source.fixed()) {
            done(Ok(token));
            return 0;
        }
        if let Some(held) = self.serve(kind) {
            done(Ok(held.record.value.clone()));
            return 0;
        }
        self.slot(kind).mark_used();
        let floor = self.floor(kind);
        let board = self.slot(kind).board();
        if !board.flying
            && let Some(floor) = floor
        {
            drop(board);
            done(self.stale(kind, floor));
            return 0;
        }
        let (waiter, begin) = board.join(client, done);
        if begin {
            self.begin(kind);
        }
        waiter
    }

    /// Starts a refresh behind the callers' backs, unless one is under way or a floor forbids it. Never waits.
    fn kick(&self, kind: Kind) {
        if self.floor(kind).is_none() && self.slot(kind).claim() {
            self.begin(kind);
        }
    }

    /// Flies on a thread of its own. The flight was claimed: it must settle, whatever happens.
    fn begin(&self, kind: Kind) {
        let Some(me) = self.me.upgrade() else { return };
        let flight = flight::Claimed::new(me, kind);
        // Where no thread can be had, the job is dropped, and its guard settles the flight.
        self.runtime.run(Box::new(move || flight.fly()));
    }

    /// What the callers of a failed flight get: the value while it lives, else the error.
    fn stale(&self, kind: Kind, error: Error) -> Result<Secret, Error> {
        match self.held(kind) {
            (_, Some(held)) => {
                self.tell(&Event::Stale { credential: kind.word(), error });
                Ok(held.record.value.clone())
            }
            _ => Err(error),
        }
    }

    /// The failure that forbids asking now, as far as memory knows. A ticket without a token cannot be asked for
    /// either where the token cannot.
    fn floor(&self, kind: Kind) -> Option<Error> {
        let needs_token =
            kind == Kind::Ticket && self.token_source.is_fetched() && self.held(Kind::Token).1.is_none();
        let attempts = self.attempts();
        let own = attempts.floor(kind, &*self.clock);
        own.or_else(|| needs_token.then(|| attempts.floor(Kind::Token, &*self.clock)).flatten())
    }

    /// A waiter stops waiting.
    fn give_up(&self, kind: Kind, waiter: u64, code: Code, message: &str) -> Result<Secret, Error> {
        let mut board = self.slot(kind).board();
        board.leave(waiter);
        let cause = board.last_error.clone();
        drop(board);
        let error = Error::new(code, message);
        self.stale(
            kind,
            match cause {
                Some(cause) => error.with_cause(cause),
                None => error,
            },
        )
    }

    /// Drops a credential, but only if it is still `value`. Says whether it was.
    pub(crate) fn invalidate(&self, value: &str) -> bool {
        Kind::ALL.into_iter().any(|kind| self.slot(kind).reject(value))
    }

    /// Replaces the caller's own token; floors that the old one caused no longer count.
    pub(crate) fn set_token(&self, token: Secret) -> Result<(), Error> {
        self.token_source.replace(token)?;
        self.attempts().ticket = None;
        Ok(())
    }

    /// Settles what a closing client still waits for, and stops telling it anything.
    pub(crate) fn leave(&self, client: u64) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, _)| *id != client);
        for kind in Kind::ALL {
            let left = self.slot(kind).board().take_of(client);
            for done in left {
                done(Err(Error::new(Code::Closed, "the client was closed")));
            }
        }
    }

    /// Tells `listener` what happens, until `client` leaves.
    pub(crate) fn listen(&self, client: u64, listener: Listener) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push((client, listener));
    }

    fn tell(&self, event: &Event) {
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (_, listener) in listeners {
            listener(event);
        }
    }

    /// Notes how the store did: a failure degrades to memory, with one warning an hour.
    fn store_says<T>(&self, outcome: Result<T, StoreError>) -> Option<T> {
        let mut degraded = self.degraded.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(value) => {
                degraded.reason = None;
                Some(value)
            }
            Err(StoreError(reason)) => {
                let now = self.clock.boot();
                let first = degraded.reason.replace(reason.clone()).is_none();
                let due = degraded.warned_at.is_none_or(|at| now.saturating_sub(at) >= 3_600_000);
                if due {
                    degraded.warned_at = Some(now);
                }
                drop(degraded);
                if due {
                    log::warn!("wxsign: the store cannot be used, memory serves meanwhile: {reason}");
                }
                if first {
                    self.tell(&Event::StoreDegraded { reason });
                }
                None
            }
        }
    }

    /// Why the store cannot be used, if it cannot.
    pub(crate) fn store_failure(&self) -> Option<String> {
        self.degraded.lock().unwrap_or_else(PoisonError::into_inner).reason.clone()
    }

    /// A line for `state()`: how a credential stands. No I/O.
    pub(crate) fn look(&self, kind: Kind) -> (Standing, Option<Arc<Held>>, Option<Error>) {
        let (standing, held) = self.held(kind);
        let attempts = self.attempts();
        let last = attempts.of(kind).or(attempts.outage.as_ref()).map(Attempt::error);
        (standing, held, attempts.floor(kind, &*self.clock).or(last))
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(crate) fn store_id(&self) -> String {
        self.store.id()
    }

    /// When the scheduler should look again, on the boot clock: only what is used is refreshed ahead.
    pub(crate) fn next_due(&self) -> Option<i64> {
        Kind::ALL.into_iter().filter_map(|kind| self.due(kind)).min()
    }

    /// Refreshes what is due; called by the scheduler.
    pub(crate) fn refresh_due(&self) {
        let now = self.clock.boot();
        for kind in Kind::ALL {
            if self.due(kind).is_some_and(|at| at <= now) {
                self.kick(kind);
            }
        }
    }

    fn due(&self, kind: Kind) -> Option<i64> {
        let slot = self.slot(kind);
        let (_, held) = self.held(kind);
        let held = held.filter(|_| slot.is_used() && !slot.is_flying())?;
        let floor = self.floor(kind).and_then(|error| error.retry_at_ms());
        let wait = floor.map_or(0, |at| at.saturating_sub(self.clock.wall()).max(0));
        let at = held.ask_at.max(if wait > 0 { self.clock.boot().saturating_add(wait) } else { i64::MIN });
        (at < held.end).then_some(at)
    }
}

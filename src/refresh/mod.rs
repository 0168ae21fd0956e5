//! The refresher: when to fetch, who fetches, who waits.
//!
//! One refresher serves all clients of a process that use the same account and store. Reading a fresh value is one
//! lock-free load; everything else happens on flights, one at a time for each credential.

mod ahead;
mod crew;
mod flight;
mod health;
mod import;
mod jam;
mod metrics;
mod outcome;
mod process;
mod refused;
mod scheduler;
mod slot;
mod stored;
mod token;
mod verdict;

pub(crate) use process::Process;
pub(crate) use scheduler::Runtime;
pub use token::TokenReply;
pub(crate) use token::{TokenFn, TokenSource, usable};

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use crate::clock::{Clock, Moment};
use crate::credential::{Account, Failures, Freshness, Held, Kind};
use crate::error::{Code, Error};
use crate::event::Event;
use crate::secret::Secret;
use crate::signature::TicketMidstate;
use crate::store::{LockMode, Store};
use health::Degraded;
use jam::Jam;
use metrics::Metrics;
use slot::{Done, Slot, was_lately};

#[cfg(test)]
mod tests;

/// Takes part in what a refresher tells.
pub(crate) type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// Keeps the two credentials of one account.
pub(crate) struct Refresher {
    me: Weak<Self>,
    account: Account,
    clock: Arc<dyn Clock>,
    runtime: Arc<dyn Runtime>,
    store: Box<dyn Store>,
    token_source: TokenSource,
    upstream: crate::upstream::Official,
    slots: [Slot; 2],
    failures: Mutex<Failures>,
    listeners: Mutex<Vec<(u64, Listener)>>,
    degraded: Mutex<Degraded>,
    jam: Jam,
    metrics: Metrics,
}

/// What a refresher is made of.
pub(crate) struct Parts {
    pub(crate) account: Account,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) store: Box<dyn Store>,
    pub(crate) token_source: TokenSource,
    pub(crate) upstream: crate::upstream::Official,
}

impl Refresher {
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        let refresher = Arc::new_cyclic(|me| Self {
            me: me.clone(),
            account: parts.account,
            clock: parts.clock,
            runtime: parts.runtime,
            store: parts.store,
            token_source: parts.token_source,
            upstream: parts.upstream,
            slots: [Slot::new(), Slot::new()],
            failures: Mutex::default(),
            listeners: Mutex::default(),
            degraded: Mutex::default(),
            jam: Jam::default(),
            metrics: Metrics::default(),
        });
        refresher.runtime.watch(&refresher);
        refresher
    }

    fn slot(&self, kind: Kind) -> &Slot {
        let [token, ticket] = &self.slots;
        match kind {
            Kind::Token => token,
            Kind::Ticket => ticket,
        }
    }

    fn failures(&self) -> std::sync::MutexGuard<'_, Failures> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value in memory and how it stands, without a lock.
    fn held(&self, kind: Kind) -> (Freshness, Option<Arc<Held>>) {
        let held = self.slot(kind).held();
        let freshness = held.as_ref().map_or(Freshness::Expired, |held| held.freshness(self.clock.boot()));
        (freshness, held.filter(|_| freshness != Freshness::Expired))
    }

    /// The value if it can be had without waiting: fresh, or soft with a refresh begun behind.
    fn serve(&self, kind: Kind) -> Option<Arc<Held>> {
        let (freshness, held) = self.held(kind);
        match freshness {
            Freshness::Fresh => {}
            Freshness::Stale => self.kick(kind),
            Freshness::Expiring | Freshness::Expired => return None,
        }
        self.slot(kind).mark_used();
        held
    }

    /// Boot clock and timestamp.
    #[inline]
    pub(crate) fn moment(&self) -> Moment {
        self.clock.moment()
    }

    /// Lends the ticket if it can be had without waiting; the same as [`Refresher::serve`] without a reference count.
    pub(crate) fn with_ticket<R>(&self, now: Moment, sign: impl FnOnce(&TicketMidstate) -> R) -> Option<R> {
        self.if_fresh(self.slot(Kind::Ticket).borrow().as_deref()?, now).map(sign)
    }

    #[inline]
    fn if_fresh<'a>(&self, held: &'a Held, now: Moment) -> Option<&'a TicketMidstate> {
        match held.freshness(now.boot) {
            Freshness::Fresh => {}
            Freshness::Stale => self.kick(Kind::Ticket),
            Freshness::Expiring | Freshness::Expired => return None,
        }
        self.slot(Kind::Ticket).mark_used();
        held.prepared.as_ref()
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
        let Some(cooldown) = self.cooldown(kind) else { return Err(error) };
        let error = match cooldown.retry_at_ms() {
            Some(at) => error.with_retry_at(at),
            None => error,
        };
        Err(error.with_cause(cooldown))
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
                let Some(refresher) = me.upgrade() else { return };
                // Taken first: if the flight settles at this moment, one of the two finds nothing to call.
                if let Some(done) = once(&done) {
                    done(refresher.give_up(kind, waiter, Code::Timeout, "nothing was fetched in time"));
                }
            }),
        );
    }

    /// Serves at once, fails at once at a cooldown, or joins the flight, which it begins where nobody flies. Gives the
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
        let cooldown = self.cooldown(kind).filter(|_| !self.may_look(kind));
        let board = self.slot(kind).board();
        if !board.flying
            && let Some(cooldown) = cooldown
        {
            drop(board);
            done(self.stale(kind, cooldown));
            return 0;
        }
        let (waiter, begin) = board.join(client, done);
        if begin {
            self.begin(kind);
        }
        waiter
    }

    /// Starts a refresh behind the callers' backs, unless one is under way or a cooldown forbids it. Never waits.
    fn kick(&self, kind: Kind) {
        if (self.cooldown(kind).is_none() || self.may_look(kind))
            && self.slot(kind).claim_behind(self.clock.boot())
        {
            self.begin(kind);
        }
    }

    /// Whether it is time to look at the store in spite of a cooldown: once a minute, without a request. Somebody else may
    /// have fetched what this process must not ask for.
    fn may_look(&self, kind: Kind) -> bool {
        self.store.lock_mode() != LockMode::Process && self.clock.boot() >= self.slot(kind).look_at()
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
                // Once a minute: this may be every call.
                if !was_lately(&mut self.slot(kind).board().told_stale, self.clock.boot()) {
                    self.tell(&Event::Stale { credential: kind.word(), error });
                }
                Ok(held.record.value.clone())
            }
            _ => Err(error),
        }
    }

    /// The failure that forbids asking now, as far as memory knows. A ticket without a token cannot be asked for
    /// either where the token cannot.
    fn cooldown(&self, kind: Kind) -> Option<Error> {
        let needs_token = self.lacks_token(kind);
        let token = self.token_source.fingerprint();
        let failures = self.failures();
        let own = failures.cooldown(kind, token.as_deref(), &*self.clock);
        own.or_else(|| needs_token.then(|| failures.cooldown(Kind::Token, None, &*self.clock)).flatten())
    }

    /// Whether a token must be fetched before `kind` can be.
    fn lacks_token(&self, kind: Kind) -> bool {
        kind == Kind::Ticket && self.token_source.is_fetched() && self.held(Kind::Token).1.is_none()
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

    /// Keeps the latest failure of a flight for those who stop waiting for it; a ticket waits for its token too.
    fn note_last_error(&self, kind: Kind, error: &Error) {
        self.metrics.failure(error);
        self.slot(kind).board().last_error = Some(error.clone());
        if kind == Kind::Token {
            self.slot(Kind::Ticket).board().last_error = Some(error.clone());
        }
    }

    /// Drops a credential, but only if it is still `value`. Says whether it was. A ticket is dropped three times in
    /// three minutes at most: whoever can make a caller invalidate must not be able to make wxsign ask.
    pub(crate) fn invalidate(&self, value: &str) -> bool {
        let now = self.clock.boot();
        self.slot(Kind::Token).reject(value) || self.slot(Kind::Ticket).reject_at_times(value, now)
    }

    /// Replaces the caller's own token; the cooldowns that the old one caused no longer count.
    pub(crate) fn set_token(&self, token: Secret) -> Result<(), Error> {
        self.token_source.replace(token)
    }

    /// Settles what a closing client still waits for, and stops telling it anything.
    pub(crate) fn leave(&self, client: u64) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, _)| *id != client);
        for kind in Kind::ALL {
            let left = self.slot(kind).board().take_of(client);
            for done in left {
                let closed = Err(Error::new(Code::Closed, "the client was closed"));
                // A waiter's own panic must not keep the next one waiting.
                let _ = catch_unwind(AssertUnwindSafe(|| done(closed)));
            }
        }
    }
}

impl Drop for Refresher {
    fn drop(&mut self) {
        // The scheduler's thread ends with the last refresher, and not when it would have woken by itself.
        self.runtime.wake();
    }
}

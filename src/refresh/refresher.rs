//! The calls of clients and of the background thread. How they work stands in [`super`].

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::cached::CachedCredential;
use super::context::{Context, Counts, Parts};
use super::decide::{Caller, Decision};
use super::entry::Waiter;
use super::flight;
use super::notify::{Done, Listener, Outcome};
use super::supplied::{OwnTickets, not_fixed};
use crate::clock::{Clock, Now};
use crate::credential::{Freshness, Kind};
use crate::diagnosis::KnownTicket;
use crate::error::{Code, Error};
use crate::event::Event;
use crate::fork::PerProcess;
use crate::secret::Secret;
use crate::signature::TicketMidstate;
use crate::store::LockMode;
use crate::sync::lock;
use crate::threads::RefreshAhead;

/// Fetches and caches the credentials of one account.
pub(crate) struct Refresher {
    pub(super) context: Arc<Context>,
}

/// A user's function that takes an outcome.
pub(super) type Callback = Box<dyn FnOnce(Outcome) + Send>;

/// What a waiting caller gets at once, or the number under which it waits.
enum Ask {
    Now(Outcome),
    Waiting(u64),
}

impl Refresher {
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        let refresher = Arc::new(Self { context: Arc::new(Context::new(parts)) });
        refresher.context.runtime.look_after(Arc::downgrade(&refresher) as _);
        refresher
    }

    /// The refresher that clients of this process with the same `key` share; `parts` makes it if
    /// there is none.
    pub(crate) fn shared(key: &str, parts: impl FnOnce() -> Parts) -> Arc<Self> {
        static SHARED: PerProcess<Mutex<HashMap<String, Weak<Refresher>>>> = PerProcess::new();
        let shared = SHARED.get();
        let mut refreshers = lock(&shared);
        if let Some(refresher) = refreshers.get(key).and_then(Weak::upgrade) {
            return refresher;
        }
        let refresher = Self::new(parts());
        refreshers.retain(|_, refresher| refresher.strong_count() > 0);
        refreshers.insert(key.to_owned(), Arc::downgrade(&refresher));
        refresher
    }

    /// The boot clock and the timestamp of a signature.
    #[inline]
    pub(crate) fn now(&self) -> Now {
        self.context.clock.now()
    }

    /// Lends the ticket if a waiting caller would get it without waiting; else returns none, and
    /// starts nothing.
    #[inline]
    pub(crate) fn with_ticket<R>(
        &self,
        kind: Kind,
        now: Now,
        sign: impl FnOnce(&TicketMidstate) -> R,
    ) -> Option<R> {
        let entry = self.context.entry(kind);
        let borrowed = entry.borrow();
        let cached = borrowed.as_deref()?;
        let wall = i64::try_from(now.second).unwrap_or(i64::MAX).saturating_mul(1_000);
        if cached.freshness(now.boot) != Freshness::Fresh || cached.is_behind(wall, now.boot) {
            return self.with_ticket_if_fresh(kind, sign);
        }
        entry.mark_used();
        self.context.note_use(kind, cached.value(), now.boot);
        cached.midstate.as_ref().map(sign)
    }

    /// Like [`Refresher::with_ticket`], if the ticket is not fresh.
    #[cold]
    fn with_ticket_if_fresh<R>(&self, kind: Kind, sign: impl FnOnce(&TicketMidstate) -> R) -> Option<R> {
        let (decision, cached) = self.ask(Caller::IfFresh, kind, &mut None);
        match decision {
            Decision::Serve { .. } => cached.and_then(|cached| cached.midstate.as_ref().map(sign)),
            _ => None,
        }
    }

    /// The credential without waiting. A refresh that is due is started.
    pub(crate) fn try_get(&self, kind: Kind) -> Outcome {
        if let (Kind::Token, Some(token)) = (kind, self.context.tokens.fixed()) {
            return Ok(token);
        }
        let (_, cached) = self.ask(Caller::WillNotWait, kind, &mut None);
        // Without a credential a flight may have started, and be over already.
        if let Some(cached) = cached.or_else(|| self.context.cached(kind).1) {
            self.context.note_use(kind, cached.value(), self.context.clock.boot());
            return Ok(cached.value().clone());
        }
        let error = Error::new(Code::NotReady, "nothing fresh is in memory; a fetch has begun or is due");
        let Some(cooldown) = self.context.cooldown(kind) else { return Err(error) };
        let error = match cooldown.retry_at_ms() {
            Some(at) => error.with_retry_at(at),
            None => error,
        };
        Err(error.with_cause(cooldown))
    }

    /// The credential, waiting for it on this thread. Before it waits it calls `before_waiting`:
    /// from then on [`Refresher::leave`] ends the waiting.
    pub(crate) fn get(
        &self,
        kind: Kind,
        client: u64,
        timeout: Duration,
        before_waiting: impl FnOnce(),
    ) -> Outcome {
        let (send, receive) = sync_channel(1);
        match self.ask_waiting(kind, client, || Done::Thread(send)) {
            Ask::Now(outcome) => outcome,
            Ask::Waiting(waiter) => {
                before_waiting();
                receive.recv_timeout(timeout).unwrap_or_else(|_| give_up(&self.context, kind, waiter))
            }
        }
    }

    /// The credential through a callback, which is called exactly once: on this thread if there is
    /// nothing to wait for and the thread is not inside a callback, else on a notifier thread.
    pub(crate) fn get_then(&self, kind: Kind, client: u64, timeout: Duration, callback: Callback) {
        let callback = Arc::new(Mutex::new(Some(callback)));
        let take = |callback: &Mutex<Option<Callback>>| lock(callback).take();
        let settled = Arc::clone(&callback);
        let settle = move |outcome| {
            if let Some(callback) = take(&settled) {
                callback(outcome);
            }
        };
        match self.ask_waiting(kind, client, || Done::Callback(Box::new(settle.clone()))) {
            Ask::Now(outcome) => self.call_back(move || settle(outcome)),
            Ask::Waiting(waiter) => {
                let context = Arc::downgrade(&self.context);
                let when_late = move || {
                    let Some(context) = context.upgrade() else { return };
                    // Taken first: if the flight settles now, one of the two finds no callback.
                    if let Some(callback) = take(&callback) {
                        let outcome = give_up(&context, kind, waiter);
                        context.notifier.settle([(Done::Callback(callback), outcome)]);
                    }
                };
                self.context.runtime.after(timeout, Box::new(when_late));
            }
        }
    }

    /// Runs user code that may ask again: on this thread, or on a notifier thread if this thread is
    /// inside such code already.
    pub(crate) fn call_back(&self, user_code: impl FnOnce() + Send + 'static) {
        self.context.notifier.call_back(Box::new(user_code));
    }

    fn ask_waiting(&self, kind: Kind, client: u64, done: impl FnOnce() -> Done) -> Ask {
        if let (Kind::Token, Some(token)) = (kind, self.context.tokens.fixed()) {
            return Ask::Now(Ok(token));
        }
        let mut waiter = Some(Waiter::new(client, done()));
        let number = waiter.as_ref().map_or(0, Waiter::id);
        let (decision, cached) = self.ask(Caller::Waits, kind, &mut waiter);
        match (decision, cached) {
            (Decision::Wait { .. }, _) => Ask::Waiting(number),
            (Decision::Serve { .. }, Some(cached)) => Ask::Now(Ok(cached.value().clone())),
            _ => {
                let error = self.context.cooldown(kind).unwrap_or_else(|| {
                    // It was over between the decision and here.
                    Error::new(Code::NotReady, "the cooldown has just ended; ask again")
                });
                Ask::Now(self.context.stale_or(kind, error))
            }
        }
    }

    /// Decides, and starts a flight if the decision requires one.
    pub(super) fn ask(
        &self,
        caller: Caller,
        kind: Kind,
        waiter: &mut Option<Waiter>,
    ) -> (Decision, Option<Arc<CachedCredential>>) {
        let context = &self.context;
        let entry = context.entry(kind);
        context.check_clocks(kind);
        let now = context.clock.boot();
        // The decision for every fresh credential, without a lock.
        if let Some(cached) = entry.cached().filter(|cached| cached.freshness(now) == Freshness::Fresh) {
            entry.mark_used();
            context.note_use(kind, cached.value(), now);
            return (Decision::Serve { refresh: false }, Some(cached));
        }
        let asked = context.ask(caller, kind, waiter);
        if caller != Caller::IfFresh || matches!(asked.decision, Decision::Serve { .. }) {
            entry.mark_used();
        }
        if let (Decision::Serve { .. }, Some(cached)) = (asked.decision, &asked.cached) {
            context.note_use(kind, cached.value(), now);
        }
        if let Some(epoch) = asked.flight {
            flight::start(context, kind, epoch);
        }
        (asked.decision, asked.cached)
    }

    /// Drops a credential if it is still `value`, and returns whether it was. A ticket is dropped
    /// three times in three minutes at most: a visitor who can make a caller invalidate must not be
    /// able to make wxsign ask WeChat each time.
    pub(crate) fn invalidate(&self, value: &str) -> bool {
        // The caller replaces a fixed ticket; wxsign has no way to another one.
        if self.context.tokens.tickets().and_then(OwnTickets::fixed_kind).is_some() {
            return false;
        }
        let now = self.context.clock.boot();
        Kind::ALL.into_iter().any(|kind| {
            let entry = self.context.entry(kind);
            if !kind.is_ticket() {
                return entry.reject(value);
            }
            let is_dropped = entry.reject_within_budget(value, now);
            if is_dropped {
                self.context.histories.get(kind).rejected(value, now);
            }
            is_dropped
        })
    }

    /// Replaces the caller's own token. The cooldowns that the old one caused no longer count.
    pub(crate) fn set_token(&self, token: Secret) -> Result<(), Error> {
        self.context.tokens.replace(token)
    }

    /// Puts the caller's own fixed ticket into memory, or replaces it.
    pub(crate) fn set_ticket(&self, ticket: Secret) -> Result<(), Error> {
        let kind = self.context.tokens.tickets().and_then(OwnTickets::fixed_kind).ok_or_else(not_fixed)?;
        self.context.put_fixed_ticket(kind, ticket);
        Ok(())
    }

    /// Fails if this client can never have a credential of this kind.
    #[inline]
    pub(crate) fn check_kind(&self, kind: Kind) -> Result<(), Error> {
        self.context.tokens.tickets().map_or(Ok(()), |tickets| tickets.check(kind))
    }

    /// Lets the first flight import the tutorial's ticket file, if there is no ticket by then.
    pub(crate) fn import_ticket_file(&self, path: PathBuf) {
        self.context.tutorial_file.set(path);
    }

    /// Reports events to `listener` until `client` is closed.
    pub(crate) fn listen(&self, client: u64, listener: Listener) {
        self.context.notifier.listen(client, listener);
    }

    /// Reports an event to `client` alone.
    pub(crate) fn report(&self, client: u64, event: Event) {
        self.context.notifier.emit_to(vec![client], event);
    }

    /// A client closes: settles its waiters, and reports no more events to it.
    pub(crate) fn leave(&self, client: u64) {
        self.context.notifier.leave(client);
        for kind in Kind::ALL {
            let left = self.context.entry(kind).take_of(client);
            let closed = || Err(Error::new(Code::Closed, "the client was closed"));
            self.context.notifier.settle(left.into_iter().map(|waiter| (waiter.done, closed())));
        }
    }

    /// For `state()`: a credential's freshness, the credential, and its latest failure since a
    /// success. Does no I/O.
    pub(crate) fn look(&self, kind: Kind) -> (Freshness, Option<Arc<CachedCredential>>, Option<Error>) {
        let (freshness, cached) = self.context.cached(kind);
        let error = self.context.cooldown(kind).or_else(|| self.context.cooldowns.latest(kind));
        (freshness, cached, error)
    }

    /// Whether a caller has asked for this kind. An outage fails every kind, asked for or not.
    pub(crate) fn was_asked(&self, kind: Kind) -> bool {
        self.context.entry(kind).was_asked()
    }

    /// The last two tickets of each kind, the newest of a kind first. Does no I/O.
    pub(crate) fn known_tickets(&self) -> Vec<KnownTicket> {
        let context = &self.context;
        let (boot, offset) =
            (context.clock.boot(), context.clock.wall().saturating_sub(context.clock.boot()));
        let second = |at: i64| u64::try_from(at.saturating_add(offset) / 1_000).unwrap_or_default();
        let tickets = Kind::ALL.into_iter().filter(|kind| kind.is_ticket());
        tickets
            .flat_map(|kind| {
                let cached = context.entry(kind).cached();
                let cached = cached.as_deref().map(|cached| (cached.value(), cached.schedule.end));
                context.histories.get(kind).known(kind, cached, boot, second)
            })
            .collect()
    }

    /// Takes over what the store has of these kinds, failures included, and makes no request.
    pub(crate) fn read_store(&self, kinds: &[Kind]) {
        let context = &self.context;
        for &kind in kinds {
            if let Some(record) = context.store.read(kind) {
                context.offer(kind, record);
            }
        }
        context.adopt_failures();
    }

    /// Why the store cannot be used, if it cannot.
    pub(crate) fn store_failure(&self) -> Option<String> {
        self.context.store.failure()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.context.metrics.counts()
    }

    /// Whether WeChat is known to fail, so that it is asked once a minute.
    pub(crate) fn is_circuit_open(&self) -> bool {
        self.context.cooldowns.is_circuit_open()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.context.clock
    }

    pub(crate) fn store_id(&self) -> String {
        self.context.store.id()
    }

    /// The scope of the store's lock.
    pub(crate) fn lock_mode(&self) -> LockMode {
        self.context.store.lock_mode()
    }
}

impl RefreshAhead for Refresher {
    fn refresh_due(&self) {
        for kind in Kind::ALL {
            self.context.check_clocks(kind);
            let is_due = self.context.next_refresh(kind).is_some_and(|at| at <= self.context.clock.boot());
            if is_due && let Some(epoch) = self.context.ask(Caller::WillNotWait, kind, &mut None).flight {
                flight::start(&self.context, kind, epoch);
            }
        }
    }

    fn time_to_next_refresh(&self) -> Option<Duration> {
        let at = Kind::ALL.into_iter().filter_map(|kind| self.context.next_refresh(kind)).min()?;
        let wait = at.saturating_sub(self.context.clock.boot()).max(1);
        Some(Duration::from_millis(u64::try_from(wait).unwrap_or(1)))
    }
}

impl Drop for Refresher {
    fn drop(&mut self) {
        // The background thread ends with the last refresher, and not when it would have woken by
        // itself.
        self.context.runtime.wake();
    }
}

/// A waiter stops waiting: it gets TIMEOUT, caused by the flight's latest failure, or the
/// credential in memory.
fn give_up(context: &Context, kind: Kind, waiter: u64) -> Outcome {
    let error = Error::new(Code::Timeout, "nothing was fetched in time");
    let cause = context.entry(kind).give_up(waiter);
    context.stale_or(kind, cause.into_iter().fold(error, Error::with_cause))
}

//! What callers, flights, the background thread and the watchdog share of one account: the owners
//! of its state, the steps that take more than one of them, and counts for `state()`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::cached::CachedCredential;
use super::cooldowns::Cooldowns;
use super::decide::{Caller, Throttle};
use super::entry::{Asked, Entry, Waiter};
use super::notify::{Notifier, Outcome};
use super::store_access::StoreAccess;
use super::supplied::{TokenSource, TutorialFile};
use crate::clock::Clock;
use crate::credential::{Account, Freshness, Kind, PerKind, Record, Source};
use crate::diagnosis::History;
use crate::error::Error;
use crate::event::Event;
use crate::secret::Secret;
use crate::store::Store;
use crate::sync::lock;
use crate::threads::{AccountThreads, Runtime};
use crate::upstream::Upstream;

/// The owners. Each guards its own state and holds its lock for short sections only, never over
/// I/O, a sleep, user code or another owner's lock.
pub(super) struct Context {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) runtime: Arc<dyn Runtime>,
    pub(super) threads: Arc<AccountThreads>,
    pub(super) notifier: Arc<Notifier>,
    pub(super) store: Arc<StoreAccess>,
    pub(super) cooldowns: Cooldowns,
    pub(super) metrics: Metrics,
    pub(super) tokens: TokenSource,
    pub(super) upstream: Upstream,
    pub(super) tutorial_file: TutorialFile,
    pub(super) entries: PerKind<Entry>,
    /// What became of each kind of ticket, for diagnosis.
    pub(super) histories: PerKind<History>,
}

/// What a refresher is made of.
pub(crate) struct Parts {
    pub(crate) account: Account,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) store: Box<dyn Store>,
    pub(crate) token_source: TokenSource,
    pub(crate) upstream: Upstream,
}

impl Context {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { account, clock, runtime, store, token_source, upstream } = parts;
        let threads = Arc::new(AccountThreads::new(Arc::clone(&runtime)));
        let notifier = Arc::new(Notifier::new(Arc::clone(&runtime)));
        let store = StoreAccess::new(
            store,
            account,
            Arc::clone(&clock),
            Arc::clone(&runtime),
            Arc::clone(&threads),
            Arc::clone(&notifier),
        );
        Self {
            clock,
            runtime,
            threads,
            notifier,
            store,
            cooldowns: Cooldowns::default(),
            metrics: Metrics::default(),
            tokens: token_source,
            upstream,
            tutorial_file: TutorialFile::default(),
            entries: PerKind::default(),
            histories: PerKind::default(),
        }
    }

    #[inline]
    pub(super) fn entry(&self, kind: Kind) -> &Entry {
        self.entries.get(kind)
    }

    /// A credential is handed out to a caller.
    #[inline]
    pub(super) fn note_use(&self, kind: Kind, value: &Secret, now: i64) {
        if kind.is_ticket() {
            self.histories.get(kind).handed_out(value, now);
        }
    }

    /// The credential in memory and its freshness; none if it has expired.
    pub(super) fn cached(&self, kind: Kind) -> (Freshness, Option<Arc<CachedCredential>>) {
        let cached = self.entry(kind).cached();
        let freshness =
            cached.as_ref().map_or(Freshness::Expired, |cached| cached.freshness(self.clock.boot()));
        (freshness, cached.filter(|_| freshness != Freshness::Expired))
    }

    /// The failure that forbids a request for `kind` now, as far as memory knows. If a ticket needs
    /// a token first, the token's cooldown counts too.
    pub(super) fn cooldown(&self, kind: Kind) -> Option<Error> {
        let own = self.cooldowns.active(kind, self.tokens.fingerprint().as_deref(), &*self.clock);
        own.or_else(|| {
            let needs_token = self.lacks_token(kind);
            needs_token.then(|| self.cooldowns.active(Kind::Token, None, &*self.clock)).flatten()
        })
    }

    /// Whether a token must be fetched before `kind` can be.
    pub(super) fn lacks_token(&self, kind: Kind) -> bool {
        kind.is_ticket() && self.tokens.is_fetched() && self.cached(Kind::Token).1.is_none()
    }

    /// Decides for a caller. If a flight has begun, the caller must start it.
    pub(super) fn ask(&self, caller: Caller, kind: Kind, waiter: &mut Option<Waiter>) -> Asked {
        let throttle =
            Throttle { cooling_down: self.cooldown(kind).is_some(), can_peek: self.store.is_shared() };
        self.entry(kind).ask(caller, self.clock.boot(), throttle, waiter)
    }

    /// The error of `kind`, with the time before which no process asks again.
    pub(super) fn with_retry_at(&self, kind: Kind, error: Error) -> Error {
        match self.cooldown(kind).and_then(|cooldown| cooldown.retry_at_ms()) {
            Some(at) if error.retry_at_ms().is_none() => error.with_retry_at(at),
            _ => error,
        }
    }

    /// What a caller gets if its credential could not be fetched: the one in memory until it
    /// expires, then the error.
    pub(super) fn stale_or(&self, kind: Kind, error: Error) -> Outcome {
        let Some(cached) = self.cached(kind).1 else { return Err(error) };
        self.note_use(kind, cached.value(), self.clock.boot());
        self.notifier.emit_stale(kind, &error, self.clock.boot());
        Ok(cached.value().clone())
    }

    /// Settles waiters with the outcome of a flight.
    pub(super) fn settle(&self, kind: Kind, waiters: Vec<Waiter>, outcome: &Outcome) {
        if waiters.is_empty() {
            return;
        }
        self.entry(kind).mark_used();
        let outcome = match outcome {
            Ok(value) => {
                self.note_use(kind, value, self.clock.boot());
                Ok(value.clone())
            }
            Err(error) => self.stale_or(kind, error.clone()),
        };
        self.notifier.settle(waiters.into_iter().map(|waiter| (waiter.done, outcome.clone())));
    }

    /// Counts a failed request, and keeps the failure for callers that stop waiting. A ticket waits
    /// for its token too.
    pub(super) fn note_error(&self, kind: Kind, error: &Error) {
        self.metrics.count_failure(error);
        self.entry(kind).note_error(error);
        if kind == Kind::Token {
            for ticket in Kind::ALL.into_iter().filter(|kind| kind.is_ticket()) {
                self.entry(ticket).note_error(error);
            }
        }
    }

    /// Offers memory a record that this process did not just fetch: the store's, or the late answer
    /// of a lost flight. Memory adopts it if it is newer than its own.
    pub(super) fn offer(&self, kind: Kind, record: Record) {
        if self.entry(kind).rejected().as_ref() == Some(&record.value) {
            return;
        }
        // The success of another process ends the failures before it.
        self.cooldowns.clear_before(kind, &record, self.store.sharers(), &*self.clock);
        let before = self.clock.boot();
        let taken = self.entry(kind).offer(|known| {
            let record = record.over(kind, known.map(|known| &*known.record), &*self.clock)?;
            let cached = CachedCredential::new(kind, record, Source::Store, &*self.clock);
            (cached.freshness(self.clock.boot()) != Freshness::Expired).then_some(cached)
        });
        if let Some(cached) = taken {
            self.upstream.known().add(cached.value());
            self.note_entry(kind, cached.value(), before);
            self.emit_refreshed(kind, &cached);
        }
    }

    /// Puts a credential into memory for the flight of this epoch; false if the flight does not
    /// count any more.
    pub(super) fn publish(&self, kind: Kind, epoch: u64, cached: CachedCredential) -> bool {
        let (value, before) = (cached.value().clone(), self.clock.boot());
        let is_published = self.entry(kind).publish(epoch, cached);
        if is_published {
            self.note_entry(kind, &value, before);
        }
        is_published
    }

    /// Replaces the schedule of the credential in memory if the wall clock has gained on the boot
    /// clock: the host had suspended this machine, or the clock was set. Then the earlier expiry
    /// counts, and one fetch is made.
    pub(super) fn check_clocks(&self, kind: Kind) {
        let is_behind = |c: &CachedCredential| c.is_behind(self.clock.wall(), self.clock.boot());
        if self.entry(kind).borrow().as_deref().is_some_and(is_behind) {
            self.entry(kind).offer(|known| {
                let known = known.filter(|known| is_behind(known))?;
                Some(CachedCredential::new(kind, (*known.record).clone(), known.source, &*self.clock))
            });
        }
    }

    /// The caller has set the fixed ticket.
    pub(super) fn put_fixed_ticket(&self, kind: Kind, ticket: Secret) {
        self.upstream.known().add(&ticket);
        let (cached, before) = (CachedCredential::fixed(kind, ticket, &*self.clock), self.clock.boot());
        if let Some(cached) = self.entry(kind).offer(|_| Some(cached)) {
            self.note_entry(kind, cached.value(), before);
        }
    }

    /// The value has entered memory, at `before` or later.
    fn note_entry(&self, kind: Kind, value: &Secret, before: i64) {
        if kind.is_ticket() {
            self.histories.get(kind).entered_memory(value, before);
        }
    }

    /// Another credential is in memory.
    pub(super) fn emit_refreshed(&self, kind: Kind, cached: &CachedCredential) {
        let remaining = cached.schedule.end.saturating_sub(self.clock.boot());
        let remaining = Duration::from_millis(u64::try_from(remaining).unwrap_or_default());
        self.notifier.emit(Event::Refreshed { credential: kind, source: cached.source, remaining });
    }

    /// Takes over the failures that other processes have recorded.
    pub(super) fn adopt_failures(&self) {
        if let Some(stored) = self.store.read_failures() {
            self.cooldowns.merge(stored, self.store.sharers(), &*self.clock);
            self.clear_old_failures();
        }
    }

    /// Drops the failures that are older than the credentials in memory. Another process may have
    /// written them again, unaware that they are over, or they may be those of a flight that was
    /// suspended.
    pub(super) fn clear_old_failures(&self) {
        for kind in Kind::ALL {
            if let Some(cached) = self.entry(kind).cached() {
                self.cooldowns.clear_before(kind, &cached.record, self.store.sharers(), &*self.clock);
            }
        }
    }

    /// When a credential should be refreshed ahead, on the boot clock.
    pub(super) fn next_refresh(&self, kind: Kind) -> Option<i64> {
        let now = self.clock.boot();
        let retry_at = self.cooldown(kind).and_then(|error| error.retry_at_ms());
        let wait = retry_at.map(|at| at.saturating_sub(self.clock.wall())).filter(|wait| *wait > 0);
        let cooldown_until = wait.map(|wait| now.saturating_add(wait));
        self.entry(kind).next_refresh(now, cooldown_until, self.store.is_shared())
    }

    /// A deadline on the monotonic clock as a system `Instant`.
    pub(super) fn instant_of(&self, monotonic: i64) -> Instant {
        let left = u64::try_from(monotonic.saturating_sub(self.clock.monotonic())).unwrap_or_default();
        Instant::now() + Duration::from_millis(left)
    }
}

/// What a refresher has counted since it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Requests made.
    pub(crate) requests: u64,
    /// Failed requests by errcode, or by the code's word if WeChat gave no errcode.
    pub(crate) failures: BTreeMap<String, u64>,
    /// Flights that went on without the store's lock.
    pub(crate) unlocked: u64,
    /// Flights that hung and were given up.
    pub(crate) lost: u64,
}

#[derive(Default)]
pub(super) struct Metrics(Mutex<Counts>);

impl Metrics {
    pub(super) fn count_request(&self) {
        self.change(|counts| counts.requests += 1);
    }

    pub(super) fn count_failure(&self, error: &Error) {
        let name =
            error.errcode().map_or_else(|| error.code().as_str().to_owned(), |errcode| errcode.to_string());
        self.change(|counts| *counts.failures.entry(name).or_default() += 1);
    }

    pub(super) fn count_unlocked(&self) {
        self.change(|counts| counts.unlocked += 1);
    }

    pub(super) fn count_lost(&self) {
        self.change(|counts| counts.lost += 1);
    }

    pub(super) fn counts(&self) -> Counts {
        lock(&self.0).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut lock(&self.0));
    }
}

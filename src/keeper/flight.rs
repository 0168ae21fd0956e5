//! A flight: one credential, fetched once for everybody, in nine seconds and three requests at most.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::{Keeper, TokenSource, token, verdict};
use crate::clock::Stamp;
use crate::credential::{Attempt, Begun, Grant, HandedOutForEver, Held, Kind, Record, Refetch, Standing};
use crate::error::{Code, Error};
use crate::event::Event;
use crate::secret::Secret;
use crate::store::Lock;

/// All of a flight, waiting for the lock and between requests included.
const FLIGHT_MS: i64 = 9_000;
/// The part of it that is kept for a request of our own when the lock cannot be had.
const RESERVE_MS: i64 = 2_000;
/// A single request.
const REQUEST_MS: i64 = 8_000;
/// Less time than this is not worth a request.
const SHORTEST_REQUEST_MS: i64 = 250;
const MOST_REQUESTS: u32 = 3;

/// A claim on the flight of one credential, which settles for everybody when it is dropped.
pub(super) struct Claimed {
    keeper: Arc<Keeper>,
    kind: Kind,
    outcome: Option<Result<Secret, Error>>,
}

impl Claimed {
    pub(super) fn new(keeper: Arc<Keeper>, kind: Kind) -> Self {
        Self { keeper, kind, outcome: None }
    }

    /// Flies on this thread.
    pub(super) fn fly(self) {
        let deadline = self.keeper.clock.boot().saturating_add(FLIGHT_MS);
        let _ = self.fly_until(deadline);
    }

    /// Flies on this thread, and gives the outcome to the pilot as well.
    fn fly_until(mut self, deadline: i64) -> Result<Secret, Error> {
        let flight = Flight { keeper: &self.keeper, kind: self.kind, deadline, requests: 0, started: None };
        // A panic is a defect of ours; it must neither leave anybody waiting nor reach the host program.
        let outcome = catch_unwind(AssertUnwindSafe(|| flight.run())).unwrap_or_else(|_| Err(defect()));
        self.outcome = Some(outcome.clone());
        outcome
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let keeper = &self.keeper;
        let outcome = self.outcome.take().unwrap_or_else(|| Err(defect()));
        if let Err(error) = &outcome {
            keeper.tell(&Event::Failed { credential: self.kind.word(), error: error.clone() });
        }
        let slot = keeper.slot(self.kind);
        let waiters = slot.land();
        if !waiters.is_empty() {
            slot.mark_used();
        }
        for done in waiters {
            let outcome = match &outcome {
                Ok(value) => Ok(value.clone()),
                Err(error) => keeper.stale(self.kind, error.clone()),
            };
            // A waiter's own panic must not keep the next one waiting.
            let _ = catch_unwind(AssertUnwindSafe(|| done(outcome)));
        }
        keeper.runtime.wake();
    }
}

fn defect() -> Error {
    Error::new(Code::Internal, "a flight ended without an outcome")
}

struct Flight<'a> {
    keeper: &'a Arc<Keeper>,
    kind: Kind,
    /// On the boot clock.
    deadline: i64,
    requests: u32,
    /// When the first request began, on the boot clock.
    started: Option<i64>,
}

impl Flight<'_> {
    fn run(mut self) -> Result<Secret, Error> {
        let keeper = self.keeper;
        if let (Kind::Token, TokenSource::Function(function)) = (self.kind, &keeper.token_source) {
            return token::call(function, None, self.time_left());
        }
        if let Some(value) = self.adopt() {
            return Ok(value);
        }
        self.check_floor()?;
        // Before the lock is taken: nobody waits for another flight while holding one.
        let mut token = match self.kind {
            Kind::Token => None,
            Kind::Ticket => Some(self.token(None)?),
        };
        loop {
            let lock = self.lock()?;
            if let Some(value) = self.adopt() {
                return Ok(value);
            }
            self.check_floor()?;
            match (self.fetch(token.as_ref()), &token) {
                (Ok((grant, begun)), _) => return self.keep(grant, &begun),
                (Err(error), Some(dead)) if error.code() == Code::TokenInvalidated && self.requests == 1 => {
                    drop(lock);
                    let fresh = self.token(Some(dead)).map_err(|why| self.note(error, why))?;
                    token = Some(fresh);
                }
                (Err(error), _) => {
                    self.leave_floor(&error);
                    return Err(self.with_floor(error));
                }
            }
        }
    }

    /// The token's refetch failed: that is the outcome, and where the token is our caller's, so is the floor.
    fn note(&self, refused: Error, why: Error) -> Error {
        if self.keeper.token_source.is_fetched() {
            return why;
        }
        let error = if why.code() == Code::TokenInvalidated { refused } else { why };
        self.leave_floor(&error);
        self.with_floor(error)
    }

    fn time_left(&self) -> Duration {
        let left = self.deadline.saturating_sub(self.keeper.clock.boot());
        Duration::from_millis(u64::try_from(left).unwrap_or_default())
    }

    /// Takes the store's record where it is newer than memory's, and gives the value if it is good enough.
    fn adopt(&self) -> Option<Secret> {
        let keeper = self.keeper;
        let slot = keeper.slot(self.kind);
        let stored = keeper.store_says(keeper.store.read(&keeper.account, self.kind)).flatten();
        if let Some(stored) = stored {
            let newer = slot.held().is_none_or(|held| held.record.generation < stored.generation);
            let dead = slot.board().rejected.as_ref() == Some(&stored.value);
            if newer && !dead {
                self.publish(stored, "store");
            }
        }
        let (standing, held) = keeper.held(self.kind);
        held.filter(|_| standing == Standing::Fresh).map(|held| held.record.value.clone())
    }

    fn publish(&self, record: Record, source: &'static str) -> Arc<Record> {
        let keeper = self.keeper;
        let record = Arc::new(record);
        let held = Held::new(self.kind, Arc::clone(&record), &*keeper.clock, rand::random());
        let remaining = held.end.saturating_sub(keeper.clock.boot());
        if remaining > 0 {
            keeper.slot(self.kind).publish(held);
            let remaining = Duration::from_millis(u64::try_from(remaining).unwrap_or_default());
            keeper.tell(&Event::Refreshed { credential: self.kind.word(), source, remaining });
        }
        record
    }

    /// Fails at a floor that this process or another one set.
    fn check_floor(&self) -> Result<(), Error> {
        let keeper = self.keeper;
        if let Some(stored) = keeper.store_says(keeper.store.read_attempts(&keeper.account)) {
            keeper.attempts().merge(stored);
        }
        keeper.floor(self.kind).map_or(Ok(()), Err)
    }

    /// A token to fetch the ticket with: from memory, from the flight under way, or flown for on this very thread.
    fn token(&self, refused: Option<&Secret>) -> Result<Secret, Error> {
        let keeper = self.keeper;
        match (&keeper.token_source, refused) {
            (TokenSource::Fixed(_), Some(_)) => {
                Err(Error::new(Code::TokenInvalidated, "the token is not ours to fetch"))
            }
            (TokenSource::Function(function), refused) => {
                let token = token::call(function, refused, self.time_left())?;
                match refused {
                    Some(dead) if *dead == token => Err(Error::new(
                        Code::TokenInvalidated,
                        "the accessToken function gave the refused token again",
                    )),
                    _ => Ok(token),
                }
            }
            (_, refused) => {
                if let Some(dead) = refused {
                    keeper.slot(Kind::Token).reject(dead.reveal());
                }
                self.fetched_token()
            }
        }
    }

    fn fetched_token(&self) -> Result<Secret, Error> {
        let keeper = self.keeper;
        if let Some(token) = keeper.token_source.fixed() {
            return Ok(token);
        }
        if let Some(held) = keeper.serve(Kind::Token) {
            return Ok(held.record.value.clone());
        }
        let slot = keeper.slot(Kind::Token);
        slot.mark_used();
        if slot.claim() {
            let outcome = Claimed::new(Arc::clone(keeper), Kind::Token).fly_until(self.deadline);
            slot.mark_used();
            return outcome.or_else(|error| keeper.stale(Kind::Token, error));
        }
        keeper.get(Kind::Token, 0, self.time_left())
    }

    /// The store's lock. None where the store has none to give, or where it could not be had in time although the
    /// value is past its end: a dead lock holder must not keep everybody from a ticket.
    fn lock(&self) -> Result<Option<Box<dyn Lock>>, Error> {
        let keeper = self.keeper;
        let give_up = self.deadline.saturating_sub(RESERVE_MS);
        loop {
            match keeper.store_says(keeper.store.try_lock(&keeper.account)) {
                Some(Some(lock)) => return Ok(Some(lock)),
                None => return Ok(None),
                Some(None) if keeper.clock.boot() < give_up => {
                    keeper.clock.sleep(Duration::from_millis(rand::random_range(10..50)));
                }
                Some(None) if keeper.held(self.kind).1.is_none() => return Ok(None),
                Some(None) => {
                    return Err(Error::new(Code::Timeout, "another process holds the store's lock"));
                }
            }
        }
    }

    /// Asks the service, again after a passing failure, but only once while it is known to be failing.
    fn fetch(&mut self, token: Option<&Secret>) -> Result<(Grant, Begun), Error> {
        let keeper = self.keeper;
        let most = if keeper.attempts().outage.is_some() { 1 } else { MOST_REQUESTS };
        let refetch = self.begin_refetch()?;
        loop {
            let begun = Begun::now(&*keeper.clock);
            let now = keeper.clock.boot();
            self.started.get_or_insert(now);
            self.requests += 1;
            let timeout = self.deadline.saturating_sub(now).clamp(SHORTEST_REQUEST_MS, REQUEST_MS);
            let timeout = Duration::from_millis(u64::try_from(timeout).unwrap_or_default());
            let outcome = match token {
                Some(token) => keeper.upstream.ticket(&*keeper.clock, timeout, token),
                None => keeper.upstream.token(&*keeper.clock, timeout, false),
            };
            match outcome {
                Ok(grant) => return self.unless_dead(grant, begun, refetch, timeout),
                Err(error) => {
                    keeper.slot(self.kind).board().last_error = Some(error.clone());
                    let pause = rand::random_range(0..=200_i64 << self.requests.min(3));
                    let resume = keeper.clock.boot().saturating_add(pause);
                    let late = resume.saturating_add(SHORTEST_REQUEST_MS) > self.deadline;
                    if late || self.requests >= most || !verdict::again_in_flight(&error) {
                        return Err(error);
                    }
                    keeper.clock.sleep(Duration::from_millis(u64::try_from(pause).unwrap_or_default()));
                }
            }
        }
    }

    /// A token that was refused is fetched again at most once a minute, by all processes together.
    fn begin_refetch(&self) -> Result<Option<(Secret, Refetch)>, Error> {
        let keeper = self.keeper;
        let Some(dead) = keeper.slot(self.kind).board().rejected.clone().filter(|_| self.kind == Kind::Token)
        else {
            return Ok(None);
        };
        let mut attempts = keeper.attempts();
        let refetch = attempts.refetch.take().unwrap_or_default();
        match refetch.begin(&*keeper.clock) {
            Err((kept, retry_at)) => {
                attempts.refetch = Some(kept);
                let error =
                    Error::new(Code::TokenInvalidated, "the access token was refused again within a minute");
                Err(error.with_retry_at(retry_at))
            }
            Ok(refetch) => {
                attempts.refetch = Some(refetch.clone());
                let attempts = attempts.clone();
                let _ = keeper.store_says(keeper.store.write_attempts(&keeper.account, &attempts));
                Ok(Some((dead, refetch)))
            }
        }
    }

    /// A stable token that comes back although it was refused is replaced by force, within a budget.
    fn unless_dead(
        &mut self,
        grant: Grant,
        begun: Begun,
        refetch: Option<(Secret, Refetch)>,
        timeout: Duration,
    ) -> Result<(Grant, Begun), Error> {
        let keeper = self.keeper;
        let Some((_, refetch)) = refetch.filter(|(dead, _)| *dead == grant.value) else {
            return Ok((grant, begun));
        };
        let still_dead =
            || Error::new(Code::TokenInvalidated, "the service hands out the refused access token again");
        let Some(refetch) = refetch.force(&*keeper.clock) else { return Err(still_dead()) };
        let attempts = {
            let mut attempts = keeper.attempts();
            attempts.refetch = Some(refetch);
            attempts.clone()
        };
        let _ = keeper.store_says(keeper.store.write_attempts(&keeper.account, &attempts));
        self.requests += 1;
        let begun = Begun::now(&*keeper.clock);
        let forced = keeper.upstream.token(&*keeper.clock, timeout.min(self.time_left()), true)?;
        if forced.value == grant.value { Err(still_dead()) } else { Ok((forced, begun)) }
    }

    /// A success: written down, in memory, and the floors that it proves wrong are gone.
    fn keep(&self, grant: Grant, begun: &Begun) -> Result<Secret, Error> {
        let keeper = self.keeper;
        let stored = keeper.store_says(keeper.store.read(&keeper.account, self.kind)).flatten();
        let old = stored.or_else(|| keeper.slot(self.kind).held().map(|held| (*held.record).clone()));
        let Ok(record) = Record::next(self.kind, old.as_ref(), grant, begun, rand::random()) else {
            let HandedOutForEver = HandedOutForEver;
            let error =
                Error::new(Code::BadResponse, "the service goes on handing out a ticket that must be dead");
            self.leave_floor(&error);
            return Err(self.with_floor(error));
        };
        keeper.store_says(keeper.store.write(&keeper.account, self.kind, &record));
        let value = self.publish(record, "service").value.clone();
        let attempts = {
            let mut attempts = keeper.attempts();
            let before = attempts.clone();
            attempts.clear(self.kind);
            (*attempts != before).then(|| attempts.clone())
        };
        if let Some(attempts) = attempts {
            keeper.store_says(keeper.store.write_attempts(&keeper.account, &attempts));
        }
        Ok(value)
    }

    /// A failure: nobody asks again before its floor has passed.
    fn leave_floor(&self, error: &Error) {
        let keeper = self.keeper;
        // A failure without a request, such as a lock that could not be had, says nothing about the service.
        let Some(started) = self.started else { return };
        let stamp = Stamp::take(&*keeper.clock);
        let started = started.saturating_add(stamp.offset);
        let floor = verdict::floor_ms(error, keeper.clock.wall());
        let attempts = {
            let mut attempts = keeper.attempts();
            let entry = attempts.entry(self.kind, error.code());
            let failures = entry.as_ref().map_or(1, |last| last.failures.saturating_add(1));
            *entry = Some(Attempt::new(error, failures, started, floor, stamp));
            attempts.clone()
        };
        keeper.store_says(keeper.store.write_attempts(&keeper.account, &attempts.shared()));
    }

    fn with_floor(&self, error: Error) -> Error {
        match self
            .keeper
            .attempts()
            .floor(self.kind, &*self.keeper.clock)
            .and_then(|floor| floor.retry_at_ms())
        {
            Some(at) if error.retry_at_ms().is_none() => error.with_retry_at(at),
            _ => error,
        }
    }
}

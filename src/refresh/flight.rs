//! A flight: one credential, fetched once for everybody, in nine seconds and three requests at most.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::slot::{Done, was_lately};
use super::stored::Mark;
use super::{Refresher, TokenSource, token, verdict};
use crate::credential::{Begun, Grant, Kind};
use crate::error::{Code, Error};
use crate::event::Event;
use crate::secret::Secret;

/// All of a flight, waiting for the lock and between requests included.
const FLIGHT_MS: i64 = 9_000;
/// A single request.
const REQUEST_MS: i64 = 8_000;
/// Less time than this is not worth a request.
const SHORTEST_REQUEST_MS: i64 = 250;
pub(super) const MOST_REQUESTS: u32 = 3;

/// A claim on the flight of one credential, which settles for everybody when it is dropped.
pub(super) struct Claimed {
    refresher: Arc<Refresher>,
    kind: Kind,
    outcome: Option<Result<Secret, Error>>,
    /// When it began, on the boot clock.
    begun: i64,
    /// At a cooldown that was known before: it only looks at the store.
    looks: bool,
    /// Whether it made a request.
    asked: bool,
}

impl Claimed {
    pub(super) fn new(refresher: Arc<Refresher>, kind: Kind) -> Self {
        let begun = refresher.clock.boot();
        Self { refresher, kind, outcome: None, begun, looks: false, asked: false }
    }

    /// Flies on this thread.
    pub(super) fn fly(self) {
        let deadline = self.refresher.clock.boot().saturating_add(FLIGHT_MS);
        let _ = self.fly_until(deadline);
    }

    /// Flies on this thread, and gives the outcome to the pilot as well.
    fn fly_until(mut self, deadline: i64) -> Result<Secret, Error> {
        self.looks = self.refresher.cooldown(self.kind).is_some();
        self.refresher.slot(self.kind).board().looked_at = Some(self.refresher.clock.boot());
        let mut flight = Flight {
            refresher: &self.refresher,
            kind: self.kind,
            deadline,
            requests: 0,
            asked: None,
            seen: None,
        };
        // A panic is a defect of ours; it must neither leave anybody waiting nor reach the host program.
        let outcome = catch_unwind(AssertUnwindSafe(|| flight.run())).unwrap_or_else(|_| Err(defect()));
        self.asked = flight.requests > 0;
        self.outcome = Some(outcome.clone());
        outcome
    }
}

impl Claimed {
    /// Whether a failure is worth an event. One with a request is, for it leaves a cooldown; without, it may come at every call.
    fn is_told(&self) -> bool {
        let mut board = self.refresher.slot(self.kind).board();
        self.asked || !self.looks && !was_lately(&mut board.told_idle, self.begun)
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let refresher = &self.refresher;
        let outcome = self.outcome.take().unwrap_or_else(|| Err(defect()));
        if let Err(error) = &outcome
            && self.is_told()
        {
            refresher.tell(&Event::Failed { credential: self.kind.word(), error: error.clone() });
        }
        let is_idle = outcome.is_err() && !self.asked && refresher.cooldown(self.kind).is_none();
        refresher.slot(self.kind).board().note_end(is_idle, refresher.clock.boot());
        settle(refresher, self.kind, refresher.slot(self.kind).land(), &outcome);
        refresher.runtime.wake();
    }
}

/// Tells `waiters` how it ended; what still lives is served although the flight failed.
pub(super) fn settle(refresher: &Refresher, kind: Kind, waiters: Vec<Done>, outcome: &Result<Secret, Error>) {
    if !waiters.is_empty() {
        refresher.slot(kind).mark_used();
    }
    for done in waiters {
        let outcome = match outcome {
            Ok(value) => Ok(value.clone()),
            Err(error) => refresher.stale(kind, error.clone()),
        };
        // A waiter's own panic must not keep the next one waiting.
        let _ = catch_unwind(AssertUnwindSafe(|| done(outcome)));
    }
}

fn defect() -> Error {
    Error::new(Code::Internal, "a flight ended without an outcome")
}

pub(super) struct Flight<'a> {
    pub(super) refresher: &'a Arc<Refresher>,
    pub(super) kind: Kind,
    /// On the boot clock.
    pub(super) deadline: i64,
    pub(super) requests: u32,
    /// When the first request and the latest one began, on the boot clock.
    pub(super) asked: Option<(i64, i64)>,
    /// The store's record when it was last looked at.
    pub(super) seen: Option<Mark>,
}

impl Flight<'_> {
    fn run(&mut self) -> Result<Secret, Error> {
        let refresher = self.refresher;
        if let (Kind::Token, TokenSource::Function(function)) = (self.kind, &refresher.token_source) {
            return token::call(function, None, self.time_left());
        }
        if let Some(value) = self.adopt() {
            return Ok(value);
        }
        self.check_cooldown()?;
        // Before the lock is taken: nobody waits for another flight while holding one.
        let mut token = match self.kind {
            Kind::Token => None,
            Kind::Ticket => Some(self.token(None)?),
        };
        let mut refetched = false;
        loop {
            let lock = self.lock()?;
            if let Some(value) = self.adopt() {
                return Ok(value);
            }
            self.check_cooldown()?;
            match (self.fetch(token.as_ref()), &token) {
                (Ok((grant, begun)), _) => return self.keep(grant, &begun),
                (Err(error), Some(dead))
                    if error.code() == Code::TokenInvalidated
                        && !refetched
                        && self.requests < MOST_REQUESTS =>
                {
                    drop(lock);
                    refetched = true;
                    let fresh = self.token(Some(dead)).map_err(|why| self.note(error, why))?;
                    token = Some(fresh);
                }
                (Err(error), _) => {
                    // This process may have been stopped for long, and another one have gone on.
                    let fetched = self.adopt();
                    self.leave_cooldown(&error);
                    return fetched.ok_or_else(|| self.with_cooldown(error));
                }
            }
        }
    }

    /// The token's refetch failed: that is the outcome, and where the token is our caller's, so is the cooldown.
    fn note(&self, refused: Error, why: Error) -> Error {
        if self.refresher.token_source.is_fetched() {
            return why;
        }
        let error = if why.code() == Code::TokenInvalidated { refused } else { why };
        self.leave_cooldown(&error);
        self.with_cooldown(error)
    }

    pub(super) fn time_left(&self) -> Duration {
        let left = self.deadline.saturating_sub(self.refresher.clock.boot());
        Duration::from_millis(u64::try_from(left).unwrap_or_default())
    }

    /// A token to fetch the ticket with: from memory, from the flight under way, or flown for on this very thread.
    fn token(&self, refused: Option<&Secret>) -> Result<Secret, Error> {
        let refresher = self.refresher;
        match (&refresher.token_source, refused) {
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
                    refresher.slot(Kind::Token).reject(dead.reveal());
                }
                self.fetched_token()
            }
        }
    }

    fn fetched_token(&self) -> Result<Secret, Error> {
        let refresher = self.refresher;
        if let Some(token) = refresher.token_source.fixed() {
            return Ok(token);
        }
        if let Some(held) = refresher.serve(Kind::Token) {
            return Ok(held.record.value.clone());
        }
        let slot = refresher.slot(Kind::Token);
        slot.mark_used();
        if slot.claim() {
            let outcome = Claimed::new(Arc::clone(refresher), Kind::Token).fly_until(self.deadline);
            slot.mark_used();
            return outcome.or_else(|error| refresher.stale(Kind::Token, error));
        }
        refresher.get(Kind::Token, 0, self.time_left())
    }

    /// Asks the service, again after a passing failure, but only once while it is known to be failing.
    fn fetch(&mut self, token: Option<&Secret>) -> Result<(Grant, Begun), Error> {
        let refresher = self.refresher;
        let most = if refresher.failures().circuit_open.is_some() { 1 } else { MOST_REQUESTS };
        let refetch = self.begin_refetch()?;
        loop {
            let begun = Begun::now(&*refresher.clock);
            let now = refresher.clock.boot();
            self.asked = Some((self.asked.map_or(now, |(first, _)| first), now));
            self.requests += 1;
            refresher.metrics.request();
            let timeout = self.deadline.saturating_sub(now).clamp(SHORTEST_REQUEST_MS, REQUEST_MS);
            let timeout = Duration::from_millis(u64::try_from(timeout).unwrap_or_default());
            let outcome = match token {
                Some(token) => refresher.upstream.ticket(&*refresher.clock, timeout, token),
                None => refresher.upstream.token(&*refresher.clock, timeout, false),
            };
            match outcome {
                Ok(grant) => return self.unless_dead(grant, begun, refetch, timeout),
                Err(error) => {
                    refresher.note_last_error(self.kind, &error);
                    let pause = rand::random_range(0..=200_i64 << self.requests.min(3));
                    let resume = refresher.clock.boot().saturating_add(pause);
                    let late = resume.saturating_add(SHORTEST_REQUEST_MS) > self.deadline;
                    if late || self.requests >= most || !verdict::again_in_flight(&error) {
                        return Err(error);
                    }
                    refresher.clock.sleep(Duration::from_millis(u64::try_from(pause).unwrap_or_default()));
                }
            }
        }
    }
}

//! The requests of a flight to WeChat: at most three, with pauses between them, all before the
//! flight's deadline. Replacing a refused token has a budget.

use std::time::Duration;

use super::context::Context;
use super::cooldowns::is_transient;
use super::guard::FlightGuard;
use crate::credential::{Grant, Kind, Refetch, RequestStart};
use crate::error::{Code, Error};
use crate::jitter;
use crate::secret::Secret;

const MAX_REQUESTS: u32 = 3;
const MAX_REQUEST_MS: i64 = 8_000;
/// Less time than this is not worth a request.
const MIN_REQUEST_MS: i64 = 250;

pub(super) struct Requests<'a> {
    guard: &'a FlightGuard,
    context: &'a Context,
    kind: Kind,
    count: u32,
    /// When the first request and the latest one began, on the boot clock.
    asked: Option<(i64, i64)>,
}

impl<'a> Requests<'a> {
    pub(super) fn new(guard: &'a FlightGuard) -> Self {
        Self { guard, context: &guard.context, kind: guard.kind, count: 0, asked: None }
    }

    /// Whether the flight may make one more request.
    pub(super) fn may_ask(&self) -> bool {
        self.count < MAX_REQUESTS
    }

    /// When the first request and the latest one began, on the boot clock.
    pub(super) fn asked(&self) -> Option<(i64, i64)> {
        self.asked
    }

    /// Asks WeChat, again after a transient failure. While WeChat is known to fail there is one
    /// request only.
    pub(super) fn fetch(&mut self, token: Option<&Secret>) -> Result<(Grant, RequestStart), Error> {
        let context = self.context;
        let max = if context.cooldowns.is_circuit_open() { 1 } else { MAX_REQUESTS };
        let refetch = self.begin_refetch()?;
        loop {
            let (grant, start) = match self.request(token, false) {
                Ok(answer) => answer,
                Err(error) => {
                    let pause = jitter::below((200 << self.count.min(3)) + 1);
                    let resume = context.clock.monotonic().saturating_add(pause);
                    let is_late = resume.saturating_add(MIN_REQUEST_MS) > self.guard.deadline;
                    if is_late || self.count >= max || !is_transient(&error) {
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
        self.guard.check_epoch()?;
        let start = RequestStart::now(&*context.clock);
        let now = context.clock.boot();
        self.asked = Some((self.asked.map_or(now, |(first, _)| first), now));
        self.count += 1;
        self.guard.note_request();
        context.metrics.count_request();
        let left = self.guard.deadline.saturating_sub(context.clock.monotonic());
        let timeout = left.clamp(MIN_REQUEST_MS, MAX_REQUEST_MS);
        let timeout = Duration::from_millis(u64::try_from(timeout).unwrap_or_default());
        let outcome = match token {
            Some(token) => context.upstream.ticket(self.kind, &*context.clock, timeout, token),
            None => context.upstream.token(&*context.clock, timeout, force),
        };
        outcome.map(|grant| (grant, start)).inspect_err(|error| {
            if self.guard.check_epoch().is_ok() {
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
        context.store.write_failures(context.cooldowns.shared(context.store.sharers()));
        Ok(Some((refused, refetch)))
    }

    /// WeChat has returned the refused token again: it is replaced by force, within a budget.
    fn force(&mut self, refused: &Secret, refetch: Refetch) -> Result<(Grant, RequestStart), Error> {
        let context = self.context;
        let refusal = context.entry(self.kind).refusal();
        // With the errcode of the refusal, also for calls that meet this failure's cooldown.
        let still_dead = || {
            let error = Error::new(Code::TokenInvalidated, "WeChat returns the refused access token again");
            match refusal.as_ref().and_then(|refusal| Some((refusal.errcode()?, refusal.rid()))) {
                Some((errcode, rid)) => error.with_answer(errcode, rid.map(str::to_owned), None),
                None => error,
            }
        };
        if self.count >= MAX_REQUESTS
            || !context.upstream.can_force()
            || !context.cooldowns.force(refetch, &*context.clock)
        {
            return Err(still_dead());
        }
        context.store.write_failures(context.cooldowns.shared(context.store.sharers()));
        let (grant, start) = self.request(None, true)?;
        if grant.value == *refused { Err(still_dead()) } else { Ok((grant, start)) }
    }
}

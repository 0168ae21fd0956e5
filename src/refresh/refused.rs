//! What a flight does about a token that WeChat refused: one refetch a minute, force within a budget, no duel.

use std::time::Duration;

use super::flight::{Flight, MOST_REQUESTS};
use super::health::Deed;
use crate::credential::{Begun, Grant, Kind, Refetch};
use crate::error::{Code, Error};
use crate::secret::Secret;
use crate::store::step_deadline;

impl Flight<'_> {
    /// A token that was refused is fetched again at most once a minute, by all processes together.
    pub(super) fn begin_refetch(&self) -> Result<Option<(Secret, Refetch)>, Error> {
        let refresher = self.refresher;
        let Some(dead) =
            refresher.slot(self.kind).board().rejected.clone().filter(|_| self.kind == Kind::Token)
        else {
            return Ok(None);
        };
        let mut failures = refresher.failures();
        let refetch = failures.refetch.take().unwrap_or_default();
        match refetch.begin(&*refresher.clock) {
            Err((kept, retry_at)) => {
                failures.refetch = Some(kept);
                let error =
                    Error::new(Code::TokenInvalidated, "the access token was refused again within a minute");
                Err(error.with_retry_at(retry_at))
            }
            Ok(refetch) => {
                failures.refetch = Some(refetch.clone());
                let failures = failures.clone().shared();
                let _ = refresher.store_says(
                    Deed::Write,
                    refresher.store.write_failures(step_deadline(), &refresher.account, &failures),
                );
                Ok(Some((dead, refetch)))
            }
        }
    }

    /// A stable token that comes back although it was refused is replaced by force, within a budget.
    pub(super) fn unless_dead(
        &mut self,
        grant: Grant,
        begun: Begun,
        refetch: Option<(Secret, Refetch)>,
        timeout: Duration,
    ) -> Result<(Grant, Begun), Error> {
        let refresher = self.refresher;
        let Some((_, refetch)) = refetch.filter(|(dead, _)| *dead == grant.value) else {
            return Ok((grant, begun));
        };
        let still_dead =
            || Error::new(Code::TokenInvalidated, "the service hands out the refused access token again");
        if self.requests >= MOST_REQUESTS {
            return Err(still_dead());
        }
        let Some(refetch) = refetch.force(&*refresher.clock) else { return Err(still_dead()) };
        let failures = {
            let mut failures = refresher.failures();
            failures.refetch = Some(refetch);
            failures.clone().shared()
        };
        let _ = refresher.store_says(
            Deed::Write,
            refresher.store.write_failures(step_deadline(), &refresher.account, &failures),
        );
        self.requests += 1;
        refresher.metrics.request();
        let begun = Begun::now(&*refresher.clock);
        let forced = refresher.upstream.token(&*refresher.clock, timeout.min(self.time_left()), true)?;
        if forced.value == grant.value { Err(still_dead()) } else { Ok((forced, begun)) }
    }
}

//! What a refresher says of itself: events as they happen, how a credential stands, and whether the store works.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};

use super::metrics::Counts;
use super::{Listener, Refresher};
use crate::clock::Clock;
use crate::credential::{Failure, Freshness, Held, Kind};
use crate::error::Error;
use crate::event::Event;
use crate::store::{LockMode, StoreError};

/// What is known of a store that fails.
#[derive(Default)]
pub(super) struct Degraded {
    /// Each deed's failure is over when that deed succeeds: a full disk can still be read.
    reasons: BTreeMap<Deed, String>,
    /// On the boot clock; one warning an hour.
    warned_at: Option<i64>,
}

/// What a store is asked to do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    Read,
    Lock,
    Write,
    /// Forgetting failures is no proof that there is room to write.
    Forget,
}

impl Refresher {
    /// Tells `listener` what happens, until `client` leaves.
    pub(crate) fn listen(&self, client: u64, listener: Listener) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push((client, listener));
    }

    pub(super) fn tell(&self, event: &Event) {
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (_, listener) in listeners {
            // It is the caller's code: its panic must not end a flight that others wait for.
            let _ = catch_unwind(AssertUnwindSafe(|| listener(event)));
        }
    }

    /// Notes how the store did: a failure degrades to memory, with one warning an hour.
    pub(super) fn store_says<T>(&self, deed: Deed, outcome: Result<T, StoreError>) -> Option<T> {
        let mut degraded = self.degraded.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(value) => {
                degraded.reasons.remove(&deed);
                Some(value)
            }
            Err(error) => {
                let reason = error.to_string();
                let now = self.clock.boot();
                let first = degraded.reasons.is_empty();
                degraded.reasons.insert(deed, reason.clone());
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
        let degraded = self.degraded.lock().unwrap_or_else(PoisonError::into_inner);
        degraded.reasons.values().next().cloned()
    }

    /// What was counted since the refresher began.
    pub(crate) fn counts(&self) -> Counts {
        self.metrics.counts()
    }

    /// Whether the service is known to fail, so that it is probed once a minute.
    pub(crate) fn is_circuit_open(&self) -> bool {
        self.failures().circuit_open.is_some()
    }

    /// A line for `state()`: how a credential stands. No I/O.
    pub(crate) fn look(&self, kind: Kind) -> (Freshness, Option<Arc<Held>>, Option<Error>) {
        let (freshness, held) = self.held(kind);
        let failures = self.failures();
        let last = failures.of(kind).or(failures.circuit_open.as_ref()).map(Failure::error);
        drop(failures);
        (freshness, held, self.cooldown(kind).or(last))
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub(crate) fn store_id(&self) -> String {
        self.store.id()
    }

    /// Whom the store's lock keeps out.
    pub(crate) fn lock_mode(&self) -> LockMode {
        self.store.lock_mode()
    }
}

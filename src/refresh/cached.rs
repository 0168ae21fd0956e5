//! A credential in memory: its record, its times on this process's clock, and what signing with it
//! needs.

use std::sync::Arc;

use crate::clock::{Clock, has_gained};
use crate::credential::{Freshness, Grant, Kind, Record, RequestStart, Schedule, Source};
use crate::secret::Secret;
use crate::signature::TicketMidstate;

/// The life of a ticket that the caller supplies once and for all: far beyond any clock.
pub(super) const FOREVER_MS: i64 = 1 << 50;

/// A record that can be served.
#[derive(Clone, Debug)]
pub(crate) struct CachedCredential {
    pub(crate) record: Arc<Record>,
    pub(crate) schedule: Schedule,
    pub(crate) source: Source,
    /// By how much the wall clock was ahead of the boot clock when the schedule was made.
    offset: i64,
    /// For a ticket: its midstate, for signing.
    pub(super) midstate: Option<TicketMidstate>,
}

impl CachedCredential {
    pub(super) fn new(kind: Kind, record: Record, source: Source, clock: &dyn Clock) -> Self {
        let schedule = Schedule::new(kind, &record, clock, crate::jitter::unit());
        let midstate = kind.is_ticket().then(|| TicketMidstate::new(record.value.reveal()));
        let offset = clock.wall().saturating_sub(clock.boot());
        Self { record: Arc::new(record), schedule, source, offset, midstate }
    }

    /// The caller's own ticket, of which the caller has said how long it lives.
    pub(super) fn own(kind: Kind, grant: Grant, start: &RequestStart, clock: &dyn Clock) -> Self {
        Self::new(kind, Record::own(grant, start), Source::Caller, clock)
    }

    /// Whether nothing says when it ends: a fixed ticket of the caller's.
    pub(crate) fn is_endless(&self) -> bool {
        self.record.life == FOREVER_MS
    }

    #[inline]
    pub(super) fn freshness(&self, boot_now: i64) -> Freshness {
        self.schedule.freshness(boot_now)
    }

    /// Whether the wall clock has gained on the boot clock since the schedule was made.
    #[inline]
    pub(super) fn is_behind(&self, wall_now: i64, boot_now: i64) -> bool {
        has_gained(self.offset, wall_now, boot_now)
    }

    pub(super) fn value(&self) -> &Secret {
        &self.record.value
    }

    /// Whether this credential follows `old` without a gap: the same value, or a new one whose age
    /// is not known yet.
    pub(super) fn continues(&self, old: &Self) -> bool {
        old.value() == self.value() || !self.record.age_known
    }
}

//! A credential in memory: its record, its times on this process's clock, and what signing with it
//! needs.

use std::sync::Arc;

use crate::clock::{Clock, Stamp, has_gained};
use crate::credential::{Freshness, Grant, Kind, Record, RequestStart, Schedule, Source};
use crate::secret::Secret;
use crate::signature::TicketMidstate;

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

    /// A ticket of the caller's function, which has said how long the ticket lives.
    pub(super) fn own(kind: Kind, grant: Grant, start: &RequestStart, clock: &dyn Clock) -> Self {
        Self::new(kind, Record::own(grant, start), Source::Caller, clock)
    }

    /// The caller's fixed ticket. It is fresh for ever, whatever the clocks do. Reads no file: its
    /// times are on the boot clock, and without a boot's id.
    pub(super) fn fixed(kind: Kind, value: Secret, clock: &dyn Clock) -> Self {
        let stamp = Stamp { boot_id: String::new(), offset: 0 };
        Self {
            midstate: kind.is_ticket().then(|| TicketMidstate::new(value.reveal())),
            record: Arc::new(Record::fixed(value, clock.boot(), stamp)),
            schedule: Schedule { refresh_at: i64::MAX, wait_at: i64::MAX, end: i64::MAX },
            source: Source::Caller,
            offset: i64::MAX,
        }
    }

    /// Whether nothing says when it ends: the caller's fixed ticket.
    pub(crate) fn is_endless(&self) -> bool {
        self.schedule.end == i64::MAX
    }

    /// How long ago the value was first seen.
    pub(crate) fn age(&self, clock: &dyn Clock) -> i64 {
        let now = if self.is_endless() { clock.boot() } else { self.record.stamp.now(clock) };
        now.saturating_sub(self.record.first_seen)
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

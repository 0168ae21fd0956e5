//! How fresh a value is: serve it, serve it and ask behind, wait for a new one, or do without.

use std::sync::Arc;

use super::{Kind, Record};
use crate::clock::Clock;
use crate::signature::TicketMidstate;

/// What may be done with a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Freshness {
    /// Serve it.
    Fresh,
    /// Serve it, and refresh it behind.
    Stale,
    /// Wait for a new one; serve it if there is none.
    Expiring,
    /// Past its end.
    Expired,
}

/// Where a value in memory came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// This process fetched it.
    Service,
    /// Another process had put it into the store, or this one before it was started anew.
    Store,
    /// The file of something else than wxsign.
    Import,
}

impl Source {
    /// The word in events and reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Store => "store",
            Self::Import => "import",
        }
    }
}

/// A record in memory, with its times on this process's boot clock, where nobody can set them.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) record: Arc<Record>,
    /// Of a ticket: ready to sign with.
    pub(crate) prepared: Option<TicketMidstate>,
    /// From then on the service is asked behind the callers' backs.
    pub(crate) ask_at: i64,
    /// From then on a caller waits for the answer.
    pub(crate) wait_at: i64,
    /// From then on it is not served.
    pub(crate) end: i64,
    pub(crate) source: Source,
}

impl Held {
    /// `spread`, from 0 to 1, shortens the soft window by up to a half, so that processes do not refresh in step.
    pub(crate) fn new(kind: Kind, record: Arc<Record>, clock: &dyn Clock, spread: f64) -> Self {
        let boot = clock.boot();
        let now = record.stamp.now(clock);
        let here = |time: i64| boot.saturating_add(time.saturating_sub(now));
        let life = record.life;
        // After another boot the wall clock may have gone back: no end is further away than a whole life.
        let end = here(record.end()).min(boot.saturating_add(life));
        let known_end = here(record.expires_at).min(end);
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // at most 600,000
        let soft = ((life / 3).min(kind.soft_cap()) as f64 * (1.0 - spread / 2.0)) as i64;
        let hard = (life / 10).min(60_000);
        let next_check = here(record.next_check);
        let soft_at = known_end.saturating_sub(soft);
        let (ask_at, wait_at) = if now < record.fetched_at.saturating_sub(60_000) {
            // The clock went back, and how old this is cannot be told: the answer has a stamp of this time line.
            (boot, boot)
        } else if record.age_known {
            (soft_at.max(next_check), known_end.saturating_sub(hard))
        } else {
            // After a suspend nobody has asked for long: by now it may be dead.
            (next_check, next_check.saturating_add(record.age_check()).min(known_end.saturating_sub(hard)))
        };
        let prepared = (kind == Kind::Ticket).then(|| TicketMidstate::new(record.value.reveal()));
        Self { ask_at, wait_at: wait_at.max(ask_at), end, prepared, record, source: Source::Service }
    }

    pub(crate) fn from(self, source: Source) -> Self {
        Self { source, ..self }
    }

    pub(crate) fn freshness(&self, boot_now: i64) -> Freshness {
        if boot_now >= self.end {
            Freshness::Expired
        } else if boot_now < self.ask_at {
            Freshness::Fresh
        } else if boot_now < self.wait_at {
            Freshness::Stale
        } else {
            Freshness::Expiring
        }
    }
}

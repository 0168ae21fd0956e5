//! One thread's view of the ticket: as long as it does not change, looking at it is one load.

use std::ops::Deref;
use std::sync::Arc;

use arc_swap::{ArcSwapOption, Cache};

use super::Refresher;
use crate::clock::Moment;
use crate::credential::{Held, Kind};
use crate::signature::Prepared;

/// Keeps the ticket that it saw last alive until it looks again.
pub(crate) struct TicketView {
    refresher: Arc<Refresher>,
    seen: Cache<Place, Option<Arc<Held>>>,
}

struct Place(Arc<Refresher>);

impl Deref for Place {
    type Target = ArcSwapOption<Held>;
    fn deref(&self) -> &Self::Target {
        self.0.slot(Kind::Ticket).place()
    }
}

impl TicketView {
    pub(crate) fn new(refresher: &Arc<Refresher>) -> Self {
        Self { refresher: Arc::clone(refresher), seen: Cache::new(Place(Arc::clone(refresher))) }
    }

    /// The ticket, where [`Refresher::with_ticket`] would give it.
    #[inline]
    pub(crate) fn fresh(&mut self, now: Moment) -> Option<&Prepared> {
        self.refresher.if_fresh(self.seen.load().as_deref()?, now)
    }
}

//! One thread's view of the ticket: as long as it does not change, looking at it is one load.

use std::ops::Deref;
use std::sync::Arc;

use arc_swap::{ArcSwapOption, Cache};

use super::Keeper;
use crate::clock::Moment;
use crate::credential::{Held, Kind};
use crate::signature::Prepared;

/// Keeps the ticket that it saw last alive until it looks again.
pub(crate) struct TicketView {
    keeper: Arc<Keeper>,
    seen: Cache<Place, Option<Arc<Held>>>,
}

struct Place(Arc<Keeper>);

impl Deref for Place {
    type Target = ArcSwapOption<Held>;
    fn deref(&self) -> &Self::Target {
        self.0.slot(Kind::Ticket).place()
    }
}

impl TicketView {
    pub(crate) fn new(keeper: &Arc<Keeper>) -> Self {
        Self { keeper: Arc::clone(keeper), seen: Cache::new(Place(Arc::clone(keeper))) }
    }

    /// The ticket, where [`Keeper::with_ticket`] would give it.
    #[inline]
    pub(crate) fn fresh(&mut self, now: Moment) -> Option<&Prepared> {
        self.keeper.if_fresh(self.seen.load().as_deref()?, now)
    }
}

//! One thread's view of the ticket: as long as it does not change, looking at it is one load.

use std::ops::Deref;
use std::sync::Arc;

use arc_swap::{ArcSwapOption, Cache};

use super::Keeper;
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

    /// The same as [`Keeper::with_ticket`].
    #[inline]
    pub(crate) fn with<R>(&mut self, sign: impl FnOnce(&Prepared, u64) -> R) -> Option<R> {
        self.keeper.sign_if_fresh(self.seen.load().as_deref()?, sign)
    }
}

//! Taking over a ticket that something else than a refresher had kept.

use std::sync::Arc;

use super::Refresher;
use super::health::Deed;
use crate::credential::{Held, Kind, Record, Source};
use crate::store::step_deadline;

impl Refresher {
    /// Takes the ticket of the tutorial's file, but only where neither memory nor store has one. Does I/O.
    pub(crate) fn import_tutorial_file(&self, json: &[u8]) {
        let Some(record) = Record::from_tutorial_file(json, &*self.clock) else { return };
        let stored =
            self.store_says(Deed::Read, self.store.read(step_deadline(), &self.account, Kind::Ticket));
        if self.slot(Kind::Ticket).held().is_some() || stored.flatten().is_some() {
            return;
        }
        self.store_says(Deed::Write, self.store.write(step_deadline(), &self.account, Kind::Ticket, &record));
        let held = Held::new(Kind::Ticket, Arc::new(record), &*self.clock, rand::random());
        self.slot(Kind::Ticket).publish(held.from(Source::Import));
    }
}

//! A caller that waits for a flight, and how it gets the outcome.

use std::sync::mpsc::SyncSender;

use crate::error::Error;
use crate::secret::Secret;
use crate::sync::{AtomicU64, Ordering};

/// The outcome of a call: a token or ticket, or why there is none.
pub(crate) type Outcome = Result<Secret, Error>;

/// How a waiter gets its outcome, exactly once.
pub(crate) enum Done {
    /// A thread that blocks on the other end.
    Thread(SyncSender<Outcome>),
    /// User code.
    Callback(Box<dyn FnOnce(Outcome) + Send>),
}

/// A caller that waits for the flight under way.
pub(super) struct Waiter {
    id: u64,
    pub(super) client: u64,
    pub(super) done: Done,
}

impl Waiter {
    pub(super) fn new(client: u64, done: Done) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self { id: NEXT.fetch_add(1, Ordering::Relaxed), client, done }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }
}

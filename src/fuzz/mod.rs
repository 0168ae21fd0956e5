//! What must hold for every input: one list of checks for the harness of `make test` and for the
//! fuzz targets in fuzz/.
//!
//! A check takes bytes, panics where a promise is broken, and says whether it took the input for
//! something good. Each stands beside the code that it looks into; `seeds` are inputs from which
//! others are made.

#[cfg(test)]
pub(crate) mod mutants;
pub mod signing;

pub use crate::credential::fuzz as tutorial;
pub use crate::page_url::fuzz as page_url;
pub use crate::store::fuzz::{failures, record};
pub use crate::upstream::fuzz::{ticket_answer, token_answer};

use std::time::Duration;

use crate::clock::Clock;

/// When inputs were written, in Unix milliseconds.
pub(crate) const T0: i64 = 1_700_000_000_000;

/// A clock that stands so many milliseconds after [`T0`].
pub(crate) struct FixedClock(pub(crate) i64);

impl Clock for FixedClock {
    fn wall(&self) -> i64 {
        T0 + self.0
    }
    fn boot(&self) -> i64 {
        1_000_000 + self.0
    }
    fn boot_id(&self) -> &'static str {
        "boot"
    }
    fn sleep(&self, _: Duration) {}
}

//! What must hold for every input: one list of checks for the harness of `make test` and for the
//! fuzz targets in fuzz/.
//!
//! A check takes bytes, panics if a promise is broken, and says whether it took the input for
//! something good. Each stands beside the code that it looks into; `seeds` are inputs from which
//! others are made.

pub mod signing;

pub use crate::credential::fuzz as tutorial;
pub use crate::page_url::fuzz as page_url;
pub use crate::store::fuzz::{failures, record};
pub use crate::upstream::fuzz::{ticket_answer, token_answer};

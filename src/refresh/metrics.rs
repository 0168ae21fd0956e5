//! Counts for `state()`: requests, failures by errcode or code, flights without the lock, flights
//! that were lost.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::error::Error;

/// What a refresher has counted since it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Requests made.
    pub(crate) requests: u64,
    /// Failed requests by errcode, or by the code's word if WeChat gave no errcode.
    pub(crate) failures: BTreeMap<String, u64>,
    /// Flights that went on without the store's lock.
    pub(crate) unlocked: u64,
}

#[derive(Default)]
pub(super) struct Metrics(Mutex<Counts>);

impl Metrics {
    pub(super) fn count_request(&self) {
        self.change(|counts| counts.requests += 1);
    }

    pub(super) fn count_failure(&self, error: &Error) {
        let name =
            error.errcode().map_or_else(|| error.code().as_str().to_owned(), |errcode| errcode.to_string());
        self.change(|counts| *counts.failures.entry(name).or_default() += 1);
    }

    pub(super) fn count_unlocked(&self) {
        self.change(|counts| counts.unlocked += 1);
    }

    pub(super) fn counts(&self) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

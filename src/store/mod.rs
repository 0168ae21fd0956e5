//! Where processes share records: in files, in a Redis, or nowhere.

mod error;
mod file;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod stuck_lock;

pub(crate) use error::StoreError;
#[cfg(any(test, fuzzing))]
pub use file::fuzz;
#[cfg(test)]
pub(crate) use file::tests::faults;
pub(crate) use file::{FileStore, default_dir};
pub(crate) use memory::MemoryStore;
pub(crate) use stuck_lock::StuckLockDetector;

#[cfg(feature = "redis")]
pub(crate) use self::redis::RedisStore;

use std::time::Duration;

use serde::Deserialize;

use crate::credential::check::whole;
use crate::credential::{Account, Failures, Kind, Record};
use crate::deadline::Deadline;

/// The format that this version writes. Records of a newer one are left alone, those of an older
/// one replaced.
const FORMAT: u32 = 2;

/// What every record begins with.
#[derive(Deserialize)]
struct Header {
    #[serde(deserialize_with = "whole")]
    format: u32,
}

/// How long a read, a write or a try of the lock may take.
const MAX_STEP: Duration = Duration::from_secs(1);

/// The deadline of a step that begins now.
pub(crate) fn step_deadline() -> Deadline {
    Deadline::after(MAX_STEP)
}

/// Keeps the records of accounts. Each step may do I/O, ends by its deadline or later (files), and
/// may fail; the refresher then goes on without the store. After an error that
/// [`StoreError::concerns_one_record`] the other steps work: a write replaces an unusable record.
pub(crate) trait Store: Send + Sync {
    /// Names the place, so that clients of one process on the same place share their flights.
    fn id(&self) -> String;

    /// The record; none if there is none. One that cannot be used is an error.
    fn read(&self, deadline: Deadline, account: &Account, kind: Kind) -> Result<Option<Record>, StoreError>;

    /// Writes the record unless a newer one is there.
    fn write(
        &self,
        deadline: Deadline,
        account: &Account,
        kind: Kind,
        record: &Record,
    ) -> Result<(), StoreError>;

    /// The recorded failures.
    fn read_failures(&self, deadline: Deadline, account: &Account) -> Result<Failures, StoreError>;

    /// Writes the failures. If there are none, removes the record.
    fn write_failures(
        &self,
        deadline: Deadline,
        account: &Account,
        failures: &Failures,
    ) -> Result<(), StoreError>;

    /// The lock of the account; none while another process has it. Dropping it unlocks.
    fn try_lock(&self, deadline: Deadline, account: &Account) -> Result<Option<Box<dyn Lock>>, StoreError>;

    /// The scope of the lock: which processes it excludes, as the latest step found it. Does no
    /// I/O.
    fn lock_mode(&self) -> LockMode;
}

/// Which processes a store's lock excludes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LockMode {
    /// Nothing is kept outside of this process: no other one can take part.
    Process,
    /// Every process of this machine.
    File,
    /// Every process on the same Redis.
    Redis,
    /// None: the store has no lock, or one that cannot be trusted.
    None,
}

impl LockMode {
    /// The word in `state()`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::File => "file",
            Self::Redis => "redis",
            Self::None => "none",
        }
    }
}

/// The lock of an account, until it is dropped.
pub(crate) trait Lock: Send {}

//! Where records live between processes.

mod file;
mod memory;
#[cfg(feature = "redis")]
mod redis;

#[cfg(any(test, fuzzing))]
pub use file::fuzz;
pub(crate) use file::{FileStore, default_dir};
#[cfg(test)]
pub(crate) use file::{PRETENDED, faults};
pub(crate) use memory::MemoryStore;

#[cfg(feature = "redis")]
pub(crate) use self::redis::RedisStore;

use std::fmt;
use std::time::Duration;

use crate::credential::{Account, Failures, Kind, Record};
use crate::deadline::Deadline;

/// How long a read, a write or a try of the lock may take.
const MAX_STEP: Duration = Duration::from_secs(1);

/// The deadline of a step that begins now.
pub(crate) fn step_deadline() -> Deadline {
    Deadline::after(MAX_STEP)
}

/// Keeps the records of accounts. Every call may do I/O and may fail; the refresher goes on without.
pub(crate) trait Store: Send + Sync {
    /// Names the place, so that clients of one process on the same place share their flights.
    fn id(&self) -> String;

    /// The record, or none where there is none or where it is not to be trusted.
    fn read(&self, deadline: Deadline, account: &Account, kind: Kind) -> Result<Option<Record>, StoreError>;

    /// Writes the record unless a newer one is there.
    fn write(
        &self,
        deadline: Deadline,
        account: &Account,
        kind: Kind,
        record: &Record,
    ) -> Result<(), StoreError>;

    /// The failed failures.
    fn read_failures(&self, deadline: Deadline, account: &Account) -> Result<Failures, StoreError>;

    /// Writes the failed failures; empty ones leave nothing behind.
    fn write_failures(
        &self,
        deadline: Deadline,
        account: &Account,
        failures: &Failures,
    ) -> Result<(), StoreError>;

    /// The lock of the account, or none while somebody else has it. Dropping it unlocks.
    fn try_lock(&self, deadline: Deadline, account: &Account) -> Result<Option<Box<dyn Lock>>, StoreError>;

    /// Whom the lock keeps out, as far as is known now. No I/O.
    fn lock_mode(&self) -> LockMode;
}

/// Whom a store's lock keeps out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LockMode {
    /// Nobody else can see what is kept: this process's own flights are all there are.
    Process,
    /// Every process of this machine.
    File,
    /// Everybody on the same Redis.
    #[cfg(feature = "redis")]
    Redis,
    /// Nobody: the file system has no lock, or one that is not to be trusted.
    None,
}

impl LockMode {
    /// The word in `state()`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::File => "file",
            #[cfg(feature = "redis")]
            Self::Redis => "redis",
            Self::None => "none",
        }
    }
}

/// The lock of an account; held until dropped.
pub(crate) trait Lock: Send {}

/// Why a store step failed: what failed, in words that hold no value and no directory, and the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoreError {
    message: String,
    hint: Option<Hint>,
}

/// The next step after a failure: English, then Chinese.
type Hint = (&'static str, &'static str);

impl StoreError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// What failed.
    #[allow(dead_code)] // with the hints, for the errors that carry both languages
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The next step, in English; empty if there is none but to wait.
    #[allow(dead_code)]
    pub(crate) fn hint(&self) -> &'static str {
        self.hint.unwrap_or_default().0
    }

    /// The next step, in Chinese.
    #[allow(dead_code)]
    pub(crate) fn hint_zh(&self) -> &'static str {
        self.hint.unwrap_or_default().1
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.map_or(Ok(()), |(hint, _)| write!(f, ". {hint}"))
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        // The kind alone: the full text may name a path.
        Self::new(error.kind().to_string())
    }
}

//! No store: the clients of one process share their memory, and the process keeps nothing when it
//! ends.

use super::{Lock, LockMode, Store, StoreError};
use crate::credential::{Account, Failures, Kind, Record};
use crate::deadline::Deadline;

/// Keeps nothing. The refresher has its own memory, and one process needs no lock against itself.
pub(crate) struct MemoryStore;

struct NoLock;

impl Lock for NoLock {}

impl Store for MemoryStore {
    fn id(&self) -> String {
        "memory".to_owned()
    }

    fn read(&self, _: Deadline, _: &Account, _: Kind) -> Result<Option<Record>, StoreError> {
        Ok(None)
    }

    fn write(&self, _: Deadline, _: &Account, _: Kind, _: &Record) -> Result<(), StoreError> {
        Ok(())
    }

    fn read_failures(&self, _: Deadline, _: &Account) -> Result<Failures, StoreError> {
        Ok(Failures::default())
    }

    fn write_failures(&self, _: Deadline, _: &Account, _: &Failures) -> Result<(), StoreError> {
        Ok(())
    }

    fn try_lock(&self, _: Deadline, _: &Account) -> Result<Option<Box<dyn Lock>>, StoreError> {
        Ok(Some(Box::new(NoLock)))
    }

    fn lock_mode(&self) -> LockMode {
        LockMode::Process
    }
}

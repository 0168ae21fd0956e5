//! The store of the tests' world.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::credential::{Account, Failures, Kind, Record};
use crate::deadline::Deadline;
use crate::store::{Lock, LockMode, Store, StoreError};

/// A store in memory that several refreshers share, as processes share a directory, or machines a
/// Redis.
#[derive(Clone)]
pub(super) struct SharedStore {
    mode: LockMode,
    pub(super) files: Arc<Mutex<HashMap<String, String>>>,
    pub(super) locked: Arc<AtomicBool>,
    pub(super) broken: Arc<AtomicBool>,
}

impl SharedStore {
    pub(super) fn new(mode: LockMode) -> Self {
        Self { mode, files: Arc::default(), locked: Arc::default(), broken: Arc::default() }
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.broken.load(Ordering::SeqCst) { Err(StoreError::new("broken")) } else { Ok(()) }
    }

    fn get<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        self.check()?;
        Ok(self.files.lock().unwrap().get(name).map(|json| serde_json::from_str(json).unwrap()))
    }

    fn put<T: serde::Serialize>(&self, name: String, value: &T) -> Result<(), StoreError> {
        self.check()?;
        self.files.lock().unwrap().insert(name, serde_json::to_string(value).unwrap());
        Ok(())
    }
}

impl Store for SharedStore {
    fn id(&self) -> String {
        "shared:".to_owned()
    }
    fn read(&self, _deadline: Deadline, account: &Account, kind: Kind) -> Result<Option<Record>, StoreError> {
        self.get(&format!("{account:?}.{}", kind.word()))
    }
    fn write(
        &self,
        _deadline: Deadline,
        account: &Account,
        kind: Kind,
        record: &Record,
    ) -> Result<(), StoreError> {
        self.put(format!("{account:?}.{}", kind.word()), record)
    }
    fn read_failures(&self, _deadline: Deadline, account: &Account) -> Result<Failures, StoreError> {
        Ok(self.get(&format!("{account:?}.failures"))?.unwrap_or_default())
    }
    fn write_failures(
        &self,
        _deadline: Deadline,
        account: &Account,
        failures: &Failures,
    ) -> Result<(), StoreError> {
        self.put(format!("{account:?}.failures"), failures)
    }
    fn try_lock(&self, _deadline: Deadline, _: &Account) -> Result<Option<Box<dyn Lock>>, StoreError> {
        self.check()?;
        let free = !self.locked.swap(true, Ordering::SeqCst);
        Ok(free.then(|| Box::new(SharedLock(self.locked.clone())) as Box<dyn Lock>))
    }
    fn lock_mode(&self) -> LockMode {
        self.mode
    }
}

struct SharedLock(Arc<AtomicBool>);

impl Lock for SharedLock {}

impl Drop for SharedLock {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

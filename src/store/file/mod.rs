//! Records as files of one directory: whole or not at all, ours alone, one lock file per account.

mod dir;
mod disk;
mod guarded;
mod mount;

pub(crate) use dir::default_dir;
#[cfg(test)]
pub(crate) use mount::tests::PRETENDED;

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Lock, LockMode, Store, StoreError};
use crate::credential::{Account, Failures, Kind, Record};
use crate::deadline::Deadline;
use crate::error::Error;
use disk::{Step, step};

/// The format that this version writes; records of a newer one are left alone.
const FORMAT: u32 = 1;

/// Files below one directory.
pub(crate) struct FileStore {
    dir: PathBuf,
    /// As the latest look found it: a directory may be mounted, or made, after the store was.
    has_locks: AtomicBool,
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    format: u32,
    #[serde(flatten)]
    body: &'a T,
}

#[derive(Deserialize)]
struct Version {
    format: u32,
}

impl FileStore {
    /// Refuses a directory that others could write to; one that cannot be made or used now is tried again at each use.
    pub(crate) fn new(dir: &Path) -> Result<Self, Error> {
        let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
        dir::prepare(&dir)?;
        let has_locks = AtomicBool::new(!mount::is_foreign_dir(&dir));
        Ok(Self { dir, has_locks })
    }

    fn path(&self, account: &Account, what: &str) -> PathBuf {
        self.dir.join(format!("{}.{what}", account.as_str()))
    }

    fn load<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
        guarded::read(path)?.map_or(Ok(None), |bytes| Self::parse(&bytes))
    }

    fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<Option<T>, StoreError> {
        match serde_json::from_slice::<Version>(bytes) {
            Ok(Version { format: FORMAT }) => Ok(serde_json::from_slice(bytes).ok()),
            Ok(Version { format }) => {
                Err(StoreError::new(format!("a record has the unknown format {format}")))
            }
            // Not one of ours, or damaged: the next write replaces it.
            Err(_) => Ok(None),
        }
    }

    fn save<T: Serialize>(&self, path: &Path, body: &T) -> Result<(), StoreError> {
        let json = serde_json::to_vec(&Envelope { format: FORMAT, body })
            .map_err(|_| StoreError::new("a record cannot be written down"))?;
        guarded::replace(&self.dir, path, &Zeroizing::new(json))
    }
}

impl Store for FileStore {
    fn id(&self) -> String {
        format!("file:{}", self.dir.display())
    }

    fn read(&self, _deadline: Deadline, account: &Account, kind: Kind) -> Result<Option<Record>, StoreError> {
        Self::load(&self.path(account, &format!("{}.json", kind.word())))
    }

    fn write(
        &self,
        _deadline: Deadline,
        account: &Account,
        kind: Kind,
        record: &Record,
    ) -> Result<(), StoreError> {
        dir::ensure(&self.dir)?;
        let path = self.path(account, &format!("{}.json", kind.word()));
        let stored: Option<Record> = Self::load(&path)?;
        if stored.is_some_and(|stored| stored.generation > record.generation) {
            return Ok(());
        }
        self.save(&path, record)
    }

    fn read_failures(&self, _deadline: Deadline, account: &Account) -> Result<Failures, StoreError> {
        Ok(Self::load(&self.path(account, "failures.json"))?.unwrap_or_default())
    }

    fn write_failures(
        &self,
        _deadline: Deadline,
        account: &Account,
        failures: &Failures,
    ) -> Result<(), StoreError> {
        dir::ensure(&self.dir)?;
        let path = self.path(account, "failures.json");
        if !failures.is_empty() {
            return self.save(&path, failures);
        }
        match step(Step::Remove, || std::fs::remove_file(&path)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn try_lock(&self, _deadline: Deadline, account: &Account) -> Result<Option<Box<dyn Lock>>, StoreError> {
        dir::ensure(&self.dir)?;
        let file = guarded::open_lock(&self.path(account, "lock"))?;
        // Looked at first: on a network's file system even trying may hang.
        let locked = if mount::is_foreign(&file) {
            Ok(None)
        } else {
            match step(Step::Lock, || Ok(file.try_lock()?)) {
                Ok(()) => Ok(Some(file)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if mount::has_no_locks(&error) => Ok(None),
                Err(error) => Err(error),
            }
        }?;
        self.has_locks.store(locked.is_some(), Ordering::Relaxed);
        guarded::sweep_orphans(&self.dir, locked.is_some());
        Ok(Some(Box::new(FileLock { file: locked })))
    }

    fn lock_mode(&self) -> LockMode {
        if self.has_locks.load(Ordering::Relaxed) { LockMode::File } else { LockMode::None }
    }
}

/// Holds the lock file open, or nothing where there are no locks. The file itself is never deleted: two processes could
/// then hold locks on two files of one name.
struct FileLock {
    file: Option<File>,
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing would do, but for a child that was forked meanwhile: it has the same open file, and with it the lock.
        let _ = self.file.as_ref().map(File::unlock);
    }
}

impl Lock for FileLock {}

#[cfg(test)]
pub(crate) mod faults;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod tests;

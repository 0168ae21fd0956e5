//! Records as files of one directory: each is whole or not there, this user's alone, and one lock
//! file per account keeps the processes of a machine apart.
//!
//! Making a store does no I/O. Each step first takes possession of the directory ([`dir`]), opens
//! only its own files ([`own`]) and replaces a record by a rename ([`replace`]).

mod dir;
mod disk;
mod filesystem;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod own;
mod replace;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use dir::default_dir;

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::error::last_part;
use super::{FORMAT, Header, Lock, LockMode, Store, StoreError};
use crate::credential::{Account, Failures, Kind, Record};
use crate::deadline::Deadline;
use disk::{Disk, DiskStep};
use own::Content;

/// Files below one directory.
pub(crate) struct FileStore {
    dir: PathBuf,
    disk: Disk,
    /// As the latest step found it: a directory may be mounted, or made, after the store was.
    has_locks: AtomicBool,
}

#[derive(Serialize)]
struct FileEnvelope<'a, T> {
    format: u32,
    #[serde(flatten)]
    body: &'a T,
}

/// Why the content of a file cannot be used.
#[derive(Debug)]
enum Unusable {
    Newer(u32),
    Damaged,
}

impl FileStore {
    /// Does no I/O: the first step examines the directory.
    pub(crate) fn new(dir: &Path) -> Self {
        let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
        Self { dir, disk: Disk::default(), has_locks: AtomicBool::new(true) }
    }

    fn path(&self, account: &Account, what: &str) -> PathBuf {
        self.dir.join(format!("{}.{what}", account.as_str()))
    }

    fn record_path(&self, account: &Account, kind: Kind) -> PathBuf {
        self.path(account, &format!("{}.json", kind.word()))
    }

    fn load<T: DeserializeOwned>(&self, path: &Path) -> Result<Option<T>, StoreError> {
        let Some(opened) = self.in_own_dir(|| dir::take(&self.disk, &self.dir))? else { return Ok(None) };
        self.note_file_system(&opened);
        match own::read(&self.disk, path)? {
            Content::Missing => Ok(None),
            Content::Doubtful(why) => Err(why),
            Content::Bytes(bytes) => parse(&bytes).map(Some).map_err(|why| why.at(path)),
        }
    }

    /// The record that a write is about to replace; none if there is no usable one.
    fn replaceable(&self, path: &Path) -> Result<Option<Record>, StoreError> {
        match own::read(&self.disk, path)? {
            Content::Missing | Content::Doubtful(_) => Ok(None),
            Content::Bytes(bytes) => match parse(&bytes) {
                Ok(stored) => Ok(Some(stored)),
                Err(Unusable::Damaged) => Ok(None),
                Err(why @ Unusable::Newer(_)) => Err(why.at(path)),
            },
        }
    }

    fn save<T: Serialize>(&self, path: &Path, body: &T, deadline: Deadline) -> Result<(), StoreError> {
        let json = serde_json::to_vec(&FileEnvelope { format: FORMAT, body })
            .map(Zeroizing::new)
            .map_err(|_| StoreError::new("a record cannot be written down"))?;
        replace::replace(&self.disk, &self.dir, path, &json, deadline)
    }

    fn take_or_create_dir(&self) -> Result<(), StoreError> {
        let opened = self.in_own_dir(|| dir::take_or_create(&self.disk, &self.dir))?;
        self.note_file_system(&opened);
        Ok(())
    }

    /// Without a directory a store has no lock either.
    fn in_own_dir<T>(&self, take: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        take().inspect_err(|_| self.has_locks.store(false, Ordering::Relaxed))
    }

    fn note_file_system(&self, dir: &File) {
        if self.disk.is_remote(dir) {
            self.has_locks.store(false, Ordering::Relaxed);
        }
    }

    fn lock_file(&self, account: &Account) -> Result<Option<FileLock>, StoreError> {
        self.take_or_create_dir()?;
        let path = self.path(account, "lock");
        let file = own::open_lock(&self.disk, &path)?;
        // Asked first: on a network's file system even trying may hang.
        if self.disk.is_remote(&file) {
            return Ok(Some(FileLock { file: None }));
        }
        match self.disk.step(DiskStep::Lock, || Ok(file.try_lock()?)) {
            Ok(()) => Ok(Some(FileLock { file: Some(file) })),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) if filesystem::has_no_locks(&error) => Ok(Some(FileLock { file: None })),
            Err(error) => Err(StoreError::io("lock", &path, &error)),
        }
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unusable> {
    match serde_json::from_slice::<Header>(bytes) {
        Ok(Header { format }) if format > FORMAT => Err(Unusable::Newer(format)),
        Ok(Header { format: FORMAT }) => serde_json::from_slice(bytes).map_err(|_| Unusable::Damaged),
        _ => Err(Unusable::Damaged),
    }
}

impl Unusable {
    fn at(&self, path: &Path) -> StoreError {
        let name = last_part(path);
        match self {
            Self::Newer(format) => {
                StoreError::new(format!("the store's file {name} has the newer format {format}"))
            }
            Self::Damaged => {
                StoreError::new(format!("the store's file {name} is damaged")).with_hint(own::IS_REPLACED)
            }
        }
        .of_one_record()
    }
}

/// Whether the stored record is newer. Of two with the same generation the later request counts, if
/// one clock timed both.
fn is_newer(stored: &Record, record: &Record) -> bool {
    let same_boot = stored.stamp.boot_id == record.stamp.boot_id;
    stored.generation > record.generation || (same_boot && stored.version() > record.version())
}

/// Whether wxsign names its files like this.
#[cfg(unix)]
fn is_name_of_ours(name: &str) -> bool {
    let is_account = |name: &str| name.len() == 20 && name.bytes().all(|b| b.is_ascii_hexdigit());
    name.starts_with(replace::TEMP_PREFIX)
        || name.split_once('.').is_some_and(|(account, _)| is_account(account))
}

impl Store for FileStore {
    #[allow(clippy::unnecessary_debug_formatting)] // two names that are no UTF-8 must not become one
    fn id(&self) -> String {
        format!("file:{:?}", self.dir)
    }

    fn read(&self, _deadline: Deadline, account: &Account, kind: Kind) -> Result<Option<Record>, StoreError> {
        self.load(&self.record_path(account, kind))
    }

    fn write(
        &self,
        deadline: Deadline,
        account: &Account,
        kind: Kind,
        record: &Record,
    ) -> Result<(), StoreError> {
        self.take_or_create_dir()?;
        let path = self.record_path(account, kind);
        let stored = self.replaceable(&path)?;
        if stored.is_some_and(|stored| is_newer(&stored, record)) {
            return Ok(());
        }
        self.save(&path, record, deadline)
    }

    fn read_failures(&self, _deadline: Deadline, account: &Account) -> Result<Failures, StoreError> {
        Ok(self.load(&self.path(account, "failures.json"))?.unwrap_or_default())
    }

    fn write_failures(
        &self,
        deadline: Deadline,
        account: &Account,
        failures: &Failures,
    ) -> Result<(), StoreError> {
        self.take_or_create_dir()?;
        let path = self.path(account, "failures.json");
        let found = own::look(&self.disk, &path)?;
        if !failures.is_empty() {
            return self.save(&path, failures, deadline);
        }
        if found.is_none() {
            return Ok(());
        }
        match self.disk.step(DiskStep::Remove, || std::fs::remove_file(&path)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io("remove", &path, &error)),
            _ => Ok(()),
        }
    }

    fn try_lock(&self, _deadline: Deadline, account: &Account) -> Result<Option<Box<dyn Lock>>, StoreError> {
        let outcome = self.lock_file(account);
        // If another process holds the lock, locks work here.
        let works = matches!(&outcome, Ok(None | Some(FileLock { file: Some(_) })));
        self.has_locks.store(works, Ordering::Relaxed);
        let Some(lock) = outcome? else { return Ok(None) };
        replace::remove_orphans(&self.dir, lock.file.is_some());
        Ok(Some(Box::new(lock)))
    }

    fn lock_mode(&self) -> LockMode {
        if self.has_locks.load(Ordering::Relaxed) { LockMode::File } else { LockMode::None }
    }
}

/// Holds the lock file open, or nothing if there are no locks.
struct FileLock {
    file: Option<File>,
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing is not enough if a child was forked meanwhile: it has the same open file, and
        // with it the lock.
        let _ = self.file.as_ref().map(File::unlock);
    }
}

impl Lock for FileLock {}

//! Reading and replacing single files so that nobody is fooled and nothing is torn.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use super::disk::{Step, step};
use crate::store::StoreError;

/// The largest file that is read.
const MAX_LEN: u64 = 65_536;
/// Marks our temporary files.
const TEMP_PREFIX: &str = ".wxsign-";
/// A temporary file older than this belongs to a process that was killed.
const ORPHAN_AGE: Duration = Duration::from_secs(60);
/// The same where its age is told by another machine's clock, and writing may be slow.
const FOREIGN_ORPHAN_AGE: Duration = Duration::from_secs(3_600);

/// The file's bytes; none where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true);
    no_follow(&mut options);
    let file = match step(Step::Open, || options.open(path)) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    check(&file.metadata()?)?;
    let mut bytes = Zeroizing::new(Vec::new());
    step(Step::Read, || file.take(MAX_LEN + 1).read_to_end(&mut bytes))?;
    if bytes.len() as u64 > MAX_LEN {
        return Err(too_large());
    }
    Ok(Some(bytes))
}

/// Writes `bytes` beside `path` and puts them in its place: a reader sees the old file or the new one.
pub(super) fn replace(dir: &Path, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    // tempfile makes it 0600 and removes it where we fail.
    let make = || tempfile::Builder::new().prefix(TEMP_PREFIX).suffix(".tmp").tempfile_in(dir);
    let mut temp = step(Step::MakeTemp, make)?;
    step(Step::Write, || temp.write_all(bytes))?;
    step(Step::Sync, || temp.as_file().sync_all())?;
    step(Step::Rename, || persist(temp, path))?;
    sync_dir(dir, Step::SyncDir);
    Ok(())
}

#[cfg(not(windows))]
fn persist(temp: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    temp.persist(path).map(drop).map_err(|failed| failed.error)
}

/// A scanner may hold the file for a moment.
#[cfg(windows)]
fn persist(mut temp: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    for _ in 0..20 {
        match temp.persist(path) {
            Ok(_) => return Ok(()),
            Err(failed) if failed.error.kind() == ErrorKind::PermissionDenied => temp = failed.file,
            Err(failed) => return Err(failed.error),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(ErrorKind::ResourceBusy.into())
}

/// Makes the names in a directory durable. Some file systems refuse to sync a directory; its files are whole all the same.
pub(super) fn sync_dir(dir: &Path, as_step: Step) {
    if cfg!(unix) {
        let _ = step(as_step, || File::open(dir)?.sync_all());
    }
}

/// Opens the lock file, and makes it where it is missing.
pub(super) fn open_lock(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    no_follow(&mut options);
    let file = step(Step::OpenLock, || options.open(path))?;
    check(&file.metadata()?)?;
    Ok(file)
}

/// Removes what killed writers left. Called under the lock, where there are locks; failures only leave it for the next
/// time.
pub(super) fn sweep_orphans(dir: &Path, is_locked: bool) {
    let orphan_age = if is_locked { ORPHAN_AGE } else { FOREIGN_ORPHAN_AGE };
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !name.to_string_lossy().starts_with(TEMP_PREFIX) {
            continue;
        }
        let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > orphan_age) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn too_large() -> StoreError {
    StoreError::new("a file of the store is larger than 64 KiB")
}

/// Neither follow a link nor wait for a FIFO's writer.
#[cfg(unix)]
fn no_follow(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    options.mode(0o600).custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
}

#[cfg(not(unix))]
fn no_follow(_: &mut OpenOptions) {}

fn check(found: &Metadata) -> Result<(), StoreError> {
    if !found.is_file() {
        return Err(StoreError::new("a name in the store is not a regular file"));
    }
    if found.len() > MAX_LEN {
        return Err(too_large());
    }
    check_owner(found)
}

#[cfg(unix)]
fn check_owner(found: &Metadata) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(StoreError::new("a file of the store belongs to another user"));
    }
    if found.mode() & 0o077 != 0 {
        return Err(StoreError::new("others may read or write a file of the store"));
    }
    Ok(())
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // elsewhere the profile dir's own access list guards it
fn check_owner(_: &Metadata) -> Result<(), StoreError> {
    Ok(())
}

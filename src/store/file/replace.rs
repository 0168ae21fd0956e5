//! Replaces a file so that a reader sees the old one or the new one, even if a writer is killed at
//! any step. Removes the temporary files of killed writers.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use super::disk::{Disk, DiskStep};
use super::own;
use crate::deadline::Deadline;
use crate::store::StoreError;
#[cfg(unix)]
use crate::store::error::Hint;

/// Marks our temporary files.
pub(super) const TEMP_PREFIX: &str = ".wxsign-";
const TEMP_SUFFIX: &str = ".tmp";
/// A temporary file older than this belongs to a process that was killed.
const MIN_ORPHAN_AGE: Duration = Duration::from_secs(60);
/// Like [`MIN_ORPHAN_AGE`], if the file's age comes from another machine's clock, and writing may
/// be slow.
const MIN_REMOTE_ORPHAN_AGE: Duration = Duration::from_secs(3_600);
/// How many names of a directory are looked through for orphans.
const MAX_ENTRIES: usize = 10_000;

#[cfg(unix)]
const FILE_SIZE: Hint = (
    "Raise the limit of the size of files (ulimit -f, RLIMIT_FSIZE) of this process.",
    "请提高本进程的文件大小上限（ulimit -f，RLIMIT_FSIZE）。",
);

/// Writes `bytes` beside `path` and renames the new file to `path`.
pub(super) fn replace(
    disk: &Disk,
    dir: &Path,
    path: &Path,
    bytes: &[u8],
    deadline: Deadline,
) -> Result<(), StoreError> {
    let failed = |error: io::Error| StoreError::io("write", path, &error);
    check_size_limit(bytes.len())?;
    // tempfile removes it if a step fails. Opened and written to without tempfile, which would hide
    // the system's error: the words and the hint depend on that.
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    own::itself(&mut options);
    let make = || {
        let mut names = tempfile::Builder::new();
        names.prefix(TEMP_PREFIX).suffix(TEMP_SUFFIX).make_in(dir, |path| options.open(path))
    };
    let temp = disk.step(DiskStep::MakeTemp, make).map_err(failed)?;
    disk.step(DiskStep::Write, || temp.as_file().write_all(bytes)).map_err(failed)?;
    disk.step(DiskStep::Sync, || temp.as_file().sync_all()).map_err(failed)?;
    // The caller has given this write up, and a newer record may be there by now.
    if deadline.is_over() {
        return Err(StoreError::new("the disk took too long to write a record"));
    }
    disk.step(DiskStep::Rename, || persist(temp, path)).map_err(failed)?;
    sync_dir(disk, dir, DiskStep::SyncDir);
    Ok(())
}

/// Writing beyond the limit would raise SIGXFSZ, which ends a program that does not handle it.
#[cfg(unix)]
fn check_size_limit(len: usize) -> Result<(), StoreError> {
    use rustix::process::{Resource, getrlimit};
    match getrlimit(Resource::Fsize).current {
        Some(limit) if limit < len as u64 => {
            let message = format!("a record of {len} bytes is larger than this process may write ({limit})");
            Err(StoreError::new(message).with_hint(FILE_SIZE))
        }
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // there is no such limit elsewhere
fn check_size_limit(_: usize) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(not(windows))]
fn persist(temp: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    temp.persist(path).map(drop).map_err(|failed| failed.error)
}

/// A virus scanner may have the file open for a moment.
#[cfg(windows)]
fn persist(mut temp: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    for _ in 0..20 {
        match temp.persist(path) {
            Ok(_) => return Ok(()),
            Err(failed) if failed.error.kind() == io::ErrorKind::PermissionDenied => temp = failed.file,
            Err(failed) => return Err(failed.error),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(io::ErrorKind::ResourceBusy.into())
}

/// Makes the names in a directory durable. Some file systems refuse to sync a directory; its files
/// are whole all the same.
pub(super) fn sync_dir(disk: &Disk, dir: &Path, as_step: DiskStep) {
    if cfg!(unix) {
        let _ = disk.step(as_step, || File::open(dir)?.sync_all());
    }
}

/// Removes the temporary files of killed writers. Called under the lock, if there are locks. A file
/// that cannot be removed stays until the next time.
pub(super) fn remove_orphans(dir: &Path, is_locked: bool) {
    let min_age = if is_locked { MIN_ORPHAN_AGE } else { MIN_REMOTE_ORPHAN_AGE };
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.take(MAX_ENTRIES).flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with(TEMP_PREFIX) || !name.ends_with(TEMP_SUFFIX) {
            continue;
        }
        let Ok(found) = entry.metadata() else { continue };
        let age = found.modified().ok().and_then(|time| time.elapsed().ok());
        if found.is_file() && age.is_some_and(|age| age > min_age) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

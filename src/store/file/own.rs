//! Opens a file of the store only if it is regular, is owned by this user and has one name.
//!
//! Any other file is refused without being opened, because opening a FIFO may block and opening a
//! device may do anything. It is left alone: its owner put it there.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::disk::{Disk, DiskStep};
use crate::store::StoreError;
use crate::store::error::{Hint, last_part};

/// The largest file that is read.
const MAX_LEN: u64 = 65_536;

const REMOVE_IT: Hint =
    ("Remove it: wxsign then makes its own file there.", "请删除它：wxsign 会在该处新建自己的文件。");
/// The file is wxsign's own, and only its content cannot be used.
pub(super) const IS_REPLACED: Hint =
    ("Nothing is to be done: the next fetch replaces it.", "无需处理：下次获取后会替换它。");

/// What was found at a name.
pub(super) enum Content {
    Missing,
    Bytes(Zeroizing<Vec<u8>>),
    /// One of our files whose content other users could have written, and the reason.
    Doubtful(StoreError),
}

/// Reads a record.
pub(super) fn read(disk: &Disk, path: &Path) -> Result<Content, StoreError> {
    let failed = |error: io::Error| StoreError::io("read", path, &error);
    let Some(found) = look(disk, path)? else { return Ok(Content::Missing) };
    if is_writable_by_others(&found) {
        return Ok(Content::Doubtful(could_be_written(path, &found)));
    }
    let mut options = OpenOptions::new();
    options.read(true);
    itself(&mut options);
    let opened = disk.step(DiskStep::Open, || open_own(path, &found, &options)).map_err(failed)?;
    let found = opened.metadata().map_err(failed)?;
    check(path, &found)?;
    if is_writable_by_others(&found) {
        return Ok(Content::Doubtful(could_be_written(path, &found)));
    }
    close_to_others(&opened, &found);
    let mut bytes = Zeroizing::new(Vec::new());
    // The length was checked, but the file may grow.
    disk.step(DiskStep::Read, || opened.take(MAX_LEN + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MAX_LEN {
        return Err(too_large(path));
    }
    Ok(Content::Bytes(bytes))
}

/// Opens the lock file, creates it if it is missing, and closes it to others. It has no content,
/// and it is never replaced: two processes could then hold locks on two files of one name.
pub(super) fn open_lock(disk: &Disk, path: &Path) -> Result<File, StoreError> {
    let failed = |error: io::Error| StoreError::io("open the lock file", path, &error);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    itself(&mut options);
    let opened = match look(disk, path)? {
        Some(found) => disk.step(DiskStep::OpenLock, || open_own(path, &found, &options)),
        None => disk.step(DiskStep::OpenLock, || options.open(path)),
    };
    let opened = opened.map_err(failed)?;
    let found = opened.metadata().map_err(failed)?;
    check(path, &found)?;
    close_to_others(&opened, &found);
    Ok(opened)
}

/// The metadata of one of our files; none if nothing is there.
pub(super) fn look(disk: &Disk, path: &Path) -> Result<Option<Metadata>, StoreError> {
    match disk.step(DiskStep::Look, || fs::symlink_metadata(path)) {
        Ok(found) => check(path, &found).map(|()| Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("look at", path, &error)),
    }
}

fn check(path: &Path, found: &Metadata) -> Result<(), StoreError> {
    if found.is_symlink() {
        return Err(refused(path, "is a symbolic link"));
    }
    if !found.is_file() {
        return Err(refused(path, "is not a regular file"));
    }
    check_owner(path, found)?;
    if found.len() > MAX_LEN {
        return Err(too_large(path));
    }
    Ok(())
}

fn refused(path: &Path, why: &str) -> StoreError {
    let message = format!("the store's file {} {why}", last_part(path));
    StoreError::new(message).with_hint(REMOVE_IT).of_one_record()
}

fn too_large(path: &Path) -> StoreError {
    refused(path, "is larger than 64 KiB")
}

/// Neither follow a link nor wait for a FIFO's writer, if one has appeared since the check. A file
/// that is created is closed to others.
#[cfg(unix)]
pub(super) fn itself(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    options.mode(0o600).custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
}

#[cfg(not(unix))]
pub(super) fn itself(_: &mut OpenOptions) {}

/// Opens one of our files, even if its mode forbids that to its owner. Only this user can write to
/// the directory, so no other user can put another file at that name meanwhile.
#[cfg(unix)]
fn open_own(path: &Path, found: &Metadata, options: &OpenOptions) -> io::Result<File> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied && found.mode() & 0o600 != 0o600 => {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
            options.open(path)
        }
        outcome => outcome,
    }
}

#[cfg(not(unix))]
fn open_own(path: &Path, _: &Metadata, options: &OpenOptions) -> io::Result<File> {
    options.open(path)
}

#[cfg(unix)]
fn check_owner(path: &Path, found: &Metadata) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;
    let (owner, user) = (found.uid(), rustix::process::geteuid().as_raw());
    if owner != user {
        return Err(refused(path, &format!("belongs to user {owner}, and this process runs as user {user}")));
    }
    if found.nlink() > 1 {
        return Err(refused(path, "has more than one name (a hard link)"));
    }
    Ok(())
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // elsewhere the access list of the user's profile guards it
fn check_owner(_: &Path, _: &Metadata) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(unix)]
fn is_writable_by_others(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    found.mode() & 0o022 != 0
}

#[cfg(not(unix))]
fn is_writable_by_others(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn could_be_written(path: &Path, found: &Metadata) -> StoreError {
    use std::os::unix::fs::MetadataExt;
    let mode = found.mode() & 0o7777;
    let why = format!("could be written by others (mode {mode:o}), so its content is not used");
    refused(path, &why).with_hint(IS_REPLACED)
}

#[cfg(not(unix))]
fn could_be_written(path: &Path, _: &Metadata) -> StoreError {
    refused(path, "could be written by others").with_hint(IS_REPLACED)
}

/// Resets the mode of one of our files. On a read-only disk that fails, but there other users could
/// only read the file.
#[cfg(unix)]
fn close_to_others(opened: &File, found: &Metadata) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    if found.mode() & 0o7777 != 0o600 {
        let _ = opened.set_permissions(fs::Permissions::from_mode(0o600));
    }
}

#[cfg(not(unix))]
fn close_to_others(_: &File, _: &Metadata) {}

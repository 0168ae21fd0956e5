//! The store's directory: where it is by default, and taking possession of it.
//!
//! wxsign uses a directory that this process's user owns, and closes it to all others. A directory
//! of another user is left alone: nothing is written there.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::disk::{Disk, DiskStep};
use super::replace::sync_dir;
use crate::store::StoreError;
use crate::store::error::{Hint, WRITABLE_DIR, last_part};

#[cfg(unix)]
const SUBDIRECTORY: Hint =
    ("Name a subdirectory as dir: wxsign creates it.", "请把 dir 指向其中的一个子目录：wxsign 会自行创建。");
const LINK_TARGET: Hint =
    ("Name the directory that the link leads to as dir.", "请把 dir 直接指向该链接的目标目录。");
#[cfg(unix)]
const UNIX_MODES: Hint = (
    "Name a dir on a disk whose directories can be closed to other users (chmod 700).",
    "请把 dir 指向支持权限设置（chmod 700）的磁盘。",
);

/// `wxsign` below systemd's state directory, else below the platform's; none on a machine without a
/// home.
pub(crate) fn default_dir() -> Option<PathBuf> {
    default_dir_by(|name| env::var_os(name))
}

fn default_dir_by(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // A unit may have several; the first one is enough.
    let systemd = variable("STATE_DIRECTORY").and_then(|all| env::split_paths(&all).next());
    let base = systemd.filter(|path| path.is_absolute()).or_else(|| {
        if cfg!(windows) {
            absolute("LOCALAPPDATA")
        } else if cfg!(target_vendor = "apple") {
            absolute("HOME").map(|home| home.join("Library/Application Support"))
        } else {
            absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        }
    })?;
    Some(base.join("wxsign"))
}

/// Opens the directory if it is this user's own, after closing it to others; none if there is no
/// such directory.
pub(super) fn take(disk: &Disk, dir: &Path) -> Result<Option<File>, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true);
    dir_itself(&mut options);
    let failed = |error: &io::Error| StoreError::io("open the directory", dir, error);
    match disk.step(DiskStep::OpenDir, || options.open(dir)) {
        Ok(opened) => {
            let found = opened.metadata().map_err(|error| failed(&error))?;
            // Windows opens a file by the same call.
            if !found.is_dir() {
                return Err(not_a_directory(dir));
            }
            close_to_others(dir, &opened, &found)?;
            Ok(Some(opened))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => match fs::symlink_metadata(dir) {
            Ok(found) if found.is_symlink() => Err(refused(dir, "is a symbolic link").with_hint(LINK_TARGET)),
            Ok(found) if !found.is_dir() => Err(not_a_directory(dir)),
            Ok(found) => Err(check_owner(dir, &found).err().unwrap_or_else(|| failed(&error))),
            Err(_) => Err(failed(&error)),
        },
    }
}

/// Like [`take`], and creates the directory if it is missing.
pub(super) fn take_or_create(disk: &Disk, dir: &Path) -> Result<File, StoreError> {
    if let Some(opened) = take(disk, dir)? {
        return Ok(opened);
    }
    create(disk, dir).map_err(|error| StoreError::io("create the directory", dir, &error))?;
    take(disk, dir)?.ok_or_else(|| refused(dir, "vanished"))
}

fn refused(dir: &Path, why: &str) -> StoreError {
    StoreError::new(format!("the store's directory {} {why}", last_part(dir)))
}

fn not_a_directory(dir: &Path) -> StoreError {
    refused(dir, "is not a directory").with_hint(WRITABLE_DIR)
}

/// Makes the directory and those above it that are missing, and makes their names durable: a record
/// in a directory that is gone after a loss of power is lost as well.
fn create(disk: &Disk, dir: &Path) -> io::Result<()> {
    let missing: Vec<_> = dir.ancestors().take_while(|above| !above.exists()).collect();
    disk.step(DiskStep::MakeDir, || make(dir))?;
    for above in missing.into_iter().filter_map(Path::parent) {
        sync_dir(disk, above, DiskStep::SyncParents);
    }
    Ok(())
}

#[cfg(unix)]
fn make(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(not(unix))]
fn make(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

/// The directory itself. A link at its name is not followed.
#[cfg(unix)]
fn dir_itself(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
}

#[cfg(windows)]
fn dir_itself(options: &mut OpenOptions) {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
    options.custom_flags(FILE_FLAG_BACKUP_SEMANTICS);
}

#[cfg(unix)]
fn check_owner(dir: &Path, found: &Metadata) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;
    let (owner, user) = (found.uid(), rustix::process::geteuid().as_raw());
    if owner == user {
        return Ok(());
    }
    let why = format!("belongs to user {owner}, and this process runs as user {user}");
    Err(refused(dir, &why).with_hint(SUBDIRECTORY))
}

/// Resets the mode of a directory of this user to 0700.
#[cfg(unix)]
fn close_to_others(dir: &Path, opened: &File, found: &Metadata) -> Result<(), StoreError> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    const MODE: u32 = 0o7777;
    const OTHERS: u32 = 0o077;
    const STICKY: u32 = 0o1000;
    check_owner(dir, found)?;
    let mode = found.mode() & MODE;
    if mode == 0o700 {
        return Ok(());
    }
    if mode & OTHERS != 0 && (mode & STICKY != 0 || holds_directories(dir)) {
        // Such as /tmp or a home: closing it would lock out its other users.
        return Err(refused(dir, "is in use by others").with_hint(SUBDIRECTORY));
    }
    let reset = opened.set_permissions(fs::Permissions::from_mode(0o700)).and_then(|()| opened.metadata());
    match reset {
        Ok(now) if now.mode() & OTHERS == 0 => {
            log::warn!("wxsign: the store's directory had mode {mode:o}; its owner takes it back with 0700");
            Ok(())
        }
        // No other user can write there, so its records can still be read.
        Err(error) if mode & 0o022 == 0 && error.kind() == ErrorKind::ReadOnlyFilesystem => Ok(()),
        Ok(_) => Err(refused(dir, "stays open to others whatever mode it is given").with_hint(UNIX_MODES)),
        Err(error) => Err(StoreError::io("close to others the directory", dir, &error).with_hint(UNIX_MODES)),
    }
}

/// wxsign's own directory holds files only.
#[cfg(unix)]
fn holds_directories(dir: &Path) -> bool {
    let is_someones = |entry: fs::DirEntry| {
        entry.file_type().is_ok_and(|found| found.is_dir())
            && entry.file_name() != "lost+found"
            && !super::is_name_of_ours(&entry.file_name().to_string_lossy())
    };
    fs::read_dir(dir).is_ok_and(|entries| entries.flatten().any(is_someones))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // elsewhere the access list of the user's profile guards it
fn check_owner(_: &Path, _: &Metadata) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)]
fn close_to_others(_: &Path, _: &File, _: &Metadata) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// systemd's directory comes first, and the first of several; a relative path never counts.
    #[test]
    fn the_default_dir_is_below_systemds_first() {
        let dir = |systemd: &str, home: &str| {
            default_dir_by(|name| match name {
                "STATE_DIRECTORY" if !systemd.is_empty() => Some(systemd.into()),
                "XDG_STATE_HOME" | "HOME" if !home.is_empty() => Some(home.into()),
                _ => None,
            })
        };
        let at = |path: &str| Some(PathBuf::from(path));
        assert_eq!(dir("/var/lib/shop", "/home/a"), at("/var/lib/shop/wxsign"));
        assert_eq!(dir("/var/lib/shop:/var/lib/more", ""), at("/var/lib/shop/wxsign"));
        let of_home = dir("", "/home/a");
        assert!(of_home.as_ref().is_some_and(|dir| dir.starts_with("/home/a") && dir.ends_with("wxsign")));
        assert_eq!(dir("shop", "/home/a"), of_home);
        assert_eq!(dir("shop", "a"), None);
        assert_eq!(dir("", ""), None);
    }
}

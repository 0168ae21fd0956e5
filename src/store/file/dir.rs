//! The directory of the store: where it is by default, and whether it is safe to use.

use std::env;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::disk::{Step, step};
use super::guarded::sync_dir;
use crate::error::{Code, Error};
use crate::store::StoreError;

/// `wxsign` below systemd's state directory, else below the platform's; none on a machine without a home.
pub(crate) fn default_dir() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let systemd = env::var_os("STATE_DIRECTORY").and_then(|all| env::split_paths(&all).next());
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

/// Makes the directory where it is missing, and refuses one that others could write to. That it cannot be made now is
/// no error: the store degrades to memory and tries again.
pub(super) fn prepare(dir: &Path) -> Result<(), Error> {
    match ensure(dir) {
        Err(why) if why.message().starts_with(UNSAFE) => Err(Error::new(Code::Store, why.message())),
        _ => Ok(()),
    }
}

const UNSAFE: &str = "the store's dir is unsafe: ";

fn unsafe_because(why: &str) -> StoreError {
    StoreError::new(format!("{UNSAFE}{why}"))
}

/// Before each write: the directory may have vanished or changed hands since.
pub(super) fn ensure(dir: &Path) -> Result<(), StoreError> {
    match step(Step::Look, || fs::metadata(dir)) {
        Ok(found) if !found.is_dir() => Err(unsafe_because("it is not a dir")),
        Ok(found) => check_owner(&found),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(create(dir)?),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Err(unsafe_because("it lies below a file")),
        Err(error) => Err(error.into()),
    }
}

/// Makes the directory and those above it that are missing, and makes their names durable: a record in a directory that is gone
/// when the power is back is lost as well.
fn create(dir: &Path) -> io::Result<()> {
    let missing: Vec<_> = dir.ancestors().take_while(|above| !above.exists()).collect();
    step(Step::MakeDir, || make(dir))?;
    for above in missing.into_iter().filter_map(Path::parent) {
        sync_dir(above, Step::SyncAbove);
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

#[cfg(unix)]
fn check_owner(found: &fs::Metadata) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(unsafe_because("it belongs to another user"));
    }
    if found.mode() & 0o022 != 0 {
        return Err(unsafe_because("others may write to it"));
    }
    Ok(())
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // elsewhere the profile dir's own access list guards it
fn check_owner(_: &fs::Metadata) -> Result<(), StoreError> {
    Ok(())
}

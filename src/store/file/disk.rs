//! The disk of a store. Each operation is a named step, which tests can make fail.

use std::fs::File;
use std::io;

#[cfg(test)]
use super::tests::faults::Faults;

/// The operations on the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DiskStep {
    OpenDir,
    MakeDir,
    SyncParents,
    Look,
    Open,
    Read,
    MakeTemp,
    Write,
    Sync,
    Rename,
    SyncDir,
    OpenLock,
    Lock,
    Remove,
}

/// The disk. In tests it has the faults that were planned by the thread that made the store.
#[derive(Default)]
pub(super) struct Disk {
    #[cfg(test)]
    faults: Faults,
}

impl Disk {
    /// Does a step.
    #[cfg_attr(not(test), allow(unused_variables, clippy::unused_self))]
    pub(super) fn step<T>(&self, step: DiskStep, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        #[cfg(test)]
        self.faults.before(step)?;
        act()
    }

    /// Whether an open file lies on a file system whose locks are not to be trusted.
    #[cfg_attr(not(test), allow(clippy::unused_self))]
    pub(super) fn is_remote(&self, file: &File) -> bool {
        #[cfg(test)]
        if self.faults.pretends_remote() {
            return true;
        }
        super::filesystem::is_remote(file)
    }
}

//! The steps at which a disk can fail, named so that tests can make each of them do so.

use std::io;

/// What is done to the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Look,
    MakeDir,
    SyncAbove,
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

/// Does what a step is, which tests can keep from happening, and watch.
#[cfg(not(test))]
pub(super) fn step<T>(_: Step, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    act()
}

#[cfg(test)]
pub(super) fn step<T>(step: Step, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    super::faults::before(step)?;
    act()
}

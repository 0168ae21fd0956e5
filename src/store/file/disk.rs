//! The steps at which a disk can fail, named so that tests can make each of them do so.

/// What is about to be done to the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Look,
    MakeFolder,
    Open,
    Read,
    MakeTemp,
    Write,
    Sync,
    Rename,
    SyncFolder,
    OpenLock,
    Lock,
    Remove,
}

/// Nothing, but in tests.
#[cfg(not(test))]
#[allow(clippy::unnecessary_wraps)] // the shape that a failing disk has
pub(super) fn before(_: Step) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(super) use super::faults::before;

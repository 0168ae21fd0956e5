//! Notices that this process is the forked child of the one that did something before.

use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Set once somebody promised to call [`forked`] in every child.
static HOOKED: AtomicBool = AtomicBool::new(false);
static MARK: AtomicU64 = AtomicU64::new(0);

/// Differs between a process and its children. Asks the system for the process id, unless a hook makes that needless.
pub(crate) fn mark() -> u64 {
    if HOOKED.load(Ordering::Relaxed) { MARK.load(Ordering::Relaxed) } else { u64::from(process::id()) }
}

/// A binding that is told of every fork promises to call [`forked`] in the child; from then on a mark costs one load.
#[doc(hidden)]
pub fn hooked() {
    // The mark stays what it was, so that what was made before the hook is still this process's.
    MARK.store(u64::from(process::id()), Ordering::Relaxed);
    HOOKED.store(true, Ordering::Relaxed);
}

/// Called in a child, by a hook that the system runs: it may do nothing but this.
#[doc(hidden)]
pub fn forked() {
    MARK.fetch_add(1 << 32, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stays_in_a_process() {
        assert_eq!(mark(), mark());
    }
}

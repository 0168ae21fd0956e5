//! A disk that fails, or ends the process, at a step that a test chooses. The plan of a thread
//! holds for the stores that this thread makes, on any thread that runs their steps.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

pub(crate) use super::super::disk::DiskStep;

/// What happens at the chosen step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Blow {
    /// The step fails with this error number.
    Once(i32),
    /// It fails, and so does every step after it.
    FromThenOn(i32),
    /// Each step that takes room on the disk fails from then on; looking and reading go well.
    Writes(i32),
    /// The process ends, with nothing cleaned up.
    Death,
}

#[derive(Default)]
struct Plan {
    /// Steps from now until the blow, and the blow.
    blow: Option<(usize, Blow)>,
    taken: Vec<DiskStep>,
    is_remote: bool,
}

thread_local! {
    static PLAN: Arc<Mutex<Plan>> = Arc::default();
}

fn with_plan(change: impl FnOnce(&mut Plan)) {
    PLAN.with(|plan| change(&mut plan.lock().unwrap()));
}

/// Plans `blow` for the `nth` step from now, counted from 0.
pub(crate) fn plan(nth: usize, blow: Blow) {
    with_plan(|plan| (plan.blow, plan.taken) = (Some((nth, blow)), Vec::new()));
}

/// Ends the faults. Returns the number of steps since the last plan.
pub(crate) fn mend() -> Vec<DiskStep> {
    let mut taken = Vec::new();
    with_plan(|plan| {
        plan.blow = None;
        taken = std::mem::take(&mut plan.taken);
    });
    taken
}

/// Whether every file seems to lie on a network's file system.
pub(crate) fn pretend_remote(is_remote: bool) {
    with_plan(|plan| plan.is_remote = is_remote);
}

/// The faults of one store's disk.
pub(in crate::store::file) struct Faults(Arc<Mutex<Plan>>);

impl Default for Faults {
    fn default() -> Self {
        Self(PLAN.with(Arc::clone))
    }
}

impl Faults {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap()
    }

    pub(in crate::store::file) fn pretends_remote(&self) -> bool {
        self.plan().is_remote
    }

    /// Called ahead of each step.
    pub(in crate::store::file) fn before(&self, step: DiskStep) -> io::Result<()> {
        let mut plan = self.plan();
        plan.taken.push(step);
        let errno = match &mut plan.blow {
            None => return Ok(()),
            Some((left @ 1.., _)) => {
                *left -= 1;
                return Ok(());
            }
            Some((_, Blow::Death)) => std::process::exit(9),
            Some((_, Blow::FromThenOn(errno))) => *errno,
            Some((_, Blow::Writes(errno))) => match step {
                DiskStep::MakeDir | DiskStep::MakeTemp | DiskStep::Write | DiskStep::Sync => *errno,
                _ => return Ok(()),
            },
            Some((_, Blow::Once(errno))) => {
                let errno = *errno;
                plan.blow = None;
                errno
            }
        };
        Err(io::Error::from_raw_os_error(errno))
    }
}

/// Every error number that a disk is tried with.
pub(crate) fn errnos() -> [i32; 12] {
    use rustix::io::Errno;
    [
        Errno::NOSPC,
        Errno::DQUOT,
        Errno::IO,
        Errno::ACCESS,
        Errno::PERM,
        Errno::ROFS,
        Errno::MFILE,
        Errno::NFILE,
        Errno::NOENT,
        Errno::INTR,
        Errno::STALE,
        Errno::NOLCK,
    ]
    .map(Errno::raw_os_error)
}

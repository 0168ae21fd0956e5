//! A disk that fails, or takes the process with it, at a step that a test chooses; for the thread of that test alone.

use std::cell::RefCell;
use std::io;

pub(crate) use super::disk::Step;

/// What happens at the chosen step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Blow {
    /// The step fails with this error number.
    Once(i32),
    /// It fails, and so does every step after it.
    FromThenOn(i32),
    /// Whatever takes room on the disk fails from then on; looking and reading go well.
    Writes(i32),
    /// The process ends, with nothing cleaned up.
    Death,
}

#[derive(Default)]
struct Plan {
    /// Steps from now until the blow, and the blow.
    blow: Option<(usize, Blow)>,
    taken: Vec<Step>,
}

thread_local! {
    static PLAN: RefCell<Plan> = RefCell::default();
}

/// Plans `blow` for the `nth` step from now, counted from 0.
pub(crate) fn plan(nth: usize, blow: Blow) {
    PLAN.with_borrow_mut(|plan| *plan = Plan { blow: Some((nth, blow)), taken: Vec::new() });
}

/// The disk is sound again; gives the steps since the last plan.
pub(crate) fn mend() -> Vec<Step> {
    PLAN.take().taken
}

/// Called by the store ahead of each step.
pub(super) fn before(step: Step) -> io::Result<()> {
    PLAN.with_borrow_mut(|plan| {
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
                Step::MakeDir | Step::MakeTemp | Step::Write | Step::Sync => *errno,
                _ => return Ok(()),
            },
            Some((_, Blow::Once(errno))) => {
                let errno = *errno;
                plan.blow = None;
                errno
            }
        };
        Err(io::Error::from_raw_os_error(errno))
    })
}

/// Every error number that a disk is tried with.
pub(crate) fn errnos() -> [i32; 11] {
    use rustix::io::Errno;
    [
        Errno::NOSPC,
        Errno::DQUOT,
        Errno::IO,
        Errno::ACCESS,
        Errno::PERM,
        Errno::ROFS,
        Errno::MFILE,
        Errno::NOENT,
        Errno::INTR,
        Errno::STALE,
        Errno::NOLCK,
    ]
    .map(Errno::raw_os_error)
}

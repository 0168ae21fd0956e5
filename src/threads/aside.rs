//! Steps that the system may never finish, such as a name lookup, on threads that their caller can
//! abandon.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use crate::deadline::Deadline;
use crate::fork::PerProcess;
use crate::sync::lock;

/// How many abandoned threads a process may have.
const MAX_ABANDONED: usize = 64;
/// And how many of one `what`.
const MAX_ABANDONED_ALIKE: usize = 4;

/// Why a step gave nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AsideError {
    /// It did not end in time. Its thread is abandoned.
    Late,
    /// Too many threads that began with the same step hang already.
    TooMany,
    /// The system gives no thread.
    NoThread,
    /// The step panicked.
    Panicked,
}

/// The abandoned threads of this process that still run, by what they do.
#[derive(Default)]
struct Abandoned(Mutex<HashMap<String, usize>>);

static ABANDONED: PerProcess<Abandoned> = PerProcess::new();

impl Abandoned {
    fn counts(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        lock(&self.0)
    }
}

/// Runs `step` on another thread and waits for its value until the deadline. `what` names the step
/// for the limits.
pub(crate) fn aside<T: Send + 'static>(
    what: &str,
    deadline: Deadline,
    step: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AsideError> {
    let abandoned = ABANDONED.get();
    {
        let counts = abandoned.counts();
        let alike = counts.get(what).copied().unwrap_or_default();
        if alike >= MAX_ABANDONED_ALIKE || counts.values().sum::<usize>() >= MAX_ABANDONED {
            return Err(AsideError::TooMany);
        }
    }
    let (send, receive) = sync_channel(1);
    let (process, is_abandoned) = (Arc::clone(&abandoned), Arc::default());
    let leaving = Leaving { what: what.to_owned(), process, is_abandoned };
    let is_abandoned = Arc::clone(&leaving.is_abandoned);
    let job = move || {
        // Dropped when the thread ends, by a panic too.
        let _leaving = leaving;
        // The caller may have left.
        let _ = send.send(step());
    };
    thread::Builder::new().name("wxsign-aside".to_owned()).spawn(job).map_err(|_| AsideError::NoThread)?;
    match receive.recv_timeout(deadline.remaining()) {
        Ok(value) => Ok(value),
        Err(RecvTimeoutError::Disconnected) => Err(AsideError::Panicked),
        Err(RecvTimeoutError::Timeout) => {
            let mut counts = abandoned.counts();
            // Both marks change under the lock alone, so the value is either here or counted.
            if let Ok(value) = receive.try_recv() {
                return Ok(value);
            }
            is_abandoned.store(true, Ordering::Relaxed);
            *counts.entry(what.to_owned()).or_default() += 1;
            Err(AsideError::Late)
        }
    }
}

/// Uncounts an abandoned thread when it ends.
struct Leaving {
    what: String,
    process: Arc<Abandoned>,
    is_abandoned: Arc<AtomicBool>,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        let mut counts = self.process.counts();
        if !self.is_abandoned.load(Ordering::Relaxed) {
            return;
        }
        if let Some(count) = counts.get_mut(&self.what) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.what);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::deadline::soon;

    #[test]
    fn a_step_gives_its_value_or_ends_in_time() {
        assert_eq!(aside("a value", soon(), || 7), Ok(7));
        let (release, wait) = sync_channel::<()>(0);
        let late = Deadline::after(Duration::from_millis(20));
        assert_eq!(aside("a hang", late, move || wait.recv().ok()), Err(AsideError::Late));
        drop(release);
    }

    /// A step that hangs is not begun again and again, and another one is not kept from its thread.
    #[test]
    fn hanging_threads_are_counted_until_they_end() {
        let (release, wait) = sync_channel::<()>(0);
        let wait = Arc::new(Mutex::new(wait));
        let hang = || {
            let wait = Arc::clone(&wait);
            let late = Deadline::after(Duration::from_millis(5));
            aside("hangs", late, move || wait.lock().ok().and_then(|wait| wait.recv().ok()))
        };
        for _ in 0..MAX_ABANDONED_ALIKE {
            assert_eq!(hang(), Err(AsideError::Late));
        }
        assert_eq!(hang(), Err(AsideError::TooMany));
        assert_eq!(aside("works", soon(), || ()), Ok(()));
        drop(release);
        let end = soon();
        while hang() == Err(AsideError::TooMany) && !end.is_over() {
            thread::yield_now();
        }
        assert!(!end.is_over(), "the count goes down when the threads end");
    }
}

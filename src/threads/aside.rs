//! Steps that the system may never finish, such as a name lookup, on threads that their caller can
//! abandon.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::deadline::Deadline;
use crate::fork::PerProcess;
use crate::sync::lock;

/// How many threads a process may have for steps, those that were abandoned among them.
const MAX_THREADS: usize = 64;
/// And how many for one `what`.
const MAX_THREADS_ALIKE: usize = 8;
/// If this many of one `what` are abandoned, no further one is begun.
const MAX_ABANDONED_ALIKE: usize = 4;

/// Why a step gave nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AsideError {
    /// It did not end in time. Its thread is abandoned.
    Late,
    /// Too many threads hang already, of the same step or of all.
    TooMany,
    /// The system gives no thread.
    NoThread,
    /// The step panicked.
    Panicked,
}

/// The threads of this process.
#[derive(Default)]
struct Threads {
    /// By what they do.
    counts: Mutex<HashMap<String, Count>>,
    /// A thread has ended or was abandoned.
    changed: Condvar,
}

static THREADS: PerProcess<Threads> = PerProcess::new();

#[derive(Default)]
struct Count {
    running: usize,
    abandoned: usize,
}

impl Count {
    fn all(&self) -> usize {
        self.running + self.abandoned
    }
}

impl Threads {
    fn counts(&self) -> MutexGuard<'_, HashMap<String, Count>> {
        lock(&self.counts)
    }

    /// Counts one more thread for `what`. Waits while others run that may end soon.
    fn take(self: &Arc<Self>, what: &str, deadline: Deadline) -> Result<Place, AsideError> {
        let mut counts = self.counts();
        loop {
            let alike = counts.get(what);
            if alike.is_some_and(|count| count.abandoned >= MAX_ABANDONED_ALIKE)
                || counts.values().map(|count| count.abandoned).sum::<usize>() >= MAX_THREADS
            {
                return Err(AsideError::TooMany);
            }
            let all = counts.values().map(Count::all).sum::<usize>();
            if alike.is_none_or(|count| count.all() < MAX_THREADS_ALIKE) && all < MAX_THREADS {
                counts.entry(what.to_owned()).or_default().running += 1;
                let (what, threads) = (what.to_owned(), Arc::clone(self));
                return Ok(Place { what, threads, is_left: Arc::default() });
            }
            if deadline.is_over() {
                return Err(AsideError::Late);
            }
            let waited = self.changed.wait_timeout(counts, deadline.remaining());
            counts = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Runs `step` on another thread and waits for its value until the deadline. `what` names the step
/// for the limits.
pub(crate) fn aside<T: Send + 'static>(
    what: &str,
    deadline: Deadline,
    step: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AsideError> {
    let threads = THREADS.get();
    let place = threads.take(what, deadline)?;
    let is_left = Arc::clone(&place.is_left);
    let (send, receive) = sync_channel(1);
    let job = move || {
        // Dropped when the thread ends, by a panic too.
        let _place = place;
        // The caller may have left.
        let _ = send.send(step());
    };
    super::builder("wxsign-aside").spawn(job).map_err(|_| AsideError::NoThread)?;
    match receive.recv_timeout(deadline.remaining()) {
        Ok(value) => Ok(value),
        Err(RecvTimeoutError::Disconnected) => Err(AsideError::Panicked),
        Err(RecvTimeoutError::Timeout) => {
            let mut counts = threads.counts();
            // The mark and the counts change under the lock alone, so the value is either here or
            // counted.
            if let Ok(value) = receive.try_recv() {
                return Ok(value);
            }
            if !is_left.swap(true, Ordering::Relaxed)
                && let Some(count) = counts.get_mut(what)
            {
                count.running -= 1;
                count.abandoned += 1;
                threads.changed.notify_all();
            }
            Err(AsideError::Late)
        }
    }
}

/// One thread that is counted, until it ends.
struct Place {
    what: String,
    threads: Arc<Threads>,
    /// Set by whichever leaves first: the thread that ends, or the caller that abandons it.
    is_left: Arc<AtomicBool>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.threads.counts();
        let Some(count) = counts.get_mut(&self.what) else { return };
        let was_abandoned = self.is_left.swap(true, Ordering::Relaxed);
        *if was_abandoned { &mut count.abandoned } else { &mut count.running } -= 1;
        if count.all() == 0 {
            counts.remove(&self.what);
        }
        self.threads.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::thread;
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

    /// Callers that come at once share a few threads, whatever their number.
    #[test]
    fn callers_that_come_at_once_share_few_threads() {
        let (running, most) = (&*Box::leak(Box::<AtomicUsize>::default()), &AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..100 {
                scope.spawn(|| {
                    let step = move || {
                        let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                        thread::sleep(Duration::from_millis(2));
                        running.fetch_sub(1, Ordering::SeqCst);
                        now
                    };
                    most.fetch_max(aside("many", soon(), step).unwrap(), Ordering::SeqCst);
                });
            }
        });
        let most = most.load(Ordering::SeqCst);
        assert!(most <= MAX_THREADS_ALIKE, "{most} threads");
    }
}

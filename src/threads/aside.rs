//! Steps that the system may never finish, such as a name lookup, on threads that their caller can
//! abandon.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::deadline::Deadline;
use crate::fork::PerProcess;
use crate::sync::lock;

/// How many threads a process may have for steps, those that were abandoned among them.
const MAX_THREADS: usize = 64;
/// So many of them are for steps that ended in time when they last ran: however many names hang, a
/// name that answers is looked up.
const RESERVED: usize = 16;
/// How many threads one `what` may have.
const MAX_THREADS_ALIKE: usize = 8;
/// If this many of one `what` are abandoned, no further one is begun.
const MAX_ABANDONED_ALIKE: usize = 4;
/// If this many are abandoned in all, one of one `what` is enough: the others are for other names.
const MANY_ABANDONED: usize = 32;
/// So many steps that ended in time are remembered, before all are forgotten.
const MAX_ANSWERED: usize = 1_024;

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
    state: Mutex<State>,
    /// A thread has ended or was abandoned.
    changed: Condvar,
}

static THREADS: PerProcess<Threads> = PerProcess::new();

/// Each thread goes by what it does.
#[derive(Default)]
struct State {
    counts: HashMap<String, Count>,
    /// What ended in time when it last ran.
    answered: HashSet<String>,
}

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

impl State {
    /// Whether `what` may have one more thread; none if others run that may end soon.
    fn may_begin(&self, what: &str) -> Result<bool, AsideError> {
        let max = if self.answered.contains(what) { MAX_THREADS } else { MAX_THREADS - RESERVED };
        let alike = self.counts.get(what);
        let abandoned_alike = alike.map_or(0, |count| count.abandoned);
        let abandoned = self.counts.values().map(|count| count.abandoned).sum::<usize>();
        let max_alike = if abandoned < MANY_ABANDONED { MAX_ABANDONED_ALIKE } else { 1 };
        if abandoned_alike >= max_alike || abandoned >= max {
            return Err(AsideError::TooMany);
        }
        let all = self.counts.values().map(Count::all).sum::<usize>();
        Ok(alike.is_none_or(|count| count.all() < MAX_THREADS_ALIKE) && all < max)
    }

    fn note_answer(&mut self, what: &str) {
        if self.answered.len() >= MAX_ANSWERED {
            self.answered.clear();
        }
        self.answered.insert(what.to_owned());
    }
}

/// Runs `step` on another thread and waits for its value until the deadline. `what` names the step
/// for the limits.
pub(crate) fn aside<T: Send + 'static>(
    what: &str,
    deadline: Deadline,
    step: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AsideError> {
    THREADS.get().run(what, deadline, step)
}

impl Threads {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Counts one more thread for `what`. Waits while others run that may end soon.
    fn take(self: &Arc<Self>, what: &str, deadline: Deadline) -> Result<Place, AsideError> {
        let mut state = self.state();
        while !state.may_begin(what)? {
            if deadline.is_over() {
                return Err(AsideError::Late);
            }
            let waited = self.changed.wait_timeout(state, deadline.remaining());
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.counts.entry(what.to_owned()).or_default().running += 1;
        let (what, threads) = (what.to_owned(), Arc::clone(self));
        Ok(Place { what, threads, is_left: Arc::default() })
    }

    fn run<T: Send + 'static>(
        self: &Arc<Self>,
        what: &str,
        deadline: Deadline,
        step: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AsideError> {
        let place = self.take(what, deadline)?;
        let is_left = Arc::clone(&place.is_left);
        let (send, receive) = sync_channel(1);
        let job = move || {
            // Dropped when the thread ends, by a panic too.
            let _place = place;
            // The caller may have left.
            let _ = send.send(step());
        };
        super::builder("wxsign-aside").spawn(job).map_err(|_| AsideError::NoThread)?;
        let received = receive.recv_timeout(deadline.remaining());
        let mut state = self.state();
        // The mark and the counts change under the lock alone, so a value that came meanwhile is
        // either here or counted.
        match received.or_else(|error| receive.try_recv().map_err(|_| error)) {
            Ok(value) => {
                state.note_answer(what);
                Ok(value)
            }
            Err(RecvTimeoutError::Disconnected) => Err(AsideError::Panicked),
            Err(RecvTimeoutError::Timeout) => {
                state.answered.remove(what);
                if !is_left.swap(true, Ordering::Relaxed)
                    && let Some(count) = state.counts.get_mut(what)
                {
                    count.running -= 1;
                    count.abandoned += 1;
                    self.changed.notify_all();
                }
                Err(AsideError::Late)
            }
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
        let mut state = self.threads.state();
        let Some(count) = state.counts.get_mut(&self.what) else { return };
        let was_abandoned = self.is_left.swap(true, Ordering::Relaxed);
        *if was_abandoned { &mut count.abandoned } else { &mut count.running } -= 1;
        if count.all() == 0 {
            state.counts.remove(&self.what);
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

    /// However many names hang, a name that has answered is looked up, and a name that hangs gets
    /// no second thread as long as others need one.
    #[test]
    fn many_hanging_names_starve_no_other_name() {
        let threads = Arc::<Threads>::default();
        let (release, wait) = sync_channel::<()>(0);
        let wait = Arc::new(Mutex::new(wait));
        let hang = |what: &str| {
            let wait = Arc::clone(&wait);
            let late = Deadline::after(Duration::from_millis(5));
            threads.run(what, late, move || wait.lock().ok().and_then(|wait| wait.recv().ok()))
        };
        assert_eq!(threads.run("answers", soon(), || ()), Ok(()));
        for name in 1..MAX_THREADS - RESERVED {
            assert_eq!(hang(&name.to_string()), Err(AsideError::Late));
        }
        assert_eq!(hang("1"), Err(AsideError::TooMany), "it hangs already");
        assert_eq!(hang("last"), Err(AsideError::Late), "the first time");
        assert_eq!(threads.run("new", soon(), || ()), Err(AsideError::TooMany));
        assert_eq!(threads.run("answers", soon(), || ()), Ok(()));
        // Once it hangs as well, it is like the others.
        assert_eq!(hang("answers"), Err(AsideError::Late));
        assert_eq!(hang("answers"), Err(AsideError::TooMany));
        drop(release);
        let end = soon();
        while threads.run("new", soon(), || ()).is_err() && !end.is_over() {
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

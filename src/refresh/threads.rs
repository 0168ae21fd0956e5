//! Starts threads, and counts those of an account and of the process, so that what hangs for one
//! account starves no other.
//!
//! Two kinds of work may hang: a flight (in the network) and a step (in the store's file system, or
//! in a caller's token function). Both run on threads that can be given up on. A thread that was
//! given up on counts as hung until it returns.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::error::{Code, Error};

/// Work for a thread.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// What the background thread asks for its refreshes.
pub(crate) trait RefreshAhead: Send + Sync {
    /// Refreshes the credentials that are due.
    fn refresh_due(&self);
    /// How long the background thread may sleep, as far as this one goes.
    fn time_to_next_refresh(&self) -> Option<Duration>;
}

/// What a refresher needs from its process. Tests replace it.
pub(crate) trait Runtime: Send + Sync {
    /// Runs `job` on a new thread. If none can be started, the job is dropped.
    fn spawn(&self, name: &'static str, job: Job) -> Result<(), Error>;
    /// Runs `job` after `time` on the background thread, unless no refresher is left then.
    fn after(&self, time: Duration, job: Job);
    /// Lets the background thread refresh `refresher` for as long as it lives.
    fn look_after(&self, refresher: Weak<dyn RefreshAhead>);
    /// Something is due earlier than before, or a refresher is gone.
    fn wake(&self);
    /// Runs `declare_lost` on the watchdog's thread at `at`, unless it is called off. Returns the
    /// number of this watch.
    fn watch(&self, at: Instant, declare_lost: Job) -> Result<u64, Error>;
    /// The watched flight is over.
    fn unwatch(&self, watch: u64);
    /// The threads of the process.
    fn counters(&self) -> &Counters;
}

/// At most so many of each kind run for one account, and at most so many of each kind hang.
const MAX_OF_ACCOUNT: usize = 2;
/// The limits of the process.
const MAX_FLIGHTS: usize = 512;
const MAX_STEPS: usize = 64;
const MAX_NOTIFIERS: usize = 256;
/// How long a step waits for others to end if the process has too many under way.
const MAX_WAIT_FOR_STEP: Duration = Duration::from_millis(250);
/// A store that obeys its deadline returns its own error within this time after it.
const STEP_SLACK: Duration = Duration::from_millis(100);

/// Most steps take a few milliseconds.
const USUAL_STEP: Duration = Duration::from_millis(250);

const RUNNING: u8 = 0;
const HUNG: u8 = 1;
const ENDED: u8 = 2;

/// Threads of one kind.
#[derive(Default)]
struct Counter {
    running: AtomicUsize,
    hung: AtomicUsize,
}

/// The threads of the whole process.
#[derive(Default)]
pub(crate) struct Counters {
    flights: Arc<Counter>,
    steps: Arc<Counter>,
    /// Each notifier thread has a share.
    notifiers: Arc<()>,
}

impl Counters {
    /// Room for a notifier thread until the share is dropped, unless the process has too many.
    pub(super) fn notifier(&self) -> Option<Arc<()>> {
        let share = Arc::clone(&self.notifiers);
        (Arc::strong_count(&share) <= MAX_NOTIFIERS + 1).then_some(share)
    }
}

/// Counts one thread, until it is dropped.
pub(super) struct Permit(Arc<Place>);

/// What the thread shares with the caller that may give up on it.
pub(super) struct Place {
    state: AtomicU8,
    counters: [Arc<Counter>; 2],
}

impl Place {
    /// The thread is given up on: from now on it counts as hung. Nothing happens if it has ended.
    pub(super) fn give_up(&self) {
        if self.state.compare_exchange(RUNNING, HUNG, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            for counter in &self.counters {
                counter.hung.fetch_add(1, Ordering::SeqCst);
                counter.running.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }
}

impl Permit {
    /// One more thread of an account and of the process, unless there are too many.
    fn take(account: &Arc<Counter>, process: &Arc<Counter>, max_of_process: usize) -> Result<Self, Full> {
        let running = |counter: &Counter| counter.running.load(Ordering::SeqCst);
        let hung = |counter: &Counter| counter.hung.load(Ordering::SeqCst);
        let counters = [Arc::clone(account), Arc::clone(process)];
        for counter in &counters {
            counter.running.fetch_add(1, Ordering::SeqCst);
        }
        let permit = Self(Arc::new(Place { state: AtomicU8::new(RUNNING), counters }));
        // Counted first and checked afterwards, so that two that come at once cannot both exceed
        // the limit. Dropping the permit undoes the count.
        let is_hung = hung(account) >= MAX_OF_ACCOUNT || hung(process) >= max_of_process;
        let is_busy = running(account) > MAX_OF_ACCOUNT || running(process) + hung(process) > max_of_process;
        match (is_hung, is_busy) {
            (true, _) => Err(Full::Hung),
            (false, true) => Err(Full::Busy),
            (false, false) => Ok(permit),
        }
    }

    pub(super) fn place(&self) -> Arc<Place> {
        Arc::clone(&self.0)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let was_hung = self.0.state.swap(ENDED, Ordering::SeqCst) == HUNG;
        for counter in &self.0.counters {
            let count = if was_hung { &counter.hung } else { &counter.running };
            count.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Why there is no permit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Full {
    /// Others are under way, and may end soon.
    Busy,
    /// Others hang.
    Hung,
}

/// The threads of one account.
pub(super) struct Threads {
    runtime: Arc<dyn Runtime>,
    flights: Arc<Counter>,
    steps: Arc<Counter>,
}

impl Threads {
    pub(super) fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self { runtime, flights: Arc::default(), steps: Arc::default() }
    }

    /// Room for a flight. Fails at once if the account or the process has too many.
    pub(super) fn flight(&self) -> Result<Permit, Error> {
        Permit::take(&self.flights, &self.runtime.counters().flights, MAX_FLIGHTS).map_err(|_| {
            Error::new(
                Code::Timeout,
                "earlier fetches of this account or process hang; none is started meanwhile",
            )
        })
    }

    /// Runs `job` on its own thread.
    pub(super) fn start(&self, name: &'static str, job: Job) -> Result<(), Error> {
        self.runtime.spawn(name, job)
    }

    /// Runs `step` on its own thread and waits for it until the deadline. A step that overruns is
    /// given up on: its result is dropped when it comes.
    pub(super) fn attempt<T: Send + 'static>(
        &self,
        deadline: Deadline,
        step: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.attempt_or(deadline, step, || ())
    }

    /// Like [`Threads::attempt`]; calls `if_slow` as soon as the step takes longer than usual, and
    /// goes on waiting.
    pub(super) fn attempt_or<T: Send + 'static>(
        &self,
        deadline: Deadline,
        step: impl FnOnce() -> T + Send + 'static,
        if_slow: impl FnOnce(),
    ) -> Result<T, Error> {
        let permit = self.step()?;
        let place = permit.place();
        let (send, receive) = sync_channel(1);
        let job = move || {
            // The receiver may have given up.
            let _ = send.send(step());
            drop(permit);
        };
        self.runtime.spawn("wxsign-step", Box::new(job))?;
        let mut received = receive.recv_timeout(USUAL_STEP.min(deadline.remaining()));
        if matches!(received, Err(RecvTimeoutError::Timeout)) {
            if_slow();
            received = receive.recv_timeout(deadline.remaining().saturating_add(STEP_SLACK));
        }
        match received {
            Ok(result) => Ok(result),
            Err(RecvTimeoutError::Timeout) => {
                place.give_up();
                Err(Error::new(Code::Timeout, "it did not answer in time"))
            }
            Err(RecvTimeoutError::Disconnected) => Err(Error::new(Code::Internal, "a step ended in a panic")),
        }
    }

    /// Like [`Threads::attempt`], without waiting: for work that reports by itself. Returns the
    /// permit of its thread.
    pub(super) fn detach(&self, step: impl FnOnce() + Send + 'static) -> Result<Arc<Place>, Error> {
        let permit = self.step()?;
        let place = permit.place();
        let job = move || {
            step();
            drop(permit);
        };
        self.runtime.spawn("wxsign-step", Box::new(job))?;
        Ok(place)
    }

    fn step(&self) -> Result<Permit, Error> {
        let until = Instant::now() + MAX_WAIT_FOR_STEP;
        loop {
            match Permit::take(&self.steps, &self.runtime.counters().steps, MAX_STEPS) {
                Ok(permit) => return Ok(permit),
                Err(Full::Busy) if Instant::now() < until => thread::sleep(Duration::from_millis(5)),
                Err(_) => {
                    return Err(Error::new(Code::Timeout, "too many calls hang; it is not called meanwhile"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hung_thread_counts_until_it_returns() {
        let [account, process] = [(); 2].map(|()| Arc::<Counter>::default());
        let take = || Permit::take(&account, &process, 3);
        let first = take().unwrap();
        let second = take().unwrap();
        assert_eq!(take().err(), Some(Full::Busy));
        first.place().give_up();
        let third = take().unwrap();
        second.place().give_up();
        assert_eq!(take().err(), Some(Full::Hung));
        drop(first);
        let other = Arc::<Counter>::default();
        assert!(Permit::take(&other, &process, 3).is_ok(), "two of three are left");
        drop((second, third));
        for counter in [&account, &process] {
            let left = [&counter.running, &counter.hung].map(|count| count.load(Ordering::SeqCst));
            assert_eq!(left, [0, 0]);
        }
    }

    #[test]
    fn giving_up_on_an_ended_thread_changes_nothing() {
        let [account, process] = [(); 2].map(|()| Arc::<Counter>::default());
        let permit = Permit::take(&account, &process, 3).unwrap();
        let place = permit.place();
        drop(permit);
        place.give_up();
        assert_eq!(process.hung.load(Ordering::SeqCst), 0);
    }
}

//! Starts threads, and counts those of an account and of the process, so that what hangs for one
//! account starves no other.
//!
//! Two kinds of work may hang: a flight (in the network) and a step (in the store's file system, or
//! in a caller's token function). Both run on threads that can be given up on. A thread that was
//! given up on counts as hung until it returns.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::error::{Code, Error};
use crate::sync::lock;

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

/// If so many threads of one kind hang for an account, it gets no further one. What runs is limited
/// by the account itself: each kind of credential has one flight, and a flight one step.
const MAX_HUNG_OF_ACCOUNT: usize = 2;
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
/// A step that no flight waits for counts as hung after this time.
const MAX_DETACHED_STEP: Duration = Duration::from_secs(10);
/// If no thread can be had for a step, the next try follows this much later.
const DETACH_AGAIN_AFTER: Duration = Duration::from_secs(1);

const RUNNING: u8 = 0;
const HUNG: u8 = 1;
const ENDED: u8 = 2;

/// Threads of one kind.
#[derive(Default)]
struct Counter {
    running: AtomicUsize,
    hung: AtomicUsize,
}

impl Counter {
    fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    fn hung(&self) -> usize {
        self.hung.load(Ordering::SeqCst)
    }
}

/// The threads of the whole process.
#[derive(Default)]
pub(crate) struct Counters {
    flights: Arc<Counter>,
    steps: Arc<Counter>,
    /// Flights that wait for others to end. Each job starts its flight.
    queued_flights: Mutex<VecDeque<Job>>,
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
pub(super) struct Permit(Arc<ThreadHandle>);

/// What the thread shares with the caller that may give up on it.
pub(super) struct ThreadHandle {
    state: AtomicU8,
    counters: [Arc<Counter>; 2],
}

impl ThreadHandle {
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
        let counters = [Arc::clone(account), Arc::clone(process)];
        for counter in &counters {
            counter.running.fetch_add(1, Ordering::SeqCst);
        }
        let permit = Self(Arc::new(ThreadHandle { state: AtomicU8::new(RUNNING), counters }));
        // Counted first and checked afterwards, so that two that come at once cannot both exceed
        // the limit. Dropping the permit undoes the count.
        let is_hung = account.hung() >= MAX_HUNG_OF_ACCOUNT || process.hung() >= max_of_process;
        let is_busy = process.running() + process.hung() > max_of_process;
        match (is_hung, is_busy) {
            (true, _) => Err(Full::Hung),
            (false, true) => Err(Full::Busy),
            (false, false) => Ok(permit),
        }
    }

    pub(super) fn handle(&self) -> Arc<ThreadHandle> {
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
pub(super) enum Full {
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

    /// Room for a flight. Never waits.
    pub(super) fn flight(&self) -> Result<Permit, Full> {
        Permit::take(&self.flights, &self.runtime.counters().flights, MAX_FLIGHTS)
    }

    /// Runs `start` when an earlier flight of the process has ended.
    pub(super) fn queue_flight(&self, start: Job) {
        let counters = self.runtime.counters();
        lock(&counters.queued_flights).push_back(start);
        // The last one may have ended meanwhile.
        if counters.flights.running() + counters.flights.hung() < MAX_FLIGHTS {
            self.start_queued_flight();
        }
    }

    /// A flight has ended, so another one may start.
    pub(super) fn start_queued_flight(&self) {
        let start = lock(&self.runtime.counters().queued_flights).pop_front();
        if let Some(start) = start {
            start();
        }
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
        let (receive, handle) = self.begin(move |send| {
            // The receiver may have given up.
            let _ = send.send(step());
        })?;
        let mut received = receive.recv_timeout(USUAL_STEP.min(deadline.remaining()));
        if matches!(received, Err(RecvTimeoutError::Timeout)) {
            if_slow();
            received = receive.recv_timeout(deadline.remaining().saturating_add(STEP_SLACK));
        }
        match received {
            Ok(result) => Ok(result),
            Err(RecvTimeoutError::Timeout) => {
                handle.give_up();
                Err(Error::new(Code::Timeout, "it did not answer in time"))
            }
            Err(RecvTimeoutError::Disconnected) => Err(Error::new(Code::Internal, "a step ended in a panic")),
        }
    }

    /// Runs `step` on its own thread. The caller waits for what the step sends, and gives up on the
    /// thread if nothing comes. Waits a little for room.
    pub(super) fn begin<T: Send + 'static>(
        &self,
        step: impl FnOnce(SyncSender<T>) + Send + 'static,
    ) -> Result<(Receiver<T>, Arc<ThreadHandle>), Error> {
        let until = Instant::now() + MAX_WAIT_FOR_STEP;
        let permit = loop {
            match self.step() {
                Ok(permit) => break permit,
                Err(Full::Busy) if Instant::now() < until => thread::sleep(Duration::from_millis(5)),
                Err(_) => {
                    return Err(Error::new(Code::Timeout, "too many calls hang; it is not called meanwhile"));
                }
            }
        };
        let (send, receive) = sync_channel(1);
        let handle = self.start_step(permit, move || step(send)).map_err(|(_, error)| error)?;
        Ok((receive, handle))
    }

    /// Runs `step` on its own thread and does not wait, neither for the step nor for room: for the
    /// watchdog's and the background thread. If no thread can be had, returns the step.
    pub(super) fn detach<F: FnOnce() + Send + 'static>(&self, step: F) -> Result<(), F> {
        let Ok(permit) = self.step() else { return Err(step) };
        let handle = self.start_step(permit, step).map_err(|(step, _)| step)?;
        self.count_later(handle);
        Ok(())
    }

    /// Like [`Threads::detach`]. If no thread can be had now, tries again until there is one.
    /// Returns whether the step has begun.
    pub(super) fn detach_now_or_later(self: &Arc<Self>, step: impl FnOnce() + Send + 'static) -> bool {
        let Err(step) = self.detach(step) else { return true };
        let me = Arc::clone(self);
        let try_again = move || {
            me.detach_now_or_later(step);
        };
        self.runtime.after(DETACH_AGAIN_AFTER, Box::new(try_again));
        false
    }

    /// Counts a thread as hung if it has not ended in a while.
    pub(super) fn count_later(&self, thread: Arc<ThreadHandle>) {
        self.runtime.after(MAX_DETACHED_STEP, Box::new(move || thread.give_up()));
    }

    fn step(&self) -> Result<Permit, Full> {
        Permit::take(&self.steps, &self.runtime.counters().steps, MAX_STEPS)
    }

    /// If no thread can be started, the system drops its job. The step is not dropped with it,
    /// because it may own a lock of the store.
    fn start_step<F: FnOnce() + Send + 'static>(
        &self,
        permit: Permit,
        step: F,
    ) -> Result<Arc<ThreadHandle>, (F, Error)> {
        let handle = permit.handle();
        let kept = Arc::new(Mutex::new(Some(step)));
        let taken = Arc::clone(&kept);
        let job = move || {
            let step = lock(&taken).take();
            if let Some(step) = step {
                step();
            }
            drop(permit);
        };
        let Err(error) = self.runtime.spawn("wxsign-step", Box::new(job)) else { return Ok(handle) };
        let step = lock(&kept).take();
        step.map_or(Ok(handle), |step| Err((step, error)))
    }
}

#[cfg(test)]
impl Counters {
    /// Whether no flight and no step runs, hangs or waits.
    pub(super) fn is_idle(&self) -> bool {
        let threads = [&self.flights, &self.steps].map(|counter| counter.running() + counter.hung());
        threads == [0, 0] && lock(&self.queued_flights).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What runs is counted for the process alone. Two hung threads end what an account may start.
    #[test]
    fn a_hung_thread_counts_until_it_returns() {
        let [account, process] = [(); 2].map(|()| Arc::<Counter>::default());
        let take = || Permit::take(&account, &process, 4);
        let mut permits: Vec<_> = (0..4).map(|_| take().unwrap()).collect();
        assert_eq!(take().err(), Some(Full::Busy));
        permits[0].handle().give_up();
        assert_eq!(take().err(), Some(Full::Busy), "one hangs, and its place is not free");
        permits[1].handle().give_up();
        drop(permits.pop());
        assert_eq!(take().err(), Some(Full::Hung));
        let other = Arc::<Counter>::default();
        assert!(Permit::take(&other, &process, 4).is_ok(), "another account has the free place");
        drop(permits.remove(0));
        assert!(take().is_ok(), "one has returned");
        drop(permits);
        assert_eq!([&account, &process].map(|counter| (counter.running(), counter.hung())), [(0, 0); 2]);
    }

    #[test]
    fn giving_up_on_an_ended_thread_changes_nothing() {
        let [account, process] = [(); 2].map(|()| Arc::<Counter>::default());
        let permit = Permit::take(&account, &process, 3).unwrap();
        let handle = permit.handle();
        drop(permit);
        handle.give_up();
        assert_eq!(process.hung(), 0);
    }
}

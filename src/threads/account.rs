//! The threads of one account: its flights, and the steps that it can give up on.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::permit::{
    Counter, Full, Job, MAX_CALLS, MAX_FLIGHTS, MAX_FURTHER_FLIGHTS, MAX_STEPS, Permit, ThreadHandle,
};
use super::runtime::Runtime;
use crate::deadline::Deadline;
use crate::error::{Code, Error};
use crate::sync::lock;

/// How long a step waits for others to end if the process has too many under way.
const MAX_WAIT_FOR_STEP: Duration = Duration::from_millis(250);
/// A store that obeys its deadline returns its own error within this time after it.
const STEP_SLACK: Duration = Duration::from_millis(100);
/// Most steps take a few milliseconds.
const USUAL_STEP: Duration = Duration::from_millis(250);
/// A flight that waits for room looks again this much later.
const LOOK_FOR_ROOM_EVERY: Duration = Duration::from_millis(100);
/// A step that no flight waits for counts as hung after this time.
const MAX_DETACHED_STEP: Duration = Duration::from_secs(10);
/// If no thread can be had for a step, the next try follows this much later.
const DETACH_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The threads of one account.
pub(crate) struct AccountThreads {
    runtime: Arc<dyn Runtime>,
    flights: Arc<Counter>,
    steps: Arc<Counter>,
    calls: Arc<Counter>,
}

impl AccountThreads {
    pub(crate) fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self { runtime, flights: Arc::default(), steps: Arc::default(), calls: Arc::default() }
    }

    /// Room for a flight. Never waits.
    pub(crate) fn flight(&self) -> Result<Permit, Full> {
        let process = &self.runtime.counters().flights;
        let permit = Permit::take(&self.flights, process, MAX_FLIGHTS)?;
        if self.flights.running() > 1 && process.running() + process.hung() > MAX_FURTHER_FLIGHTS {
            return Err(Full::Further);
        }
        Ok(permit)
    }

    /// Runs `start` when an earlier flight of the process has ended.
    pub(crate) fn queue_flight(&self, start: Job) {
        let counters = self.runtime.counters();
        lock(&counters.queued_flights).push_back(start);
        // The last one may have ended meanwhile.
        if counters.flights.running() + counters.flights.hung() < MAX_FLIGHTS {
            self.start_queued_flight();
        }
    }

    /// A flight has ended, so another one may start.
    pub(crate) fn start_queued_flight(&self) {
        let start = lock(&self.runtime.counters().queued_flights).pop_front();
        if let Some(start) = start {
            start();
        }
    }

    /// Runs `start` a little later: for a flight that must leave the room to other accounts.
    pub(crate) fn start_later(&self, start: Job) {
        self.runtime.after(LOOK_FOR_ROOM_EVERY, start);
    }

    /// Runs `step` on its own thread and waits for it until the deadline. A step that overruns is
    /// given up on: its result is dropped when it comes.
    pub(crate) fn attempt<T: Send + 'static>(
        &self,
        deadline: Deadline,
        step: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.attempt_or(deadline, step, || ())
    }

    /// Like [`AccountThreads::attempt`]; calls `if_slow` as soon as the step takes longer than usual, and
    /// goes on waiting.
    pub(crate) fn attempt_or<T: Send + 'static>(
        &self,
        deadline: Deadline,
        step: impl FnOnce() -> T + Send + 'static,
        if_slow: impl FnOnce(),
    ) -> Result<T, Error> {
        let step = move |send: SyncSender<T>| {
            // The receiver may have given up.
            let _ = send.send(step());
        };
        let (receive, handle) = self.begin(|| self.step(), step)?;
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

    /// Calls the program's `function` on its own thread. Stores that hang leave room for such calls.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        function: impl FnOnce(SyncSender<T>) + Send + 'static,
    ) -> Result<(Receiver<T>, Arc<ThreadHandle>), Error> {
        let room = || Permit::take(&self.calls, &self.runtime.counters().calls, MAX_CALLS);
        self.begin(room, function)
    }

    /// Runs `step` on its own thread. The caller waits for what the step sends, and gives up on the
    /// thread if nothing comes. Waits a little for room.
    fn begin<T: Send + 'static>(
        &self,
        room: impl Fn() -> Result<Permit, Full>,
        step: impl FnOnce(SyncSender<T>) + Send + 'static,
    ) -> Result<(Receiver<T>, Arc<ThreadHandle>), Error> {
        let until = Instant::now() + MAX_WAIT_FOR_STEP;
        let permit = loop {
            match room() {
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
    fn detach<F: FnOnce() + Send + 'static>(&self, step: F) -> Result<(), F> {
        let Ok(permit) = self.step() else { return Err(step) };
        let handle = self.start_step(permit, step).map_err(|(step, _)| step)?;
        self.count_later(handle);
        Ok(())
    }

    /// Like [`AccountThreads::detach`]. If no thread can be had now, tries again until there is one.
    /// Returns whether the step has begun.
    pub(crate) fn detach_now_or_later(self: &Arc<Self>, step: impl FnOnce() + Send + 'static) -> bool {
        let Err(step) = self.detach(step) else { return true };
        let me = Arc::clone(self);
        let try_again = move || {
            me.detach_now_or_later(step);
        };
        self.runtime.after(DETACH_AGAIN_AFTER, Box::new(try_again));
        false
    }

    /// Counts a thread as hung if it has not ended in a while.
    pub(crate) fn count_later(&self, thread: Arc<ThreadHandle>) {
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

//! Counts the threads of an account and of the process, and limits them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Work for a thread.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// If this many threads of one kind hang for an account, it gets no further one. What runs is limited
/// by the account itself: each kind of credential has one flight, and a flight one step.
const MAX_HUNG_OF_ACCOUNT: usize = 2;
/// The limits of the process.
pub(super) const MAX_FLIGHTS: usize = 512;
/// An account whose kinds all hang must leave room for the first flight of another one: beyond so
/// many flights of the process, it gets no second one.
pub(super) const MAX_FURTHER_FLIGHTS: usize = 256;
pub(super) const MAX_STEPS: usize = 64;
pub(super) const MAX_CALLS: usize = 64;
const MAX_NOTIFIERS: usize = 256;
const RUNNING: u8 = 0;
const HUNG: u8 = 1;
const ENDED: u8 = 2;

/// Threads of one kind.
#[derive(Default)]
pub(super) struct Counter {
    running: AtomicUsize,
    hung: AtomicUsize,
}

impl Counter {
    pub(super) fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    pub(super) fn hung(&self) -> usize {
        self.hung.load(Ordering::SeqCst)
    }
}

/// The threads of the whole process.
#[derive(Default)]
pub(crate) struct Counters {
    pub(super) flights: Arc<Counter>,
    pub(super) steps: Arc<Counter>,
    /// Calls of token and ticket functions.
    pub(super) calls: Arc<Counter>,
    /// Flights that wait for others to end. Each job starts its flight.
    pub(super) queued_flights: Mutex<VecDeque<Job>>,
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
pub(crate) struct Permit(Arc<ThreadHandle>);

/// What the thread shares with the caller that may give up on it.
pub(crate) struct ThreadHandle {
    state: AtomicU8,
    counters: [Arc<Counter>; 2],
}

impl ThreadHandle {
    /// The thread is given up on: from now on it counts as hung. Nothing happens if it has ended.
    pub(crate) fn give_up(&self) {
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
    pub(super) fn take(
        account: &Arc<Counter>,
        process: &Arc<Counter>,
        max_of_process: usize,
    ) -> Result<Self, Full> {
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

    pub(crate) fn handle(&self) -> Arc<ThreadHandle> {
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
pub(crate) enum Full {
    /// Others are under way, and may end soon.
    Busy,
    /// Others hang.
    Hung,
    /// Others are under way, some of them this account's.
    Further,
}

#[cfg(test)]
impl Counters {
    /// Whether no flight, no step and no call runs, hangs or waits.
    pub(crate) fn is_idle(&self) -> bool {
        let counters = [&self.flights, &self.steps, &self.calls];
        counters.iter().all(|counter| counter.running() + counter.hung() == 0)
            && crate::sync::lock(&self.queued_flights).is_empty()
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

//! The threads that flights are flown on: each its own and short-lived, thirty-two at once at most.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Work for a thread. Dropping it unrun must leave nobody waiting.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

const MOST_THREADS: usize = 32;

/// Starts threads on need; they end when there is nothing left to do.
#[derive(Default)]
pub(super) struct Crew(Mutex<Roster>);

#[derive(Default)]
struct Roster {
    threads: usize,
    queue: VecDeque<Job>,
}

impl Crew {
    /// Runs `job` on a thread. Where no thread can be had and none is running, the job is dropped.
    pub(super) fn run(self: &Arc<Self>, job: Job) {
        let mut roster = self.roster();
        roster.queue.push_back(job);
        if roster.threads >= MOST_THREADS {
            return;
        }
        roster.threads += 1;
        drop(roster);
        let crew = Arc::clone(self);
        if thread::Builder::new().name("wxsign-flight".to_owned()).spawn(move || crew.work()).is_err() {
            let mut roster = self.roster();
            roster.threads -= 1;
            let dropped =
                if roster.threads == 0 { std::mem::take(&mut roster.queue) } else { VecDeque::new() };
            drop(roster);
            // Outside the lock: dropping a job settles its flight, which may begin another.
            drop(dropped);
        }
    }

    fn work(&self) {
        loop {
            let mut roster = self.roster();
            let Some(job) = roster.queue.pop_front() else {
                roster.threads -= 1;
                return;
            };
            drop(roster);
            // A job settles its own flight by a drop guard; the thread goes on to the next.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
    }

    fn roster(&self) -> MutexGuard<'_, Roster> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_job_runs_also_after_one_that_panics_and_with_more_jobs_than_threads() {
        let crew = Arc::new(Crew::default());
        let (send, receive) = mpsc::channel();
        for n in 0..200 {
            let send = send.clone();
            crew.run(Box::new(move || {
                assert!(n % 10 != 3, "an injected panic");
                send.send(n).unwrap();
            }));
        }
        for _ in 0..180 {
            receive.recv_timeout(Duration::from_secs(10)).unwrap();
        }
        drop(send);
        assert!(receive.recv_timeout(Duration::from_secs(10)).is_err(), "all jobs are done or gone");
        assert!(crew.roster().queue.is_empty());
    }
}

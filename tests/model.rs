//! P2 and P8 as a model: the board of src/refresh/slot.rs under thousands of thread schedules.
//!
//! The file itself is compiled in here, with the model's locks in the place of the system's. What a refresher does around
//! it is played in a few lines: ask, fly, give up, close, publish, reject, panic.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

#[allow(dead_code)] // what only the refresher uses
#[path = "../src/refresh/slot.rs"]
mod slot;

#[path = "../src/soak.rs"]
mod soak;

/// The locks of the model, under the names that slot.rs uses.
mod sync {
    pub use std::sync::atomic::{AtomicU64, Ordering}; // counts waiters, in a static: no part of the protocol
    pub use std::sync::{PoisonError, TryLockError};

    pub use shuttle::sync::atomic::AtomicBool;
    pub use shuttle::sync::{Mutex, MutexGuard};
}

mod credential {
    pub struct Held {
        pub record: Record,
    }
    pub struct Record {
        pub value: super::secret::Secret,
        pub age_known: bool,
    }
}

mod error {
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub enum Error {
        Failed,
        Closed,
        Timeout,
    }
}

mod secret {
    #[derive(Clone, PartialEq, Eq, Debug)]
    pub struct Secret(String);
    impl Secret {
        pub fn new(value: impl Into<String>) -> Self {
            Self(value.into())
        }
        pub fn reveal(&self) -> &str {
            &self.0
        }
    }
}

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use credential::{Held, Record};
use error::Error;
use secret::Secret;
use slot::{Done, Slot};

/// A refresher around one slot, as far as the protocol goes. Its counts are the model's own and no part of it.
struct Refresher {
    slot: Slot,
    /// How each flight ends, in their order; the last one goes on for ever.
    script: &'static [End],
    flights: AtomicUsize,
    flying: AtomicUsize,
    requests: AtomicUsize,
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Value,
    Failure,
    Panic,
}

impl Refresher {
    fn new(script: &'static [End]) -> Arc<Self> {
        Arc::new(Self {
            slot: Slot::new(),
            script,
            flights: AtomicUsize::new(0),
            flying: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
        })
    }

    fn value(&self) -> Option<Secret> {
        self.slot.held().map(|held| held.record.value.clone())
    }

    /// As `Refresher::ask`: the waiter's number, or none where `done` was called already.
    fn ask(self: &Arc<Self>, client: u64, done: Done) -> Option<u64> {
        if let Some(value) = self.value() {
            done(Ok(value));
            return None;
        }
        self.slot.mark_used();
        let (waiter, begin) = self.slot.board().join(client, done);
        if begin {
            self.begin();
        }
        Some(waiter)
    }

    /// As `Refresher::kick`.
    fn kick(self: &Arc<Self>) {
        if self.slot.claim() {
            self.begin();
        }
    }

    fn begin(self: &Arc<Self>) {
        let me = Arc::clone(self);
        shuttle::thread::spawn(move || Claimed { refresher: me, outcome: None }.fly());
    }

    /// As `Refresher::give_up`.
    fn give_up(&self, waiter: u64) -> Error {
        let mut board = self.slot.board();
        board.leave(waiter);
        board.last_error.unwrap_or(Error::Timeout)
    }

    /// As `Refresher::leave`.
    fn leave(&self, client: u64) {
        let left = self.slot.board().take_of(client);
        for done in left {
            done(Err(Error::Closed));
        }
    }
}

/// As in src/refresh/flight.rs: settles for everybody when it is dropped.
struct Claimed {
    refresher: Arc<Refresher>,
    outcome: Option<Result<Secret, Error>>,
}

impl Claimed {
    fn fly(mut self) {
        let refresher = Arc::clone(&self.refresher);
        assert_eq!(refresher.flying.fetch_add(1, Ordering::SeqCst), 0, "two flights at once");
        let nth = refresher.flights.fetch_add(1, Ordering::SeqCst);
        if let Some(value) = refresher.value() {
            self.outcome = Some(Ok(value));
            return;
        }
        refresher.requests.fetch_add(1, Ordering::SeqCst);
        shuttle::thread::yield_now();
        match refresher.script[nth.min(refresher.script.len() - 1)] {
            // The model's scheduler takes a panic for a failed test: the flight just ends without an outcome.
            End::Panic => {}
            End::Failure => {
                refresher.slot.board().last_error = Some(Error::Failed);
                self.outcome = Some(Err(Error::Failed));
            }
            End::Value => {
                let value = Secret::new(format!("value {nth}"));
                refresher.slot.publish(Held { record: Record { value: value.clone(), age_known: true } });
                self.outcome = Some(Ok(value));
            }
        }
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        // Before the landing, which lets the next one fly.
        self.refresher.flying.fetch_sub(1, Ordering::SeqCst);
        let outcome = self.outcome.take().unwrap_or(Err(Error::Failed));
        for done in self.refresher.slot.land() {
            done(outcome.clone());
        }
    }
}

/// Counts how often it is called; a waiter must be called exactly once.
fn counted(calls: &Arc<AtomicUsize>, good: &Arc<AtomicUsize>) -> Done {
    let (calls, good) = (Arc::clone(calls), Arc::clone(good));
    Box::new(move |outcome| {
        calls.fetch_add(1, Ordering::SeqCst);
        good.fetch_add(usize::from(outcome.is_ok()), Ordering::SeqCst);
    })
}

/// Runs the model under random schedules, and under those in which a few threads are favoured.
fn explore(model: impl Fn() + Send + Sync + Copy + 'static) {
    let schedules = soak::size(5_000, 1_000_000);
    shuttle::check_random(model, schedules);
    shuttle::check_pct(model, schedules, 3);
}

#[test]
fn callers_at_once_cost_one_request_and_each_is_called_once() {
    explore(|| {
        let refresher = Refresher::new(&[End::Value]);
        let (calls, good) = (Arc::default(), Arc::default());
        let callers: Vec<_> = (0..3)
            .map(|client| {
                let (refresher, done) = (Arc::clone(&refresher), counted(&calls, &good));
                shuttle::thread::spawn(move || {
                    refresher.ask(client, done);
                    refresher.kick();
                })
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
        wait(|| calls.load(Ordering::SeqCst) == 3 && !refresher.slot.is_flying());
        assert_eq!((good.load(Ordering::SeqCst), refresher.requests.load(Ordering::SeqCst)), (3, 1));
    });
}

#[test]
fn a_flight_that_panics_or_fails_settles_everybody_and_the_next_one_flies() {
    explore(|| {
        let refresher = Refresher::new(&[End::Panic, End::Failure, End::Value]);
        let (calls, good) = (Arc::default(), Arc::default());
        let callers: Vec<_> = (0..3)
            .map(|client| {
                let (refresher, done) = (Arc::clone(&refresher), counted(&calls, &good));
                shuttle::thread::spawn(move || refresher.ask(client, done))
            })
            .collect();
        for caller in callers {
            caller.join().unwrap();
        }
        wait(|| calls.load(Ordering::SeqCst) == 3);
        // Whatever the first ones got: a later caller is served after three flights at most.
        for round in 0..4 {
            wait(|| !refresher.slot.is_flying());
            let (calls, good) = (Arc::default(), Arc::default());
            refresher.ask(9, counted(&calls, &good));
            wait(|| calls.load(Ordering::SeqCst) == 1);
            if good.load(Ordering::SeqCst) == 1 {
                return;
            }
            assert!(round < 3, "nobody flies any more");
        }
    });
}

#[test]
fn those_who_give_up_or_close_are_called_once_and_the_others_get_their_value() {
    explore(|| {
        let refresher = Refresher::new(&[End::Value]);
        let (stays, good) = (Arc::default(), Arc::default());
        let (closes, gives_up, ignored) = (Arc::default(), Arc::default(), Arc::default());
        refresher.ask(1, counted(&stays, &good));
        refresher.ask(2, counted(&closes, &ignored));
        let waiter = refresher.ask(3, counted(&gives_up, &ignored));
        let closing = {
            let refresher = Arc::clone(&refresher);
            shuttle::thread::spawn(move || refresher.leave(2))
        };
        if let Some(waiter) = waiter {
            refresher.give_up(waiter);
        }
        closing.join().unwrap();
        wait(|| !refresher.slot.is_flying());
        wait(|| closes.load(Ordering::SeqCst) == 1 && stays.load(Ordering::SeqCst) == 1);
        assert_eq!(good.load(Ordering::SeqCst), 1);
        // Called by the flight, or gone before it landed: never twice.
        assert!(gives_up.load(Ordering::SeqCst) <= 1);
    });
}

#[test]
fn a_rejected_value_is_gone_and_one_that_took_its_place_is_not() {
    explore(|| {
        let refresher = Refresher::new(&[End::Value]);
        refresher.slot.publish(Held { record: Record { value: Secret::new("old"), age_known: true } });
        let rejecting: Vec<_> = (0..2)
            .map(|_| {
                let refresher = Arc::clone(&refresher);
                shuttle::thread::spawn(move || {
                    let dropped = refresher.slot.reject("old");
                    refresher.kick();
                    dropped
                })
            })
            .collect();
        let dropped = rejecting.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum::<usize>();
        assert_eq!(dropped, 1, "dropped once");
        wait(|| !refresher.slot.is_flying());
        // The second kick may have come while the board was busy, and then nobody flew for it: the next caller does.
        let (calls, good) = (Arc::default(), Arc::default());
        refresher.ask(1, counted(&calls, &good));
        wait(|| calls.load(Ordering::SeqCst) == 1);
        assert_eq!(refresher.value(), Some(Secret::new("value 0")));
        assert_eq!(good.load(Ordering::SeqCst), 1);
    });
}

/// Lets the other threads run until `is` holds.
fn wait(is: impl Fn() -> bool) {
    while !is() {
        shuttle::thread::yield_now();
    }
}

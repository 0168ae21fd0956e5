//! P2, P8 and P12 as a model: src/refresh/entry.rs and decide.rs under thousands of thread
//! schedules.
//!
//! This file compiles them with the explorer's locks instead of the system's. It models the rest of
//! the refresher in a few lines: start a flight, end it, settle the waiters, declare a flight lost.
//! The model and its promises stand in one file, so that a failing schedule can be followed there.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

#[allow(dead_code)] // what only the refresher uses
#[path = "../src/refresh/decide.rs"]
mod decide;

#[allow(dead_code)]
#[path = "../src/refresh/entry.rs"]
mod entry;

#[path = "../src/soak.rs"]
mod soak;

/// The locks of the explorer, under the names that entry.rs uses.
mod sync {
    pub use std::sync::PoisonError;
    pub use std::sync::atomic::{AtomicU64, Ordering}; // a static that numbers waiters

    pub use shuttle::sync::atomic::AtomicBool;
    pub use shuttle::sync::{Mutex, MutexGuard};
}

mod credential {
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub enum Freshness {
        Fresh,
        Stale,
        Expiring,
        Expired,
    }
}

mod cached {
    use super::credential::Freshness;
    use super::secret::Secret;

    #[derive(Clone, Copy)]
    pub struct Schedule {
        pub refresh_at: i64,
        pub end: i64,
    }

    /// A value of a version and a freshness.
    pub struct CachedCredential {
        pub value: Secret,
        pub version: usize,
        pub freshness: Freshness,
        pub schedule: Schedule,
    }

    impl CachedCredential {
        pub fn freshness(&self, _: i64) -> Freshness {
            self.freshness
        }
        pub fn value(&self) -> &Secret {
            &self.value
        }
        pub fn continues(&self, old: &Self) -> bool {
            old.value == self.value
        }
    }
}

mod notify {
    use super::error::Error;
    use super::secret::Secret;

    /// What the model calls when a waiter is settled.
    pub struct Done(pub Box<dyn FnOnce(Result<Secret, Error>) + Send>);
}

mod error {
    #[derive(Clone, PartialEq, Eq, Debug)]
    pub enum Error {
        Failed,
        Closed,
        Lost,
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

use cached::{CachedCredential, Schedule};
use credential::Freshness;
use decide::{Caller, Decision, Throttle};
use entry::{Entry, Landing, Waiter};
use error::Error;
use notify::Done;
use secret::Secret;

const FREE: Throttle = Throttle { cooling_down: false, can_peek: false };

fn credential(version: usize, freshness: Freshness) -> CachedCredential {
    let value = Secret::new(format!("value {version}"));
    CachedCredential { value, version, freshness, schedule: Schedule { refresh_at: 0, end: i64::MAX } }
}

/// How a flight ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Value,
    Failure,
    Panic,
    /// It hangs until the watchdog has declared it lost, and then returns an answer.
    Late,
}

/// A model of the refresher around one entry. Its counters belong to the model and not to the
/// protocol.
struct Refresher {
    entry: Entry,
    /// How each flight ends, in their order; the last one goes on for ever.
    script: &'static [End],
    flights: AtomicUsize,
    /// Flights that count: started, and neither ended nor lost.
    flying: AtomicUsize,
    requests: AtomicUsize,
    /// Values that were published under an epoch that was not current.
    lost: AtomicUsize,
}

impl Refresher {
    fn new(script: &'static [End]) -> Arc<Self> {
        Arc::new(Self {
            entry: Entry::default(),
            script,
            flights: AtomicUsize::new(0),
            flying: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
        })
    }

    fn value(&self) -> Option<Secret> {
        self.entry.cached().map(|cached| cached.value.clone())
    }

    fn version(&self) -> usize {
        self.entry.cached().map_or(0, |cached| cached.version)
    }

    /// As `Refresher::ask`: the waiter's number if the caller waits; `done` was called if not.
    fn ask(self: &Arc<Self>, caller: Caller, client: u64, done: Option<Callback>) -> Option<u64> {
        let mut waiter = done.map(|done| Waiter::new(client, Done(done)));
        let number = waiter.as_ref().map(Waiter::id);
        let asked = self.entry.ask(caller, 0, FREE, &mut waiter);
        if let Some(epoch) = asked.flight {
            self.start(epoch);
        }
        if matches!(asked.decision, Decision::Wait { .. }) {
            return number;
        }
        if let Some(waiter) = waiter {
            let value = asked.cached.map(|cached| cached.value.clone());
            settle(vec![waiter], &value.ok_or(Error::Failed));
        }
        None
    }

    fn start(self: &Arc<Self>, epoch: u64) {
        assert_eq!(self.flying.fetch_add(1, Ordering::SeqCst), 0, "two flights at once");
        let me = Arc::clone(self);
        let nth = me.flights.fetch_add(1, Ordering::SeqCst);
        shuttle::thread::spawn(move || me.fly(epoch, nth));
    }

    /// As `Flight::run` and `FlightGuard`.
    fn fly(&self, epoch: u64, nth: usize) {
        self.requests.fetch_add(1, Ordering::SeqCst);
        shuttle::thread::yield_now();
        // The explorer treats a panic as a failed test, so such a flight only ends without an
        // outcome.
        let mut outcome = Err(Error::Failed);
        match self.script[nth.min(self.script.len() - 1)] {
            End::Panic => {}
            End::Failure => self.entry.note_error(&Error::Failed),
            End::Value => {
                let cached = credential(nth + 1, Freshness::Fresh);
                let value = cached.value.clone();
                if self.entry.publish(epoch, cached) {
                    settle(self.entry.take_waiters(epoch), &Ok(value.clone()));
                    outcome = Ok(value);
                }
            }
            End::Late => {
                // The watchdog of this flight, at any moment from now on.
                let lost = self.entry.declare_lost(epoch, 0);
                let (waiters, _) = lost.expect("nothing else ends this flight");
                self.flying.fetch_sub(1, Ordering::SeqCst);
                self.lost.fetch_add(1, Ordering::SeqCst);
                settle(waiters, &Err(Error::Lost));
                shuttle::thread::yield_now();
                assert!(!self.entry.publish(epoch, credential(nth + 1, Freshness::Fresh)), "an old epoch");
                let late = credential(nth + 1, Freshness::Fresh);
                self.entry.offer(|known| known.is_none_or(|k| k.version < late.version).then_some(late));
                let landing = Landing { failed: false, needs_backoff: false, now: 0 };
                assert!(self.entry.land(epoch, &landing).is_none(), "a lost flight lands nowhere");
                return;
            }
        }
        // Before the flight ends, which lets the next one start.
        self.flying.fetch_sub(1, Ordering::SeqCst);
        let landing = Landing { failed: outcome.is_err(), needs_backoff: false, now: 0 };
        settle(self.entry.land(epoch, &landing).expect("nothing declares it lost"), &outcome);
    }

    /// As `give_up`.
    fn give_up(&self, waiter: u64) -> Error {
        self.entry.give_up(waiter).unwrap_or(Error::Timeout)
    }

    fn is_idle(&self) -> bool {
        self.flying.load(Ordering::SeqCst) == 0
    }
}

type Callback = Box<dyn FnOnce(Result<Secret, Error>) + Send>;

fn settle(waiters: Vec<Waiter>, outcome: &Result<Secret, Error>) {
    for waiter in waiters {
        (waiter.done.0)(outcome.clone());
    }
}

/// Counts how often it is called; a waiter must be called exactly once.
fn counted(calls: &Arc<AtomicUsize>, good: &Arc<AtomicUsize>) -> Callback {
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

/// Starts `count` callers that wait, each on its own thread.
fn callers(
    refresher: &Arc<Refresher>,
    count: u64,
    calls: &Arc<AtomicUsize>,
    good: &Arc<AtomicUsize>,
) -> Vec<shuttle::thread::JoinHandle<()>> {
    (0..count)
        .map(|client| {
            let (refresher, done) = (Arc::clone(refresher), Some(counted(calls, good)));
            shuttle::thread::spawn(move || {
                refresher.ask(Caller::Waits, client, done);
                refresher.ask(Caller::WillNotWait, client, None);
            })
        })
        .collect()
}

#[test]
fn callers_at_once_cost_one_request() {
    explore(|| {
        let refresher = Refresher::new(&[End::Value]);
        let (calls, good) = (Arc::default(), Arc::default());
        for caller in callers(&refresher, 3, &calls, &good) {
            caller.join().unwrap();
        }
        wait(|| calls.load(Ordering::SeqCst) == 3 && refresher.is_idle());
        assert_eq!((good.load(Ordering::SeqCst), refresher.requests.load(Ordering::SeqCst)), (3, 1));
    });
}

/// A flight that panics or fails settles all waiters, and the next one can start.
#[test]
fn a_failed_flight_settles_and_the_next_one_flies() {
    explore(|| {
        let refresher = Refresher::new(&[End::Panic, End::Failure, End::Value]);
        let (calls, good) = (Arc::default(), Arc::default());
        for caller in callers(&refresher, 3, &calls, &good) {
            caller.join().unwrap();
        }
        wait(|| calls.load(Ordering::SeqCst) == 3);
        serves_within(&refresher, 4);
    });
}

/// A caller is served after a bounded number of flights, after any failures before.
fn serves_within(refresher: &Arc<Refresher>, flights: usize) {
    for _ in 0..flights {
        wait(|| refresher.is_idle());
        let (calls, good) = (Arc::default(), Arc::default());
        refresher.ask(Caller::Waits, 9, Some(counted(&calls, &good)));
        wait(|| calls.load(Ordering::SeqCst) == 1);
        if good.load(Ordering::SeqCst) == 1 {
            return;
        }
    }
    panic!("no flight starts any more");
}

/// Waiters that give up or close are called at most once, and the others get their value.
#[test]
fn leaving_waiters_are_called_once_at_most() {
    explore(|| {
        let refresher = Refresher::new(&[End::Value]);
        let (stays, good) = (Arc::default(), Arc::default());
        let (closes, gives_up, ignored) = (Arc::default(), Arc::default(), Arc::default());
        refresher.ask(Caller::Waits, 1, Some(counted(&stays, &good)));
        refresher.ask(Caller::Waits, 2, Some(counted(&closes, &ignored)));
        let waiter = refresher.ask(Caller::Waits, 3, Some(counted(&gives_up, &ignored)));
        let closing = {
            let refresher = Arc::clone(&refresher);
            shuttle::thread::spawn(move || settle(refresher.entry.take_of(2), &Err(Error::Closed)))
        };
        if let Some(waiter) = waiter {
            refresher.give_up(waiter);
        }
        closing.join().unwrap();
        wait(|| refresher.is_idle());
        wait(|| closes.load(Ordering::SeqCst) == 1 && stays.load(Ordering::SeqCst) == 1);
        assert_eq!(good.load(Ordering::SeqCst), 1);
        // Called by the flight, or removed before the flight ended: never twice.
        assert!(gives_up.load(Ordering::SeqCst) <= 1);
    });
}

/// A rejected value is dropped once, and the value that takes its place stays.
#[test]
fn a_value_is_rejected_once_and_its_successor_stays() {
    explore(|| {
        let refresher = Refresher::new(&[End::Value]);
        refresher
            .entry
            .publish(0, CachedCredential { value: Secret::new("old"), ..credential(0, Freshness::Fresh) });
        let rejecting: Vec<_> = (0..2)
            .map(|_| {
                let refresher = Arc::clone(&refresher);
                shuttle::thread::spawn(move || {
                    let dropped = refresher.entry.reject("old");
                    refresher.ask(Caller::WillNotWait, 1, None);
                    dropped
                })
            })
            .collect();
        let dropped = rejecting.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum::<usize>();
        assert_eq!(dropped, 1, "dropped once");
        wait(|| refresher.is_idle());
        let (calls, good) = (Arc::default(), Arc::default());
        refresher.ask(Caller::Waits, 1, Some(counted(&calls, &good)));
        wait(|| calls.load(Ordering::SeqCst) == 1);
        assert_eq!(refresher.value(), Some(Secret::new("value 1")));
        assert_eq!(good.load(Ordering::SeqCst), 1);
    });
}

/// P12: a lost flight settles its waiters once, lets the next one start, and its late answer
/// replaces no newer value.
#[test]
fn a_lost_flight_changes_nothing_newer() {
    explore(|| {
        let refresher = Refresher::new(&[End::Late, End::Value]);
        let (calls, good) = (Arc::default(), Arc::default());
        for caller in callers(&refresher, 3, &calls, &good) {
            caller.join().unwrap();
        }
        wait(|| calls.load(Ordering::SeqCst) == 3);
        let seen = refresher.version();
        serves_within(&refresher, 3);
        wait(|| refresher.is_idle());
        assert!(refresher.version() >= seen, "an older value over a newer one");
        assert_eq!(refresher.lost.load(Ordering::SeqCst), 1);
        assert_eq!(calls.load(Ordering::SeqCst), 3, "called once each");
    });
}

/// The watchdog may run at any moment of a healthy flight. The flight is then either lost or ends
/// normally, never both.
#[test]
fn a_flight_either_lands_or_is_lost() {
    explore(|| {
        let entry = Arc::new(Entry::default());
        let (calls, good) = (Arc::default(), Arc::default());
        let mut waiter = Some(Waiter::new(1, Done(counted(&calls, &good))));
        let epoch = entry.ask(Caller::Waits, 0, FREE, &mut waiter).flight.unwrap();
        let watchdog = {
            let entry = Arc::clone(&entry);
            shuttle::thread::spawn(move || {
                let lost = entry.declare_lost(epoch, 0);
                lost.map(|(waiters, _)| settle(waiters, &Err(Error::Lost))).is_some()
            })
        };
        let published = entry.publish(epoch, credential(1, Freshness::Fresh));
        if published {
            settle(entry.take_waiters(epoch), &Ok(Secret::new("value 1")));
        }
        let landed = entry.land(epoch, &Landing { failed: false, needs_backoff: false, now: 0 });
        let landed = landed.map(|waiters| settle(waiters, &Ok(Secret::new("value 1")))).is_some();
        let lost = watchdog.join().unwrap();
        assert!(landed != lost, "landed: {landed}, lost: {lost}");
        assert!(published || lost);
        assert_eq!(calls.load(Ordering::SeqCst), 1, "called once");
        // Either way the next flight may start.
        let next = entry.reject("value 1");
        assert_eq!(next, published);
        let again = entry.ask(Caller::Waits, i64::MAX, FREE, &mut None).flight;
        assert!(again.is_some_and(|again| again > epoch));
    });
}

/// Lets the other threads run until `is` holds.
fn wait(is: impl Fn() -> bool) {
    while !is() {
        shuttle::thread::yield_now();
    }
}

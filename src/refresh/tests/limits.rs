//! P8, P10 and P12 at the limits of threads: of the system, and of a process for its accounts.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use super::world::*;
use crate::credential::Kind;
use crate::error::{Code, Error, Reason};
use crate::event::Event;
use crate::refresh::{Parts, Refresher, TokenReply, TokenSource};
use crate::threads::{Counters, Job, RefreshAhead, Runtime};
use crate::upstream::TokenApi;

/// Refuses or parks the threads of some names. Runs the others on the thread that starts them.
#[derive(Default)]
pub(super) struct Scarce {
    counters: Counters,
    pub(super) refused: Mutex<HashSet<&'static str>>,
    parked_names: Mutex<HashSet<&'static str>>,
    parked: Mutex<Vec<Job>>,
    pub(super) later: Mutex<Vec<Job>>,
    /// How much later the latest of them is to run.
    delay: Mutex<Duration>,
    /// The verdicts of the watchdog.
    pub(super) verdicts: Mutex<Vec<Job>>,
}

impl Scarce {
    fn refusing(name: &'static str) -> Arc<Self> {
        Arc::new(Self { refused: Mutex::new([name].into()), ..Self::default() })
    }

    fn parking(name: &'static str) -> Arc<Self> {
        Arc::new(Self { parked_names: Mutex::new([name].into()), ..Self::default() })
    }

    fn parked(&self) -> usize {
        self.parked.lock().unwrap().len()
    }

    /// Ends the scarcity.
    pub(super) fn relax(&self) {
        self.refused.lock().unwrap().clear();
        self.parked_names.lock().unwrap().clear();
    }

    pub(super) fn run(jobs: &Mutex<Vec<Job>>) {
        let jobs = std::mem::take(&mut *jobs.lock().unwrap());
        for job in jobs {
            job();
        }
    }
}

impl Runtime for Scarce {
    fn spawn(&self, name: &'static str, job: Job) -> Result<(), Error> {
        if self.refused.lock().unwrap().contains(name) {
            return Err(Error::new(Code::NotReady, "no threads").with_reason(Reason::NoThreads));
        }
        if self.parked_names.lock().unwrap().contains(name) {
            self.parked.lock().unwrap().push(job);
            return Ok(());
        }
        job();
        Ok(())
    }
    fn after(&self, time: Duration, job: Job) {
        *self.delay.lock().unwrap() = time;
        self.later.lock().unwrap().push(job);
    }
    fn look_after(&self, _: Weak<dyn RefreshAhead>) {}
    fn wake(&self) {}
    fn watch(&self, _: Instant, verdict: Job) -> Result<u64, Error> {
        if self.refused.lock().unwrap().contains("wxsign-watchdog") {
            return Err(Error::new(Code::NotReady, "no threads").with_reason(Reason::NoThreads));
        }
        self.verdicts.lock().unwrap().push(verdict);
        Ok(0)
    }
    fn unwatch(&self, _: u64) {}
    fn counters(&self) -> &Counters {
        &self.counters
    }
}

pub(super) fn process(world: &World, runtime: &Arc<Scarce>, secret: &str) -> Arc<Refresher> {
    let runtime = Arc::clone(runtime) as Arc<dyn Runtime>;
    Refresher::new(Parts { runtime, ..world.parts(secret, TokenApi::Stable) })
}

/// If the system starts no thread for a flight, that is a fault of the host, and not INTERNAL. It
/// costs no request and leaves no cooldown.
#[test]
fn a_thread_that_cannot_start_is_not_a_defect() {
    for name in ["wxsign-flight", "wxsign-watchdog"] {
        let (world, runtime) = (World::new(), Scarce::refusing(name));
        let refresher = process(&world, &runtime, "secret");
        for _ in 0..3 {
            let error = refresher.get(Kind::Ticket, 1, Duration::from_secs(1), || ()).unwrap_err();
            assert_eq!((error.code(), error.reason()), (Code::NotReady, Some(Reason::NoThreads.word())));
        }
        assert_eq!(world.counts(), (0, 0));
        runtime.relax();
        assert!(ticket(&refresher).is_ok(), "{name}: as soon as there are threads");
        assert_eq!(world.counts(), (1, 1));
    }
}

/// Without threads for steps the store counts as failed, and memory serves.
#[test]
fn without_threads_for_steps_memory_serves() {
    let (world, runtime) = (World::new(), Scarce::refusing("wxsign-step"));
    let refresher = process(&world, &runtime, "secret");
    let first = ticket(&refresher).unwrap();
    assert_eq!(ticket(&refresher).unwrap(), first);
    assert_eq!(world.counts(), (1, 1));
    assert!(refresher.store_failure().unwrap().contains("no threads"), "{:?}", refresher.store_failure());
}

/// A store that works again is found by the next probe, and gets what it missed, without a flight.
#[test]
fn a_store_that_works_again_gets_what_it_missed() {
    let (world, runtime) = (World::new(), Arc::new(Scarce::default()));
    let refresher = process(&world, &runtime, "secret");
    world.break_store();
    let fetched = ticket(&refresher).unwrap();
    Scarce::run(&runtime.later);
    assert!(refresher.store_failure().is_some(), "it still fails");
    world.mend_store();
    for _ in 0..2 {
        Scarce::run(&runtime.later);
    }
    assert_eq!(refresher.store_failure(), None);
    assert_eq!(ticket(&world.process()).unwrap(), fetched, "another process adopts it");
    assert_eq!(world.counts(), (1, 1));
}

/// A store that hangs has one probe at a time.
#[test]
fn a_probe_that_hangs_is_not_repeated() {
    let (world, runtime) = (World::new(), Arc::new(Scarce::default()));
    let refresher = process(&world, &runtime, "secret");
    world.break_store();
    ticket(&refresher).unwrap();
    runtime.parked_names.lock().unwrap().insert("wxsign-step");
    for _ in 0..10 {
        Scarce::run(&runtime.later);
    }
    assert_eq!(runtime.parked(), 1);
    world.mend_store();
    Scarce::run(&runtime.parked);
    assert_eq!(refresher.store_failure(), None, "it has returned");
}

/// Many accounts whose store works again probe it at once. Those that get no thread are not ten
/// seconds later than the others.
#[test]
fn a_probe_without_a_thread_comes_soon() {
    let (world, runtime) = (World::new(), Arc::new(Scarce::default()));
    let refresher = process(&world, &runtime, "secret");
    world.break_store();
    ticket(&refresher).unwrap();
    assert_eq!(*runtime.delay.lock().unwrap(), Duration::from_secs(10));
    world.mend_store();
    runtime.refused.lock().unwrap().insert("wxsign-step");
    Scarce::run(&runtime.later);
    assert_eq!(*runtime.delay.lock().unwrap(), Duration::from_secs(1));
    runtime.relax();
    Scarce::run(&runtime.later);
    assert_eq!(refresher.store_failure(), None);
}

/// P12: if no thread can be had for it, the watchdog does not release a lost flight's lock itself,
/// because that is I/O. The lock is released as soon as there are threads.
#[test]
fn a_lost_lock_is_released_on_a_thread_of_its_own() {
    let (world, runtime) = (Arc::new(World::new()), Arc::new(Scarce::default()));
    let refresher = process(&world, &runtime, "secret");
    let (inner, outside) = (Arc::clone(&runtime), Arc::clone(&world));
    world.meanwhile(Kind::Ticket, move || {
        inner.refused.lock().unwrap().insert("wxsign-step");
        Scarce::run(&inner.verdicts);
        assert!(outside.is_store_locked(), "released on the watchdog's thread");
        inner.relax();
        assert!(outside.is_store_locked());
        Scarce::run(&inner.later);
        assert!(!outside.is_store_locked(), "never released");
    });
    assert_eq!(code(ticket(&refresher)), Code::Timeout);
    assert_eq!(refresher.counts().lost, 1);
}

/// P12: for ten seconds after a lost flight the next one does not start, and the ticket is served.
#[test]
fn after_a_lost_flight_there_is_a_pause() {
    let (world, runtime) = (World::new(), Arc::new(Scarce::default()));
    let refresher = process(&world, &runtime, "secret");
    ticket(&refresher).unwrap();
    runtime.parked_names.lock().unwrap().insert("wxsign-flight");
    world.clock.advance(130_000);
    assert!(is_served(&refresher) && runtime.parked() == 1);
    Scarce::run(&runtime.verdicts);
    assert_eq!(refresher.counts().lost, 1);
    world.clock.advance(9_999);
    assert!(is_served(&refresher) && runtime.parked() == 1);
    world.clock.advance(1);
    assert!(is_served(&refresher) && runtime.parked() == 2);
    Scarce::run(&runtime.parked);
}

/// P12: at most 512 flights at once in a process. The next ones wait for a place: 1,000 accounts
/// that start together are all served.
#[test]
fn a_process_has_512_flights_at_once_at_most() {
    let (world, runtime) = (World::new(), Scarce::parking("wxsign-flight"));
    let processes: Vec<_> = (0..1_000).map(|n| process(&world, &runtime, &format!("s{n}"))).collect();
    let served = Arc::new(AtomicUsize::new(0));
    for process in &processes {
        let count = Arc::clone(&served);
        let callback = move |outcome: Result<_, Error>| {
            outcome.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
        };
        process.get_then(Kind::Ticket, 1, Duration::from_secs(60), Box::new(callback));
    }
    let mut left = processes.len();
    while left > 0 {
        assert_eq!(runtime.parked(), left.min(512));
        left -= runtime.parked();
        Scarce::run(&runtime.parked);
    }
    assert_eq!(served.load(Ordering::SeqCst), processes.len());
    assert!(runtime.counters.is_idle());
}

/// P12: however many stores hang, the function of another account is called.
#[test]
fn hung_stores_leave_threads_for_functions() {
    let (world, runtime) = (World::new(), Scarce::parking("wxsign-step"));
    std::thread::scope(|scope| {
        for n in 0..64 {
            let hung = process(&world, &runtime, &format!("s{n}"));
            scope.spawn(move || ticket(&hung).unwrap());
        }
    });
    assert_eq!(runtime.parked(), 64);
    runtime.relax();
    let token = world.service().token.clone().unwrap().0;
    let function = move |_: Option<&str>, reply: TokenReply| reply.send(Ok(token.clone()));
    let token_source = TokenSource::Function(Arc::new(function));
    let parts = world.parts("own", TokenApi::Stable);
    let own = Refresher::new(Parts { runtime: Arc::clone(&runtime) as _, token_source, ..parts });
    ticket(&own).unwrap();
    Scarce::run(&runtime.parked);
    assert!(runtime.counters.is_idle());
}

/// P12: accounts all of whose kinds hang leave room for the first flight of another account. Their
/// further flights begin as soon as others have ended.
#[test]
fn further_flights_leave_room_for_other_accounts() {
    const KINDS: [Kind; 2] = [Kind::Ticket, Kind::CardTicket];
    let (world, runtime) = (World::new(), Scarce::parking("wxsign-flight"));
    let hanging: Vec<_> = (0..300).map(|n| process(&world, &runtime, &format!("s{n}"))).collect();
    let served = || {
        let kinds = hanging.iter().flat_map(|process| KINDS.map(|kind| process.try_get(kind)));
        kinds.flatten().count()
    };
    assert_eq!(served(), 0);
    let parked = runtime.parked();
    assert!(parked < 512, "{parked} of {} flights", 2 * hanging.len());
    process(&world, &runtime, "another").try_get(Kind::Ticket).unwrap_err();
    assert_eq!(runtime.parked(), parked + 1, "it starts at once");
    while runtime.parked() > 0 {
        Scarce::run(&runtime.parked);
        Scarce::run(&runtime.later);
    }
    assert_eq!(served(), 2 * hanging.len());
    assert!(runtime.counters.is_idle());
}

/// If there are no threads when the place is free, the flights that waited for one fail, each once.
#[test]
fn a_queued_flight_without_a_thread_fails() {
    let (world, runtime) = (World::new(), Scarce::parking("wxsign-flight"));
    let processes: Vec<_> = (0..600).map(|n| process(&world, &runtime, &format!("s{n}"))).collect();
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    for process in &processes {
        let outcomes = Arc::clone(&outcomes);
        let callback = move |outcome: Result<_, Error>| {
            outcomes.lock().unwrap().push(outcome.err().map(|error| error.reason()));
        };
        process.get_then(Kind::Ticket, 1, Duration::from_secs(60), Box::new(callback));
    }
    runtime.refused.lock().unwrap().insert("wxsign-flight");
    Scarce::run(&runtime.parked);
    let outcomes = std::mem::take(&mut *outcomes.lock().unwrap());
    let failed = outcomes.iter().filter(|outcome| **outcome == Some(Some(Reason::NoThreads.word())));
    assert_eq!((outcomes.len(), failed.count()), (600, 88));
    assert!(runtime.counters.is_idle());
}

/// If the flights before it hang, a flight that waits for a place is given up like they are. When
/// one of them returns, it ends without a request.
#[test]
fn a_flight_that_waits_for_a_place_has_its_deadline() {
    let (world, runtime) = (World::new(), Scarce::parking("wxsign-flight"));
    let processes: Vec<_> = (0..514).map(|n| process(&world, &runtime, &format!("s{n}"))).collect();
    for process in &processes[..513] {
        process.try_get(Kind::Ticket).unwrap_err();
    }
    assert_eq!(runtime.parked(), 512);
    Scarce::run(&runtime.verdicts);
    assert_eq!(processes[512].counts().lost, 1);
    // All places hang now, so the next flight fails at once.
    let error = processes[513].get(Kind::Ticket, 1, Duration::from_secs(60), || ()).unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert!(error.message().contains("none is started"), "{error}");
    runtime.relax();
    Scarce::run(&runtime.parked);
    assert_eq!(world.counts(), (0, 0), "the lost flights end without a request");
    assert!(ticket(&processes[513]).is_ok());
    assert!(runtime.counters.is_idle());
}

/// A client that closes between a call's check and its waiting ends the waiting.
#[test]
fn a_close_before_the_waiting_ends_it() {
    let (world, runtime) = (World::new(), Scarce::parking("wxsign-flight"));
    let refresher = process(&world, &runtime, "secret");
    let begun = Instant::now();
    let outcome = refresher.get(Kind::Ticket, 7, Duration::from_secs(60), || refresher.leave(7));
    assert_eq!(outcome.unwrap_err().code(), Code::Closed);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

/// At most 256 notifier threads in a process. What is queued meanwhile is delivered later.
#[test]
fn a_process_has_256_notifier_threads_at_most() {
    let (world, runtime) = (World::new(), Scarce::parking("wxsign-notify"));
    let called = Arc::new(AtomicUsize::new(0));
    let processes: Vec<_> = (0..300).map(|n| process(&world, &runtime, &format!("s{n}"))).collect();
    for process in &processes {
        let called = Arc::clone(&called);
        let count = move |_: &Event| {
            called.fetch_add(1, Ordering::SeqCst);
        };
        process.listen(1, Arc::new(count));
        ticket(process).unwrap();
    }
    assert_eq!((runtime.parked(), called.load(Ordering::SeqCst)), (256, 0));
    runtime.relax();
    Scarce::run(&runtime.parked);
    Scarce::run(&runtime.later);
    assert_eq!(called.load(Ordering::SeqCst), 2 * processes.len(), "an event for each fetch");
}

/// A callback that finds no thread is called later, although nothing else happens.
#[test]
fn a_callback_without_a_thread_is_called_later() {
    let (world, runtime) = (World::new(), Scarce::refusing("wxsign-notify"));
    runtime.parked_names.lock().unwrap().insert("wxsign-flight");
    let refresher = process(&world, &runtime, "secret");
    let called = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&called);
    let callback = move |outcome: Result<_, Error>| {
        assert!(outcome.is_ok());
        counted.fetch_add(1, Ordering::SeqCst);
    };
    refresher.get_then(Kind::Ticket, 1, Duration::from_secs(60), Box::new(callback));
    Scarce::run(&runtime.parked);
    assert_eq!(called.load(Ordering::SeqCst), 0);
    runtime.relax();
    Scarce::run(&runtime.later);
    assert_eq!(called.load(Ordering::SeqCst), 1);
}

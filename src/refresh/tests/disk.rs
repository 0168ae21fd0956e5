//! P10 with a disk that fails at any step: the value is served, the failure is reported once, and
//! later values are stored again.

use std::cell::Cell;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::world::*;
use crate::event::Event;
use crate::refresh::{Parts, Refresher, TokenSource};
use crate::secret::Secret;
use crate::soak::size;
use crate::store::faults::{Blow, DiskStep, errnos, mend, plan, pretend_remote};
use crate::store::{FileStore, LockMode, Store};
use crate::upstream::TokenApi;

fn process(world: &World, dir: &Path) -> Arc<Refresher> {
    let store: Box<dyn Store> = Box::new(FileStore::new(dir));
    Refresher::new(Parts { store, ..world.parts("secret", TokenApi::Stable) })
}

/// A day's refreshes in half an hour: a short lifetime.
fn short_lived() -> World {
    let world = World::new();
    world.service().life = 600_000;
    world.service().tickets = Tickets::Remaining;
    world
}

/// The steps that a cold process takes for its first ticket.
fn steps() -> usize {
    let (world, home) = (short_lived(), tempfile::tempdir().unwrap());
    let refresher = process(&world, &home.path().join("s"));
    mend();
    ticket(&refresher).unwrap();
    mend().len()
}

/// If any step of the store fails, the fetched value is served at the usual cost, and the store
/// recovers.
#[test]
fn a_failing_store_step_costs_nothing() {
    let mut points = 0;
    for nth in 0..steps() {
        // The store's own tests try each of them; here a few represent all.
        for errno in errnos().into_iter().step_by(4 / size(1, 4)) {
            for blow in [Blow::Once(errno), Blow::FromThenOn(errno)] {
                let (world, home) = (short_lived(), tempfile::tempdir().unwrap());
                let dir = home.path().join("s");
                let refresher = process(&world, &dir);
                plan(nth, blow);
                let first = ticket(&refresher).unwrap();
                assert_eq!(ticket(&refresher).unwrap(), first);
                let taken = mend();
                let what = format!("{blow:?} at step {nth}, {:?}", taken[nth]);
                assert_eq!(world.counts(), (1, 1), "{what}");
                // Everything is written again when it is next fetched.
                world.clock.advance(600_000);
                let second = ticket(&refresher).unwrap();
                assert!(second != first && refresher.store_failure().is_none(), "{what}");
                let spent = world.counts();
                assert_eq!(ticket(&process(&world, &dir)).unwrap(), second, "{what}");
                assert_eq!(world.counts(), spent, "{what}: another process adopts it");
                points += 1;
            }
        }
    }
    println!("{points} points");
    assert!(points > 150, "{points}");
}

/// A fetch reads its file three times at most: before the lock, under it, and before the rename.
#[test]
fn a_fetch_reads_its_file_three_times_at_most() {
    let (world, home) = (short_lived(), tempfile::tempdir().unwrap());
    world.service().token = Some(("TOKEN".to_owned(), i64::MAX));
    let store: Box<dyn Store> = Box::new(FileStore::new(&home.path().join("s")));
    // With the caller's own token there is no other file than the ticket's.
    let tokens = TokenSource::Fixed(Mutex::new(Secret::new("TOKEN")));
    let refresher =
        Refresher::new(Parts { store, token_source: tokens, ..world.parts("secret", TokenApi::Stable) });
    ticket(&refresher).unwrap();
    for _ in 0..5 {
        world.clock.advance(600_000);
        mend();
        ticket(&refresher).unwrap();
        let reads = mend().into_iter().filter(|step| *step == DiskStep::Read).count();
        assert!((1..=3).contains(&reads), "{reads} reads");
    }
    assert_eq!(world.counts(), (0, 6));
}

/// Without locks processes still read the store before they ask, and share their cooldowns.
#[test]
fn without_locks_processes_still_share() {
    pretend_remote(true);
    let (world, home) = (short_lived(), tempfile::tempdir().unwrap());
    let dir = home.path().join("s");
    let processes: Vec<_> = (0..4).map(|_| process(&world, &dir)).collect();
    for refresher in &processes {
        ticket(refresher).unwrap();
        assert_eq!(
            (refresher.lock_mode(), refresher.store_failure()),
            (LockMode::None, None),
            "no failure of the store"
        );
    }
    assert_eq!(world.counts(), (1, 1));
    // Through a whole lifetime: the first process that asks does so for all.
    for _ in 0..600 {
        world.pass(1_000, 1_000, &processes);
        for refresher in &processes {
            ticket(refresher).unwrap();
        }
    }
    let (tokens, tickets) = world.counts();
    let (alone, tickets_alone) = alone(600);
    assert!(
        tokens <= alone + 1 && tickets <= tickets_alone + 4,
        "{tokens} and {tickets}, alone {alone} and {tickets_alone}"
    );
    world.trouble(&errcode(-1));
    world.clock.advance(600_000);
    world.service().requests.clear();
    for refresher in &processes {
        for _ in 0..100 {
            ticket(refresher).unwrap_err();
        }
    }
    assert_eq!(world.service().requests.len(), 3, "one flight for all");
    pretend_remote(false);
}

/// Without locks the process that starts later adopts what another one has fetched meanwhile.
#[test]
fn without_locks_the_later_process_adopts() {
    pretend_remote(true);
    let (world, home) = (short_lived(), tempfile::tempdir().unwrap());
    let dir = home.path().join("s");
    let (one, other) = (process(&world, &dir), process(&world, &dir));
    // Both are cold, and then both find that the ticket is due.
    for life in [0, 600_000] {
        world.clock.advance(life);
        world.service().requests.clear();
        let first = Arc::clone(&other);
        world.clock.during_sleep(move || drop(ticket(&first).unwrap()));
        assert_eq!(ticket(&one).unwrap(), ticket(&other).unwrap());
        assert_eq!((world.counts(), one.counts().requests), ((1, 1), 0));
    }
    pretend_remote(false);
}

/// The requests of a single process in this many seconds of use.
fn alone(seconds: usize) -> (usize, usize) {
    let (world, home) = (short_lived(), tempfile::tempdir().unwrap());
    let refresher = process(&world, &home.path().join("s"));
    for _ in 0..=seconds {
        ticket(&refresher).unwrap();
        world.pass(1_000, 1_000, std::slice::from_ref(&refresher));
    }
    world.counts()
}

thread_local! {
    static WARNINGS: Cell<usize> = const { Cell::new(0) };
}

/// Counts the warnings of each thread. Flights run on the thread of the test.
struct WarningCounter;

impl log::Log for WarningCounter {
    fn enabled(&self, _: &log::Metadata) -> bool {
        true
    }
    fn log(&self, record: &log::Record) {
        WARNINGS.set(WARNINGS.get() + usize::from(record.level() == log::Level::Warn));
    }
    fn flush(&self) {}
}

/// A disk that fails for hours causes one event, and a warning an hour.
#[test]
fn a_failing_disk_is_reported_once_and_warned_hourly() {
    // The only logger of the unit tests.
    log::set_logger(&WarningCounter).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    // Reading and looking go well, and writing does not: a full disk. Or nothing goes well at all.
    for full in [true, false] {
        let (world, home) = (short_lived(), tempfile::tempdir().unwrap());
        let refresher = process(&world, &home.path().join("s"));
        let reported = Arc::new(Mutex::new(0));
        let heard = reported.clone();
        let listen = move |event: &Event| {
            *heard.lock().unwrap() += usize::from(matches!(event, Event::StoreDegraded { .. }));
        };
        refresher.listen(1, Arc::new(listen));
        ticket(&refresher).unwrap();
        WARNINGS.set(0);
        let no_space = rustix::io::Errno::NOSPC.raw_os_error();
        plan(0, if full { Blow::Writes(no_space) } else { Blow::FromThenOn(no_space) });
        for _ in 0..5 * 360 {
            world.pass(10_000, 1_000, std::slice::from_ref(&refresher));
            ticket(&refresher).unwrap();
        }
        assert!((5..=6).contains(&WARNINGS.get()), "{} warnings in five hours", WARNINGS.get());
        assert!(refresher.store_failure().is_some(), "state() says so, full: {full}");
        assert_eq!(*reported.lock().unwrap(), 1, "reported once while it lasts, full: {full}");
        mend();
        world.pass(600_000, 1_000, std::slice::from_ref(&refresher));
        ticket(&refresher).unwrap();
        assert_eq!(refresher.store_failure(), None);
    }
}

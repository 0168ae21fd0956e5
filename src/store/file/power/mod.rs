//! P6 when the power goes: whatever a disk drops of what it had not synced, a reader finds the old record or the new one.

mod disk;

use std::cell::RefCell;
use std::collections::HashSet;

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};
use rand::{RngExt, SeedableRng};

use self::disk::{Disk, Outcome, restore};
use super::disk::Step;
use super::tests::{account, record};
use super::*;
use crate::clock::Stamp;
use crate::credential::Failure;
use crate::deadline::soon;
use crate::error::Code;
use crate::soak::size;

thread_local! {
    static WATCHER: RefCell<Option<Watcher>> = const { RefCell::new(None) };
}

/// Called by the store after each step that went well.
pub(super) fn after(step: Step) {
    // While the watcher itself looks at an outcome, it is not in its place.
    if let Some(mut watcher) = WATCHER.take() {
        watcher.disk.after(step);
        watcher.cut(step);
        WATCHER.set(Some(watcher));
    }
}

/// What a reader may find: of each file, what was there for certain and what was being written since.
#[derive(Clone)]
struct Legal {
    records: [Vec<Option<Record>>; 2],
    failures: Vec<Failures>,
}

struct Watcher {
    disk: Disk,
    legal: Legal,
    /// What was looked at already, under the present `legal`.
    seen: HashSet<Outcome>,
    points: usize,
    outcomes: usize,
    /// What a reader found that it never should have.
    wrong: Vec<String>,
}

impl Watcher {
    /// The power goes now, after `step`.
    fn cut(&mut self, step: Step) {
        self.points += 1;
        for outcome in self.disk.outcomes() {
            if self.seen.insert(outcome.clone()) {
                self.outcomes += 1;
                if let Err(why) = examine(&outcome, &self.legal) {
                    self.wrong.push(format!("after {step:?}: {why}"));
                }
            }
        }
    }

    fn allow(&mut self, change: impl FnOnce(&mut Legal)) {
        change(&mut self.legal);
        self.seen.clear();
    }
}

/// A place for a store, in memory where there is such a place: nothing here depends on a disk.
fn place() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A store that starts on what is left: it reads the old or the new, is locked out of nothing, and goes on.
fn examine(outcome: &Outcome, legal: &Legal) -> Result<(), String> {
    let home = place();
    let dir = home.path().join("s");
    restore(outcome, &dir);
    let store = FileStore::new(&dir).map_err(|error| error.to_string())?;
    let failed = |StoreError(why): StoreError| why;
    for (kind, legal) in Kind::ALL.into_iter().zip(&legal.records) {
        let read = store.read(soon(), &account(), kind).map_err(failed)?;
        if !legal.contains(&read) {
            return Err(format!("{kind:?} is {read:?}"));
        }
    }
    let read = store.read_failures(soon(), &account()).map_err(failed)?;
    if !legal.failures.contains(&read) {
        return Err(format!("{read:?}"));
    }
    drop(store.try_lock(soon(), &account()).map_err(failed)?.ok_or("locked out")?);
    let names = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name());
    if names.into_iter().any(|name| name.to_string_lossy().starts_with(".wxsign-")) {
        return Err("an orphan stays".to_owned());
    }
    for kind in Kind::ALL {
        store.write(soon(), &account(), kind, &record("NEXT", 1_000_000)).map_err(failed)?;
        let read = store.read(soon(), &account(), kind).map_err(failed)?;
        if read != Some(record("NEXT", 1_000_000)) {
            return Err(format!("what is written next reads as {read:?}"));
        }
    }
    Ok(())
}

fn failures(failures: u32) -> Failures {
    let stamp = Stamp { boot_id: "boot".to_owned(), offset: 0 };
    let failure = Failure::new(&Error::new(Code::UpstreamBusy, "busy"), failures, 0, 60_000, stamp);
    Failures { circuit_open: Some(failure), ..Failures::default() }
}

#[derive(Clone, Copy, Debug)]
enum Deed {
    Write(Kind),
    Fail,
    Forget,
    Lock,
}

const DEEDS: [Deed; 5] =
    [Deed::Write(Kind::Ticket), Deed::Write(Kind::Token), Deed::Fail, Deed::Forget, Deed::Lock];

/// Does a deed with the power going after each of its steps. The deed of number `n` writes what nobody wrote before.
fn act(store: &FileStore, deed: Deed, n: u32) {
    let with = |change: &dyn Fn(&mut Legal)| {
        WATCHER.with_borrow_mut(|watcher| watcher.as_mut().unwrap().allow(change));
    };
    match deed {
        Deed::Write(kind) => {
            let new = record(&format!("VALUE {n}").repeat(20), n.into());
            with(&|legal| legal.records[kind as usize].push(Some(new.clone())));
            store.write(soon(), &account(), kind, &new).unwrap();
            with(&|legal| legal.records[kind as usize] = vec![Some(new.clone())]);
        }
        Deed::Fail => {
            with(&|legal| legal.failures.push(failures(n)));
            store.write_failures(soon(), &account(), &failures(n)).unwrap();
            with(&|legal| legal.failures = vec![failures(n)]);
        }
        // That a failure is remembered once more after a crash does no harm.
        Deed::Forget => {
            with(&|legal| legal.failures.push(Failures::default()));
            store.write_failures(soon(), &account(), &Failures::default()).unwrap();
        }
        Deed::Lock => drop(store.try_lock(soon(), &account()).unwrap().unwrap()),
    }
}

/// Does `deeds` on a store in `home`, which begins with what is there, on a disk that is deaf to a step. Gives what the
/// watcher saw, and what a crash at the end may leave.
fn play(home: &Path, deeds: &[Deed], first: u32, deaf_to: Option<Step>) -> (Watcher, Vec<Outcome>) {
    let dir = home.join("s");
    let before = FileStore { dir: dir.clone(), has_locks: AtomicBool::new(true) };
    let legal = Legal {
        records: Kind::ALL.map(|kind| vec![before.read(soon(), &account(), kind).unwrap()]),
        failures: vec![before.read_failures(soon(), &account()).unwrap()],
    };
    let disk = Disk::of(&dir, deaf_to);
    WATCHER.set(Some(Watcher { disk, legal, seen: HashSet::new(), points: 0, outcomes: 0, wrong: vec![] }));
    let store = FileStore::new(&dir).unwrap();
    for (deed, n) in deeds.iter().zip(first..) {
        act(&store, *deed, n);
    }
    let watcher = WATCHER.take().unwrap();
    let ends = watcher.disk.outcomes().into_iter().collect();
    (watcher, ends)
}

/// Every one of `deeds` after every other, on a directory that is made by the first.
fn pairs(deeds: &[Deed], deaf_to: Option<Step>) -> (usize, usize, Vec<String>) {
    let (mut points, mut outcomes, mut wrong) = (0, 0, Vec::new());
    for &first in deeds {
        for &second in deeds {
            let home = place();
            let deeds = [first, second, second];
            let (watcher, _) = play(home.path(), &deeds, 1, deaf_to);
            points += watcher.points;
            outcomes += watcher.outcomes;
            wrong.extend(watcher.wrong.into_iter().map(|why| format!("{deeds:?}: {why}")));
        }
    }
    (points, outcomes, wrong)
}

#[test]
fn whenever_the_power_goes_the_old_or_the_new_is_there_and_nobody_is_locked_out() {
    let (points, outcomes, wrong) = pairs(&DEEDS, None);
    println!("{points} points, {outcomes} outcomes");
    assert!(wrong.is_empty(), "{} of {outcomes} outcomes, first {:?}", wrong.len(), wrong[0]);
    assert!(points > 300 && outcomes > 500, "{points} points, {outcomes} outcomes");
}

#[test]
fn without_any_one_of_the_syncs_something_would_be_lost() {
    for step in [Step::Sync, Step::SyncDir, Step::SyncAbove] {
        assert!(!pairs(&DEEDS[..1], Some(step)).2.is_empty(), "{step:?} does nothing that this test can see");
    }
}

#[test]
fn one_crash_after_another_leaves_what_the_next_store_goes_on_with() {
    let (mut points, mut outcomes) = (0, 0);
    for seed in 0..size(50, 1_000) as u64 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut home = place();
        for crash in 0..4 {
            let deeds: Vec<_> =
                (0..rng.random_range(1..6)).map(|_| *DEEDS.choose(&mut rng).unwrap()).collect();
            let (watcher, ends) = play(home.path(), &deeds, crash * 10 + 1, None);
            assert!(watcher.wrong.is_empty(), "seed {seed}, {deeds:?}: {}", watcher.wrong[0]);
            points += watcher.points;
            outcomes += watcher.outcomes;
            home = place();
            restore(ends.iter().choose(&mut rng).unwrap(), &home.path().join("s"));
        }
    }
    println!("{points} points, {outcomes} outcomes");
}

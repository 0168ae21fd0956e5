//! P6 and P10 at every crash point: if any step fails or is the last one, a reader sees the old
//! record or the new one.

use std::time::{Duration, SystemTime};

use super::faults::{Blow, errnos, mend, plan};
use super::*;
use crate::clock::Stamp;
use crate::credential::Failure;
use crate::error::{Code, Error};

const ENTRY: &str = "store::file::tests::crashes::a_writer_that_dies_at_a_step";

type Operation = fn(&FileStore) -> Result<(), StoreError>;

/// The operations on the failing disk.
const OPERATIONS: [(&str, Operation); 5] = [
    ("write", |store| store.write(soon(), &account(), Kind::Ticket, &record("NEW", 2))),
    ("write failures", |store| store.write_failures(soon(), &account(), &failed(2))),
    ("forget failures", |store| store.write_failures(soon(), &account(), &Failures::default())),
    ("read", |store| store.read(soon(), &account(), Kind::Ticket).map(drop)),
    ("lock", |store| store.try_lock(soon(), &account()).map(|lock| assert!(lock.is_some()))),
];

fn failed(failures: u32) -> Failures {
    let stamp = Stamp { boot_id: "boot".to_owned(), offset: 0 };
    let failure = Failure::new(&Error::new(Code::UpstreamBusy, "busy"), failures, 0, 60_000, stamp);
    Failures { circuit_open: Some(failure), ..Failures::default() }
}

/// A store with an old record and an old failure.
fn old() -> (tempfile::TempDir, FileStore) {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(&home.path().join("s"));
    store.write(soon(), &account(), Kind::Ticket, &record("OLD", 1)).unwrap();
    store.write_failures(soon(), &account(), &failed(1)).unwrap();
    (home, store)
}

/// Checks that the old or the new record is there and whole, and that later steps work.
fn check_whole(store: &FileStore, what: &str, new: bool) {
    let read = store.read(soon(), &account(), Kind::Ticket).unwrap().expect(what);
    assert!(read == record("NEW", 2) || (!new && read == record("OLD", 1)), "{what}: {read:?}");
    let failures = store.read_failures(soon(), &account()).unwrap();
    assert!([failed(1), failed(2), Failures::default()].contains(&failures), "{what}: {failures:?}");
    for (_, operation) in OPERATIONS {
        operation(store).expect(what);
    }
}

fn temps(store: &FileStore) -> Vec<PathBuf> {
    let names = fs::read_dir(&store.dir).unwrap().map(|entry| entry.unwrap().path());
    names.filter(|path| path.extension().is_some_and(|end| end == "tmp")).collect()
}

fn steps(operation: Operation) -> Vec<DiskStep> {
    let (_home, store) = old();
    mend();
    operation(&store).unwrap();
    mend()
}

#[test]
fn a_write_is_synced_before_its_rename() {
    use DiskStep::{Look, MakeTemp, Open, OpenDir, Read, Rename, Sync, SyncDir, Write};
    assert_eq!(steps(OPERATIONS[0].1), [OpenDir, Look, Open, Read, MakeTemp, Write, Sync, Rename, SyncDir]);
}

/// If any step fails in any way, the old record or the new one is there, and the next write
/// succeeds.
#[test]
fn a_failed_step_loses_nothing() {
    let mut points = 0;
    for (name, operation) in OPERATIONS {
        for nth in 0..steps(operation).len() {
            for errno in errnos() {
                for blow in [Blow::Once(errno), Blow::FromThenOn(errno)] {
                    let (_home, store) = old();
                    let path = store.dir.to_str().unwrap().to_owned();
                    plan(nth, blow);
                    let outcome = operation(&store);
                    let taken = mend();
                    let what = format!("{name}, {blow:?} at {:?}", taken[nth]);
                    if let Err(why) = &outcome {
                        let why = why.to_string();
                        assert!(!why.is_empty() && !why.contains(&path), "{what}: {why}");
                    }
                    assert!(temps(&store).is_empty(), "{what}: a temporary file is left");
                    check_whole(&store, &what, name == "write" && outcome.is_ok());
                    points += 1;
                }
            }
        }
    }
    println!("{points} points");
    assert!(points > 400, "{points}");
}

/// Runs in a child process, which ends at the step that its parent chose.
#[test]
fn a_writer_that_dies_at_a_step() {
    let Ok(role) = std::env::var("WXSIGN_TEST_ROLE") else { return };
    let [dir, operation, nth] = role.split('\n').collect::<Vec<_>>().try_into().unwrap();
    let store = FileStore::new(Path::new(dir));
    plan(nth.parse().unwrap(), Blow::Death);
    let _ = OPERATIONS[operation.parse::<usize>().unwrap()].1(&store);
}

/// If a writer ends at any step, no record is torn, no lock stays held and no temporary file stays.
#[test]
fn a_writer_that_dies_at_any_step_leaves_all_whole() {
    for (index, (name, operation)) in OPERATIONS.into_iter().enumerate() {
        for nth in 0..steps(operation).len() {
            let (_home, store) = old();
            let mut child = std::process::Command::new(std::env::current_exe().unwrap());
            child.args([ENTRY, "--exact", "--test-threads=1"]).stdout(std::process::Stdio::null());
            child.env("WXSIGN_TEST_ROLE", format!("{}\n{index}\n{nth}", store.dir.display()));
            assert_eq!(child.status().unwrap().code(), Some(9), "{name} {nth}");
            let orphans = temps(&store);
            assert!(orphans.len() <= 1);
            for orphan in orphans {
                let aged = SystemTime::now() - Duration::from_secs(61);
                File::options().write(true).open(orphan).unwrap().set_modified(aged).unwrap();
            }
            check_whole(&store, &format!("{name}, death at step {nth}"), false);
            assert!(temps(&store).is_empty(), "{name} {nth}: an orphan after a lock was taken");
        }
    }
}

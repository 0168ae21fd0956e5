//! P6 under kill -9: if writers are killed at any moment, no record is torn, no lock stays held and
//! no temporary file stays.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use super::*;
use crate::soak::size;

const ENTRY: &str = "store::file::tests::kills::a_writer";
const WRITERS: usize = 8;

/// Runs in a child process: writes records under the lock until it is killed, or for a minute.
#[test]
fn a_writer() {
    let Some(dir) = std::env::var_os("WXSIGN_TEST_DIR") else { return };
    let store = FileStore::new(Path::new(&dir));
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end {
        let Some(_lock) = store.try_lock(soon(), &account()).unwrap() else {
            std::thread::sleep(Duration::from_micros(rand::random_range(50..500)));
            continue;
        };
        let generation =
            store.read(soon(), &account(), Kind::Ticket).unwrap().map_or(1, |record| record.generation + 1);
        store.write(soon(), &account(), Kind::Ticket, &long(generation)).unwrap();
    }
}

/// A value made of its generation, so that a mix of two shows.
fn long(generation: u64) -> Record {
    record(&format!("{generation}.").repeat(400), generation)
}

fn writer(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([ENTRY, "--exact", "--test-threads=1"])
        .env("WXSIGN_TEST_DIR", dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The generation in the file, which must be whole; it never falls.
fn check(store: &FileStore, at_least: u64) -> u64 {
    let path = store.path(&account(), "ticket.json");
    if !path.exists() {
        assert_eq!(at_least, 0, "the record is gone");
        return 0;
    }
    let read = store.read(soon(), &account(), Kind::Ticket).unwrap().expect("a torn record");
    assert_eq!(read.value, long(read.generation).value, "a mix of two records");
    assert!(read.generation >= at_least, "an older record in place of a newer one");
    read.generation
}

fn wait_for_lock(store: &FileStore) -> Duration {
    let begun = Instant::now();
    loop {
        if store.try_lock(soon(), &account()).unwrap().is_some() {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "locked out");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Eight writers are killed at random: nothing is torn, the lock is free, and nothing is left.
#[test]
fn killed_writers_tear_nothing_and_free_the_lock() {
    let rounds = size(500, 100_000);
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(&home.path().join("s"));
    let mut writers: Vec<_> = (0..WRITERS).map(|_| writer(&store.dir)).collect();
    let mut generation = 0;
    for _ in 0..rounds {
        std::thread::sleep(Duration::from_micros(rand::random_range(0..20_000)));
        let victim = &mut writers[rand::random_range(0..WRITERS)];
        victim.kill().unwrap();
        victim.wait().unwrap();
        *victim = writer(&store.dir);
        generation = check(&store, generation);
    }
    for mut writer in writers {
        writer.kill().unwrap();
        writer.wait().unwrap();
    }
    generation = check(&store, generation);
    let waited = wait_for_lock(&store);
    let temps = || {
        let names = fs::read_dir(&store.dir).unwrap().map(|entry| entry.unwrap().path());
        names.filter(|path| path.extension().is_some_and(|end| end == "tmp")).collect::<Vec<_>>()
    };
    let orphans = temps();
    for orphan in &orphans {
        let aged = SystemTime::now() - Duration::from_secs(61);
        File::options().write(true).open(orphan).unwrap().set_modified(aged).unwrap();
    }
    wait_for_lock(&store);
    assert!(temps().is_empty());
    println!("{rounds} kills, {generation} writes, {} orphans swept, lock after {waited:?}", orphans.len());
    assert!(generation > 100, "{generation} writes only");
}

//! P6 and P10 on real files: whole or not at all, ours alone, and nothing that fools or blocks a reader.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use super::faults::{Blow, Step, mend, plan};
use super::*;
use crate::clock::tests::Manual;
use crate::credential::{Begun, Grant};
use crate::deadline::soon;
use crate::error::Code;
use crate::secret::Secret;

pub(super) fn record(value: &str, generation: u64) -> Record {
    let grant = Grant { value: Secret::new(value), life: 7_200_000 };
    let begun = Begun::now(&*Manual::at(1_700_000_000_000));
    Record { generation, ..Record::next(Kind::Ticket, None, grant, &begun, 0.0).unwrap() }
}

pub(super) fn account() -> Account {
    Account::new(["https://api", "wx1", "stable", "CANARY"])
}

fn store() -> (tempfile::TempDir, FileStore) {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(&home.path().join("a/b")).unwrap();
    (home, store)
}

fn ticket_path(store: &FileStore) -> PathBuf {
    store.path(&account(), "ticket.json")
}

#[test]
fn what_is_written_is_read_by_another_process_and_is_ours_alone() {
    let (_home, store) = store();
    store.write(soon(), &account(), Kind::Ticket, &record("T", 1)).unwrap();
    let read = FileStore::new(&store.dir).unwrap().read(soon(), &account(), Kind::Ticket).unwrap().unwrap();
    assert_eq!(read, record("T", 1));
    assert_eq!(store.read(soon(), &account(), Kind::Token).unwrap(), None);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&store.dir), mode(&ticket_path(&store))), (0o700, 0o600));
    for entry in fs::read_dir(&store.dir).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains("CANARY") && !name.contains("wx1"), "{name}");
    }
}

#[test]
fn a_newer_record_is_never_replaced_by_an_older_one() {
    let (_home, store) = store();
    store.write(soon(), &account(), Kind::Ticket, &record("NEW", 5)).unwrap();
    store.write(soon(), &account(), Kind::Ticket, &record("OLD", 4)).unwrap();
    assert_eq!(store.read(soon(), &account(), Kind::Ticket).unwrap().unwrap().value.reveal(), "NEW");
}

#[test]
fn a_record_of_a_newer_format_is_left_alone() {
    let (_home, store) = store();
    store.write(soon(), &account(), Kind::Ticket, &record("T", 1)).unwrap();
    let path = ticket_path(&store);
    let newer = fs::read_to_string(&path).unwrap().replace("\"format\":1", "\"format\":2");
    fs::write(&path, &newer).unwrap();
    assert!(store.read(soon(), &account(), Kind::Ticket).is_err());
    assert!(store.write(soon(), &account(), Kind::Ticket, &record("U", 2)).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), newer);
}

#[test]
fn damaged_files_read_as_nothing_and_are_replaced() {
    let (_home, store) = store();
    store.write(soon(), &account(), Kind::Ticket, &record("T", 1)).unwrap();
    let whole = fs::read(ticket_path(&store)).unwrap();
    for damaged in [&b""[..], b"{", b"null", b"\xff\xfe", &whole[..whole.len() / 2], b"{\"format\":1}"] {
        fs::write(ticket_path(&store), damaged).unwrap();
        assert_eq!(store.read(soon(), &account(), Kind::Ticket).unwrap(), None);
    }
    store.write(soon(), &account(), Kind::Ticket, &record("T", 1)).unwrap();
    assert!(store.read(soon(), &account(), Kind::Ticket).unwrap().is_some());
}

#[test]
fn links_fifos_dirs_wide_modes_and_giants_are_refused_without_blocking() {
    let (home, store) = store();
    store.write(soon(), &account(), Kind::Ticket, &record("T", 1)).unwrap();
    let path = ticket_path(&store);
    let elsewhere = home.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    let refused = |what: &str| {
        assert!(store.read(soon(), &account(), Kind::Ticket).is_err(), "{what}");
        if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) }.unwrap();
    };
    symlink(&elsewhere, &path).unwrap();
    refused("a link");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    refused("a FIFO");
    fs::create_dir(&path).unwrap();
    refused("a dir");
    fs::copy(&elsewhere, &path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    refused("a file that others may read");
    fs::copy(&elsewhere, &path).unwrap();
    fs::OpenOptions::new().append(true).open(&path).unwrap().set_len(65_537).unwrap();
    refused("a file over 64 KiB");
}

#[test]
fn an_unsafe_dir_that_the_caller_named_is_a_store_error() {
    let home = tempfile::tempdir().unwrap();
    let wide = home.path().join("wide");
    fs::DirBuilder::new().mode(0o700).create(&wide).unwrap();
    fs::set_permissions(&wide, fs::Permissions::from_mode(0o777)).unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    for dir in [&wide, &file, &file.join("below")] {
        let error = FileStore::new(dir).err().unwrap();
        assert_eq!(error.code(), Code::Store);
        assert!(!error.message().contains(home.path().to_str().unwrap()), "no path in {error}");
    }
}

#[test]
fn a_dir_that_vanishes_is_made_again() {
    let (_home, store) = store();
    store.write(soon(), &account(), Kind::Ticket, &record("T", 1)).unwrap();
    fs::remove_dir_all(&store.dir).unwrap();
    assert_eq!(store.read(soon(), &account(), Kind::Ticket).unwrap(), None);
    store.write(soon(), &account(), Kind::Ticket, &record("T", 1)).unwrap();
    assert!(store.try_lock(soon(), &account()).unwrap().is_some());
}

#[test]
fn a_lock_has_one_holder_and_its_file_stays() {
    let (_home, store) = store();
    let held = store.try_lock(soon(), &account()).unwrap();
    assert!(held.is_some());
    assert!(FileStore::new(&store.dir).unwrap().try_lock(soon(), &account()).unwrap().is_none());
    let other = Account::new(["https://api", "wx2", "stable", "s"]);
    assert!(store.try_lock(soon(), &other).unwrap().is_some(), "accounts do not wait for each other");
    drop(held);
    assert!(store.path(&account(), "lock").exists());
    assert!(store.try_lock(soon(), &account()).unwrap().is_some());
}

#[test]
fn on_a_networks_file_system_no_lock_is_tried_and_the_store_says_so() {
    let (_home, store) = store();
    assert_eq!(store.lock_mode(), LockMode::File);
    PRETENDED.set(true);
    mend();
    let (one, two) =
        (store.try_lock(soon(), &account()).unwrap(), store.try_lock(soon(), &account()).unwrap());
    assert!(one.is_some() && two.is_some(), "nobody is kept out");
    assert!(!mend().contains(&Step::Lock), "a lock may hang there");
    assert_eq!(store.lock_mode(), LockMode::None);
    assert_eq!(FileStore::new(&store.dir).unwrap().lock_mode(), LockMode::None, "told from the start");
    PRETENDED.set(false);
    drop((one, two));
    assert!(store.try_lock(soon(), &account()).unwrap().is_some());
    assert_eq!(store.lock_mode(), LockMode::File, "the dir was mounted anew");
}

#[test]
fn a_file_system_that_refuses_locks_is_used_without_and_one_that_fails_is_an_error() {
    use rustix::io::Errno;
    let (_home, store) = store();
    let at_the_lock = {
        mend();
        drop(store.try_lock(soon(), &account()).unwrap());
        mend().iter().position(|step| *step == Step::Lock).unwrap()
    };
    for errno in [Errno::NOLCK, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS] {
        plan(at_the_lock, Blow::Once(errno.raw_os_error()));
        assert!(store.try_lock(soon(), &account()).unwrap().is_some(), "{errno}");
        assert_eq!(store.lock_mode(), LockMode::None, "{errno}");
        assert!(store.try_lock(soon(), &account()).unwrap().is_some());
        assert_eq!(store.lock_mode(), LockMode::File);
    }
    plan(at_the_lock, Blow::Once(Errno::IO.raw_os_error()));
    assert!(store.try_lock(soon(), &account()).is_err());
    mend();
}

#[test]
fn what_killed_writers_left_is_swept_when_it_is_old_and_nothing_else_is() {
    let (_home, store) = store();
    let file = |name: &str, age: u64| {
        let path = store.dir.join(name);
        let file = File::create(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
        path
    };
    let (old, young, other) = (file(".wxsign-a.tmp", 61), file(".wxsign-b.tmp", 5), file("other.tmp", 999));
    PRETENDED.set(true);
    drop(store.try_lock(soon(), &account()).unwrap());
    assert!(old.exists(), "another machine's clock may be minutes off");
    PRETENDED.set(false);
    drop(store.try_lock(soon(), &account()).unwrap());
    assert_eq!((old.exists(), young.exists(), other.exists()), (false, true, true));
}

#[test]
fn readers_see_the_old_record_or_the_new_one_while_writers_replace_it() {
    let (_home, store) = store();
    let store = Arc::new(store);
    store.write(soon(), &account(), Kind::Ticket, &record(&"A".repeat(512), 1)).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let read = store
                        .read(soon(), &account(), Kind::Ticket)
                        .unwrap()
                        .expect("a torn or missing record");
                    let value = read.value.reveal();
                    assert!(value.len() == 512 && value.bytes().all(|b| b == value.as_bytes()[0]));
                }
            });
        }
        for generation in 2..200 {
            let letter = char::from(b'A' + u8::try_from(generation % 26).unwrap());
            store
                .write(soon(), &account(), Kind::Ticket, &record(&letter.to_string().repeat(512), generation))
                .unwrap();
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn attempts_leave_no_file_once_they_are_over() {
    let (_home, store) = store();
    store.write_failures(soon(), &account(), &Failures::default()).unwrap();
    let path = store.path(&account(), "failures.json");
    assert!(!path.exists());
    fs::write(&path, "{}").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    store.write_failures(soon(), &account(), &Failures::default()).unwrap();
    assert!(!path.exists());
}

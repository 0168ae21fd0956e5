//! P6 and P10 on real files: a record is whole or not there, and nothing of others is read, written
//! or waited for.

mod crashes;
mod dirs;
pub(crate) mod faults;
mod files;
mod filesystem;
mod kills;
mod locks;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::clock::tests::Manual;
use crate::credential::{Grant, RequestStart};
use crate::deadline::soon;
use crate::secret::Secret;

fn record(value: &str, generation: u64) -> Record {
    let grant = Grant { value: Secret::new(value), life: 7_200_000 };
    let begun = RequestStart::now(&*Manual::at(1_700_000_000_000));
    Record { generation, ..Record::next(Kind::Ticket, None, grant, &begun, 0.0).unwrap() }
}

fn account() -> Account {
    Account::new(["https://api", "wx1", "stable", "CANARY"])
}

fn store() -> (tempfile::TempDir, FileStore) {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(&home.path().join("a/b"));
    (home, store)
}

/// A store with the ticket "T" in it.
fn store_with_ticket() -> (tempfile::TempDir, FileStore) {
    let (home, store) = store();
    write(&store, "T", 1).unwrap();
    (home, store)
}

fn ticket_path(store: &FileStore) -> PathBuf {
    store.record_path(&account(), Kind::Ticket)
}

fn write(store: &FileStore, value: &str, generation: u64) -> Result<(), StoreError> {
    store.write(soon(), &account(), Kind::Ticket, &record(value, generation))
}

fn read(store: &FileStore) -> Result<Option<String>, StoreError> {
    let found = store.read(soon(), &account(), Kind::Ticket)?;
    Ok(found.map(|record| record.value.reveal().to_owned()))
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// An error names only the last part of a path, and has a next step.
fn check_words(error: &StoreError, home: &Path) {
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(home.to_str().unwrap()), "a path in {shown}");
    assert!(!error.message().is_empty() && !shown.contains("uncategorized"), "{shown}");
    assert!(error.hint().ends_with('.') && error.hint_zh().ends_with('。'), "no next step in {shown}");
}

/// A file of another user can only be made by root.
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Another process reads the written record, and no other user can read it.
#[test]
fn a_record_is_shared_and_private() {
    let (_home, store) = store_with_ticket();
    assert_eq!(read(&FileStore::new(&store.dir)).unwrap().unwrap(), "T");
    assert_eq!(store.read(soon(), &account(), Kind::Token).unwrap(), None);
    assert_eq!((mode(&store.dir), mode(&ticket_path(&store))), (0o700, 0o600));
    let lock = store.try_lock(soon(), &account()).unwrap();
    for entry in fs::read_dir(&store.dir).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains("CANARY") && !name.contains("wx1"), "{name}");
        // A file system that ignores case makes no two of our names one.
        assert_eq!(name, name.to_lowercase());
        assert!(is_name_of_ours(&name), "{name}");
    }
    drop(lock);
}

#[test]
fn making_a_store_does_no_io() {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(&home.path().join("s"));
    assert_eq!((faults::mend(), home.path().join("s").exists()), (Vec::new(), false));
    assert_eq!(store.lock_mode(), LockMode::File);
    // Not even in a directory that cannot be used.
    let _ = FileStore::new(Path::new("/dev/null/s"));
}

#[test]
fn a_newer_record_is_never_replaced() {
    let (_home, store) = store();
    write(&store, "NEW", 5).unwrap();
    write(&store, "OLD", 4).unwrap();
    assert_eq!(read(&store).unwrap().unwrap(), "NEW");
}

/// Of two records with the same generation the one that was requested later stays.
#[test]
fn the_later_of_two_equal_generations_stays() {
    let (_home, store) = store();
    let at = |value: &str, fetched_at: i64| {
        let fresh = record(value, 3);
        Record { fetched_at: fresh.fetched_at + fetched_at, ..fresh }
    };
    let write = |record: &Record| store.write(soon(), &account(), Kind::Ticket, record).unwrap();
    write(&at("LATER", 5));
    write(&at("EARLIER", 4));
    assert_eq!(read(&store).unwrap().unwrap(), "LATER");
    write(&at("LATEST", 6));
    assert_eq!(read(&store).unwrap().unwrap(), "LATEST");
    // After a reboot the clocks cannot be compared, and the new record counts.
    let mut rebooted = at("REBOOTED", 0);
    rebooted.stamp.boot_id = "another boot".to_owned();
    write(&rebooted);
    assert_eq!(read(&store).unwrap().unwrap(), "REBOOTED");
}

/// Values from a file pass the same checks as values from WeChat.
#[test]
fn impossible_values_are_refused_and_texts_cleaned() {
    let (_home, store) = store_with_ticket();
    let path = ticket_path(&store);
    let whole: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for (name, bad) in [
        ("value", serde_json::json!("a\u{0}b")),
        ("value", serde_json::json!("a\r\nSet-Cookie: x")),
        ("value", serde_json::json!("x".repeat(60_000))),
        ("value", serde_json::json!("\u{202e}")),
        ("value", serde_json::json!("")),
        ("life", serde_json::json!(-1)),
        ("life", serde_json::json!(1e300)),
        ("generation", serde_json::json!(1e308)),
        ("generation", serde_json::json!(u64::MAX)),
        ("generation", serde_json::json!(-1)),
    ] {
        let mut spoiled = whole.clone();
        spoiled[name] = bad.clone();
        fs::write(&path, spoiled.to_string()).unwrap();
        let error = read(&store).unwrap_err();
        assert!(error.message().contains("damaged"), "{name} {bad}: {error}");
        write(&store, "T", 1).unwrap();
        assert_eq!(read(&store).unwrap().unwrap(), "T", "{name} {bad}");
    }
    let error = crate::error::Error::new(
        crate::error::Code::UpstreamBusy,
        "\u{1b}[31m\u{202e}busy\r\n".repeat(2_000),
    );
    let stamp = crate::clock::Stamp { boot_id: "boot".to_owned(), offset: 0 };
    let failure = crate::credential::Failure::new(&error, 1, 0, 60_000, stamp);
    let failures = Failures { circuit_open: Some(failure), ..Failures::default() };
    store.write_failures(soon(), &account(), &failures).unwrap();
    let message = store.read_failures(soon(), &account()).unwrap().circuit_open.unwrap().error();
    let message = message.raw_message().to_owned();
    assert!(message.len() < 1_000, "{}", message.len());
    assert!(!message.contains(['\u{1b}', '\u{202e}', '\r', '\n']), "{message:?}");
}

/// A write that its caller has given up must not come after a newer one.
#[test]
fn a_write_after_its_deadline_changes_nothing() {
    let (_home, store) = store_with_ticket();
    let late = Deadline::after(std::time::Duration::ZERO);
    let error = store.write(late, &account(), Kind::Ticket, &record("LATE", 2)).unwrap_err();
    assert!(error.message().contains("too long"), "{error}");
    assert_eq!(read(&store).unwrap().unwrap(), "T");
    assert_eq!(fs::read_dir(&store.dir).unwrap().count(), 1, "a temporary file is left");
}

#[test]
fn a_record_of_a_newer_format_is_left_alone() {
    let (home, store) = store_with_ticket();
    let path = ticket_path(&store);
    let newer = fs::read_to_string(&path).unwrap().replace("\"format\":2", "\"format\":3");
    fs::write(&path, &newer).unwrap();
    for error in [read(&store).unwrap_err(), write(&store, "U", 2).unwrap_err()] {
        assert!(error.message().contains("newer format 3") && error.concerns_one_record(), "{error}");
        assert!(!error.to_string().contains(home.path().to_str().unwrap()));
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), newer);
}

/// A damaged record is reported, because the refresher shows it in `state()`, and the next write
/// replaces it.
#[test]
fn a_damaged_record_is_reported_and_replaced() {
    let (home, store) = store_with_ticket();
    let whole = fs::read(ticket_path(&store)).unwrap();
    let old = String::from_utf8(whole.clone()).unwrap().replace("\"format\":2", "\"format\":1");
    for damaged in [
        &b""[..],
        b"{",
        b"null",
        b"\xff\xfe",
        &whole[..whole.len() / 2],
        b"{\"format\":2}",
        &[0; 4_096],
        old.as_bytes(),
    ] {
        fs::write(ticket_path(&store), damaged).unwrap();
        for kind in Kind::ALL {
            fs::write(store.record_path(&account(), kind), damaged).unwrap();
            let error = store.read(soon(), &account(), kind).unwrap_err();
            assert!(error.message().contains("damaged") && error.concerns_one_record(), "{error}");
            check_words(&error, home.path());
        }
        write(&store, "T", 1).unwrap();
        assert_eq!(read(&store).unwrap().unwrap(), "T");
    }
}

/// A reader sees the old record or the new one while writers replace it.
#[test]
fn a_reader_never_sees_a_mix() {
    let (_home, store) = store();
    let store = Arc::new(store);
    write(&store, &"A".repeat(512), 1).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let value = read(&store).unwrap().expect("a torn or missing record");
                    assert!(value.len() == 512 && value.bytes().all(|b| b == value.as_bytes()[0]));
                }
            });
        }
        for generation in 2..200 {
            let letter = char::from(b'A' + u8::try_from(generation % 26).unwrap());
            write(&store, &letter.to_string().repeat(512), generation).unwrap();
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn no_failures_leave_no_file() {
    let (_home, store) = store();
    store.write_failures(soon(), &account(), &Failures::default()).unwrap();
    let path = store.path(&account(), "failures.json");
    assert!(!path.exists());
    fs::write(&path, "{}").unwrap();
    store.write_failures(soon(), &account(), &Failures::default()).unwrap();
    assert!(!path.exists());
}

/// A token takes one read of its record to be replaced.
#[test]
fn a_write_reads_the_old_record_once() {
    let (_home, store) = store_with_ticket();
    faults::mend();
    write(&store, "U", 2).unwrap();
    let reads = faults::mend().into_iter().filter(|step| *step == DiskStep::Read).count();
    assert_eq!(reads, 1);
}

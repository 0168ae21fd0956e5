//! Files at our names: a file counts only if it is regular, is owned by this user and has one name.
//! All others are refused without being opened, reported, and left alone.

use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::time::{Duration, Instant};

use super::*;

/// The names that wxsign uses for an account.
const NAMES: [&str; 4] = ["token.json", "ticket.json", "failures.json", "lock"];

/// Makes something at a path; false if this user may not.
type Make = fn(&Path, elsewhere: &Path) -> bool;

fn node(path: &Path, kind: rustix::fs::FileType, device: u64) -> bool {
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, path, kind, mode, device).is_ok()
}

const FOREIGN: [(&str, Make, &str); 11] = [
    ("a link", |path, elsewhere| symlink(elsewhere, path).is_ok(), "is a symbolic link"),
    ("a dangling link", |path, _| symlink("/nowhere/CANARY", path).is_ok(), "is a symbolic link"),
    ("a link to itself", |path, _| symlink(path, path).is_ok(), "is a symbolic link"),
    ("a link to /dev/zero", |path, _| symlink("/dev/zero", path).is_ok(), "is a symbolic link"),
    ("a FIFO", |path, _| node(path, rustix::fs::FileType::Fifo, 0), "is not a regular file"),
    ("a directory", |path, _| fs::create_dir(path).is_ok(), "is not a regular file"),
    ("a socket", |path, _| node(path, rustix::fs::FileType::Socket, 0), "is not a regular file"),
    (
        "a device",
        |path, _| node(path, rustix::fs::FileType::CharacterDevice, rustix::fs::makedev(1, 5)),
        "is not a regular file",
    ),
    ("a hard link", |path, elsewhere| fs::hard_link(elsewhere, path).is_ok(), "more than one name"),
    (
        "a sparse giant",
        |path, _| File::create(path).and_then(|file| file.set_len(1 << 40)).is_ok(),
        "is larger than 64 KiB",
    ),
    (
        "another user's file",
        |path, elsewhere| fs::copy(elsewhere, path).is_ok() && chown(path, Some(12_345), None).is_ok(),
        "belongs to user 12345",
    ),
];

/// The steps that use the file of this name.
fn steps_at(store: &FileStore, name: &str) -> Vec<Result<(), StoreError>> {
    let kind = if name == "token.json" { Kind::Token } else { Kind::Ticket };
    match name {
        "lock" => vec![store.try_lock(soon(), &account()).map(drop)],
        "failures.json" => vec![
            store.read_failures(soon(), &account()).map(drop),
            store.write_failures(soon(), &account(), &Failures::default()),
        ],
        _ => vec![
            store.read(soon(), &account(), kind).map(drop),
            store.write(soon(), &account(), kind, &record("U", 2)),
        ],
    }
}

#[test]
fn what_is_not_ours_is_refused_and_left_alone() {
    let mut points = 0;
    for (what, make, why) in FOREIGN {
        for name in NAMES {
            let (home, store) = store_with_ticket();
            let elsewhere = home.path().join("elsewhere");
            fs::rename(ticket_path(&store), &elsewhere).unwrap();
            let content = fs::read(&elsewhere).unwrap();
            let path = store.path(&account(), name);
            if !make(&path, &elsewhere) {
                continue;
            }
            let before = fs::symlink_metadata(&path).unwrap();
            let begun = Instant::now();
            for outcome in steps_at(&store, name) {
                let error = outcome.expect_err(what);
                assert!(error.message().contains(why), "{what} at {name}: {error}");
                assert!(error.message().contains(path.file_name().unwrap().to_str().unwrap()), "{error}");
                assert!(error.concerns_one_record(), "{what} at {name}");
                check_words(&error, home.path());
            }
            assert!(begun.elapsed() < Duration::from_secs(1), "{what} at {name} blocks");
            let after = fs::symlink_metadata(&path).unwrap();
            assert_eq!((before.ino(), before.mode()), (after.ino(), after.mode()), "{what} at {name}");
            assert_eq!(fs::read(&elsewhere).unwrap(), content, "{what} at {name}");
            assert_eq!(store.lock_mode() == LockMode::None, name == "lock", "{what} at {name}");
            // The other names work.
            for other in NAMES.into_iter().filter(|other| *other != name) {
                for outcome in steps_at(&store, other) {
                    outcome.unwrap_or_else(|error| panic!("{what} at {name}, {other}: {error}"));
                }
            }
            points += 1;
        }
    }
    assert!(points >= 36, "{points}");
}

/// Others could only read it: its owner closes it, and uses it.
#[test]
fn a_readable_record_is_closed_and_used() {
    let (_home, store) = store_with_ticket();
    for wide in [0o644, 0o640, 0o604, 0o444, 0o400, 0o200, 0o000, 0o755, 0o4600, 0o2640, 0o1600] {
        set_mode(&ticket_path(&store), wide);
        assert_eq!(read(&store).unwrap().unwrap(), "T", "{wide:o}");
        assert_eq!(mode(&ticket_path(&store)), 0o600, "{wide:o}");
        set_mode(&ticket_path(&store), wide);
        write(&store, "T", 1).unwrap();
        assert_eq!(mode(&ticket_path(&store)), 0o600, "{wide:o}");
    }
}

/// Others could have written it: its content is not used by anyone, and the next write replaces it
/// by a new file.
#[test]
fn a_writable_record_is_not_used_and_replaced() {
    let (home, store) = store();
    for wide in [0o660, 0o620, 0o602, 0o666, 0o777, 0o622, 0o2660, 0o020, 0o002] {
        write(&store, "EVIL", 9).unwrap();
        let path = ticket_path(&store);
        set_mode(&path, wide);
        let inode = fs::metadata(&path).unwrap().ino();
        let other_name = home.path().join("other name");
        for _ in 0..2 {
            let error = read(&store).unwrap_err();
            assert!(error.message().contains("could be written by others"), "{wide:o}: {error}");
            assert!(error.concerns_one_record() && mode(&path) == wide, "the doubt stays: {error}");
            check_words(&error, home.path());
        }
        // Even if its generation is higher.
        write(&store, "T", 1).unwrap();
        assert_eq!((read(&store).unwrap().unwrap().as_str(), mode(&path)), ("T", 0o600), "{wide:o}");
        assert!(!other_name.exists() && fs::metadata(&path).unwrap().ino() != inode);
    }
    let path = store.path(&account(), "failures.json");
    fs::write(&path, "{}").unwrap();
    set_mode(&path, 0o666);
    assert!(store.read_failures(soon(), &account()).is_err());
    store.write_failures(soon(), &account(), &Failures::default()).unwrap();
    assert!(store.read_failures(soon(), &account()).unwrap().is_empty());
}

/// A file may grow between the look at its length and the read.
#[test]
fn a_file_that_grows_is_read_to_its_limit_only() {
    let (_home, store) = store_with_ticket();
    let path = ticket_path(&store);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            use std::io::Write;
            let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
            while !stop.load(Ordering::Relaxed) && file.metadata().unwrap().len() < 64 << 20 {
                file.write_all(&[b' '; 4_096]).unwrap();
            }
        });
        let mut last = Ok(None);
        for _ in 0..2_000 {
            last = read(&store);
            if last.is_err() {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
        assert!(last.unwrap_err().message().contains("64 KiB"));
    });
}

/// A limit of the size of files would end the host's program by SIGXFSZ.
#[test]
fn a_file_size_limit_is_an_error_and_no_signal() {
    const ROLE: &str = "WXSIGN_TEST_FSIZE";
    if let Some(dir) = std::env::var_os(ROLE) {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let store = FileStore::new(Path::new(&dir));
        for limit in [0, 1, 100] {
            setrlimit(Resource::Fsize, Rlimit { current: Some(limit), maximum: None }).unwrap();
            let error = write(&store, "U", 2).unwrap_err();
            assert!(error.message().contains("larger than this process may write"), "{error}");
            check_words(&error, Path::new(&dir).parent().unwrap());
            assert!(store.try_lock(soon(), &account()).unwrap().is_some(), "a lock file has no content");
        }
        return;
    }
    let (_home, store) = store_with_ticket();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["store::file::tests::files::a_file_size_limit_is_an_error_and_no_signal", "--exact"]);
    child.env(ROLE, &store.dir).stdout(std::process::Stdio::null());
    assert!(child.status().unwrap().success());
    assert_eq!(read(&store).unwrap().unwrap(), "T");
}

/// If the process has no file descriptor left, the error names that, and the store works again
/// afterwards.
#[test]
fn too_many_open_files_are_named() {
    const ROLE: &str = "WXSIGN_TEST_NOFILE";
    if let Some(dir) = std::env::var_os(ROLE) {
        let store = FileStore::new(Path::new(&dir));
        assert_eq!(read(&store).unwrap().unwrap(), "T");
        let mut hoard = Vec::new();
        while let Ok(file) = File::open("/dev/null") {
            hoard.push(file);
        }
        for error in [
            read(&store).unwrap_err(),
            write(&store, "U", 2).unwrap_err(),
            store.try_lock(soon(), &account()).err().unwrap(),
        ] {
            assert!(error.message().contains("too many open files"), "{error}");
            check_words(&error, Path::new(&dir).parent().unwrap());
        }
        drop(hoard);
        write(&store, "U", 2).unwrap();
        return;
    }
    let (_home, store) = store_with_ticket();
    let entry = "store::file::tests::files::too_many_open_files_are_named --exact --test-threads=1";
    let command = format!("ulimit -n 64; exec '{}' {entry}", std::env::current_exe().unwrap().display());
    let mut child = std::process::Command::new("sh");
    child.args(["-c", &command]).env(ROLE, &store.dir).stdout(std::process::Stdio::null());
    assert!(child.status().unwrap().success());
    assert_eq!(read(&store).unwrap().unwrap(), "U");
}

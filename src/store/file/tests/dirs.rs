//! The directory: this user's own is taken back and closed to others; any other is left alone.

use std::os::unix::fs::{chown, symlink};

use super::faults::{Blow, mend, plan};
use super::*;

/// Every step of the store at `dir` fails with a reason, and changes nothing there.
fn refuses(dir: &Path, home: &Path, why: &str) {
    let store = FileStore::new(dir);
    let before = listing(home);
    let failures = Failures::default();
    for error in [
        read(&store).unwrap_err(),
        write(&store, "T", 1).unwrap_err(),
        store.try_lock(soon(), &account()).err().unwrap(),
        store.read_failures(soon(), &account()).unwrap_err(),
        store.write_failures(soon(), &account(), &failures).unwrap_err(),
    ] {
        assert!(error.message().contains(why), "{why}: {error}");
        assert!(!error.concerns_one_record());
        check_words(&error, home);
        assert_eq!(store.lock_mode(), LockMode::None, "{why}");
    }
    assert_eq!(listing(home), before, "{why}: something was changed");
}

/// Names that are no UTF-8 look alike when they are shown, and are two stores all the same.
#[test]
fn two_names_that_are_no_text_are_two_stores() {
    use std::os::unix::ffi::OsStrExt;
    let id = |name: &[u8]| FileStore::new(Path::new(std::ffi::OsStr::from_bytes(name))).id();
    assert_ne!(id(b"/a\xff"), id(b"/a\xfe"));
}

/// Names and modes of everything below `dir`.
fn listing(dir: &Path) -> Vec<(PathBuf, u32)> {
    let mut found = Vec::new();
    let mut to_do = vec![dir.to_owned()];
    while let Some(path) = to_do.pop() {
        found.push((path.clone(), mode(&path)));
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            to_do.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found.sort();
    found
}

/// Kubernetes' fsGroup (2770), a restored backup (755), an administrator's mistake: the owner takes
/// it back.
#[test]
fn an_own_dir_of_any_mode_is_taken_back() {
    for wide in [0o2770, 0o2775, 0o3770, 0o775, 0o755, 0o777, 0o750, 0o701, 0o4700, 0o1700, 0o500, 0o600] {
        if wide & 0o1000 != 0 && wide & 0o077 != 0 {
            continue; // the next test
        }
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("d");
        fs::create_dir(&dir).unwrap();
        set_mode(&dir, wide);
        let store = FileStore::new(&dir);
        assert_eq!(read(&store).unwrap(), None, "{wide:o}");
        assert_eq!(mode(&dir), 0o700, "{wide:o}: at the first step");
        set_mode(&dir, wide);
        write(&store, "T", 1).unwrap();
        set_mode(&dir, wide);
        assert!(store.try_lock(soon(), &account()).unwrap().is_some(), "{wide:o}");
        assert_eq!((mode(&dir), store.lock_mode()), (0o700, LockMode::File), "{wide:o}");
        assert_eq!(read(&FileStore::new(&dir)).unwrap().unwrap(), "T", "{wide:o}");
    }
}

/// Closing /tmp, a home or a project's directory would lock out its other users.
#[test]
fn a_dir_that_others_use_is_not_closed_to_them() {
    let home = tempfile::tempdir().unwrap();
    for (name, wide, below) in
        [("tmp", 0o1777, None), ("srv", 0o755, Some("app")), ("var", 0o2775, Some("lib"))]
    {
        let dir = home.path().join(name);
        fs::create_dir(&dir).unwrap();
        if let Some(below) = below {
            fs::create_dir(dir.join(below)).unwrap();
        }
        set_mode(&dir, wide);
        refuses(&dir, home.path(), "in use by others");
        write(&FileStore::new(&dir.join("wxsign")), "T", 1).unwrap();
        assert_eq!(mode(&dir), wide, "{name}");
    }
    // A volume's own directory, and a directory at one of our names, do not indicate other users.
    let volume = home.path().join("volume");
    fs::create_dir(&volume).unwrap();
    for name in ["lost+found", "0123456789abcdef0123.ticket.json"] {
        fs::create_dir(volume.join(name)).unwrap();
    }
    set_mode(&volume, 0o2770);
    write(&FileStore::new(&volume), "T", 1).unwrap();
    assert_eq!(mode(&volume), 0o700);
}

#[test]
fn a_dir_of_another_user_is_left_alone() {
    if !is_root() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("d");
    fs::create_dir(&dir).unwrap();
    for open in [0o700, 0o755, 0o777, 0o2770] {
        set_mode(&dir, open);
        chown(&dir, Some(12_345), None).unwrap();
        refuses(&dir, home.path(), "belongs to user 12345, and this process runs as user 0");
    }
    // The step that the hint names works.
    write(&FileStore::new(&dir.join("wxsign")), "T", 1).unwrap();
}

/// No link at the directory's name is followed: it may lead to a directory that others put there.
#[test]
fn what_is_no_directory_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs::create_dir(at("target")).unwrap();
    set_mode(&at("target"), 0o755);
    symlink(at("target"), at("link")).unwrap();
    symlink(at("nowhere"), at("dangling")).unwrap();
    symlink(at("loop"), at("loop")).unwrap();
    fs::write(at("file"), "").unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, at("fifo"), rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    for name in ["link", "dangling", "loop"] {
        refuses(&at(name), home.path(), "is a symbolic link");
    }
    for name in ["file", "fifo", "socket"] {
        refuses(&at(name), home.path(), "is not a directory");
    }
    refuses(&at("file").join("below"), home.path(), "a part of its path is not a directory");
    refuses(&at("x".repeat(300).as_str()), home.path(), "too long");
    assert_eq!(mode(&at("target")), 0o755, "a link's target was touched");
    // A link above it is the user's own way of laying out a machine.
    write(&FileStore::new(&at("link").join("s")), "T", 1).unwrap();
}

#[test]
fn a_dir_that_vanishes_is_made_again() {
    let (_home, store) = store_with_ticket();
    fs::remove_dir_all(&store.dir).unwrap();
    assert_eq!(read(&store).unwrap(), None);
    write(&store, "T", 1).unwrap();
    assert!(store.try_lock(soon(), &account()).unwrap().is_some());
}

/// Its parent's owner may put another directory there at any time.
#[test]
fn a_dir_that_is_replaced_is_examined_anew() {
    let (home, store) = store_with_ticket();
    fs::rename(&store.dir, home.path().join("gone")).unwrap();
    symlink(home.path().join("gone"), &store.dir).unwrap();
    assert!(read(&store).is_err() && write(&store, "U", 2).is_err());
    fs::remove_file(&store.dir).unwrap();
    fs::create_dir(&store.dir).unwrap();
    if is_root() {
        chown(&store.dir, Some(12_345), None).unwrap();
        assert!(read(&store).is_err() && write(&store, "U", 2).is_err());
        assert_eq!(fs::read_dir(&store.dir).unwrap().count(), 0);
        chown(&store.dir, Some(0), None).unwrap();
    }
    write(&store, "V", 3).unwrap();
    assert_eq!(read(&FileStore::new(&home.path().join("gone"))).unwrap().unwrap(), "T");
}

/// Each error of the operating system is named, with a next step, when the directory cannot be
/// made.
#[test]
fn a_dir_that_cannot_be_made_says_why() {
    use rustix::io::Errno;
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(&home.path().join("s"));
    for (errno, words) in [
        (Errno::ROFS, "the file system is read-only"),
        (Errno::ACCESS, "permission denied"),
        (Errno::NOSPC, "no space left on the device"),
        (Errno::DQUOT, "the disk quota is used up"),
        (Errno::IO, "input/output error"),
    ] {
        plan(1, Blow::Once(errno.raw_os_error()));
        let error = write(&store, "T", 1).unwrap_err();
        assert_eq!(mend(), [DiskStep::OpenDir, DiskStep::MakeDir]);
        assert_eq!(error.message(), format!("cannot create the directory \"s\": {words}"));
        check_words(&error, home.path());
    }
    assert_eq!(read(&store).unwrap(), None);
}

//! The lock of an account: one holder, a file that stays, and the truth about whether it works.

use std::time::{Duration, SystemTime};

use super::faults::{Blow, mend, plan, pretend_remote};
use super::*;

fn lock(store: &FileStore) -> Result<Option<Box<dyn Lock>>, StoreError> {
    store.try_lock(soon(), &account())
}

#[test]
fn a_lock_has_one_holder_and_its_file_stays() {
    let (_home, store) = store();
    let taken = lock(&store).unwrap();
    assert!(taken.is_some());
    let other_process = FileStore::new(&store.dir);
    assert!(lock(&other_process).unwrap().is_none());
    assert_eq!(other_process.lock_mode(), LockMode::File);
    let other = Account::new(["https://api", "wx2", "stable", "s"]);
    assert!(store.try_lock(soon(), &other).unwrap().is_some(), "accounts do not wait for each other");
    drop(taken);
    assert!(store.path(&account(), "lock").exists());
    assert!(lock(&store).unwrap().is_some());
}

/// A restored backup or a volume's fsGroup gives the lock file any mode. Its mode is reset, and the
/// lock works.
#[test]
fn a_lock_file_of_any_mode_works() {
    use std::os::unix::fs::MetadataExt;
    let (_home, store) = store();
    drop(lock(&store).unwrap());
    let path = store.path(&account(), "lock");
    let inode = fs::metadata(&path).unwrap().ino();
    for wide in [0o000, 0o400, 0o444, 0o644, 0o660, 0o666, 0o777, 0o4755, 0o1600, 0o2770] {
        set_mode(&path, wide);
        let taken = lock(&store).unwrap();
        assert!(taken.is_some(), "{wide:o}");
        assert_eq!((mode(&path), store.lock_mode()), (0o600, LockMode::File), "{wide:o}");
        assert!(lock(&FileStore::new(&store.dir)).unwrap().is_none(), "{wide:o}: it excludes others");
        assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
    }
}

/// On a network's file system no lock is tried, for it may hang.
#[test]
fn a_remote_file_system_has_no_lock() {
    let (_home, store) = store_with_ticket();
    pretend_remote(true);
    mend();
    let (one, two) = (lock(&store).unwrap(), lock(&store).unwrap());
    assert!(one.is_some() && two.is_some());
    assert!(!mend().contains(&DiskStep::Lock));
    assert_eq!(store.lock_mode(), LockMode::None);
    let other_process = FileStore::new(&store.dir);
    read(&other_process).unwrap();
    assert_eq!(other_process.lock_mode(), LockMode::None, "known after the first step");
    pretend_remote(false);
    drop((one, two));
    assert!(lock(&store).unwrap().is_some());
    assert_eq!(store.lock_mode(), LockMode::File, "the directory was mounted anew");
}

/// A file system that has no locks is used without; one whose lock fails is an error, and then
/// there is no lock.
#[test]
fn lock_mode_says_what_is_true() {
    use rustix::io::Errno;
    let (_home, store) = store();
    drop(lock(&store).unwrap());
    let at_the_lock = {
        mend();
        drop(lock(&store).unwrap());
        mend().iter().position(|step| *step == DiskStep::Lock).unwrap()
    };
    for errno in [Errno::NOLCK, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOSYS] {
        plan(at_the_lock, Blow::Once(errno.raw_os_error()));
        assert!(lock(&store).unwrap().is_some(), "{errno}");
        assert_eq!(store.lock_mode(), LockMode::None, "{errno}");
        assert!(lock(&store).unwrap().is_some());
        assert_eq!(store.lock_mode(), LockMode::File);
    }
    for nth in 0..=at_the_lock {
        plan(nth, Blow::Once(Errno::IO.raw_os_error()));
        assert!(lock(&store).is_err());
        assert_eq!(store.lock_mode(), LockMode::None, "step {nth}");
    }
    mend();
    drop(lock(&store).unwrap());
    assert_eq!(store.lock_mode(), LockMode::File);
}

/// What killed writers left is removed when it is old, and nothing else is.
#[test]
fn old_orphans_are_removed() {
    let (_home, store) = store_with_ticket();
    let file = |name: &str, age: u64| {
        let path = store.dir.join(name);
        let file = File::create(&path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
        path
    };
    let (old, young, other) = (file(".wxsign-a.tmp", 61), file(".wxsign-b.tmp", 5), file("other.tmp", 999));
    let folder = store.dir.join(".wxsign-dir.tmp");
    fs::create_dir(&folder).unwrap();
    pretend_remote(true);
    drop(lock(&store).unwrap());
    assert!(old.exists(), "another machine's clock may be minutes off");
    pretend_remote(false);
    drop(lock(&store).unwrap());
    let left = [&old, &young, &other, &folder].map(|path| path.exists());
    assert_eq!(left, [false, true, true, true]);
}

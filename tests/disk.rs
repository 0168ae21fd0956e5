//! P10 on real disks that are full, read-only, gone or not directories: fetched credentials are
//! served, and stored again later.
#![cfg(unix)]
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use common::Sandbox;
use wxsign::{Client, Store};

/// A small file system in memory; unmounted with the test.
struct Mount(tempfile::TempDir);

impl Mount {
    /// None if this user may not mount.
    fn new() -> Option<Self> {
        let home = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs"]).arg(home.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        if !mounted {
            common::skipped("this user may not mount a tmpfs");
        }
        mounted.then(|| Self(home))
    }

    fn remount(&self, how: &str) {
        assert!(self.try_remount(how));
    }

    /// False while a file is open for writing.
    fn try_remount(&self, how: &str) -> bool {
        let option = format!("remount,{how}");
        let output = Command::new("mount").args(["-o", &option]).arg(self.0.path()).output();
        output.unwrap().status.success()
    }

    fn dir(&self) -> PathBuf {
        self.0.path().join("s")
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

/// A client on `dir`, and the reasons of the `store_degraded` events that it emitted.
fn client(sandbox: &Sandbox, dir: &Path) -> (Client, Arc<Mutex<Vec<String>>>) {
    let reasons = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&reasons);
    let listen = move |event: &wxsign::Event| {
        if let wxsign::Event::StoreDegraded { reason } = event {
            sink.lock().unwrap().push(reason.clone());
        }
    };
    let builder = sandbox.builder().store(Store::Dir(dir.to_owned())).on_event(listen);
    (builder.build().unwrap(), reasons)
}

/// Waits for background work: records are written, and events emitted, after a call has its ticket.
fn soon(what: impl Fn() -> bool) -> bool {
    let begun = std::time::Instant::now();
    while !what() {
        if begun.elapsed().as_secs() > 10 {
            return false;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    true
}

/// Makes the client fetch the ticket again.
fn again(client: &Client) -> String {
    let ticket = client.ticket().unwrap();
    assert!(client.invalidate(&ticket).unwrap());
    client.ticket().unwrap()
}

/// Whether a process that starts now finds the ticket in `dir`.
fn is_kept(dir: &Path) -> bool {
    let files = fs::read_dir(dir).into_iter().flatten().flatten();
    let tickets = files.filter(|file| file.file_name().to_string_lossy().ends_with(".ticket.json"));
    tickets.map(|file| fs::read_to_string(file.path()).unwrap()).any(|text| text.contains("TICKET"))
}

/// A credential that is fetched while the store fails is served, `state()` has the reason, and
/// after `mend` the store is used again. (The process that met the failure waits for half a minute;
/// its tests are those of the refresher, where time is injected.)
fn endures(dir: &Path, why: &str, mend: impl FnOnce()) {
    let sandbox = Sandbox::start();
    let (failing, reasons) = client(&sandbox, dir);
    let ticket = failing.ticket().unwrap();
    assert_eq!(failing.ticket().unwrap(), ticket);
    assert_eq!(sandbox.counts(), (1, 1), "no more requests than with a sound disk");
    assert!(soon(|| reasons.lock().unwrap().len() == 1), "{reasons:?}");
    let failure = failing.state().unwrap().store_failure.expect("state() says so");
    assert!(failure.contains(why) && !failure.contains(dir.to_str().unwrap()), "{failure}");
    assert!(!is_kept(dir));
    mend();
    let (next, _) = client(&sandbox, &respelt(dir));
    next.ticket().unwrap();
    assert!(soon(|| is_kept(dir)), "the store is used again");
    assert_eq!(next.state().unwrap().store_failure, None);
}

#[test]
fn a_full_disk_costs_nothing_and_is_used_again() {
    let Some(mount) = Mount::new() else { return };
    let (ballast, dir) = (mount.0.path().join("ballast"), mount.dir());
    fs::create_dir(&dir).unwrap();
    fs::set_permissions(&dir, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    // More bytes than there is room for, so that the last block is filled too.
    assert!(fs::write(&ballast, vec![b'x'; 1 << 20]).is_err());
    let why = "no space left on the device. Free space on the disk of dir";
    endures(&dir, why, || fs::remove_file(&ballast).unwrap());
}

#[test]
fn a_disk_that_fills_up_keeps_the_old_record() {
    let Some(mount) = Mount::new() else { return };
    let (sandbox, dir) = (Sandbox::start(), mount.dir());
    let (client, reasons) = client(&sandbox, &dir);
    client.ticket().unwrap();
    assert!(soon(|| is_kept(&dir)));
    let snapshot = |dir: &Path| {
        let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
        let mut files: Vec<_> = files.map(|path| (fs::read(&path).unwrap(), path)).collect();
        files.sort();
        files
    };
    let before = snapshot(&dir);
    assert!(fs::write(mount.0.path().join("ballast"), vec![b'x'; 1 << 20]).is_err());
    sandbox.post("kill", &serde_json::json!({ "what": "ticket" }));
    let ticket = again(&client);
    assert_eq!(client.ticket().unwrap(), ticket);
    assert_eq!(snapshot(&dir), before, "the old record is whole, and no temporary file is left");
    assert!(soon(|| reasons.lock().unwrap().len() == 1), "{reasons:?}");
}

#[test]
fn a_read_only_disk_costs_nothing() {
    let Some(mount) = Mount::new() else { return };
    mount.remount("ro");
    let why = "the file system is read-only. Name a dir that this process may write to";
    endures(&mount.dir(), why, || mount.remount("rw"));
}

#[test]
fn a_read_only_disk_with_records_is_adopted_from() {
    let Some(mount) = Mount::new() else { return };
    let sandbox = Sandbox::start();
    let ticket = client(&sandbox, &mount.dir()).0.ticket().unwrap();
    assert!(soon(|| is_kept(&mount.dir()) && mount.try_remount("ro")));
    assert_eq!(client(&sandbox, &respelt(&mount.dir())).0.ticket().unwrap(), ticket);
    assert_eq!(sandbox.counts(), (1, 1));
}

#[test]
fn a_missing_dir_is_made_with_its_parents() {
    let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let dir = home.path().join("a/b/c");
    let (client, reasons) = client(&sandbox, &dir);
    client.ticket().unwrap();
    assert!(soon(|| is_kept(&dir)) && reasons.lock().unwrap().is_empty());
}

#[test]
fn a_dir_deleted_while_running_is_made_again() {
    let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let dir = home.path().join("s");
    let (client, reasons) = client(&sandbox, &dir);
    let ticket = client.ticket().unwrap();
    assert!(soon(|| is_kept(&dir)));
    let _ = fs::remove_dir_all(&dir);
    assert_eq!(client.ticket().unwrap(), ticket);
    assert_eq!(sandbox.counts(), (1, 1));
    again(&client);
    assert!(soon(|| is_kept(&dir)) && reasons.lock().unwrap().is_empty());
}

#[test]
fn a_dir_that_becomes_a_file_costs_nothing() {
    let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let dir = home.path().join("s");
    let (failing, reasons) = client(&sandbox, &dir);
    failing.ticket().unwrap();
    assert!(soon(|| is_kept(&dir)));
    // The flight may still write to it.
    assert!(soon(|| fs::remove_dir_all(&dir).is_ok() && fs::write(&dir, "not a dir").is_ok()));
    again(&failing);
    assert!(soon(|| reasons.lock().unwrap().len() == 1), "{reasons:?}");
    fs::remove_file(&dir).unwrap();
    let (next, _) = client(&sandbox, &respelt(&dir));
    next.ticket().unwrap();
    assert!(soon(|| is_kept(&dir)) && next.state().unwrap().store_failure.is_none());
}

/// Creating the client examines nothing. A fault is reported at the first call, which still
/// succeeds.
#[test]
fn a_dir_that_cannot_be_used_costs_nothing() {
    let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let link = home.path().join("link");
    std::os::unix::fs::symlink(home.path(), &link).unwrap();
    for (dir, why) in [
        (file.clone(), "\"file\" is not a directory"),
        (file.join("below"), "a part of its path is not a directory"),
        (link, "\"link\" is a symbolic link"),
    ] {
        let before = sandbox.counts();
        let (client, reasons) = client(&sandbox, &dir);
        for _ in 0..20 {
            client.ticket().unwrap();
        }
        let (tokens, tickets) = sandbox.counts();
        assert_eq!((tokens - before.0, tickets - before.1), (1, 1), "{why}");
        assert!(soon(|| reasons.lock().unwrap().len() == 1), "{reasons:?}");
        let state = client.state().unwrap();
        let failure = state.store_failure.expect(why);
        assert!(failure.contains(why) && failure.contains("Name "), "{failure}");
        assert_eq!((state.lock, reasons.lock().unwrap().len()), (wxsign::LockMode::None, 1), "{reasons:?}");
    }
}

/// Another spelling of `dir`. Clients of one process share what they have in memory if they name
/// the same directory, so this makes another process of the next one.
fn respelt(dir: &Path) -> PathBuf {
    dir.join("..").join(dir.file_name().unwrap())
}

/// The records in `dir`, by the end of their names.
fn files(dir: &Path, end: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.to_string_lossy().ends_with(end)).collect()
}

fn mode_of(path: &Path) -> u32 {
    let permissions = fs::metadata(path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

/// A backup that was restored with mode 644, and a directory that Kubernetes gave to a group: the
/// owner takes them back, and the records are still served.
#[test]
fn records_that_others_could_read_are_adopted() {
    let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let dir = home.path().join("s");
    let ticket = client(&sandbox, &dir).0.ticket().unwrap();
    assert!(soon(|| is_kept(&dir)));
    for file in files(&dir, "") {
        set_mode(&file, 0o644);
    }
    set_mode(&dir, 0o2770);
    let (second, reasons) = client(&sandbox, &respelt(&dir));
    assert_eq!(second.ticket().unwrap(), ticket);
    second.access_token().unwrap();
    assert_eq!((sandbox.counts(), reasons.lock().unwrap().len()), ((1, 1), 0));
    let state = second.state().unwrap();
    assert_eq!((state.lock, state.store_failure), (wxsign::LockMode::File, None));
    // The lock file is not needed as long as the records are fresh.
    for file in files(&dir, ".json") {
        assert_eq!(mode_of(&file), 0o600, "{}", file.display());
    }
}

/// A record that others could have written, or that is damaged, is not used. `state()` reports it,
/// and the fetch replaces it.
#[test]
fn records_that_cannot_be_used_are_replaced() {
    for spoil in [|path: &Path| set_mode(path, 0o660), |path: &Path| fs::write(path, "{").unwrap()] {
        for end in [".token.json", ".ticket.json"] {
            let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
            let dir = home.path().join("s");
            client(&sandbox, &dir).0.ticket().unwrap();
            assert!(soon(|| is_kept(&dir) && !files(&dir, ".token.json").is_empty()));
            let spoiled = files(&dir, end).pop().unwrap();
            spoil(&spoiled);
            if end == ".token.json" {
                // While the ticket is fresh, the token is not fetched.
                fs::remove_file(files(&dir, ".ticket.json").pop().unwrap()).unwrap();
            }
            let (second, reasons) = client(&sandbox, &respelt(&dir));
            second.ticket().unwrap();
            assert!(soon(|| !reasons.lock().unwrap().is_empty()), "{end}");
            let reason = reasons.lock().unwrap()[0].clone();
            assert!(reason.contains(end) && !reason.contains(home.path().to_str().unwrap()), "{reason}");
            let spent = sandbox.counts();
            let is_new = |path: &PathBuf| {
                fs::read_to_string(path).is_ok_and(|text| text.ends_with('}')) && mode_of(path) == 0o600
            };
            assert!(
                soon(|| files(&dir, ".json").len() >= 2 && files(&dir, ".json").iter().all(is_new)),
                "{end}"
            );
            let (third, reasons) = client(&sandbox, &respelt(&respelt(&dir)));
            third.ticket().unwrap();
            third.access_token().unwrap();
            assert_eq!(
                (sandbox.counts(), reasons.lock().unwrap().len()),
                (spent, 0),
                "{end} is not replaced"
            );
        }
    }
}

/// A foreign file at one of our names costs no more requests than a missing store.
#[test]
fn a_fifo_at_any_name_costs_no_more_than_no_store() {
    for end in [".token.json", ".ticket.json", ".failures.json", ".lock"] {
        let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
        let dir = home.path().join("s");
        client(&sandbox, &dir).0.ticket().unwrap();
        assert!(soon(|| is_kept(&dir)));
        let lock = files(&dir, ".lock").pop().unwrap();
        let path = dir.join(lock.file_name().unwrap().to_str().unwrap().replace(".lock", end));
        for file in files(&dir, "") {
            fs::remove_file(file).unwrap();
        }
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
        let before = sandbox.counts();
        let (client, reasons) = client(&sandbox, &respelt(&dir));
        let begun = std::time::Instant::now();
        for _ in 0..20 {
            client.ticket().unwrap();
        }
        assert!(begun.elapsed().as_secs() < 8, "{end}: {:?}", begun.elapsed());
        let (tokens, tickets) = sandbox.counts();
        assert_eq!((tokens - before.0, tickets - before.1), (1, 1), "{end}");
        assert!(soon(|| !reasons.lock().unwrap().is_empty()), "{end}");
        let reason = reasons.lock().unwrap()[0].clone();
        assert!(reason.contains(end) && reason.contains("is not a regular file"), "{reason}");
        assert_eq!(client.state().unwrap().lock == wxsign::LockMode::None, end == ".lock", "{end}");
    }
}

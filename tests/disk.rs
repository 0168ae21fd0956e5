//! P10 on real disks that are full, read-only, gone or not directories: what is fetched is served, and kept again later.
#![cfg(unix)]
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use common::Sandbox;
use wxsign::{Client, Code, StoreChoice};

/// A small file system in memory; unmounted with the test.
struct Mount(tempfile::TempDir);

impl Mount {
    /// None where this user may not mount.
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
        let option = format!("remount,{how}");
        let status = Command::new("mount").args(["-o", &option]).arg(self.0.path()).status();
        assert!(status.unwrap().success());
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

/// A client on `directory`, and how often its store was told to be degraded.
fn client(sandbox: &Sandbox, dir: &Path) -> (Client, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let listen = move |event: &wxsign::Event| {
        if let wxsign::Event::StoreDegraded { reason } = event {
            heard.lock().unwrap().push(reason.clone());
        }
    };
    let builder = sandbox.builder().store(StoreChoice::Dir(dir.to_owned())).on_event(listen);
    (builder.build().unwrap(), told)
}

/// Has the ticket fetched again.
fn again(client: &Client) -> String {
    let ticket = client.try_ticket().unwrap();
    assert!(client.invalidate(&ticket).unwrap());
    client.ticket().unwrap()
}

/// Whether a process that starts now finds the ticket in `directory`.
fn is_kept(dir: &Path) -> bool {
    let files = fs::read_dir(dir).into_iter().flatten().flatten();
    let tickets = files.filter(|file| file.file_name().to_string_lossy().ends_with(".ticket.json"));
    tickets.map(|file| fs::read_to_string(file.path()).unwrap()).any(|text| text.contains("TICKET"))
}

/// What is fetched while the store fails is served, `state()` says why, and after `mend` the store is used again.
fn endures(dir: &Path, mend: impl FnOnce()) {
    let sandbox = Sandbox::start();
    let (client, told) = client(&sandbox, dir);
    let ticket = client.ticket().unwrap();
    assert_eq!(client.ticket().unwrap(), ticket);
    assert_eq!(sandbox.counts(), (1, 1), "no more requests than with a sound disk");
    again(&client);
    assert_eq!(told.lock().unwrap().len(), 1, "{told:?}");
    let failure = client.state().unwrap().store_failure.expect("state() says so");
    assert!(!failure.is_empty() && !failure.contains(dir.to_str().unwrap()), "{failure}");
    assert!(!is_kept(dir));
    mend();
    again(&client);
    assert_eq!(client.state().unwrap().store_failure, None);
    assert!(is_kept(dir), "the store is used again");
}

#[test]
fn a_full_disk_costs_nothing_and_is_used_again_when_there_is_room() {
    let Some(mount) = Mount::new() else { return };
    let (ballast, dir) = (mount.0.path().join("ballast"), mount.dir());
    fs::create_dir(&dir).unwrap();
    fs::set_permissions(&dir, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    // More than there is room for: what fits stays, and the last block with it.
    assert!(fs::write(&ballast, vec![b'x'; 1 << 20]).is_err());
    endures(&dir, || fs::remove_file(&ballast).unwrap());
}

#[test]
fn a_disk_that_fills_up_later_keeps_the_old_record_whole() {
    let Some(mount) = Mount::new() else { return };
    let (sandbox, dir) = (Sandbox::start(), mount.dir());
    let (client, told) = client(&sandbox, &dir);
    client.ticket().unwrap();
    assert!(is_kept(&dir));
    let snapshot = |dir: &Path| {
        let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
        let mut files: Vec<_> = files.map(|path| (fs::read(&path).unwrap(), path)).collect();
        files.sort();
        files
    };
    let before = snapshot(&dir);
    assert!(fs::write(mount.0.path().join("ballast"), vec![b'x'; 1 << 20]).is_err());
    sandbox.tell("kill", &serde_json::json!({ "what": "ticket" }));
    let ticket = again(&client);
    assert_eq!(client.ticket().unwrap(), ticket);
    assert_eq!(snapshot(&dir), before, "the old record is whole, and no temporary file is left");
    assert_eq!(told.lock().unwrap().len(), 1);
}

#[test]
fn a_read_only_disk_costs_nothing_and_is_used_again_when_it_can_be_written_to() {
    let Some(mount) = Mount::new() else { return };
    mount.remount("ro");
    endures(&mount.dir(), || mount.remount("rw"));
}

#[test]
fn a_read_only_disk_with_records_is_adopted_from() {
    let Some(mount) = Mount::new() else { return };
    let sandbox = Sandbox::start();
    let ticket = client(&sandbox, &mount.dir()).0.ticket().unwrap();
    mount.remount("ro");
    assert_eq!(client(&sandbox, &mount.dir()).0.ticket().unwrap(), ticket);
    assert_eq!(sandbox.counts(), (1, 1));
}

#[test]
fn a_missing_dir_is_made_with_what_is_above_it() {
    let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let dir = home.path().join("a/b/c");
    let (client, told) = client(&sandbox, &dir);
    client.ticket().unwrap();
    assert!(is_kept(&dir) && told.lock().unwrap().is_empty());
}

#[test]
fn a_dir_that_is_deleted_while_running_is_made_again_and_no_ticket_is_lost() {
    let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let dir = home.path().join("s");
    let (client, told) = client(&sandbox, &dir);
    let ticket = client.ticket().unwrap();
    fs::remove_dir_all(&dir).unwrap();
    assert_eq!(client.ticket().unwrap(), ticket);
    assert_eq!(sandbox.counts(), (1, 1));
    again(&client);
    assert!(is_kept(&dir) && told.lock().unwrap().is_empty());
}

#[test]
fn a_dir_that_becomes_a_file_while_running_costs_nothing_and_is_used_again_when_it_is_one() {
    let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let dir = home.path().join("s");
    let (client, told) = client(&sandbox, &dir);
    client.ticket().unwrap();
    fs::remove_dir_all(&dir).unwrap();
    fs::write(&dir, "not a dir").unwrap();
    again(&client);
    again(&client);
    assert_eq!(told.lock().unwrap().len(), 1, "{told:?}");
    fs::remove_file(&dir).unwrap();
    again(&client);
    assert!(is_kept(&dir) && client.state().unwrap().store_failure.is_none());
}

#[test]
fn a_file_where_the_dir_should_be_is_a_store_error_at_construction() {
    let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let build = |dir: PathBuf| sandbox.builder().store(StoreChoice::Dir(dir)).build();
    assert_eq!(build(file.clone()).unwrap_err().code(), Code::Store);
    assert_eq!(build(file.join("below")).unwrap_err().code(), Code::Store);
}

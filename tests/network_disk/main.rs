//! P8 and P10 on a real file system whose locks hang: no flight does, what is fetched is kept, and
//! `state()` says so.
#![cfg(target_os = "linux")]
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

#[path = "../common/mod.rs"]
mod common;
mod fuse;

use std::fs::File;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use common::children::{report, reported, role, start};
use common::{APP_ID, APP_SECRET, Sandbox, client_on as client};
use serde_json::json;
use wxsign::{Client, Code, LockMode, Store};

/// Plays another process on the same directory.
#[test]
fn child() {
    let Some(role) = role() else { return };
    let client = client(role["url"].as_str().unwrap(), Path::new(role["dir"].as_str().unwrap()));
    let ticket = client.ticket().unwrap();
    report(&json!({ "ticket": ticket, "lock": client.state().unwrap().lock }));
}

/// A directory whose locks hang is used without locks, and another process adopts what is in it.
#[test]
fn a_dir_whose_locks_hang_is_used_without() {
    let Some(mount) = fuse::Mount::new() else { return };
    let sandbox = Sandbox::start();
    let client = client(&sandbox.url, mount.dir());
    let ticket = client.ticket().unwrap();
    let state = client.state().unwrap();
    assert_eq!((state.lock, state.store_failure, state.unlocked), (LockMode::None, None, 0));
    let child = start("child", &json!({ "url": sandbox.url, "dir": mount.dir() }));
    assert_eq!(reported(child), json!({ "ticket": ticket, "lock": "none" }));
    assert_eq!(sandbox.counts(), (1, 1));
    assert_eq!(mount.locks.load(Ordering::SeqCst), 0, "no lock was tried");
}

/// Nothing of a dead mount answers: a client is made at once, the first call has its ticket in
/// time, the second one has it at once, and another account does not wait.
#[test]
fn a_dead_mount_keeps_no_caller_waiting() {
    let Some(mount) = fuse::Mount::new() else { return };
    let sandbox = Sandbox::start();
    mount.is_dead.store(true, Ordering::SeqCst);
    let begun = Instant::now();
    let hung = client(&sandbox.url, mount.dir());
    assert!(begun.elapsed() < Duration::from_millis(500), "making a client: {:?}", begun.elapsed());
    let ticket = hung.ticket().unwrap();
    assert!(begun.elapsed() < Duration::from_millis(10_500), "the first call: {:?}", begun.elapsed());
    let begun = Instant::now();
    assert_eq!(hung.ticket().unwrap(), ticket);
    assert!(begun.elapsed() < Duration::from_millis(500), "the second call: {:?}", begun.elapsed());
    let state = hung.state().unwrap();
    assert!(state.store_failure.is_some() && state.lock == LockMode::None, "{state:?}");
    let home = tempfile::tempdir().unwrap();
    let other = client(&sandbox.url, &home.path().join("s"));
    let begun = Instant::now();
    other.ticket().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1), "another account: {:?}", begun.elapsed());
}

/// Each file that an option names may lie on a dead mount: the tutorial's file costs its second, a
/// file of roots the time of a flight, and the failure is said to be that file's.
#[test]
fn a_file_on_a_dead_mount_is_given_up() {
    let Some(mount) = fuse::Mount::new() else { return };
    let sandbox = Sandbox::start();
    mount.is_dead.store(true, Ordering::SeqCst);
    let file = mount.dir().join("file");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let client = sandbox.builder().import_ticket_file(&file).build().unwrap();
            let begun = Instant::now();
            client.ticket().unwrap();
            assert!(begun.elapsed() < Duration::from_secs(3), "the tutorial's: {:?}", begun.elapsed());
        });
        scope.spawn(|| {
            let client = Client::builder().app_id(APP_ID).app_secret(APP_SECRET).store(Store::Memory);
            let client = client.base_url("https://127.0.0.1:1").ca_file(&file).build().unwrap();
            let begun = Instant::now();
            let error = client.ticket().unwrap_err();
            assert_eq!((error.code(), error.reason()), (Code::Network, Some("CA_FILE")), "{error}");
            assert!(begun.elapsed() < Duration::from_millis(10_500), "roots: {:?}", begun.elapsed());
        });
        #[cfg(feature = "redis")]
        scope.spawn(|| {
            let redis = Store::Redis("rediss://127.0.0.1:1".to_owned());
            let client = sandbox.builder().store(redis).ca_file(&file).build().unwrap();
            let begun = Instant::now();
            client.ticket().unwrap();
            assert!(begun.elapsed() < Duration::from_secs(3), "roots of Redis: {:?}", begun.elapsed());
            let failure = client.state().unwrap().store_failure.unwrap();
            assert!(failure.contains("root certificates could not be read in time"), "{failure}");
        });
    });
}

/// Without this the first test would show nothing: here even `try_lock` never comes back.
#[test]
fn trying_a_lock_there_hangs() {
    let Some(mount) = fuse::Mount::new() else { return };
    let file = File::create(mount.dir().join("lock")).unwrap();
    let (send, receive) = channel();
    std::thread::spawn(move || send.send(file.try_lock().is_ok()));
    assert!(receive.recv_timeout(Duration::from_millis(500)).is_err(), "it answered");
    assert_eq!(mount.locks.load(Ordering::SeqCst), 1);
}

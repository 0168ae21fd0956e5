//! The program that wxsign is in: nothing of the process is changed that belongs to the program.
#![cfg(target_os = "linux")]
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};

use common::Sandbox;
use serde_json::json;
use wxsign::{Client, Store};

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// What a library could change for the whole process, as lines that can be compared.
fn process() -> Vec<String> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    // Which signals the process handles and ignores, and which this thread blocks.
    let kernel =
        ["Name:", "Umask:", "SigBlk:", "SigIgn:", "SigCgt:", "CoreDumping:", "Seccomp:", "NoNewPrivs:"];
    let mut lines: Vec<_> = status
        .lines()
        .filter(|line| kernel.iter().any(|name| line.starts_with(name)))
        .map(str::to_owned)
        .collect();
    assert!(lines.len() >= 6, "{status}");
    lines.extend(std::env::vars_os().map(|variable| format!("{variable:?}")));
    lines.push(std::fs::read_to_string("/proc/self/limits").unwrap());
    lines.push(std::fs::read_to_string("/proc/self/oom_score_adj").unwrap());
    lines.push(format!("directory {}", std::env::current_dir().unwrap().display()));
    lines.push(format!("log {:?}", log::max_level()));
    lines.push(format!("TLS provider {:?}", rustls::crypto::CryptoProvider::get_default().is_some()));
    lines
}

// One test: it looks at the whole process.
#[test]
fn the_program_stays_as_it_was() {
    let harness = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        harness(panic);
    }));
    let sandbox = Sandbox::start();
    let dir = tempfile::tempdir().unwrap();
    let before = process();

    let client = sandbox.builder().store(Store::Dir(dir.path().join("store"))).build().unwrap();
    client.config("https://example.com/").unwrap();
    // A handshake with what does not speak TLS, through the roots of this machine.
    let tls = sandbox.url.replace("http://", "https://");
    let broken = Client::builder().app_id("wx1").app_secret("s").base_url(tls).store(Store::Memory);
    let broken = broken.on_event(|_| ()).build().unwrap();
    broken.ticket().unwrap_err();
    sandbox.fault(json!({ "kind": "reset" }));
    client.invalidate(&client.ticket().unwrap()).unwrap();
    client.ticket().unwrap_err();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let unstored = sandbox.builder().store(Store::Dir(file)).build().unwrap();
    unstored.ticket().unwrap_err();
    assert!(unstored.state().unwrap().store_failure.is_some());

    assert_eq!(process(), before, "with clients");
    drop((client, broken, unstored));
    assert_eq!(process(), before, "without clients");

    // The program's own hook still gets the program's panics.
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
    std::thread::spawn(|| panic!("the program's own")).join().unwrap_err();
    assert_eq!(PANICS.load(Ordering::Relaxed), 1);
}

//! P9: processes with their own clocks (a Linux time namespace, as some containers have) share a
//! directory with processes of the host.
#![cfg(target_os = "linux")]
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{APP_ID, APP_SECRET, Sandbox, children, skipped};
use serde_json::{Value, json};
use wxsign::{Client, Store};

const ENTRY: &str = "other_boot_clocks_share_a_directory";

/// Asks once, in its own process.
fn play(role: &Value) {
    let builder = Client::builder().app_id(APP_ID).app_secret(APP_SECRET);
    let builder = builder.base_url(role["url"].as_str().unwrap());
    let client = builder.store(Store::Dir(role["dir"].as_str().unwrap().into())).build().unwrap();
    let begun = Instant::now();
    let ticket = client.ticket().map_err(|error| error.to_string());
    let state = client.state().unwrap();
    children::report(&json!({
        "ticket": ticket.unwrap(),
        "ms": u64::try_from(begun.elapsed().as_millis()).unwrap(),
        "remaining": state.ticket.remaining_ms,
    }));
}

/// Whatever the boot clock of a container counts from, its processes use the ticket of the host's,
/// cost one request more at most, and serve nothing longer than WeChat said.
#[test]
fn other_boot_clocks_share_a_directory() {
    if let Some(role) = children::role() {
        return play(&role);
    }
    let unshare =
        Command::new("unshare").args(["--time", "--boottime", "100", "true"]).stderr(Stdio::null()).status();
    if !unshare.is_ok_and(|status| status.success()) {
        skipped("this kernel, or this user, has no time namespaces");
        return;
    }
    let (sandbox, home) = (Sandbox::start(), tempfile::tempdir().unwrap());
    let role = json!({ "url": sandbox.url, "dir": home.path().join("s") });
    let ask = |wrapper: &[&str]| children::reported(children::start_under(wrapper, ENTRY, &role));
    let first = ask(&[]);
    assert_eq!(sandbox.counts(), (1, 1));
    let life = first["remaining"].as_i64().unwrap();
    for offset in ["100000", "-50", "1000000000", "7200"] {
        let (tokens, tickets) = sandbox.counts();
        let inside = ask(&["unshare", "--time", "--boottime", offset]);
        assert_eq!(inside["ticket"], first["ticket"], "{offset}");
        assert!(inside["remaining"].as_i64().unwrap() <= life, "{offset}: {inside} of {life}");
        let outside = ask(&[]);
        assert_eq!(outside["ticket"], first["ticket"], "{offset}");
        assert!(outside["remaining"].as_i64().unwrap() <= life, "{offset}: {outside} of {life}");
        let after = sandbox.counts();
        assert!(after.0 <= tokens + 1 && after.1 <= tickets + 1, "{offset}: {after:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

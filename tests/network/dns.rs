//! Names whose lookup hangs or fails. The resolver is the system's: a process in namespaces of its
//! own has another name server.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::json;
use wxsign::{Code, Subject};

use crate::common::seed::Seeded;
use crate::common::{Sandbox, children};
use crate::names::Names;
use crate::{AGAIN, builder, cells, run_all, settle};

/// Brings up the loopback of a new network, and puts two files in place of the resolver's own.
const ENTER: &str = r#"ip link set lo up && mount --bind "$0/resolv.conf" /etc/resolv.conf \
    && mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf && exec "$@""#;

/// Runs `test` in a process whose name server is on its own loopback.
pub fn elsewhere(test: &str) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("resolv.conf"), "nameserver 127.0.0.1\n").unwrap();
    std::fs::write(dir.path().join("nsswitch.conf"), "hosts: files dns\n").unwrap();
    let path = dir.path().to_str().unwrap();
    let wrapper = ["unshare", "--map-root-user", "--mount", "--net", "sh", "-c", ENTER, path];
    let able = Command::new(wrapper[0]).args(&wrapper[1..]).arg("true").stderr(Stdio::null()).status();
    if able.is_ok_and(|status| status.success()) {
        children::reported(children::start_under(&wrapper, test, &json!("elsewhere")));
    } else {
        crate::common::skipped("it needs unshare, ip and mount, and may not use them");
    }
}

/// It answers that there is no such name, or that it failed, or nothing at all; in every state of a
/// client.
#[test]
fn a_failing_name_server_is_a_typed_error_in_time() {
    if children::role().is_none() {
        elsewhere("dns::a_failing_name_server_is_a_typed_error_in_time");
        return;
    }
    let names = Names::start();
    std::thread::scope(|scope| {
        scope.spawn(|| each_fault_in_each_state(&names));
        scope.spawn(|| another_host_takes_over(&names));
        scope.spawn(|| a_flight_ends_in_time_and_leaves_a_cooldown(&names));
    });
    children::report(&json!("done"));
}

fn each_fault_in_each_state(names: &Names) {
    let number = AtomicUsize::new(0);
    run_all(&cells(&["gone", "failing"], &["hanging"]), |cell| {
        let sandbox = Sandbox::start();
        let name = format!("n{}.{}.example", number.fetch_add(1, Ordering::SeqCst), cell.fault);
        let url = format!("https://{name}");
        let seeded = Seeded::behind(&sandbox, &url, "stable");
        cell.seed(&seeded);
        let mut wrong = cell.ask(builder(&url), &seeded);
        let want = if cell.slow { 1 } else { 3 };
        settle(|| names.lookups(&name) >= want);
        if names.lookups(&name) != want {
            wrong.push(format!("{} lookups", names.lookups(&name)));
        }
        wrong
    });
}

fn another_host_takes_over(names: &Names) {
    for name in ["first.gone.example", "first.failing.example", "first.hanging.example"] {
        let sandbox = Sandbox::start();
        let client = builder(&format!("https://{name}")).base_url(&sandbox.url).build().unwrap();
        assert!(client.ticket().unwrap().starts_with("TICKET"), "{name}");
        assert_eq!((sandbox.counts(), names.lookups(name)), ((1, 1), 1), "{name}");
    }
}

fn a_flight_ends_in_time_and_leaves_a_cooldown(names: &Names) {
    let client = builder("https://only.hanging.example").build().unwrap();
    for time in 0..=AGAIN {
        let begun = Instant::now();
        let error = client.ticket().unwrap_err();
        let most = if time == 0 { 9_500 } else { 2_000 };
        assert!(begun.elapsed() < Duration::from_millis(most), "{:?}", begun.elapsed());
        assert_eq!((error.code(), error.retryable()), (Code::Network, true), "{error}");
    }
    assert_eq!(names.lookups("only.hanging.example"), 3);
    for (name, reason) in [("x.gone", "ENOTFOUND"), ("x.failing", "EAI_AGAIN"), ("x.hanging", "DNS_TIMEOUT")]
    {
        let host = format!("{name}.example");
        let error = builder(&format!("https://{host}")).build().unwrap().ticket().unwrap_err();
        assert_eq!((error.reason(), error.subject()), (Some(reason), Some(&Subject::Host(host.clone()))));
        assert!(error.message().contains(&host) && error.hint().contains("/etc/resolv.conf"), "{error}");
    }
}

/// How many threads look up names.
fn lookup_threads() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok());
    names.filter(|name| name.trim() == "wxsign-aside").count()
}

/// A name server that answers nothing holds at most 64 threads of a process, however many accounts
/// and names wait for it, and keeps no other account from a name that has answered before.
#[test]
fn many_hanging_names_hold_few_threads() {
    if children::role().is_none() {
        elsewhere("dns::many_hanging_names_hold_few_threads");
        return;
    }
    let (_names, sandbox) = (Names::start(), Sandbox::start());
    let (send, receive) = mpsc::channel();
    let clients: Vec<_> = (0..200)
        .map(|n| {
            // A name for each of a hundred accounts, and one for all others.
            let name = if n < 100 { format!("n{n}") } else { "all".to_owned() };
            let builder = builder(&format!("https://{name}.hanging.example"));
            builder.app_id(format!("wx{n:016x}")).build().unwrap()
        })
        .collect();
    let other = sandbox.url.replace("127.0.0.1", "localhost");
    builder(&other).build().unwrap().ticket().unwrap();
    for client in &clients {
        let send = send.clone();
        client.ticket_then(Duration::from_secs(15), move |outcome| send.send(outcome.is_err()).unwrap());
    }
    let (begun, mut most) = (Instant::now(), 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..16 {
                std::thread::sleep(Duration::from_millis(500));
                let begun = Instant::now();
                let ticket = builder(&other).build().unwrap().ticket();
                assert!(begun.elapsed() < Duration::from_secs(1), "{:?}: {ticket:?}", begun.elapsed());
                assert!(ticket.unwrap().starts_with("TICKET"));
            }
        });
        for _ in &clients {
            while let Err(mpsc::RecvTimeoutError::Timeout) = receive.recv_timeout(Duration::from_millis(20)) {
                most = most.max(lookup_threads());
            }
        }
    });
    assert!(begun.elapsed() < Duration::from_millis(10_500), "{:?}", begun.elapsed());
    println!("{most} threads for {} accounts", clients.len());
    assert!(most <= 64, "{most} threads");
    children::report(&json!("done"));
}

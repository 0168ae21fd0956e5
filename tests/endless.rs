//! P10 and P12: a peer that sends without end costs a process a bounded amount of memory, however
//! fast it sends and however many accounts meet it.
#![cfg(all(target_os = "linux", feature = "redis"))]
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::sync::mpsc;
use std::time::Duration;

use common::children::{report, role, start};
use common::soak::size;
use serde_json::json;
use wxsign::{Client, Store};

/// How each peer begins, and what it repeats until its client leaves.
const PEERS: [(&str, &str, &str); 13] = [
    ("no HTTP", "", "x"),
    ("a head", "HTTP/1.1 200 OK\r\nX: ", "x"),
    ("headers", "HTTP/1.1 200 OK\r\n", "X: x\r\n"),
    ("1xx answers", "", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
    ("a body", "HTTP/1.0 200 OK\r\n\r\n", "x"),
    ("a body of nested JSON", "HTTP/1.0 200 OK\r\n\r\n", "[{\"a\":"),
    ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
    ("an extension of a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", "x"),
    ("trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: x\r\n"),
    ("gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\u{1f}", "\0"),
    ("records of TLS", "", "\u{16}\u{3}\u{3}\0\u{4}\u{2}\0\0\0"),
    ("a handshake of TLS", "\u{16}\u{3}\u{3}\u{3f}\0\u{2}\0\u{7f}\u{7f}", "\0"),
    ("Redis", "*3\r\n$65000\r\n", "x"),
];
/// How a peer goes on after its first 60,000 bytes.
const PACES: [&str; 2] = ["fast", "slowly"];
/// What a process may grow by for each account that meets such a peer at the same time: the answer,
/// and the stack of a thread, which a build for tests uses much of.
const MAX_OF_ACCOUNT: usize = 768 << 10;
/// And for all of them: the threads of the process, and the allocator's.
const MAX_OF_PROCESS: usize = 16 << 20;

/// Plays the peers, outside of the process that is measured. Reports their ports.
#[test]
fn child() {
    if role().is_none() {
        return;
    }
    let ports: Vec<Vec<u16>> = PACES
        .iter()
        .map(|pace| PEERS.iter().map(|(_, begin, again)| serve(begin, again, *pace == "slowly")).collect())
        .collect();
    report(&json!(ports));
    loop {
        std::thread::park();
    }
}

fn serve(begin: &'static str, again: &'static str, is_slow: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || flood(stream, begin, again, is_slow));
        }
    });
    port
}

fn flood(mut stream: TcpStream, begin: &str, again: &str, is_slow: bool) {
    let first = stream.read(&mut [0; 4_096]);
    let part = again.repeat(60_000 / again.len());
    let mut is_going = first.is_ok()
        && stream.write_all(begin.as_bytes()).is_ok()
        && stream.write_all(part.as_bytes()).is_ok();
    while is_going {
        is_going = if is_slow {
            std::thread::sleep(Duration::from_millis(100));
            stream.write_all(again.as_bytes()).is_ok()
        } else {
            stream.write_all(part.as_bytes()).is_ok()
        };
    }
}

/// The peers' process; it ends with the test.
struct Peers(Child);

impl Peers {
    fn start() -> (Self, Vec<Vec<u16>>) {
        let mut child = start("child", &json!("peers"));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("wxsign-report ").map(str::to_owned));
        (Self(child), serde_json::from_str(&line.unwrap()).unwrap())
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The largest amount of memory that this process has had since `forget_peak`.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// Makes a client with its own account. The client asks the peer at `port`.
fn client(number: usize, what: &str, port: u16) -> Client {
    let builder = Client::builder().app_id(format!("wx{number:016x}")).app_secret(format!("{number:032x}"));
    let builder = match what {
        "Redis" => {
            builder.base_url("http://127.0.0.1:1").store(Store::Redis(format!("redis://127.0.0.1:{port}")))
        }
        "proxy" => builder
            .base_url("https://wx.example")
            .proxy(format!("http://127.0.0.1:{port}"))
            .store(Store::Memory),
        _ if what.contains("TLS") => {
            builder.base_url(format!("https://127.0.0.1:{port}")).store(Store::Memory)
        }
        _ => builder.base_url(format!("http://127.0.0.1:{port}")).store(Store::Memory),
    };
    builder.build().unwrap()
}

/// How much more memory the process had at once while all of them failed.
fn grown(clients: &[Client]) -> usize {
    forget_peak();
    let before = peak();
    let (send, receive) = mpsc::channel();
    for client in clients {
        let send = send.clone();
        client.ticket_then(Duration::from_secs(15), move |outcome| send.send(outcome.is_err()).unwrap());
    }
    for _ in clients {
        assert!(receive.recv_timeout(Duration::from_secs(20)).unwrap(), "a peer was believed");
    }
    peak().saturating_sub(before)
}

// One test: it measures the whole process.
#[test]
fn a_peer_without_end_takes_little_memory() {
    let (_peers, ports) = Peers::start();
    let mut numbers = 0..;
    let mut of = |what: &str, port: u16, count: usize| -> Vec<Client> {
        numbers.by_ref().take(count).map(|number| client(number, what, port)).collect()
    };
    // The roots for TLS, and the process's threads.
    grown(&of("TLS", ports[0][10], 1));
    let accounts = size(4, 200);
    let mut all = Vec::new();
    for (pace, ports) in PACES.iter().zip(&ports) {
        for ((what, ..), &port) in PEERS.iter().zip(ports) {
            for what in [Some(*what), (*what == "a head").then_some("proxy")].into_iter().flatten() {
                let clients = of(what, port, accounts);
                if accounts < 200 {
                    all.extend(clients);
                    continue;
                }
                let grown = grown(&clients);
                println!("{accounts} accounts, {what}, {pace}: {} KiB more", grown >> 10);
                assert!(grown < MAX_OF_PROCESS + accounts * MAX_OF_ACCOUNT, "{what}: {grown} bytes");
            }
        }
    }
    if all.is_empty() {
        return;
    }
    let grown = grown(&all);
    println!("{} accounts, each kind of peer: {} KiB more", all.len(), grown >> 10);
    assert!(grown < MAX_OF_PROCESS + all.len() * MAX_OF_ACCOUNT, "{grown} bytes");
}

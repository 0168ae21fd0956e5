//! A real `redis-server` for each test, and a wire to it that a test can reach into.

#![allow(dead_code, missing_docs)] // the unit tests and tests/redis.rs each use a part of it

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

pub struct Server {
    child: Mutex<Child>,
    pub port: u16,
    args: Vec<String>,
    dir: tempfile::TempDir,
}

impl Server {
    /// None, with a line that says so, if this machine has no `redis-server`.
    /// `WXSIGN_TEST_REDIS_SERVER` names another one, to try other versions. It ends when it is
    /// dropped, so the closure of a [`Wire`], whose threads go on, has a weak pointer to it.
    pub fn start() -> Option<Arc<Self>> {
        Self::with(&[])
    }

    pub fn with(args: &[&str]) -> Option<Arc<Self>> {
        if program().arg("--version").stdout(Stdio::null()).status().is_err() {
            // Past the harness, which keeps what a test that passes prints; tests/count.sh counts
            // it.
            let _ = writeln!(std::io::stderr(), "\nSKIPPED a test of Redis: there is no redis-server here");
            return None;
        }
        let args: Vec<_> = args.iter().map(|&arg| arg.to_owned()).collect();
        // Another process may take the port in between.
        for _ in 0..5 {
            let dir = tempfile::tempdir().unwrap();
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if let Some(child) = run(port, &args, dir.path()) {
                return Some(Arc::new(Self { child: Mutex::new(child), port, args, dir }));
            }
        }
        panic!("redis-server does not start");
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    pub fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query(&mut redis::Client::open(self.url()).unwrap().get_connection().unwrap()).unwrap()
    }

    pub fn run(&self, words: &[&str]) {
        self.ask::<redis::Value>(words);
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.lock().unwrap().id().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Again on the same port, with nothing in it.
    pub fn restart(&self) {
        *self.child.lock().unwrap() = run(self.port, &self.args, self.dir.path()).expect("the port is taken");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn program() -> Command {
    let named = std::env::var_os("WXSIGN_TEST_REDIS_SERVER");
    Command::new(named.unwrap_or_else(|| "redis-server".into()))
}

/// None if it ends at once, as it does when its port is taken. Its log says when it is ready: at a
/// port that was taken, another server would answer.
fn run(port: u16, args: &[String], dir: &std::path::Path) -> Option<Child> {
    let log = dir.join("log");
    let mut child = program()
        .args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
        ])
        .arg(dir)
        .args(args)
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&log).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        if std::fs::read_to_string(&log).unwrap().to_lowercase().contains("ready to accept connections") {
            return Some(child);
        }
        if child.try_wait().unwrap().is_some() {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}

/// A port before the server's. `step` is called before each request is handed on, with its number
/// from 1.
pub struct Wire {
    pub port: u16,
    /// How many requests have come.
    pub requests: Arc<AtomicUsize>,
}

impl Wire {
    pub fn new(server: u16, step: impl Fn(usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(AtomicUsize::new(0));
        let (count, step) = (Arc::clone(&requests), Arc::new(step));
        // These threads end with the test's process.
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let (back, forth) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let (count, step) = (Arc::clone(&count), Arc::clone(&step));
                std::thread::spawn(move || {
                    pump(client, server, || step(count.fetch_add(1, Ordering::SeqCst) + 1));
                });
                std::thread::spawn(move || pump(back, forth, || {}));
            }
        });
        Self { port, requests }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }
}

/// Our clients send a request at once and then wait, so one read returns one request.
fn pump(mut from: TcpStream, mut to: TcpStream, before: impl Fn()) {
    let mut bytes = vec![0; 1 << 18];
    while let Ok(len @ 1..) = from.read(&mut bytes) {
        before();
        if to.write_all(&bytes[..len]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

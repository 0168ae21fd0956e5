//! Runs the command in this process, and the sandbox and small servers beside it.
// Each test file is its own crate and uses a part of this one; a test that cannot go on should stop
// at once.
#![allow(
    dead_code,
    clippy::format_collect,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod route;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use serde_json::Value;
use sha1::{Digest, Sha1};
use wxsign_cli::{Console, run_on};
use wxsign_sandbox::Mock;

pub const APP_ID: &str = "wx5823bf96d3bd56c7";
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub const CORP_ID: &str = "ww5823bf96d3bd56c7";
pub const CORP_SECRET: &str = "0123456789abcdef0123456789abcdef-agent10002";
pub const TICKET: &str =
    "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";

/// What a run printed, and its exit code.
pub struct Ran {
    pub code: u8,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{}{}", self.out, self.err))
    }
}

/// Runs the command with this environment and input.
pub fn run(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Ran {
    run_typed(arguments, variables, input, false)
}

/// Like [`run`], with an input that is typed at a terminal, or not.
pub fn run_typed(arguments: &[&str], variables: &[(&str, &str)], input: &str, is_typed: bool) -> Ran {
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let (mut stdout, mut stderr, mut stdin) = (Vec::new(), Vec::new(), input.as_bytes());
    let mut console = Console {
        stdin: &mut stdin,
        stdout: &mut stdout,
        stderr: &mut stderr,
        variable: &|name| variables.get(name).cloned(),
        is_typed,
        is_color: false,
        lang: wxsign_cli::Lang::English,
    };
    let code = run_on(arguments.iter().map(|argument| (*argument).to_owned()), &mut console);
    Ran { code, out: String::from_utf8(stdout).unwrap(), err: String::from_utf8(stderr).unwrap() }
}

/// The stand-in for WeChat, on threads of this process.
pub struct Sandbox {
    mock: Mock,
    pub address: String,
}

impl Sandbox {
    pub fn start() -> Self {
        let mock = Mock::start([]).expect("the sandbox starts");
        Self { address: mock.base_url(), mock }
    }

    /// The environment of a client of this sandbox, with its store in memory.
    pub fn variables<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut list = vec![
            ("WX_APP_ID", APP_ID),
            ("WX_APP_SECRET", SECRET),
            ("WX_BASE_URL", self.address.as_str()),
            ("WXSIGN_STORE", "memory"),
        ];
        list.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        list.extend(more);
        list
    }

    /// Like [`Sandbox::variables`], of an app of 企业微信.
    pub fn work_variables<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let app = [("WX_CORP_ID", CORP_ID), ("WX_AGENT_ID", "1000002"), ("WX_APP_SECRET", CORP_SECRET)];
        let app = app.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let mut list = self.variables(&app.chain(more.iter().copied()).collect::<Vec<_>>());
        list.retain(|(name, _)| *name != "WX_APP_ID" || more.iter().any(|(other, _)| other == name));
        list
    }

    pub fn post(&self, path: &str, body: &str) -> String {
        self.mock.control("POST", path, body).unwrap()
    }

    pub fn get(&self, path: &str) -> String {
        self.mock.control("GET", path, "").unwrap()
    }
}

/// A server on this machine that answers every request from its target (path and query). It ends
/// with the test's process.
pub fn serve(answer: impl Fn(&str) -> (u16, Vec<(String, String)>, String) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut first, mut line) = (String::new(), String::new());
            reader.read_line(&mut first).unwrap();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let target = first.split(' ').nth(1).unwrap_or("/").to_owned();
            let (status, headers, body) = answer(&target);
            let headers: String =
                headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
            );
        }
    });
    address
}

pub fn sha1(text: &str) -> String {
    hex::encode(Sha1::digest(text.as_bytes()))
}

pub fn decode(text: &str) -> String {
    let (mut out, mut at) = (Vec::new(), 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let escaped = text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) if bytes[at] == b'%' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The check of that name in a doctor's report.
pub fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap()
}

/// Its status and code.
pub fn outcome(report: &Value, name: &str) -> (String, String) {
    let text = |field: &str| check(report, name)[field].as_str().unwrap().to_owned();
    (text("status"), text("code"))
}

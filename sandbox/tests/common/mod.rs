//! Starts the binary and talks to it over plain sockets.
// Each test file is its own crate and uses a part of this one; a test that cannot go on
// should stop at once.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub const APPID: &str = "wx5823bf96d3bd56c7";
pub const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub const OTHER_APPID: &str = "wxsandbox00000002";

/// A running sandbox, ended when dropped.
pub struct Sandbox {
    pub child: Child,
    pub address: String,
}

/// An answer, taken apart.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// Head and body as one text, to look for what must or must not be in it.
    pub fn text(&self) -> String {
        format!("{}{}", self.head, String::from_utf8_lossy(&self.body))
    }
}

impl Sandbox {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    pub fn start_with(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wxsign-sandbox"))
            .arg("--exit-with-parent")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address =
            line.trim().strip_prefix("wxsign-sandbox listening on http://").expect("the first line");
        Self { address: address.to_owned(), child }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends these bytes and reads to the end of the connection.
    pub fn raw(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = self.connect();
        stream.write_all(bytes)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    }

    pub fn try_get(&self, target: &str) -> io::Result<Answer> {
        self.raw(get_text(target).as_bytes()).map(|bytes| split(&bytes))
    }

    pub fn get(&self, target: &str) -> Answer {
        self.try_get(target).unwrap()
    }

    pub fn post(&self, target: &str, body: &str) -> Answer {
        let length = body.len();
        let text = format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}");
        split(&self.raw(text.as_bytes()).unwrap())
    }

    /// A control call that must succeed.
    pub fn control(&self, name: &str, body: &Value) -> Value {
        let answer = self.post(&format!("/_sandbox/{name}"), &body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    pub fn counts(&self) -> Value {
        self.get("/_sandbox/counts").json()
    }

    pub fn token(&self) -> Answer {
        self.get(&token_target())
    }

    /// A stable token's answer; `extra` goes into the body.
    pub fn stable(&self, extra: &str) -> Value {
        let body =
            format!(r#"{{"grant_type":"client_credential","appid":"{APPID}","secret":"{SECRET}"{extra}}}"#);
        self.post("/cgi-bin/stable_token", &body).json()
    }

    pub fn ticket(&self, token: &str) -> Value {
        self.get(&format!("/cgi-bin/ticket/getticket?access_token={token}&type=jsapi")).json()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn get_text(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: x\r\nUser-Agent: test\r\n\r\n")
}

pub fn token_target() -> String {
    format!("/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret={SECRET}")
}

pub fn split(bytes: &[u8]) -> Answer {
    let at = bytes.windows(4).position(|part| part == b"\r\n\r\n").expect("a head");
    let (head, body) = bytes.split_at(at + 4);
    let head = String::from_utf8(head.to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: body.to_vec() }
}

/// A field that must be a string.
pub fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

/// A field that must be a whole number.
pub fn number(value: &Value, name: &str) -> i64 {
    value.get(name).and_then(Value::as_i64).unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// Waits for something that happens soon.
pub fn eventually(what: &str, is: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !is() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

//! A sandbox for each test, and helpers to control it.

#![allow(dead_code)] // each test file uses the helpers that it needs

pub mod children;
pub mod seed;
#[path = "../../src/soak.rs"]
pub mod soak;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use wxsign::{Builder, Client, Store};

/// The app of 企业微信 that the sandbox knows: its corpId, its agentId and its Secret.
pub const APP: [&str; 3] = ["ww5823bf96d3bd56c7", "1000002", "0123456789abcdef0123456789abcdef-agent10002"];

/// The account that the sandbox knows.
pub const APP_ID: &str = "wx5823bf96d3bd56c7";
/// Its secret. It is a canary: it must not appear in any output.
pub const APP_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Reports that the running test cannot work on this machine. tests/count.sh counts the report. It
/// goes to standard error directly, because the harness hides what a passing test prints.
pub fn skipped(why: &str) {
    let thread = std::thread::current();
    // Without standard error there is no report.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED {}: {why}", thread.name().unwrap_or("a test"));
}

/// A running stand-in for WeChat; it ends with the test.
pub struct Sandbox {
    child: Child,
    /// Its base URL.
    pub url: String,
}

impl Sandbox {
    /// Starts one on a port that the system chooses.
    pub fn start() -> Self {
        let program = std::env::var("WXSIGN_SANDBOX")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/build/bin/wxsign-sandbox").to_owned());
        let mut child = Command::new(&program)
            .arg("--exit-with-parent")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}; `make build-sandbox` makes it"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().rsplit(' ').next().unwrap().to_owned();
        Self { child, url }
    }

    /// Posts to a control endpoint.
    pub fn post(&self, what: &str, body: &Value) -> Value {
        let url = format!("{}/_sandbox/{what}", self.url);
        let answer = ureq::post(url).content_type("application/json").send(body.to_string()).unwrap();
        serde_json::from_reader(answer.into_body().into_reader()).unwrap()
    }

    /// Gets a control endpoint.
    pub fn ask(&self, what: &str) -> Value {
        let answer = ureq::get(format!("{}/_sandbox/{what}", self.url)).call().unwrap();
        serde_json::from_reader(answer.into_body().into_reader()).unwrap()
    }

    /// Scripts a fault at every endpoint until cleared.
    pub fn fault(&self, mut fault: Value) {
        fault["endpoint"] = json!("any");
        self.post("fault", &fault);
    }

    /// Scripts an errcode at one endpoint.
    pub fn errcode(&self, endpoint: &str, errcode: i64) {
        self.post("fault", &json!({ "endpoint": endpoint, "kind": "errcode", "errcode": errcode }));
    }

    /// Token requests (all interfaces) and ticket requests so far.
    pub fn counts(&self) -> (u64, u64) {
        let counts = self.ask("counts");
        let of = |name: &str| counts[name].as_u64().unwrap();
        (
            of("token") + of("stable_token") + of("gettoken"),
            of("getticket") + of("get_jsapi_ticket") + of("ticket_get"),
        )
    }

    /// A client of this sandbox, to be built.
    pub fn builder(&self) -> Builder {
        Client::builder().app_id(APP_ID).app_secret(APP_SECRET).base_url(&self.url).store(Store::Memory)
    }

    /// A client of this sandbox's app of 企业微信, to be built.
    pub fn app_builder(&self) -> Builder {
        let [corp_id, agent_id, secret] = APP;
        let builder = Client::builder().corp(corp_id, agent_id).app_secret(secret);
        builder.base_url(&self.url).store(Store::Memory)
    }

    /// A client of this sandbox that keeps nothing on disk.
    pub fn client(&self) -> Client {
        self.builder().build().unwrap()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of the sandbox at `url` whose store is a directory that other processes use too.
pub fn client_on(url: &str, dir: &Path) -> Client {
    let builder = Client::builder().app_id(APP_ID).app_secret(APP_SECRET);
    builder.base_url(url).store(Store::Dir(dir.to_owned())).build().unwrap()
}

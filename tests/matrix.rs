//! P4, P5, P7 and P10: every scripted fault × (expired, stale, expiring) × endpoint, through the
//! Rust binding.
//!
//! tests/matrix/cells.json has the cells and explains them. Every binding runs the same cells.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::Sandbox;
use common::seed::Seeded;
use serde_json::Value;
use wxsign::{AgentConfig, Client, Config, CredentialState, Error, Store, TokenApi, sign};

/// How many cells run at once. They wait for most of their time.
const WORKERS: usize = 32;

const PAGE: &str = "https://example.com/page";

/// The outcome of a call.
#[derive(Debug)]
enum Served {
    Value(String),
    Config(Config),
    AgentConfig(AgentConfig),
}

impl Served {
    fn comes_from(&self, value: &str) -> bool {
        match self {
            Self::Value(own) => own == value,
            Self::Config(config) => {
                config.signature == sign(value, config.nonce.as_str(), config.timestamp, PAGE)
            }
            Self::AgentConfig(config) => {
                config.signature == sign(value, config.nonce.as_str(), config.timestamp, PAGE)
            }
        }
    }
}

fn ms(of: &Value, name: &str) -> Duration {
    Duration::from_millis(of[name].as_u64().unwrap())
}

/// A client in the state of a cell, with its events and the service's counters.
struct Bench<'a> {
    cell: &'a Value,
    sandbox: Sandbox,
    seeded: Seeded,
    client: Client,
    before: (u64, u64),
    said: Arc<Mutex<Vec<String>>>,
    wrong: Vec<String>,
}

impl<'a> Bench<'a> {
    fn of(cell: &'a Value) -> Self {
        let sandbox = Sandbox::start();
        let api = cell["token_api"].as_str().unwrap();
        let seeded = Seeded::new(&sandbox, api);
        for (kind, left) in cell["seed"].as_object().unwrap() {
            seeded.write(kind, left.as_i64().unwrap());
        }
        sandbox.post("fault", &cell["fault"]);
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let builder = match api {
            "work" => sandbox.app_builder(),
            "classic" => sandbox.builder().token_api(TokenApi::Classic),
            _ => sandbox.builder(),
        };
        let client = builder
            .store(Store::Dir(seeded.dir.clone()))
            .timeout(ms(cell, "timeout_ms"))
            .on_event(move |event| heard.lock().unwrap().push(format!("{event:?} {event:#?}")))
            .build()
            .unwrap();
        let before = sandbox.counts();
        Self { cell, sandbox, seeded, client, before, said, wrong: Vec::new() }
    }

    fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(what());
        }
    }

    /// Asks, checks what the caller gets, and returns how long that took. For a ticket, `again`
    /// asks for a page's config.
    fn ask(&mut self, again: bool) -> Duration {
        let begun = Instant::now();
        let outcome = match (self.asked(), again) {
            ("agent_ticket", _) => self.client.agent_config(PAGE).map(Served::AgentConfig),
            ("ticket", true) => self.client.config(PAGE).map(Served::Config),
            ("ticket", false) => self.client.ticket().map(Served::Value),
            _ => self.client.access_token().map(Served::Value),
        };
        let took = begun.elapsed();
        let right = match &outcome {
            Ok(served) => {
                let values = [Some(self.seeded().to_owned()), self.in_file()];
                self.cell["caller"] == "OK" && values.iter().flatten().any(|value| served.comes_from(value))
            }
            Err(error) => self.is_expected(error),
        };
        self.check(right, || format!("got {outcome:?}"));
        took
    }

    fn is_expected(&self, error: &Error) -> bool {
        let also = error.cause().map(|cause| format!("{cause} {cause:?}"));
        let hints = (error.hint(), error.hint_zh());
        self.said
            .lock()
            .unwrap()
            .push(format!("{error} {error:?} {error:#?} {} {hints:?} {also:?}", error.message()));
        self.cell["caller"] == error.code().as_str()
            && self.cell["errcode"] == error.errcode().unwrap_or(0)
            && self.cell["retryable"] == error.retryable()
    }

    /// The kind of credential that is requested.
    fn asked(&self) -> &'a str {
        self.cell["ask"].as_str().unwrap()
    }

    /// The requested value at the beginning.
    fn seeded(&self) -> &str {
        self.seeded.value(self.asked())
    }

    /// The requested value in the file now.
    fn in_file(&self) -> Option<String> {
        Some(self.seeded.read(self.asked())?["value"].as_str().unwrap().to_owned())
    }

    /// The state of the credential that the fault concerns.
    fn look(&self) -> Option<CredentialState> {
        let state = self.client.state().unwrap();
        match self.cell["faulty"].as_str().unwrap() {
            "token" => Some(state.token),
            "ticket" => Some(state.ticket),
            _ => state.agent_ticket,
        }
    }

    fn spent(&self) -> (u64, u64) {
        let now = self.sandbox.counts();
        (now.0 - self.before.0, now.1 - self.before.1)
    }
}

/// Waits until `is` holds, as long as the matrix allows.
fn settle(matrix: &Value, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() && begun.elapsed() < ms(matrix, "settled_within_ms") {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The broken expectations of a cell.
fn run(matrix: &Value, cell: &Value) -> Vec<String> {
    let mut bench = Bench::of(cell);
    let fetch = cell["fetch"].as_str().unwrap();
    for time in 0..if fetch == "TIMEOUT" { 2 } else { 1 } {
        let took = bench.ask(time > 0);
        let right = (ms(cell, "at_least_ms")..=ms(cell, "within_ms")).contains(&took);
        bench.check(right, || format!("took {took:?}"));
    }
    if !["OK", "TIMEOUT"].contains(&fetch) {
        settle(matrix, || bench.look().is_some_and(|look| look.retry_at_ms.is_some()));
        for _ in 0..matrix["again"].as_u64().unwrap() {
            let took = bench.ask(true);
            bench.check(took <= ms(matrix, "again_within_ms"), || format!("waited {took:?} at the cooldown"));
        }
        let Some(look) = bench.look() else { return vec!["state() has no credential".to_owned()] };
        let right = look.last_error.map(wxsign::Code::as_str) == Some(fetch) && look.retry_at_ms.is_some();
        bench.check(right, || format!("state() names {:?}, due {:?}", look.last_error, look.retry_at_ms));
    }

    let want = (cell["tokens"].as_u64().unwrap(), cell["tickets"].as_u64().unwrap());
    settle(matrix, || bench.spent() == want);
    let spent = bench.spent();
    bench.check(spent == want, || format!("{spent:?} requests instead of {want:?}"));
    let other = bench.sandbox.ask("counts")["other"].clone();
    bench.check(other == 0, || format!("{other} other requests"));

    let was = cell["seed"].get(bench.asked()).map(|_| bench.seeded().to_owned());
    settle(matrix, || fetch != "OK" || bench.in_file().is_some());
    let is = bench.in_file();
    bench.check(if fetch == "OK" { is.is_some() } else { is == was }, || format!("{is:?} is in the file"));

    let state = bench.client.state().unwrap();
    let said = format!("{:?} {state:?} {} {:?}", bench.client, state.to_json(), bench.said.lock().unwrap());
    for canary in matrix["canaries"].as_array().unwrap() {
        bench.check(!said.contains(canary.as_str().unwrap()), || format!("a secret in {said}"));
    }
    bench.wrong
}

#[test]
fn every_cell_of_the_fault_matrix_holds() {
    let matrix: Value = serde_json::from_str(include_str!("matrix/cells.json")).unwrap();
    let queue = Mutex::new(matrix["cells"].as_array().unwrap().iter());
    let (ran, broken) = (Mutex::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let Some(cell) = queue.lock().unwrap().next() else { break };
                    let wrong = run(&matrix, cell);
                    *ran.lock().unwrap() += 1;
                    if !wrong.is_empty() {
                        broken.lock().unwrap().push(format!("{}: {}", cell["name"], wrong.join("; ")));
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{} of {} cells:\n{}", broken.len(), matrix["count"], broken.join("\n"));
    assert_eq!(matrix["count"], ran.into_inner().unwrap(), "cells that ran");
}

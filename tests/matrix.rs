//! P4, P5, P7 and P10: every scripted fault × (no value, soft, hard) × endpoint, through the Rust door.
//!
//! A cell holds: the exact code or the living value, the exact number of requests, a bounded time, nothing more asked
//! at the floor, nothing lost from the file, no secret in anything that was said.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::seed::Seeded;
use common::{APP_SECRET, Sandbox};
use serde_json::{Value, json};
use wxsign::{Client, Code, CredentialState, Error, StoreChoice, TokenApi};

/// What the client starts with of the credential that is asked for, and how much life that has left.
const STATES: [(&str, Option<i64>); 3] = [("none", None), ("soft", Some(100_000)), ("hard", Some(30_000))];

/// Where the fault is, and what is asked for there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Stable,
    Classic,
    Ticket,
    /// The fault is at the token's endpoint, and a ticket is asked for.
    BehindTicket,
}

impl Place {
    fn asks_ticket(self) -> bool {
        matches!(self, Self::Ticket | Self::BehindTicket)
    }
}

/// What a fault comes to: a code at the token's endpoints and one at the ticket's, and the requests of one flight.
#[derive(Clone)]
struct Row {
    fault: Value,
    token: Code,
    ticket: Code,
    requests: u64,
}

/// How long the callers of slow faults wait.
const PATIENCE: Duration = Duration::from_millis(300);

impl Row {
    fn is_slow(&self) -> bool {
        self.token == Code::Timeout
    }

    fn code(&self, place: Place) -> Code {
        if place == Place::Ticket { self.ticket } else { self.token }
    }

    /// Token and ticket requests of one flight.
    fn requests(&self, place: Place) -> (u64, u64) {
        match place {
            // The token is fetched once more, comes back the same, and is forced; the new one is refused as well.
            Place::Ticket if self.ticket == Code::TokenInvalidated => (2, 2),
            Place::Ticket => (0, self.requests),
            _ => (self.requests, 0),
        }
    }
}

fn rows() -> Vec<Row> {
    use Code::{
        BadResponse, CredentialRejected, IpNotAllowed, Network, PermissionDenied, QuotaExceeded, Timeout,
        TokenInvalidated, UpstreamBusy, UpstreamRejected,
    };
    let mut rows = Vec::new();
    let mut row = |fault: Value, token, ticket, requests| rows.push(Row { fault, token, ticket, requests });
    let errcode = |errcode: i64| json!({ "kind": "errcode", "errcode": errcode, "echo": true });
    let status = |status: u16| json!({ "kind": "status", "status": status, "echo": true });
    for code in [-1, -1000, 45033] {
        row(errcode(code), UpstreamBusy, UpstreamBusy, 3);
    }
    row(errcode(40001), CredentialRejected, TokenInvalidated, 1);
    for code in [40013, 40125, 40243, 41002, 41004] {
        row(errcode(code), CredentialRejected, UpstreamRejected, 1);
    }
    for code in [40014, 42001] {
        row(errcode(code), UpstreamRejected, TokenInvalidated, 1);
    }
    for code in [40164, 60020, 61004, 89501, 89503, 89506, 89507] {
        row(errcode(code), IpNotAllowed, IpNotAllowed, 1);
    }
    for code in [48001, 48004, 50002] {
        row(errcode(code), PermissionDenied, PermissionDenied, 1);
    }
    for code in [45009, 45011] {
        row(errcode(code), QuotaExceeded, QuotaExceeded, 1);
    }
    row(errcode(61_999), UpstreamRejected, UpstreamRejected, 1);
    for code in [429, 500, 502, 503] {
        row(status(code), UpstreamBusy, UpstreamBusy, 3);
    }
    for code in [403, 404] {
        row(status(code), BadResponse, BadResponse, 3);
    }
    for fault in [
        json!({ "kind": "html", "echo": true }),
        json!({ "kind": "truncated", "flavour": "close" }),
        json!({ "kind": "huge", "bytes": 65_537 }),
        json!({ "kind": "redirect", "echo": true }),
        json!({ "kind": "empty" }),
        json!({ "kind": "wrong_types" }),
    ] {
        row(fault, BadResponse, BadResponse, 3);
    }
    for fault in [
        json!({ "kind": "truncated", "flavour": "length" }),
        json!({ "kind": "reset" }),
        json!({ "kind": "close_early" }),
    ] {
        row(fault, Network, Network, 3);
    }
    for fault in [json!({ "kind": "hang" }), json!({ "kind": "drip", "ms": 1_000 })] {
        row(fault, Timeout, Timeout, 1);
    }
    rows
}

struct Cell {
    row: Row,
    place: Place,
    state: &'static str,
    left_ms: Option<i64>,
}

fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for row in rows() {
        for place in [Place::Stable, Place::Classic, Place::Ticket, Place::BehindTicket] {
            for (state, left_ms) in STATES {
                if place != Place::BehindTicket || left_ms.is_none() {
                    cells.push(Cell { row: row.clone(), place, state, left_ms });
                }
            }
        }
    }
    cells
}

/// A client in the state of a cell, with what it said and what the service counted.
struct Bench {
    sandbox: Sandbox,
    seeded: Seeded,
    client: Client,
    asks_ticket: bool,
    before: (u64, u64),
    said: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    fn of(cell: &Cell) -> Self {
        let sandbox = Sandbox::start();
        let classic = cell.place == Place::Classic;
        let seeded = Seeded::new(&sandbox, if classic { "classic" } else { "stable" });
        let asks_ticket = cell.place.asks_ticket();
        if let Some(left) = cell.left_ms {
            seeded.write(if asks_ticket { "ticket" } else { "token" }, left);
        }
        if cell.place == Place::Ticket {
            seeded.write("token", 3_600_000);
        }
        let mut fault = cell.row.fault.clone();
        fault["endpoint"] = json!(match cell.place {
            Place::Classic => "token",
            Place::Ticket => "getticket",
            Place::Stable | Place::BehindTicket => "stable_token",
        });
        sandbox.tell("fault", &fault);
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let client = sandbox
            .builder()
            .token_api(if classic { TokenApi::Classic } else { TokenApi::Stable })
            .store(StoreChoice::Folder(seeded.folder.clone()))
            .timeout(if cell.row.is_slow() { PATIENCE } else { Duration::from_secs(10) })
            .on_event(move |event| heard.lock().unwrap().push(format!("{event:?}")))
            .build()
            .unwrap();
        let before = sandbox.counts();
        Self { sandbox, seeded, client, asks_ticket, before, said }
    }

    fn ask(&self) -> Result<String, Error> {
        let outcome = if self.asks_ticket { self.client.ticket() } else { self.client.access_token() };
        if let Err(error) = &outcome {
            self.said.lock().unwrap().push(format!("{error} {error:?} {:?}", error.cause()));
        }
        outcome
    }

    /// How the credential stands that the fault is about.
    fn look(&self, place: Place) -> CredentialState {
        let state = self.client.state().unwrap();
        if place == Place::Ticket { state.ticket } else { state.token }
    }

    fn spent(&self) -> (u64, u64) {
        let now = self.sandbox.counts();
        (now.0 - self.before.0, now.1 - self.before.1)
    }
}

/// Waits until `is` holds, five seconds at most.
fn wait(mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() && begun.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn run(cell: &Cell) -> Result<(), String> {
    let bench = Bench::of(cell);
    let (place, code) = (cell.place, cell.row.code(cell.place));
    let mut faults = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            faults.push(what);
        }
    };
    let served = |outcome: &Result<String, Error>| match (outcome, cell.left_ms) {
        (Ok(value), Some(_)) => {
            *value == if bench.asks_ticket { &*bench.seeded.ticket } else { &*bench.seeded.token }
        }
        (Err(error), None) => error.code() == code,
        _ => false,
    };
    let begun = Instant::now();
    let outcome = bench.ask();
    let took = begun.elapsed();
    check(served(&outcome), format!("got {:?}", outcome.as_ref().map_err(ToString::to_string)));
    let bound = match cell.state {
        "soft" => 500,
        _ if cell.row.is_slow() => 1_500,
        _ => 5_000,
    };
    check(took < Duration::from_millis(bound), format!("took {took:?}"));
    let want = cell.row.requests(place);
    if cell.row.is_slow() {
        wait(|| bench.spent() == want);
    } else {
        wait(|| bench.look(place).retry_at_ms.is_some());
        for _ in 0..20 {
            let begun = Instant::now();
            let outcome = bench.ask();
            check(served(&outcome), format!("at the floor: {:?}", outcome.map_err(|e| e.to_string())));
            check(begun.elapsed() < Duration::from_millis(500), "a wait at the floor".into());
        }
        let look = bench.look(place);
        check(look.last_error == Some(code.as_str()), format!("state() names {:?}", look.last_error));
    }
    check(bench.spent() == want, format!("{:?} requests instead of {want:?}", bench.spent()));
    let kind = if bench.asks_ticket { "ticket" } else { "token" };
    let kept = bench.seeded.read(kind).map(|record| record["value"].clone());
    let value = if bench.asks_ticket { &bench.seeded.ticket } else { &bench.seeded.token };
    check(kept == cell.left_ms.map(|_| json!(value)), "the file was lost or made up".into());
    let mut said = bench.said.lock().unwrap().clone();
    said.push(format!("{:?} {}", bench.client, bench.client.state().unwrap().to_json()));
    let said = said.join("\n");
    for secret in [APP_SECRET, &bench.seeded.token, &bench.seeded.ticket, "90_TOKEN", "TICKET0"] {
        check(!said.contains(secret), format!("a secret in {said}"));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

#[test]
fn every_fault_in_every_state_at_every_endpoint_does_what_the_table_says() {
    let cells = cells();
    assert!(cells.len() >= 300, "{}", cells.len());
    let queue = Mutex::new(cells.iter());
    let broken = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                loop {
                    let Some(cell) = queue.lock().unwrap().next() else { break };
                    if let Err(what) = run(cell) {
                        let name = format!("{} at {:?}, {}", cell.row.fault, cell.place, cell.state);
                        broken.lock().unwrap().push(format!("{name}: {what}"));
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{} of {} cells:\n{}", broken.len(), cells.len(), broken.join("\n"));
    println!("{} cells", cells.len());
}

#[test]
fn a_slow_answer_is_waited_for_where_nothing_lives_and_not_noticed_in_the_soft_window() {
    for (state, left_ms) in STATES {
        let fault = json!({ "kind": "delay", "ms": 400 });
        let row = Row { fault, token: Code::Internal, ticket: Code::Internal, requests: 1 };
        let bench = Bench::of(&Cell { row, place: Place::Ticket, state, left_ms });
        let begun = Instant::now();
        bench.ask().unwrap();
        assert_eq!(begun.elapsed() < Duration::from_millis(300), state == "soft", "{state}");
        wait(|| bench.spent() == (0, 1));
        assert_eq!(bench.spent(), (0, 1), "{state}");
    }
}

//! Faults on the way to the service, through the Rust binding: TLS and DNS faults × (expired,
//! stale, expiring) × what is asked for. P4, P5, P7 and P10, as the fault matrix has them for
//! faults of the service.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

#[path = "../common/mod.rs"]
mod common;
#[cfg(target_os = "linux")]
mod dns;
mod front;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod names;
mod tls;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use common::APP_SECRET;
use common::seed::Seeded;
use wxsign::{Builder, Client, Code, CredentialState, Store};

/// How much life a client begins with of what it is asked for, in milliseconds.
const STATES: [(&str, Option<i64>); 3] =
    [("expired", None), ("stale", Some(100_000)), ("expiring", Some(30_000))];
/// How long the callers of slow faults wait.
const PATIENCE: Duration = Duration::from_millis(300);
/// Callers after the first failure.
const AGAIN: usize = 10;

fn builder(base_url: &str) -> Builder {
    Client::builder().app_id(common::APP_ID).app_secret(APP_SECRET).base_url(base_url).store(Store::Memory)
}

/// A fault, and what a client begins with and is asked for.
#[derive(Clone, Copy, Debug)]
struct Cell<Fault> {
    fault: Fault,
    /// No request of it ends while its callers wait.
    slow: bool,
    kind: &'static str,
    state: &'static str,
    left_ms: Option<i64>,
}

/// Each fault in each state, for the token and for the ticket.
fn cells<Fault: Copy>(faults: &[Fault], slow: &[Fault]) -> Vec<Cell<Fault>> {
    let mut cells = Vec::new();
    for (faults, slow) in [(faults, false), (slow, true)] {
        for &fault in faults {
            for kind in ["token", "ticket"] {
                cells.extend(STATES.map(|(state, left_ms)| Cell { fault, slow, kind, state, left_ms }));
            }
        }
    }
    cells
}

/// Runs cells side by side, and fails with what is wrong with any.
fn run_all<Fault: Copy + Sync + std::fmt::Debug>(
    cells: &[Cell<Fault>],
    run: impl Fn(&Cell<Fault>) -> Vec<String> + Sync,
) {
    let (queue, broken) = (Mutex::new(cells.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                loop {
                    let Some(cell) = queue.lock().unwrap().next() else { break };
                    let wrong = run(cell);
                    if !wrong.is_empty() {
                        broken.lock().unwrap().push(format!("{cell:?}: {}", wrong.join("; ")));
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{} of {} cells:\n{}", broken.len(), cells.len(), broken.join("\n"));
}

impl<Fault> Cell<Fault> {
    /// Writes what the client begins with.
    fn seed(&self, seeded: &Seeded) {
        if let Some(left) = self.left_ms {
            seeded.write(self.kind, left);
        }
        if self.kind == "ticket" {
            seeded.write("token", 3_600_000);
        }
    }

    /// Asks a client as often as its callers would, and says what was wrong.
    fn ask(&self, builder: Builder, seeded: &Seeded) -> Vec<String> {
        let patience = if self.slow { PATIENCE } else { Duration::from_secs(10) };
        let builder = builder.store(Store::Dir(seeded.dir.clone()));
        let client = builder.timeout(patience).build().unwrap();
        let code = if self.slow { Code::Timeout } else { Code::Network };
        let (mut wrong, mut said) = (Vec::new(), Vec::new());
        for time in 0..if self.slow { 2 } else { 1 + AGAIN } {
            let begun = Instant::now();
            let outcome = if self.kind == "ticket" { client.ticket() } else { client.access_token() };
            let took = begun.elapsed();
            let right = match (&outcome, self.left_ms) {
                (Ok(value), Some(_)) => *value == self.value(seeded),
                (Err(error), None) => error.code() == code && error.retryable(),
                _ => false,
            };
            // A flight that fails is waited for once, and no caller waits in the stale window.
            let waits = self.state != "stale" && (self.slow || time == 0);
            let most = Duration::from_secs(if waits { 5 } else { 2 });
            if !right || took > most || self.slow && waits && took < PATIENCE {
                wrong.push(format!("after {took:?}: {outcome:?}"));
            }
            said.push(format!("{:?}", outcome.err()));
            settle(|| self.slow || self.look(&client).retry_at_ms.is_some());
        }
        let look = self.look(&client);
        if !self.slow && look.last_error != Some(code) {
            wrong.push(format!("state() names {:?}", look.last_error));
        }
        said.push(format!("{client:?} {}", client.state().unwrap().to_json()));
        let said = said.join(" ");
        if [APP_SECRET, &seeded.token, &seeded.ticket].iter().any(|secret| said.contains(*secret)) {
            wrong.push(format!("a secret in {said}"));
        }
        wrong
    }

    fn value(&self, seeded: &Seeded) -> String {
        if self.kind == "ticket" { seeded.ticket.clone() } else { seeded.token.clone() }
    }

    fn look(&self, client: &Client) -> CredentialState {
        let state = client.state().unwrap();
        if self.kind == "ticket" { state.ticket } else { state.token }
    }
}

/// Waits until `is` holds, eight seconds at most.
fn settle(is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() && begun.elapsed() < Duration::from_secs(8) {
        std::thread::sleep(Duration::from_millis(10));
    }
}

//! P9: if the wall clock is set, the machine is suspended or boots again, nothing is served after
//! its expiry.
#![allow(clippy::disallowed_types)] // no test forks

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use zeroize::Zeroizing;

use super::shared_store::SharedStore;
use super::world::{LIFE, T0, Tickets, official, parts};
use crate::clock::Clock;
use crate::credential::Kind;
use crate::error::Error;
use crate::http::{Request, Response, Transport};
use crate::refresh::Refresher;
use crate::soak::size;
use crate::store::LockMode;
use crate::threads::RefreshAhead;

const DAY: i64 = 86_400_000;
/// So many values that none is repeated while a process remembers it.
static BOOTS: LazyLock<Vec<String>> = LazyLock::new(|| (0..1_000).map(|n| format!("boot-{n}")).collect());

/// The machine's clocks as functions of the true time, which only the service knows.
#[derive(Default)]
struct Machine {
    truth: AtomicI64,
    /// How wrong the wall clock is.
    error: AtomicI64,
    booted: AtomicI64,
    boots: AtomicUsize,
}

impl Clock for Machine {
    fn wall(&self) -> i64 {
        self.truth.load(SeqCst) + self.error.load(SeqCst)
    }
    fn boot(&self) -> i64 {
        self.truth.load(SeqCst) - self.booted.load(SeqCst)
    }
    fn boot_id(&self) -> &str {
        &BOOTS[self.boots.load(SeqCst) % BOOTS.len()]
    }
    fn sleep(&self, time: Duration) {
        self.truth.fetch_add(i64::try_from(time.as_millis()).unwrap(), SeqCst);
    }
}

/// A service that uses the true time.
struct Service {
    machine: Arc<Machine>,
    tickets: Tickets,
    /// The expiry of every value, and the current value of each kind.
    ends: HashMap<String, i64>,
    current: HashMap<Kind, String>,
    requests: HashMap<Kind, usize>,
}

impl Service {
    fn answer(&mut self, kind: Kind) -> String {
        let now = self.machine.truth.load(SeqCst);
        *self.requests.entry(kind).or_default() += 1;
        let alive = self.current.get(&kind).is_some_and(|value| self.ends[value] > now + 1_000);
        if !alive || (kind == Kind::Ticket && self.tickets == Tickets::Rotated) {
            let value = format!("{}-{}", kind.word(), self.ends.len());
            self.ends.insert(value.clone(), now + LIFE);
            self.current.insert(kind, value);
        }
        let value = &self.current[&kind];
        let left = if kind == Kind::Ticket && self.tickets == Tickets::Reserved {
            LIFE
        } else {
            self.ends[value] - now
        };
        let name = if kind == Kind::Token { "access_token" } else { "ticket" };
        format!(r#"{{"{name}":"{value}","expires_in":{}}}"#, left / 1_000)
    }
}

struct Wire(Arc<Mutex<Service>>);

impl Transport for Wire {
    fn send(&self, request: &Request, _: Duration) -> Result<Response, Error> {
        let kind = if request.url.contains("getticket") { Kind::Ticket } else { Kind::Token };
        let body = self.0.lock().unwrap().answer(kind);
        Ok(Response { status: 200, body: Zeroizing::new(body.into_bytes()) })
    }
}

struct Sim {
    rng: StdRng,
    machine: Arc<Machine>,
    service: Arc<Mutex<Service>>,
    store: SharedStore,
    processes: Vec<Arc<Refresher>>,
    reboots: bool,
}

impl Sim {
    fn new(tickets: Tickets, reboots: bool) -> Self {
        let machine = Arc::new(Machine::default());
        machine.truth.store(T0, SeqCst);
        machine.booted.store(T0 - 1_000_000, SeqCst);
        let service = Service {
            machine: machine.clone(),
            tickets,
            ends: HashMap::new(),
            current: HashMap::new(),
            requests: HashMap::new(),
        };
        let service = Arc::new(Mutex::new(service));
        let rng = StdRng::seed_from_u64(20_261_122);
        let mut sim = Self {
            rng,
            machine,
            service,
            store: SharedStore::new(LockMode::File),
            processes: Vec::new(),
            reboots,
        };
        sim.processes = (0..3).map(|_| sim.process()).collect();
        sim
    }

    fn process(&self) -> Arc<Refresher> {
        let wire = Wire(self.service.clone());
        Refresher::new(parts(
            official("wx1", "secret"),
            self.machine.clone(),
            Box::new(self.store.clone()),
            wire,
        ))
    }

    /// Within a boot, to anything within a month. Across boots, right or wrong by whole days: a
    /// smaller error at boot cannot be detected (README explains it).
    fn set_wall_clock(&mut self) {
        let error = match self.rng.random_range(0..10) {
            0..3 => 0,
            _ if self.reboots => self.rng.random_range(-30..=30) * DAY,
            _ => self.rng.random_range(-30 * DAY..=30 * DAY),
        };
        self.machine.error.store(error, SeqCst);
    }

    /// Time or a clock moves. Returns whether it was a clock.
    fn step(&mut self) -> bool {
        match self.rng.random_range(0..100) {
            0..60 => {
                self.machine.truth.fetch_add(self.rng.random_range(0..120_000), SeqCst);
                self.processes.iter().for_each(|process| process.refresh_due());
                false
            }
            60..80 => {
                // Suspend: time passes, and no process refreshes ahead.
                self.machine.truth.fetch_add(self.rng.random_range(0..2 * LIFE), SeqCst);
                false
            }
            80..90 => {
                self.set_wall_clock();
                // A new process, which knows only the records.
                self.processes[0] = self.process();
                true
            }
            90..95 if self.reboots => {
                self.machine.boots.fetch_add(1, SeqCst);
                self.machine.booted.store(self.machine.truth.load(SeqCst) - 5_000, SeqCst);
                self.set_wall_clock();
                self.processes = (0..3).map(|_| self.process()).collect();
                true
            }
            _ => {
                let which = self.rng.random_range(0..self.processes.len());
                self.processes[which] = self.process();
                false
            }
        }
    }

    fn requests(&self) -> [usize; 2] {
        let service = self.service.lock().unwrap();
        [Kind::Token, Kind::Ticket].map(|kind| service.requests.get(&kind).copied().unwrap_or_default())
    }

    /// Every process asks for both. Returns how late the latest value was.
    fn ask_all(&self) -> i64 {
        let mut late = i64::MIN;
        for process in &self.processes {
            for kind in [Kind::Token, Kind::Ticket] {
                let value = process.get(kind, 1, Duration::from_millis(1), || ()).unwrap();
                let end = self.service.lock().unwrap().ends[value.reveal()];
                late = late.max(self.machine.truth.load(SeqCst) - end);
            }
        }
        late
    }
}

/// The result of a run.
#[derive(Debug, Default)]
struct Run {
    /// The greatest lateness.
    latest: i64,
    jumps: usize,
    /// The most requests for one credential right after a jump, and how many jumps any followed.
    most: usize,
    followed: usize,
}

fn run(tickets: Tickets, reboots: bool) -> Run {
    let steps = size(20_000, 2_000_000);
    let mut sim = Sim::new(tickets, reboots);
    let mut run = Run { latest: i64::MIN, ..Run::default() };
    for _ in 0..steps {
        let clock_moved = sim.step();
        let before = sim.requests();
        run.latest = run.latest.max(sim.ask_all());
        let after = sim.requests();
        if clock_moved {
            let spent = (after[0] - before[0]).max(after[1] - before[1]);
            run.jumps += 1;
            run.most = run.most.max(spent);
            run.followed += spent.min(1);
        }
    }
    println!("{tickets:?}, reboots {reboots}: {steps} steps, {run:?}, requests {:?}", sim.requests());
    run
}

/// No setting of the wall clock makes wxsign serve an expired value.
#[test]
fn a_set_wall_clock_serves_nothing_late() {
    for tickets in [Tickets::Rotated, Tickets::Remaining] {
        let run = run(tickets, false);
        assert!(run.latest <= 0 && run.most <= 1, "{tickets:?}: {run:?}");
        // A clock that was set forward costs a fetch, and one that was set back costs none.
        assert!(run.followed * 3 <= run.jumps * 2, "{tickets:?}: {run:?}");
    }
}

/// A wrong clock at boot serves nothing late and costs one fetch at most.
#[test]
fn a_wrong_clock_at_boot_serves_nothing_late() {
    for tickets in [Tickets::Rotated, Tickets::Remaining, Tickets::Reserved] {
        let run = run(tickets, true);
        // A ticket of unknown age gets age checks, and a grace may follow.
        let most_late = if tickets == Tickets::Reserved { 2 * 120_000 + 30_000 } else { 0 };
        assert!(run.latest <= most_late && run.most <= 1, "{tickets:?}: {run:?}");
    }
}

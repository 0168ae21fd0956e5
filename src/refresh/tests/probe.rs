//! P10: the probe of a store that has failed. It tries each step that failed, and writes what the
//! store missed.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use super::limits::Scarce;
use super::world::*;
use crate::credential::{Account, Failures, Kind, Record};
use crate::deadline::Deadline;
use crate::refresh::{Parts, Refresher};
use crate::store::{Lock, LockMode, Store, StoreError};
use crate::threads::{Job, Runtime};
use crate::upstream::TokenApi;

/// A store whose steps fail by name.
struct Failing {
    store: Box<dyn Store>,
    faults: Arc<Faults>,
}

#[derive(Default)]
struct Faults {
    steps: Mutex<HashSet<&'static str>>,
    /// Runs at the next reading of the failures.
    meanwhile: Mutex<Option<Job>>,
}

impl Faults {
    fn set(&self, step: &'static str) {
        self.steps.lock().unwrap().insert(step);
    }

    fn mend(&self) {
        self.steps.lock().unwrap().clear();
    }

    fn check(&self, step: &str) -> Result<(), StoreError> {
        let fails = self.steps.lock().unwrap().contains(step);
        if fails { Err(StoreError::new(format!("cannot {step}"))) } else { Ok(()) }
    }
}

impl Store for Failing {
    fn id(&self) -> String {
        self.store.id()
    }
    fn read(&self, deadline: Deadline, account: &Account, kind: Kind) -> Result<Option<Record>, StoreError> {
        self.faults.check("read")?;
        self.store.read(deadline, account, kind)
    }
    fn write(
        &self,
        deadline: Deadline,
        account: &Account,
        kind: Kind,
        record: &Record,
    ) -> Result<(), StoreError> {
        self.faults.check("write")?;
        let of_one = if kind == Kind::Token { "write a token" } else { "" };
        self.faults.check(of_one).map_err(StoreError::of_one_record)?;
        self.store.write(deadline, account, kind, record)
    }
    fn read_failures(&self, deadline: Deadline, account: &Account) -> Result<Failures, StoreError> {
        let meanwhile = self.faults.meanwhile.lock().unwrap().take();
        if let Some(action) = meanwhile {
            action();
        }
        self.store.read_failures(deadline, account)
    }
    fn write_failures(
        &self,
        deadline: Deadline,
        account: &Account,
        failures: &Failures,
    ) -> Result<(), StoreError> {
        self.faults.check(if failures.is_empty() { "forget" } else { "write failures" })?;
        self.store.write_failures(deadline, account, failures)
    }
    fn try_lock(&self, deadline: Deadline, account: &Account) -> Result<Option<Box<dyn Lock>>, StoreError> {
        self.store.try_lock(deadline, account)
    }
    fn lock_mode(&self) -> LockMode {
        self.store.lock_mode()
    }
}

struct Probed {
    refresher: Arc<Refresher>,
    faults: Arc<Faults>,
    runtime: Arc<Scarce>,
}

fn probed(world: &World) -> Probed {
    let (faults, runtime) = (Arc::<Faults>::default(), Arc::<Scarce>::default());
    let store = Box::new(Failing { store: world.store(), faults: Arc::clone(&faults) });
    let threads = Arc::clone(&runtime) as Arc<dyn Runtime>;
    let refresher =
        Refresher::new(Parts { store, runtime: threads, ..world.parts("secret", TokenApi::Stable) });
    Probed { refresher, faults, runtime }
}

impl Probed {
    /// What is due later happens: the probe.
    fn probe(&self) -> Option<String> {
        Scarce::run(&self.runtime.later);
        self.refresher.store_failure()
    }
}

/// A cooldown that could not be written reaches the other processes, and the failure is over.
#[test]
fn a_probe_writes_the_failures_that_were_missed() {
    let world = World::new();
    let process = probed(&world);
    process.faults.set("write failures");
    world.trouble(&errcode(-1));
    ticket(&process.refresher).unwrap_err();
    assert!(process.refresher.store_failure().unwrap().contains("cannot write failures"));
    assert!(process.probe().is_some() && !world.has_failures());
    process.faults.mend();
    assert_eq!(process.probe(), None);
    assert!(world.has_failures());
    let before = world.counts();
    ticket(&world.process()).unwrap_err();
    assert_eq!(world.counts(), before, "another process knows the cooldown");
}

/// After a success the old failures could not be removed. That is tried again too.
#[test]
fn a_probe_ends_the_failure_of_a_removal() {
    let world = World::new();
    let process = probed(&world);
    world.trouble(&errcode(-1));
    ticket(&process.refresher).unwrap_err();
    world.clock.advance(61_000);
    world.peace();
    process.faults.set("forget");
    ticket(&process.refresher).unwrap();
    assert!(process.refresher.store_failure().unwrap().contains("cannot forget"));
    process.faults.mend();
    assert_eq!(process.probe(), None);
    assert!(ticket(&world.process()).is_ok());
}

/// One record that cannot be replaced keeps no other one back.
#[test]
fn a_probe_writes_the_records_beside_a_bad_one() {
    let world = World::new();
    let process = probed(&world);
    process.faults.set("write");
    let fetched = ticket(&process.refresher).unwrap();
    process.faults.mend();
    process.faults.set("write a token");
    assert!(process.probe().is_some(), "the token's record is not written");
    assert_eq!(ticket(&world.process()).unwrap(), fetched);
    assert_eq!(world.count(Kind::Ticket), 1);
}

/// A step that fails while a probe is under way gets a probe too.
#[test]
fn a_failure_during_a_probe_is_probed() {
    let world = World::new();
    let process = probed(&world);
    process.faults.set("write");
    ticket(&process.refresher).unwrap();
    process.faults.mend();
    // Later than the time for which a store that has failed is left alone.
    world.clock.advance(31_000);
    let (faults, refresher) = (Arc::clone(&process.faults), Arc::downgrade(&process.refresher));
    let fail = move || {
        faults.set("read");
        assert!(refresher.upgrade().unwrap().context.store.read(Kind::Ticket).is_none());
        faults.mend();
    };
    *process.faults.meanwhile.lock().unwrap() = Some(Box::new(fail));
    assert!(process.probe().unwrap().contains("cannot read"));
    assert_eq!(process.probe(), None);
}

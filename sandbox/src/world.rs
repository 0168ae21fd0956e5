//! The world behind the server: accounts, settings, faults and journal, under one lock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::account::Account;
use crate::corp::{self, Corp};
use crate::endpoint::Endpoint;
use crate::fault::{Fault, Faults};
use crate::http::Request;
use crate::journal::Journal;
use crate::options::Options;
use crate::settings::Settings;

/// Shared by all connections.
#[derive(Debug)]
pub struct World {
    options: Options,
    started: Instant,
    started_ms: u64,
    stopped: AtomicBool,
    state: Mutex<State>,
}

/// Everything that changes.
#[derive(Debug)]
pub struct State {
    pub accounts: Vec<Account>,
    pub corps: Vec<Corp>,
    pub settings: Settings,
    pub faults: Faults,
    pub journal: Journal,
    /// Counts the resets. A request from before a reset must not change the state after it.
    resets: u64,
    /// Counts the times that faults were removed, which ends the requests that hang.
    clears: u64,
}

impl World {
    pub fn new(options: Options) -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let state = Mutex::new(State::new(&options));
        let started_ms = u64::try_from(unix.as_millis()).unwrap_or_default();
        Self { options, started: Instant::now(), started_ms, stopped: AtomicBool::new(false), state }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        // No panic can leave half-changed values behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything as at the start.
    pub fn reset(&self) {
        let mut state = self.lock();
        let (resets, clears) = (state.resets + 1, state.clears + 1);
        *state = State { resets, clears, ..State::new(&self.options) };
    }

    /// Ends the server and the requests that are under way.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.reset();
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Counts and logs a request, and returns the fault that rules it.
    pub fn arrive(
        self: &Arc<Self>,
        request: &Request,
        endpoint: Option<Endpoint>,
    ) -> (Flight, Option<Fault>) {
        let mut state = self.lock();
        let fault = endpoint.and_then(|endpoint| state.faults.next(endpoint));
        // Milliseconds since 1970, but steady: a clock that jumps does not disorder the log.
        let at_ms = self.started_ms + u64::try_from(self.started.elapsed().as_millis()).unwrap_or_default();
        state.journal.arrive(request, endpoint, fault.as_ref().map(|fault| fault.kind.name()), at_ms);
        let flight = Flight { world: Arc::clone(self), resets: state.resets, clears: state.clears };
        (flight, fault)
    }
}

impl State {
    fn new(options: &Options) -> Self {
        let mut corps: Vec<Corp> = Vec::new();
        for app in &options.corp_apps {
            corp::set_app(&mut corps, &app.corpid, app.agentid.as_deref(), &app.secret);
        }
        Self {
            accounts: options.apps.iter().map(|(appid, secret)| Account::new(appid, secret)).collect(),
            corps,
            settings: options.settings.clone(),
            faults: Faults::default(),
            journal: Journal::default(),
            resets: 0,
            clears: 0,
        }
    }

    pub fn clear_faults(&mut self) {
        self.faults = Faults::default();
        self.clears += 1;
    }
}

/// A request is in flight until this is dropped. Drop it just before the last byte is sent, so that
/// a client that sends one request after the other never counts as two.
#[derive(Debug)]
pub struct Flight {
    world: Arc<World>,
    resets: u64,
    clears: u64,
}

impl Flight {
    /// Whether the sandbox was reset since the request arrived.
    pub fn is_outdated(&self) -> bool {
        self.world.lock().resets != self.resets
    }

    /// Whether faults were removed since the request arrived.
    pub fn is_cleared(&self) -> bool {
        self.world.lock().clears != self.clears
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut state = self.world.lock();
        if state.resets == self.resets {
            state.journal.leave();
        }
    }
}

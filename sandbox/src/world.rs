//! The world behind the server: accounts, settings, faults and journal, under one lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::account::Account;
use crate::endpoints::Endpoint;
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
    state: Mutex<State>,
}

/// All that changes.
#[derive(Debug)]
pub struct State {
    pub accounts: Vec<Account>,
    pub settings: Settings,
    pub faults: Faults,
    pub journal: Journal,
    /// Counts the resets. A request from before one must not touch what came after it.
    resets: u64,
    /// Counts the times that faults were removed: it ends a request that hangs.
    clears: u64,
}

impl World {
    pub fn new(options: Options) -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let state = Mutex::new(State::new(&options));
        let started_ms = u64::try_from(unix.as_millis()).unwrap_or_default();
        Self { options, started: Instant::now(), started_ms, state }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while it was held leaves whole values behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything as at the start.
    pub fn reset(&self) {
        let mut state = self.lock();
        let (resets, clears) = (state.resets + 1, state.clears + 1);
        *state = State { resets, clears, ..State::new(&self.options) };
    }

    /// Counts and logs a request, and says what is to go wrong with it.
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
        Self {
            accounts: options.apps.iter().map(|(appid, secret)| Account::new(appid, secret)).collect(),
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

/// A request that is counted as in flight until this is dropped, which is to happen just before the
/// last byte is sent: a client that asks one thing after the other must never be seen as two.
#[derive(Debug)]
pub struct Flight {
    world: Arc<World>,
    resets: u64,
    clears: u64,
}

impl Flight {
    /// Whether the sandbox was reset since the request came.
    pub fn is_outdated(&self) -> bool {
        self.world.lock().resets != self.resets
    }

    /// Whether faults were removed since the request came.
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

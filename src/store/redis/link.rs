//! The one connection of a store: made on need, kept, made anew when it breaks, and never waited for long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use redis::{Client, Cmd, Connection, FromRedisValue, RedisError};

use super::fault::{self, SLOW, UNREACHABLE};
use crate::store::StoreError;

/// To connect, to send, to receive: each.
const WAIT: Duration = Duration::from_millis(500);
/// After Redis could not be reached or did not answer, nobody asks it for so long. A flight asks ten times and more;
/// without the rest, a Redis that hangs would eat the nine seconds that it has.
const REST: Duration = Duration::from_secs(2);

/// A way to one Redis.
pub(super) struct Link {
    client: Client,
    line: Mutex<Line>,
    /// A thread of ours is connecting, or hangs in a name look-up that never ends.
    dialing: Arc<AtomicBool>,
}

#[derive(Default)]
struct Line {
    connection: Option<Connection>,
    /// Until when, and what went wrong.
    resting: Option<(Instant, StoreError)>,
}

impl Link {
    pub(super) fn new(client: Client) -> Self {
        Self { client, line: Mutex::default(), dialing: Arc::default() }
    }

    /// Sends `command` and takes the answer.
    #[allow(clippy::needless_pass_by_value)] // made for this one call
    pub(super) fn run<T: FromRedisValue>(&self, command: Cmd) -> Result<T, StoreError> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until, why)) = &line.resting
            && Instant::now() < *until
        {
            return Err(why.clone());
        }
        if let Some(connection) = line.connection.take() {
            match line.ask(connection, &command) {
                // The server has closed it since, or was started anew. All our commands may be sent twice.
                Err(error) if error.is_connection_dropped() => {}
                outcome => return outcome.map_err(|error| line.note(&error)),
            }
        }
        let connection = self.dial().map_err(|why| line.rest(why))?;
        line.ask(connection, &command).map_err(|error| line.note(&error))
    }

    /// Connects on a thread of its own: a name look-up knows no timeout, and a name may have many addresses.
    fn dial(&self) -> Result<Connection, StoreError> {
        let dialing = Dialing::begin(&self.dialing).ok_or_else(|| StoreError::new(UNREACHABLE))?;
        let (send, receive) = sync_channel(1);
        let client = self.client.clone();
        let work = move || {
            let outcome = connect(&client);
            drop(dialing);
            // Nobody may be waiting any more.
            let _ = send.send(outcome);
        };
        thread::Builder::new()
            .name("wxsign-redis".to_owned())
            .spawn(work)
            .map_err(|_| StoreError::new(UNREACHABLE))?;
        match receive.recv_timeout(WAIT) {
            Ok(outcome) => outcome.map_err(|error| fault::words(&error)),
            Err(_) => Err(StoreError::new(SLOW)),
        }
    }
}

fn connect(client: &Client) -> Result<Connection, RedisError> {
    let connection = client.get_connection_with_timeout(WAIT)?;
    connection.set_read_timeout(Some(WAIT))?;
    connection.set_write_timeout(Some(WAIT))?;
    Ok(connection)
}

impl Line {
    /// Keeps the connection unless it is broken or owes an answer.
    fn ask<T: FromRedisValue>(&mut self, mut connection: Connection, command: &Cmd) -> Result<T, RedisError> {
        let outcome = command.query(&mut connection);
        if outcome.as_ref().err().is_none_or(fault::is_answer) {
            self.connection = Some(connection);
        }
        outcome
    }

    fn note(&mut self, error: &RedisError) -> StoreError {
        let why = fault::words(error);
        if fault::is_answer(error) { why } else { self.rest(why) }
    }

    fn rest(&mut self, why: StoreError) -> StoreError {
        self.resting = Some((Instant::now() + REST, why.clone()));
        why
    }
}

/// One thread at most is connecting.
struct Dialing(Arc<AtomicBool>);

impl Dialing {
    fn begin(flag: &Arc<AtomicBool>) -> Option<Self> {
        (!flag.swap(true, Ordering::SeqCst)).then(|| Self(Arc::clone(flag)))
    }
}

impl Drop for Dialing {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

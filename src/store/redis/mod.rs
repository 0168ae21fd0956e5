//! Records in Redis, for machines that share no disk: one key per record, an expiry on each, one lock per account.
//!
//! The keys of an account carry its name in braces, so that a cluster keeps them on one node, where a script may
//! touch them together.

mod address;
mod age;
mod fault;
mod link;
mod script;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use self::age::{Dated, Moment, ServerClock, Written};
use self::link::Link;
use super::{Lock, LockMode, Store, StoreError};
use crate::clock::{Clock, System};
use crate::credential::{Account, Failures, Kind, Record, fingerprint};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::nonce::nonce;

#[cfg(all(test, unix))]
mod tests;

/// The format that this version writes; records of another are left alone.
const FORMAT: u32 = 1;
/// The largest record that is written or read.
const MAX_LEN: usize = 65_536;
/// How long the lock outlives a holder that was killed: longer than any flight.
const LEASE: Duration = Duration::from_secs(15);

/// Keys of one Redis.
pub(crate) struct RedisStore {
    id: String,
    link: Arc<Link>,
    clock: Arc<dyn Clock>,
    lease: Duration,
    /// What the next lock will be marked with. It stays the same until a lock was had: one that Redis granted
    /// although its answer got lost is then ours to take again.
    owner: Mutex<String>,
    server: ServerClock,
}

/// What stands at a key.
#[derive(Serialize)]
struct Envelope<'a, T> {
    format: u32,
    written: Written,
    #[serde(flatten)]
    body: &'a T,
}

#[derive(Deserialize)]
struct Version {
    format: u32,
}

#[derive(Deserialize)]
struct Cover {
    written: Written,
}

impl RedisStore {
    /// Checks the address; `ca_file` holds PEM certificates that replace the system's roots for `rediss://`. Whether
    /// anything answers there shows at the first use.
    pub(crate) fn new(url: &str, ca_file: Option<&Path>) -> Result<Self, Error> {
        let client = address::client(url, ca_file)?;
        // The whole URL counts, password included: a client with a wrong one shares nothing with the right one's.
        let id = format!("redis:{}", fingerprint(url));
        Ok(Self {
            id,
            link: Arc::new(Link::new(client)),
            clock: Arc::new(System),
            lease: LEASE,
            owner: Mutex::new(nonce()),
            server: ServerClock::default(),
        })
    }

    fn load<T: Dated>(&self, key: &str) -> Result<Option<T>, StoreError> {
        // Before the question: a slow answer must not lengthen a life.
        let asked = Moment::now(&*self.clock);
        let (json, ttl, server): (Vec<u8>, i64, i64) = self.link.run(script::read(key))?;
        let json = Zeroizing::new(json);
        self.server.set(Some(server));
        if json.len() > MAX_LEN {
            return Err(too_large());
        }
        match serde_json::from_slice::<Version>(&json) {
            Ok(Version { format: FORMAT }) => {}
            Ok(Version { format }) => {
                return Err(StoreError::new(format!("a record has the unknown format {format}")));
            }
            // Nothing there, not one of ours, or damaged: the next write replaces it.
            Err(_) => return Ok(None),
        }
        let (Ok(Cover { written }), Ok(mut body)) =
            (serde_json::from_slice(&json), serde_json::from_slice::<T>(&json))
        else {
            return Ok(None);
        };
        // Without an expiry nobody can tell how old it is.
        if ttl < 0 {
            return Ok(None);
        }
        written.translate(&mut body, ttl, &asked);
        Ok(Some(body))
    }

    /// Puts `body` at `key` unless one of a higher generation is there.
    fn save<T: Dated + Clone>(&self, key: &str, body: &T, generation: Option<u64>) -> Result<(), StoreError> {
        // First the server's time, then ours: whatever happens in between only makes the record look older.
        let server = self.server_time()?;
        let mut body = body.clone();
        let written = Written::now(&mut body, &*self.clock);
        let json = serde_json::to_vec(&Envelope { format: FORMAT, written: written.clone(), body: &body })
            .map(Zeroizing::new)
            .map_err(|_| StoreError::new("a record cannot be written down"))?;
        if json.len() > MAX_LEN {
            return Err(too_large());
        }
        self.put(key, &json, written.keep_ms, server, generation)
    }

    fn put(
        &self,
        key: &str,
        json: &[u8],
        keep_ms: i64,
        server: i64,
        generation: Option<u64>,
    ) -> Result<(), StoreError> {
        match self.link.run(script::put(key, json, keep_ms, server, generation))? {
            script::FOREIGN => Err(StoreError::new("a record has an unknown format")),
            script::TOO_LARGE => Err(too_large()),
            _ => Ok(()),
        }
    }

    /// The server's time, as known from the latest read, else asked for.
    fn server_time(&self) -> Result<i64, StoreError> {
        if let Some(now) = self.server.now() {
            return Ok(now);
        }
        let (seconds, micros): (i64, i64) = self.link.run(script::time())?;
        let now = seconds.saturating_mul(1_000).saturating_add(micros / 1_000);
        self.server.set(Some(now));
        Ok(now)
    }
}

fn key(account: &Account, what: &str) -> String {
    format!("wxsign:{{{}}}:{what}", account.as_str())
}

fn too_large() -> StoreError {
    StoreError::new("a record of the store is larger than 64 KiB")
}

impl Store for RedisStore {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn read(&self, _deadline: Deadline, account: &Account, kind: Kind) -> Result<Option<Record>, StoreError> {
        self.load(&key(account, kind.word()))
    }

    fn write(
        &self,
        _deadline: Deadline,
        account: &Account,
        kind: Kind,
        record: &Record,
    ) -> Result<(), StoreError> {
        self.save(&key(account, kind.word()), record, Some(record.generation))
    }

    fn read_failures(&self, _deadline: Deadline, account: &Account) -> Result<Failures, StoreError> {
        Ok(self.load(&key(account, "failures"))?.unwrap_or_default())
    }

    fn write_failures(
        &self,
        _deadline: Deadline,
        account: &Account,
        failures: &Failures,
    ) -> Result<(), StoreError> {
        let key = key(account, "failures");
        if failures.is_empty() { self.put(&key, b"", 0, 0, None) } else { self.save(&key, failures, None) }
    }

    fn try_lock(&self, _deadline: Deadline, account: &Account) -> Result<Option<Box<dyn Lock>>, StoreError> {
        let key = key(account, "lock");
        // Held over the question: two flights of this process must not both be told that the lock is theirs.
        let mut owner = self.owner.lock().unwrap_or_else(PoisonError::into_inner);
        match self.link.run(script::lock(&key, &owner, self.lease, self.server.now()))? {
            script::LATE => {
                // Or its clock was set: the next try says nothing about time.
                self.server.set(None);
                Ok(None)
            }
            0 => Ok(None),
            _ => {
                let owner = std::mem::replace(&mut *owner, nonce());
                Ok(Some(Box::new(RedisLock { link: Arc::clone(&self.link), key, owner })))
            }
        }
    }

    fn lock_mode(&self) -> LockMode {
        LockMode::Redis
    }
}

/// A lock marked with its owner; it ends by itself when its lease is over.
struct RedisLock {
    link: Arc<Link>,
    key: String,
    owner: String,
}

impl Lock for RedisLock {}

impl Drop for RedisLock {
    fn drop(&mut self) {
        // Where Redis cannot be reached, the lease ends it.
        let _ = self.link.run::<bool>(script::release(&self.key, &self.owner));
    }
}

//! Records in Redis, for machines that share no disk: one key per record, an expiry on each, one
//! lock per account.
//!
//! The keys of an account carry its name in braces, so that a cluster keeps them on one node, where
//! a script may touch them together.
//!
//! The protocol is small enough to be spoken here ([`resp`]): a client library has a time-out for
//! each read, but a step needs a deadline; and it reads answers of any size.

mod age;
mod connection;
mod failure;
mod resp;
mod script;
mod url;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use self::age::{Dated, ReadTime, ServerClock, Written};
use self::connection::Connector;
use self::resp::{Command, Reply};
use self::url::RedisServer;
use super::error::Hint;
use super::{FORMAT, Header, Lock, LockMode, Store, StoreError};
use crate::clock::{Clock, System};
use crate::credential::{Account, Failures, Kind, Record, fingerprint};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::nonce::nonce;
use crate::roots::Roots;
use crate::sync::lock;

#[cfg(all(test, unix))]
mod tests;

/// The largest answer that is read.
const MAX_ANSWER: usize = 65_536;
/// The largest record: an answer holds a few more bytes.
const MAX_RECORD: usize = 65_000;
/// How long the lock outlives a holder that was killed: longer than any flight.
const LEASE: Duration = Duration::from_secs(15);
/// The timeout for releasing the lock. If that fails, the lock ends with its lease.
const MAX_RELEASE: Duration = Duration::from_millis(500);

const OWN_DATABASE: Hint =
    ("Remove the key, or give wxsign a separate database.", "请删除该键，或为 wxsign 使用单独的数据库。");
const IS_REPLACED: Hint =
    ("Nothing is to be done: the next fetch replaces it.", "无需处理：下次获取后会替换它。");

/// Keys of one Redis.
pub(crate) struct RedisStore {
    id: String,
    connector: Arc<Connector>,
    clock: Arc<dyn Clock>,
    lease: Duration,
    /// The owner mark of a lock request whose answer was lost. The next try uses it again, so that
    /// the lock is ours if Redis granted it after all.
    lost_owner: Mutex<Option<String>>,
    /// As the latest step found it.
    lock_works: Mutex<bool>,
    server: ServerClock,
}

/// What stands at a key.
#[derive(Serialize)]
struct RedisEnvelope<'a, T> {
    format: u32,
    written: Written,
    #[serde(flatten)]
    body: &'a T,
}

#[derive(Deserialize)]
struct Cover {
    written: Written,
}

impl RedisStore {
    /// Checks the address, without I/O. The first step finds out if a server answers there.
    pub(crate) fn new(url: &str, roots: Arc<Roots>) -> Result<Self, Error> {
        // The whole URL counts, password included: a client with a wrong one shares nothing with
        // the right one's.
        let id = format!("redis:{}", fingerprint(url));
        Ok(Self {
            id,
            connector: Arc::new(Connector::new(RedisServer::parse(url)?, roots)),
            clock: Arc::new(System),
            lease: LEASE,
            lost_owner: Mutex::default(),
            lock_works: Mutex::new(true),
            server: ServerClock::default(),
        })
    }

    fn load<T: Dated>(&self, deadline: Deadline, key: &str) -> Result<Option<T>, StoreError> {
        // Before the question: a slow answer must not lengthen a life.
        let asked = ReadTime::now(&*self.clock);
        let (json, ttl, server) = self.run(deadline, &script::read(key), record_of)?;
        self.server.set(Some(server));
        if json.is_empty() {
            return Ok(None);
        }
        if json.len() > MAX_RECORD {
            return Err(too_large(key));
        }
        let format = serde_json::from_slice::<Header>(&json).map_err(|_| damaged(key))?.format;
        if format > FORMAT {
            return Err(newer_format(key));
        }
        let cover = serde_json::from_slice::<Cover>(&json).ok();
        let body = serde_json::from_slice::<T>(&json).ok();
        // Without an expiry its age cannot be known.
        let (Some(Cover { written }), Some(mut body), FORMAT, 1..) = (cover, body, format, ttl) else {
            return Err(damaged(key));
        };
        written.translate(&mut body, ttl, &asked);
        Ok(Some(body))
    }

    /// Writes `body` to `key` unless a newer version is there.
    fn save<T: Dated + Clone>(
        &self,
        deadline: Deadline,
        key: &str,
        body: &T,
        version: impl Fn(&T, &Written) -> Option<script::Recency>,
    ) -> Result<(), StoreError> {
        // First the server's time, then ours: a delay in between only makes the record look older.
        let server = self.server_time(deadline)?;
        let mut body = body.clone();
        let written = Written::now(&mut body, &*self.clock);
        let version = version(&body, &written);
        let json =
            serde_json::to_vec(&RedisEnvelope { format: FORMAT, written: written.clone(), body: &body })
                .map(Zeroizing::new)
                .map_err(|_| StoreError::new("a record cannot be written down"))?;
        if json.len() > MAX_RECORD {
            return Err(too_large(key));
        }
        self.put(deadline, key, &json, written.keep_ms, server, version)
    }

    fn put(
        &self,
        deadline: Deadline,
        key: &str,
        json: &[u8],
        keep_ms: i64,
        server: i64,
        version: Option<script::Recency>,
    ) -> Result<(), StoreError> {
        let command = script::put(key, json, keep_ms, server, version);
        match self.run(deadline, &command, integer)? {
            script::NEWER_FORMAT => Err(newer_format(key)),
            script::TOO_LARGE => Err(too_large(key)),
            _ => Ok(()),
        }
    }

    /// The server's time, as known from the latest read, else asked for.
    fn server_time(&self, deadline: Deadline) -> Result<i64, StoreError> {
        if let Some(now) = self.server.now() {
            return Ok(now);
        }
        let now = self.run(deadline, &script::time(), time)?;
        self.server.set(Some(now));
        Ok(now)
    }

    /// A step other than the lock. If Redis cannot be used, there is no lock either.
    fn run<T>(
        &self,
        deadline: Deadline,
        command: &Command,
        read: impl Fn(Reply) -> Option<T>,
    ) -> Result<T, StoreError> {
        self.connector.run(deadline, command, read).inspect_err(|error| {
            if !error.concerns_one_record() {
                self.note_lock(false);
            }
        })
    }

    fn note_lock(&self, works: bool) {
        *lock(&self.lock_works) = works;
    }
}

fn key(account: &Account, what: &str) -> String {
    format!("wxsign:{{{}}}:{what}", account.as_str())
}

fn too_large(key: &str) -> StoreError {
    StoreError::new(format!("the record {key} is larger than 64 KiB")).with_hint(OWN_DATABASE).of_one_record()
}

fn newer_format(key: &str) -> StoreError {
    StoreError::new(format!("the record {key} has a newer format")).with_hint(OWN_DATABASE).of_one_record()
}

fn damaged(key: &str) -> StoreError {
    StoreError::new(format!("the record {key} is damaged")).with_hint(IS_REPLACED).of_one_record()
}

#[allow(clippy::needless_pass_by_value)] // like the other readers of answers
fn integer(reply: Reply) -> Option<i64> {
    if let Reply::Integer(number) = reply { Some(number) } else { None }
}

/// A record, the remaining time of its key, and the server's time.
fn record_of(reply: Reply) -> Option<(Zeroizing<Vec<u8>>, i64, i64)> {
    let Reply::List(list) = reply else { return None };
    match <[Reply; 3]>::try_from(list) {
        Ok([Reply::Text(json), Reply::Integer(ttl), Reply::Integer(server)]) => Some((json, ttl, server)),
        _ => None,
    }
}

/// The answer to TIME, in milliseconds.
#[allow(clippy::needless_pass_by_value)]
fn time(reply: Reply) -> Option<i64> {
    let Reply::List(list) = reply else { return None };
    let number = |reply: &Reply| match reply {
        Reply::Text(digits) => std::str::from_utf8(digits).ok()?.parse::<i64>().ok(),
        _ => None,
    };
    match list.as_slice() {
        [seconds, micros] => {
            Some(number(seconds)?.saturating_mul(1_000).saturating_add(number(micros)? / 1_000))
        }
        _ => None,
    }
}

impl Store for RedisStore {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn read(&self, deadline: Deadline, account: &Account, kind: Kind) -> Result<Option<Record>, StoreError> {
        self.load(deadline, &key(account, kind.word()))
    }

    fn write(
        &self,
        deadline: Deadline,
        account: &Account,
        kind: Kind,
        record: &Record,
    ) -> Result<(), StoreError> {
        self.save(deadline, &key(account, kind.word()), record, |record, written| {
            let age = written.at.saturating_sub(record.fetched_at);
            Some(script::Recency { generation: record.generation, age })
        })
    }

    fn read_failures(&self, deadline: Deadline, account: &Account) -> Result<Failures, StoreError> {
        Ok(self.load(deadline, &key(account, "failures"))?.unwrap_or_default())
    }

    fn write_failures(
        &self,
        deadline: Deadline,
        account: &Account,
        failures: &Failures,
    ) -> Result<(), StoreError> {
        let key = key(account, "failures");
        if failures.is_empty() {
            self.put(deadline, &key, b"", 0, 0, None)
        } else {
            self.save(deadline, &key, failures, |_, _| None)
        }
    }

    fn try_lock(&self, deadline: Deadline, account: &Account) -> Result<Option<Box<dyn Lock>>, StoreError> {
        let key = key(account, "lock");
        // Each try has another mark, so that no two flights of this process can both have the lock.
        let owner = lock(&self.lost_owner).take().unwrap_or_else(nonce);
        let command = script::lock(&key, &owner, self.lease, self.server.now(), deadline.remaining());
        let outcome = self.connector.run(deadline, &command, integer);
        self.note_lock(outcome.is_ok());
        match outcome {
            Ok(script::LATE) => {
                // Or its clock was set, so the next try sends no time.
                self.server.set(None);
                Ok(None)
            }
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(Box::new(RedisLock { connector: Arc::clone(&self.connector), key, owner }))),
            Err(error) => {
                *lock(&self.lost_owner) = Some(owner);
                Err(error)
            }
        }
    }

    fn lock_mode(&self) -> LockMode {
        let works = *lock(&self.lock_works);
        if works { LockMode::Redis } else { LockMode::None }
    }
}

/// A lock marked with its owner. It ends when its lease is over.
struct RedisLock {
    connector: Arc<Connector>,
    key: String,
    owner: String,
}

impl Lock for RedisLock {}

impl Drop for RedisLock {
    fn drop(&mut self) {
        let deadline = Deadline::after(MAX_RELEASE);
        let _ = self.connector.run(deadline, &script::release(&self.key, &self.owner), integer);
    }
}

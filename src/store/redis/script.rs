//! The commands that we send. Each is one script, so that it happens as a whole or not at all, in one round trip.

use std::time::Duration;

use redis::Cmd;

use super::{FORMAT, MAX_LEN};

/// [`put`] found a record of a format that is not ours, and left it alone.
pub(super) const FOREIGN: i64 = -1;
/// [`put`] found something too large to look at, and left it alone.
pub(super) const TOO_LARGE: i64 = -2;

/// [`lock`] came so late that its sender has given it up.
pub(super) const LATE: i64 = -1;
/// From when on a lock is late: its sender has stopped waiting for the answer.
const LATE_MS: i64 = 500;

/// The server's clock, in Unix milliseconds.
macro_rules! now {
    () => {
        "
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)"
    };
}

/// One byte more than we take is enough to see that it is too much; a key that is not there reads as empty.
const READ: &str = concat!(
    now!(),
    "
return {redis.call('getrange', KEYS[1], 0, tonumber(ARGV[1])), redis.call('pttl', KEYS[1]), now}"
);

/// Writes unless something newer is there. `server` is the server's time when the writer dated the record: a command
/// that was held up since, on the network or in a server that was stopped, must not make it live longer. What a reader
/// would not take for a record, such as one without an expiry, is not newer than anything.
const PUT: &str = concat!(
    now!(),
    "
local json, keep, server, generation = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local limit, format = tonumber(ARGV[5]), tonumber(ARGV[6])
local found = redis.call('getrange', KEYS[1], 0, limit)
if #found > limit then return -2 end
local parsed, old = pcall(cjson.decode, found)
if parsed and type(old) == 'table' then
  if type(old.format) == 'number' and old.format ~= format then return -1 end
  local ours = type(old.value) == 'string' and type(old.written) == 'table' and redis.call('pttl', KEYS[1]) > 0
  if ours and generation and type(old.generation) == 'number' and old.generation > generation then return 0 end
end
if json == '' then return redis.call('del', KEYS[1]) end
keep = keep - math.max(now - server, 0)
if keep < 1 then return 0 end
redis.call('set', KEYS[1], json, 'PX', string.format('%.0f', keep))
return 1"
);

/// Takes the lock, or takes it again where the answer to an earlier try got lost. One that comes late would only be
/// in everybody's way: nobody knows that it was had.
const LOCK: &str = concat!(
    now!(),
    "
local sent = tonumber(ARGV[3])
if sent and now - sent > tonumber(ARGV[4]) then return -1 end
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1"
);

/// Only its owner releases a lock: after a lease that ran out it may be another's.
const RELEASE: &str = "
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0";

/// The value, what is left of its time and the server's time, of one moment.
pub(super) fn read(key: &str) -> Cmd {
    let mut command = script(READ, key);
    command.arg(MAX_LEN);
    command
}

/// Puts `json` at `key` for `keep_ms`, counted from the server's time `server`; no `json` removes it. A record of a
/// higher `generation` stays.
pub(super) fn put(key: &str, json: &[u8], keep_ms: i64, server: i64, generation: Option<u64>) -> Cmd {
    let mut command = script(PUT, key);
    let generation = generation.map(|generation| generation.to_string()).unwrap_or_default();
    command.arg(json).arg(keep_ms).arg(server).arg(generation).arg(MAX_LEN).arg(FORMAT);
    command
}

/// Takes the lock at `key` for `owner`, at the server's time `server` as far as that is known.
pub(super) fn lock(key: &str, owner: &str, lease: Duration, server: Option<i64>) -> Cmd {
    let mut command = script(LOCK, key);
    let lease = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
    let server = server.map(|server| server.to_string()).unwrap_or_default();
    command.arg(owner).arg(lease).arg(server).arg(LATE_MS);
    command
}

/// Gives the lock at `key` back, if it is still `owner`'s.
pub(super) fn release(key: &str, owner: &str) -> Cmd {
    let mut command = script(RELEASE, key);
    command.arg(owner);
    command
}

/// The server's clock: seconds and microseconds.
pub(super) fn time() -> Cmd {
    redis::cmd("TIME")
}

fn script(text: &str, key: &str) -> Cmd {
    let mut command = redis::cmd("EVAL");
    command.arg(text).arg(1).arg(key);
    command
}

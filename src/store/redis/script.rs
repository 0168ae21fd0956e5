//! The commands that we send. Each is one script, so that it happens as a whole or not at all, in
//! one round trip.

use std::time::Duration;

use super::resp::Command;
use super::{FORMAT, MAX_RECORD};

/// [`put`] found a record of a newer format, and left it alone.
pub(super) const NEWER_FORMAT: i64 = -1;
/// [`put`] found something too large to be a record, and left it alone.
pub(super) const TOO_LARGE: i64 = -2;

/// [`lock`] came so late that its sender has given it up.
pub(super) const LATE: i64 = -1;

/// The server's clock, in Unix milliseconds. Before 5.0 a script may only write after it asked for
/// the time if what it writes is replicated in place of the script; Redis 3.2 is the first that can
/// do so.
macro_rules! now {
    () => {
        "
if redis.replicate_commands then redis.replicate_commands() end
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)"
    };
}

/// One byte more than we take is enough to see that it is too much; a key that is not there reads
/// as empty.
const READ: &str = concat!(
    now!(),
    "
return {redis.call('getrange', KEYS[1], 0, tonumber(ARGV[1])), redis.call('pttl', KEYS[1]), now}"
);

/// Writes unless something newer is there. `server` is the server's time when the writer dated the
/// record: a command that was delayed since, on the network or in a server that was stopped, must
/// not make it live longer. A value that a reader would not accept as a record, such as one without
/// an expiry or with an impossible number, never counts as newer. Of two records of one
/// generation the later request counts, by the server's clock: `age` is how long before it was
/// dated the new record was requested. Keys count their time in milliseconds, hence the two of
/// tolerance.
const PUT: &str = concat!(
    now!(),
    "
local json, keep, server, generation = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local limit, format, age = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local found = redis.call('getrange', KEYS[1], 0, limit)
if #found > limit then return -2 end
local function whole(x)
  if type(x) == 'string' and not string.match(x, '^%s*[%d.eE+-]+%s*$') then return nil end
  x = tonumber(x)
  return x and x == math.floor(x) and math.abs(x) <= 9007199254740992 and x or nil
end
local function is_record(x)
  for _, name in ipairs({'fetched_at', 'first_seen', 'expires_at', 'grace_until', 'next_check', 'offset'}) do
    if not whole(x[name]) then return false end
  end
  local generation, life = whole(x.generation), whole(x.life)
  return generation and generation >= 1 and life and life >= 1 and life <= 86400000
    and type(x.value) == 'string' and #x.value <= 4096 and string.match(x.value, '^[!-~]+$')
    and type(x.age_known) == 'boolean' and type(x.boot_id) == 'string' and type(x.written) == 'table'
    and whole(x.written.at) and whole(x.written.keep_ms) and whole(x.written.offset)
    and type(x.written.boot_id) == 'string'
end
local parsed, old = pcall(cjson.decode, found)
if parsed and type(old) == 'table' then
  local found_format = whole(old.format)
  if found_format and found_format > format then return -1 end
  local left = redis.call('pttl', KEYS[1])
  local ours = left > 0 and found_format == format and is_record(old)
  local found_generation = ours and whole(old.generation)
  if ours and generation and found_generation > generation then return 0 end
  if ours and found_generation == generation then
    local at, keeps, requested = whole(old.written.at), whole(old.written.keep_ms), whole(old.fetched_at)
    if now - (keeps - left) - (at - requested) > server - age + 2 then return 0 end
  end
end
if json == '' then return redis.call('del', KEYS[1]) end
keep = keep - math.max(now - server, 0)
if keep < 1 then return 0 end
redis.call('set', KEYS[1], json, 'PX', string.format('%.0f', keep))
return 1"
);

/// Takes the lock, or takes it again if the answer to an earlier try got lost. A command that comes
/// late takes nothing: its sender has given it up, and the lock would only keep all others waiting.
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

/// Only its owner releases a lock: after the lease it may belong to another process.
const RELEASE: &str = "
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0";

/// The value, its remaining time and the server's time, read together.
pub(super) fn read(key: &str) -> Command {
    script(READ, key).arg(MAX_RECORD.to_string())
}

/// Which of two records is newer.
#[derive(Clone, Copy)]
pub(super) struct Recency {
    pub(super) generation: u64,
    /// How long before it was dated it was requested, in milliseconds.
    pub(super) age: i64,
}

/// Puts `json` at `key` for `keep_ms`, counted from the server's time `server`; no `json` removes
/// it. A record of a newer `version` stays.
pub(super) fn put(key: &str, json: &[u8], keep_ms: i64, server: i64, version: Option<Recency>) -> Command {
    let generation = version.map(|version| version.generation.to_string()).unwrap_or_default();
    let age = version.map_or(0, |version| version.age);
    script(PUT, key)
        .arg(json)
        .number(keep_ms)
        .number(server)
        .arg(generation)
        .arg(MAX_RECORD.to_string())
        .number(FORMAT.into())
        .number(age)
}

/// Takes the lock at `key` for `owner`. It is late if it comes later than `patience` after the
/// server's time `server`, as far as that is known.
pub(super) fn lock(
    key: &str,
    owner: &str,
    lease: Duration,
    server: Option<i64>,
    patience: Duration,
) -> Command {
    let server = server.map(|server| server.to_string()).unwrap_or_default();
    let milliseconds = |time: Duration| time.as_millis().to_string();
    script(LOCK, key).arg(owner).arg(milliseconds(lease)).arg(server).arg(milliseconds(patience))
}

/// Releases the lock at `key` if it still belongs to `owner`.
pub(super) fn release(key: &str, owner: &str) -> Command {
    script(RELEASE, key).arg(owner)
}

/// The server's clock: seconds and microseconds.
pub(super) fn time() -> Command {
    Command::new("TIME")
}

fn script(text: &str, key: &str) -> Command {
    Command::new("EVAL").arg(text).arg("1").arg(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Redis 3.2 to 4 refuse a write behind `TIME`, unless the script asked before that its effects
    /// be replicated; older ones do not have that call.
    #[test]
    fn a_script_asks_for_replication_before_the_time() {
        for script in [READ, PUT, LOCK] {
            let at = |what: &str| script.find(what).unwrap_or_else(|| panic!("{what}: {script}"));
            let asked = at("if redis.replicate_commands then redis.replicate_commands() end");
            assert!(asked < at("redis.call('time')"), "{script}");
            assert!(
                ["'set'", "'del'"].iter().filter_map(|write| script.find(write)).all(|write| asked < write)
            );
        }
        assert!(!RELEASE.contains("time"), "a release needs no clock");
    }
}

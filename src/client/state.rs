//! What a client knows of itself, for health checks and the curious: no I/O, no secret.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::credential::Kind;
use crate::error::Error;
use crate::refresh::{CachedCredential, Refresher};

/// A client at this moment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct State {
    /// The account.
    pub app_id: String,
    /// Whether the client was closed.
    pub closed: bool,
    /// `memory`, `file` or `redis`.
    pub store: String,
    /// Why the store cannot be used at present, if it cannot.
    pub store_failure: Option<String>,
    /// Whom the store's lock keeps from fetching at the same time: `process` (all flights of this process, which is
    /// all that can see a store in memory), `file` (every process of this machine), `redis` (everybody on that Redis),
    /// or `none`: the directory is on a network's file system, or on one without locks, so that processes may now and
    /// then fetch at the same time.
    pub lock: &'static str,
    /// The breaker. While the service is known to fail it is open: one probe a minute, by all processes together, until
    /// one succeeds.
    pub circuit_open: bool,
    /// Requests to WeChat since the clients of this account and store began.
    pub requests: u64,
    /// Those that failed, by WeChat's errcode, or by our code where there was none.
    pub failures: BTreeMap<String, u64>,
    /// Flights that had to go on without the store's lock because its holder did not give it back.
    pub unlocked: u64,
    /// The access token.
    pub token: CredentialState,
    /// The `jsapi_ticket`.
    pub ticket: CredentialState,
}

/// A credential at this moment.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CredentialState {
    /// `fresh`, `stale` (served while it is refreshed), `expiring` (callers wait for the refresh) or `expired`.
    pub freshness: &'static str,
    /// Where the value in memory came from: `service` (fetched by this process), `store` (put there by another one, or by
    /// this program before it was started anew) or `import` (the tutorial's file).
    pub source: Option<&'static str>,
    /// How long ago it was first seen, in milliseconds.
    pub age_ms: Option<i64>,
    /// How long it will be served, in milliseconds.
    pub remaining_ms: Option<i64>,
    /// When it is refreshed next if it is used, in milliseconds from now.
    pub next_refresh_ms: Option<i64>,
    /// Whether its age is known. A ticket of unknown age is fetched again until its value changes.
    pub age_known: Option<bool>,
    /// The code of the last failure since the last success.
    pub last_error: Option<&'static str>,
    /// WeChat's errcode of that failure.
    pub last_errcode: Option<i64>,
    /// When wxsign will ask again after that failure, in Unix milliseconds.
    pub retry_at_ms: Option<i64>,
}

impl State {
    pub(super) fn of(app_id: &str, refresher: &Arc<Refresher>, closed: bool) -> Self {
        let store = refresher.store_id();
        let counts = refresher.counts();
        Self {
            lock: refresher.lock_mode().word(),
            circuit_open: refresher.is_circuit_open(),
            requests: counts.requests,
            failures: counts.failures,
            unlocked: counts.unlocked,
            app_id: app_id.to_owned(),
            closed,
            store: store.split(':').next().unwrap_or_default().to_owned(),
            store_failure: refresher.store_failure(),
            token: CredentialState::of(refresher, Kind::Token),
            ticket: CredentialState::of(refresher, Kind::Ticket),
        }
    }

    /// The state as JSON, with the field names in camelCase: what the bindings hand on.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

impl CredentialState {
    fn of(refresher: &Arc<Refresher>, kind: Kind) -> Self {
        let (freshness, cached, error) = refresher.look(kind);
        let clock = refresher.clock();
        let boot = clock.boot();
        let cached = cached.as_ref();
        let age = |c: &CachedCredential| c.record.stamp.now(clock).saturating_sub(c.record.first_seen);
        Self {
            freshness: freshness.word(),
            source: cached.map(|c| c.source.word()),
            age_ms: cached.map(|c| age(c)),
            remaining_ms: cached.map(|c| c.schedule.end.saturating_sub(boot)),
            next_refresh_ms: cached.map(|c| c.schedule.refresh_at.saturating_sub(boot).max(0)),
            age_known: cached.map(|c| c.record.age_known),
            last_error: error.as_ref().map(|e| e.code().as_str()),
            last_errcode: error.as_ref().and_then(Error::errcode),
            retry_at_ms: error.as_ref().and_then(Error::retry_at_ms),
        }
    }
}

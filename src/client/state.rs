//! What a client reports about itself, for health checks: no I/O, no secret.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::config::PageOptions;
use crate::credential::{Freshness, Kind, Source};
use crate::error::{Code, Error};
use crate::refresh::Refresher;
use crate::store::LockMode;

/// Where credentials are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum StoreKind {
    /// In this process.
    Memory,
    /// In files of this machine.
    File,
    /// In a Redis.
    Redis,
}

impl StoreKind {
    /// The word in `state()`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::File => "file",
            Self::Redis => "redis",
        }
    }
}

/// Each is written as its word, as text and in JSON. The words are the same in every binding.
macro_rules! shown_by_word {
    ($($name:ty),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }
    )*};
}

shown_by_word!(Freshness, Kind, LockMode, Source, StoreKind);

/// The state of a client.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct State {
    /// The account.
    pub app_id: String,
    /// Whether the client was closed.
    pub closed: bool,
    /// Where the credentials are kept.
    pub store: StoreKind,
    /// Why the store cannot be used at present, if it cannot, and the next step in English and
    /// Chinese.
    pub store_failure: Option<String>,
    /// Which processes the store's lock excludes. With `None` (a network file system, or one
    /// without locks) several processes may fetch at the same time now and then.
    pub lock: LockMode,
    /// Whether too many requests have failed (circuit open). All processes together then ask once a
    /// minute, until one request succeeds.
    pub circuit_open: bool,
    /// Requests to WeChat since the clients of this account and store began.
    pub requests: u64,
    /// Failed requests, by WeChat's errcode, or by wxsign's code if WeChat gave none.
    pub failures: BTreeMap<String, u64>,
    /// Flights that went on without the store's lock because its holder did not release it.
    pub unlocked: u64,
    /// Flights that hung and were given up a second after their deadline.
    pub lost: u64,
    /// The access token.
    pub token: CredentialState,
    /// The ticket that signs `wx.config`.
    pub ticket: CredentialState,
    /// The ticket that signs `wx.agentConfig`, once it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_ticket: Option<CredentialState>,
    /// The ticket that signs cards and invoices, once it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_ticket: Option<CredentialState>,
}

/// The state of a credential.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CredentialState {
    /// How old the credential is: fresh, stale, expiring or expired.
    pub freshness: Freshness,
    /// Where the value in memory came from.
    pub source: Option<Source>,
    /// How long ago it was first seen, in milliseconds.
    pub age_ms: Option<i64>,
    /// How long it will be served, in milliseconds. None for the caller's own fixed ticket.
    pub remaining_ms: Option<i64>,
    /// When it is refreshed next if callers use it, in milliseconds from now.
    pub next_refresh_ms: Option<i64>,
    /// Whether its age is known. A ticket of unknown age is fetched again until its value changes.
    pub age_known: Option<bool>,
    /// The code of the last failure since the last success.
    #[serde(serialize_with = "code")]
    pub last_error: Option<Code>,
    /// WeChat's errcode of that failure.
    pub last_errcode: Option<i64>,
    /// When wxsign will ask again after that failure, in Unix milliseconds.
    pub retry_at_ms: Option<i64>,
}

impl State {
    pub(super) fn of(
        page: &PageOptions,
        refresher: &Arc<Refresher>,
        degraded: Option<&'static str>,
        closed: bool,
    ) -> Self {
        let (ticket, card) = match page.agent_id {
            Some(_) => (Kind::CorpTicket, Kind::CorpCardTicket),
            None => (Kind::Ticket, Kind::CardTicket),
        };
        let store = refresher.store_id();
        let counts = refresher.counts();
        Self {
            lock: refresher.lock_mode(),
            circuit_open: refresher.is_circuit_open(),
            requests: counts.requests,
            failures: counts.failures,
            unlocked: counts.unlocked,
            lost: counts.lost,
            app_id: page.app_id.clone(),
            closed,
            store: match store.split(':').next() {
                Some("file") => StoreKind::File,
                Some("redis") => StoreKind::Redis,
                _ => StoreKind::Memory,
            },
            store_failure: degraded.map(str::to_owned).or_else(|| refresher.store_failure()),
            token: CredentialState::of(refresher, Kind::Token),
            ticket: CredentialState::of(refresher, ticket),
            agent_ticket: CredentialState::if_asked(refresher, Kind::AgentTicket),
            card_ticket: CredentialState::if_asked(refresher, card),
        }
    }

    /// The state as JSON, with field names in camelCase, as the bindings return it.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, clippy::ref_option)] // serde passes references
fn code<S: Serializer>(code: &Option<Code>, serializer: S) -> Result<S::Ok, S::Error> {
    code.map(Code::as_str).serialize(serializer)
}

impl CredentialState {
    fn if_asked(refresher: &Arc<Refresher>, kind: Kind) -> Option<Self> {
        refresher.was_asked(kind).then(|| Self::of(refresher, kind))
    }

    pub(crate) fn of(refresher: &Arc<Refresher>, kind: Kind) -> Self {
        let (freshness, cached, error) = refresher.look(kind);
        let clock = refresher.clock();
        let boot = clock.boot();
        let cached = cached.as_ref();
        let ending = cached.filter(|c| !c.is_endless());
        Self {
            freshness,
            source: cached.map(|c| c.source),
            age_ms: cached.map(|c| c.age(clock)),
            remaining_ms: ending.map(|c| c.schedule.end.saturating_sub(boot)),
            next_refresh_ms: ending.map(|c| c.schedule.refresh_at.saturating_sub(boot).max(0)),
            age_known: cached.map(|c| c.record.age_known),
            last_error: error.as_ref().map(Error::code),
            last_errcode: error.as_ref().and_then(Error::errcode),
            retry_at_ms: error.as_ref().and_then(Error::retry_at_ms),
        }
    }
}

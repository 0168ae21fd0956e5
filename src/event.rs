//! The events that a client reports while it works. They never hold a secret, a token or a ticket.

use std::time::Duration;

use crate::credential::{Kind, Source};
use crate::error::Error;

/// Something happened outside of the caller's own calls. Listeners run on wxsign's threads and
/// should return soon.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A credential is in memory that was not there before: fetched, adopted from the store, where
    /// another process had written it, or returned by the caller's function of `ticket`.
    Refreshed {
        /// Which one.
        credential: Kind,
        /// Where it came from.
        source: Source,
        /// How long it will be served.
        remaining: Duration,
    },
    /// A fetch failed. The cached credential is served until it expires.
    Failed {
        /// Which one.
        credential: Kind,
        /// Why.
        error: Error,
    },
    /// A cached credential was served although refreshing it failed. Reported at most once a minute
    /// for each credential.
    Stale {
        /// Which one.
        credential: Kind,
        /// Why refreshing failed.
        error: Error,
    },
    /// The store failed. wxsign serves from memory, and a probe tries the store again ten seconds
    /// later, and every ten seconds until it works.
    StoreDegraded {
        /// Why, without a path, and the next step in English and Chinese.
        reason: String,
    },
}

impl Event {
    /// A word for the kind of event: `refreshed`, `failed`, `stale` or `store_degraded`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refreshed { .. } => "refreshed",
            Self::Failed { .. } => "failed",
            Self::Stale { .. } => "stale",
            Self::StoreDegraded { .. } => "store_degraded",
        }
    }

    /// The credential that it is about.
    pub fn credential(&self) -> Option<Kind> {
        match self {
            Self::Refreshed { credential, .. }
            | Self::Failed { credential, .. }
            | Self::Stale { credential, .. } => Some(*credential),
            Self::StoreDegraded { .. } => None,
        }
    }

    /// The failure behind it.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Failed { error, .. } | Self::Stale { error, .. } => Some(error),
            _ => None,
        }
    }
}

//! What a client tells about itself while it works: never a secret, a token or a ticket.

use std::time::Duration;

use crate::credential::{Kind, Source};
use crate::error::Error;

/// Something happened behind the calls. Listeners run on wxsign's own threads and should return soon.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A credential was fetched, or adopted from the store that another process had written to.
    Refreshed {
        /// Which one.
        credential: Kind,
        /// Where it came from.
        source: Source,
        /// How long it will be served.
        remaining: Duration,
    },
    /// A fetch failed; what still lives is served meanwhile.
    Failed {
        /// Which one.
        credential: Kind,
        /// Why.
        error: Error,
    },
    /// A value was served although refreshing it failed; told once a minute for each credential, however many call.
    Stale {
        /// Which one.
        credential: Kind,
        /// Why refreshing failed.
        error: Error,
    },
    /// The store cannot be used; memory serves, and the store is tried again at each refresh.
    StoreDegraded {
        /// Why, without a path.
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

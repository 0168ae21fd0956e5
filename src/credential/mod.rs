//! What is kept: a value with its birth and its end, who it belongs to, and the last failure to fetch it.

mod account;
mod failure;
mod freshness;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod record;
mod refetch;
mod tutorial;

pub(crate) use account::{Account, fingerprint};
pub(crate) use failure::{Failure, Failures};
pub(crate) use freshness::{Freshness, Held, Source};
pub(crate) use record::{Begun, Grant, HandedOutForEver, Record};
pub(crate) use refetch::Refetch;

use serde::{Deserialize, Serialize};

/// How far apart two ages from a slow store may seem that are the same.
const AGE_SLACK_MS: i64 = 2_000;

/// Which credential; the ticket is fetched with the token.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Token,
    Ticket,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Token, Self::Ticket];

    /// The word in file names and reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Ticket => "ticket",
        }
    }

    /// The longest time before the end at which refreshing starts, in milliseconds.
    fn soft_cap(self) -> i64 {
        match self {
            Self::Token => 300_000,
            Self::Ticket => 600_000,
        }
    }
}

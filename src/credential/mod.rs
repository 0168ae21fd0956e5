//! The data model: a credential with its age and expiry, the account it belongs to, the failures to fetch it.
//!
//! Everything here is a value. What is read from a store or from WeChat passes [`check`] on its way in.

mod account;
pub(crate) mod check;
mod failure;
mod freshness;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod record;
mod refetch;
#[cfg(test)]
mod tests;
mod tutorial;

pub(crate) use account::{Account, fingerprint};
pub(crate) use failure::{Failure, Failures};
pub(crate) use freshness::Schedule;
pub use freshness::{Freshness, Source};
pub(crate) use record::{GraceIsOver, Grant, Record, RequestStart};
pub(crate) use refetch::Refetch;

/// How far apart two ages from a slow store may seem that are the same.
const AGE_SLACK_MS: i64 = 2_000;

/// A kind of credential. Every ticket is fetched with the token. A new kind of ticket is a variant here, a word, a field
/// of [`PerKind`] and an endpoint in `upstream`; nothing else names the kinds one by one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// The access token.
    Token,
    /// The `jsapi_ticket`.
    Ticket,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Token, Self::Ticket];

    /// The word in file names, records and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Ticket => "ticket",
        }
    }

    /// Whether a token is needed to fetch it, and whether WeChat hands it out again with a false remaining time.
    pub(crate) fn is_ticket(self) -> bool {
        self != Self::Token
    }

    /// The longest time before the expiry at which a credential is refreshed ahead.
    fn max_stale_ms(self) -> i64 {
        if self.is_ticket() { 600_000 } else { 300_000 }
    }
}

/// One `T` for each kind.
#[derive(Debug, Default)]
pub(crate) struct PerKind<T> {
    token: T,
    ticket: T,
}

impl<T> PerKind<T> {
    pub(crate) fn get(&self, kind: Kind) -> &T {
        match kind {
            Kind::Token => &self.token,
            Kind::Ticket => &self.ticket,
        }
    }

    pub(crate) fn get_mut(&mut self, kind: Kind) -> &mut T {
        match kind {
            Kind::Token => &mut self.token,
            Kind::Ticket => &mut self.ticket,
        }
    }
}

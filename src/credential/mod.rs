//! The data model: a credential with its age and expiry, the account it belongs to, the failures to
//! fetch it.
//!
//! Everything here is a value. Input from a store or from WeChat passes [`check`].

mod account;
pub(crate) mod check;
mod failure;
mod failures;
mod freshness;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod record;
mod refetch;
#[cfg(test)]
mod tests;
mod tutorial;

pub(crate) use account::{Account, fingerprint};
pub(crate) use failure::{Failure, Sharers};
pub(crate) use failures::Failures;
pub(crate) use freshness::Schedule;
pub use freshness::{Freshness, Source};
pub(crate) use record::{GraceIsOver, Grant, Record, RequestStart};
pub(crate) use refetch::Refetch;

/// How far apart two equal ages may seem if the store is slow.
const AGE_SLACK_MS: i64 = 2_000;
/// In one boot a record that seems younger than its own stamp by more than this was stamped in the
/// future: by a clone of this machine that has run for longer.
const FUTURE_SLACK_MS: i64 = 60_000;
/// The longest time before the expiry at which a ticket is refreshed ahead.
const MAX_STALE_TICKET_MS: i64 = 600_000;
/// The same for a token.
const MAX_STALE_TOKEN_MS: i64 = 300_000;

/// A kind of credential. Every ticket is fetched with the token. A new kind of ticket is a variant
/// here, a field of `PerKind` and an endpoint in `upstream`; nothing else names the kinds one by
/// one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// The `access_token`: of a 公众号, or of one app of a corp.
    Token,
    /// 公众号: the `jsapi_ticket`, for `wx.config`.
    Ticket,
    /// 公众号: the ticket of type `wx_card`, for cards and invoices.
    CardTicket,
    /// 企业微信: the corp's ticket, for `wx.config`.
    CorpTicket,
    /// 企业微信: the app's ticket of type `agent_config`, for `wx.agentConfig`.
    AgentTicket,
    /// 企业微信: the ticket of type `wx_card`, for invoices.
    CorpCardTicket,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] = [
        Self::Token,
        Self::Ticket,
        Self::CardTicket,
        Self::CorpTicket,
        Self::AgentTicket,
        Self::CorpCardTicket,
    ];

    /// The word in file names, records and reports. An account has one kind for each word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Ticket | Self::CorpTicket => "ticket",
            Self::CardTicket | Self::CorpCardTicket => "card_ticket",
            Self::AgentTicket => "agent_ticket",
        }
    }

    /// Whether a token is needed to fetch it, and whether WeChat hands it out again with a false
    /// remaining time.
    #[inline]
    pub(crate) fn is_ticket(self) -> bool {
        self != Self::Token
    }

    /// Whether 企业微信 hands it out: it allows 100 fetches an hour for each app, so all calls of a
    /// kind stay under 25.
    fn is_scarce(self) -> bool {
        matches!(self, Self::CorpTicket | Self::AgentTicket | Self::CorpCardTicket)
    }

    /// The longest time before the expiry at which a credential is refreshed ahead.
    fn max_stale_ms(self) -> i64 {
        if self.is_ticket() { MAX_STALE_TICKET_MS } else { MAX_STALE_TOKEN_MS }
    }
}

/// One `T` for each kind.
#[derive(Debug, Default)]
pub(crate) struct PerKind<T> {
    token: T,
    ticket: T,
    card_ticket: T,
    corp_ticket: T,
    agent_ticket: T,
    corp_card_ticket: T,
}

impl<T> PerKind<T> {
    #[inline]
    pub(crate) fn get(&self, kind: Kind) -> &T {
        match kind {
            Kind::Token => &self.token,
            Kind::Ticket => &self.ticket,
            Kind::CardTicket => &self.card_ticket,
            Kind::CorpTicket => &self.corp_ticket,
            Kind::AgentTicket => &self.agent_ticket,
            Kind::CorpCardTicket => &self.corp_card_ticket,
        }
    }
}

//! The values that options take.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroize;

use crate::credential::Kind;
use crate::refresh::{TicketFn, TicketReply, TokenFn, TokenReply};

/// The caller's own access token, instead of an AppSecret.
#[derive(Clone)]
#[non_exhaustive]
pub enum AccessToken {
    /// Used until [`set_access_token`](crate::Client::set_access_token) replaces it. wxsign never
    /// fetches another.
    Fixed(String),
    /// Called when a ticket is fetched, with the token that WeChat has just refused, if any. It may
    /// answer later and from any thread, but within the nine seconds of a flight.
    Function(TokenFn),
}

impl AccessToken {
    /// A function that may answer at once or later.
    pub fn function(function: impl Fn(Option<&str>, TokenReply) + Send + Sync + 'static) -> Self {
        Self::Function(Arc::new(function))
    }
}

impl Drop for AccessToken {
    fn drop(&mut self) {
        if let Self::Fixed(token) = self {
            token.zeroize();
        }
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "Fixed([redacted])",
            Self::Function(_) => "Function",
        })
    }
}

/// The caller's own tickets, instead of an AppSecret or an access token: from a central service, or
/// of a kind that wxsign does not fetch, such as those of a suite's login.
///
/// wxsign makes no request for such a client and stores nothing. If several processes ask one
/// central service, that service must let them share.
#[derive(Clone)]
#[non_exhaustive]
pub enum OwnTicket {
    /// The ticket of `wx.config`, used until [`set_ticket`](crate::Client::set_ticket) replaces it.
    Fixed(String),
    /// Called for each kind of ticket when one is needed, with the ticket of this kind that was
    /// invalidated, if any. It may answer later and from any thread, but within nine seconds. Until
    /// its ticket ends wxsign serves it from memory, and asks again ahead of that.
    Function(TicketFn),
}

impl OwnTicket {
    /// A function that may answer at once or later.
    pub fn function(function: impl Fn(Kind, Option<&str>, TicketReply) + Send + Sync + 'static) -> Self {
        Self::Function(Arc::new(function))
    }
}

impl Drop for OwnTicket {
    fn drop(&mut self) {
        if let Self::Fixed(ticket) = self {
            ticket.zeroize();
        }
    }
}

impl fmt::Debug for OwnTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "Fixed([redacted])",
            Self::Function(_) => "Function",
        })
    }
}

/// Where processes share credentials and keep them across restarts.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum StoreChoice {
    /// Files in `wxsign` below `$STATE_DIRECTORY`, else below the platform's state directory;
    /// memory without a home.
    #[default]
    Default,
    /// Files in this directory, which the process's user must own.
    Dir(PathBuf),
    /// Only memory: the process keeps nothing when it ends.
    Memory,
    /// A Redis that several machines share: `redis://user:password@host:6379/0`, or `rediss://`
    /// with TLS. [`ca_file`](crate::Builder::ca_file) applies to it too. Without the feature
    /// `redis` this is an `INVALID_ARGUMENT`.
    Redis(String),
}

impl fmt::Debug for StoreChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("Default"),
            Self::Dir(dir) => f.debug_tuple("Dir").field(dir).finish(),
            Self::Memory => f.write_str("Memory"),
            // The address may hold a password.
            Self::Redis(_) => f.write_str("Redis([redacted])"),
        }
    }
}

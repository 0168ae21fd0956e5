//! Which account a client is for, and with what it proves that: the options about both, and their
//! checks.

use std::sync::{Arc, Mutex};

use super::options::{AccessToken, OwnTicket};
use crate::credential::{Kind, fingerprint};
use crate::error::Error;
use crate::refresh::{OwnTickets, TokenSource, usable};
use crate::secret::Secret;
use crate::upstream::TokenApi;

/// The options about the account.
#[derive(Clone, Default)]
pub(super) struct AccountOptions {
    pub(super) app_id: String,
    pub(super) corp: Option<Corp>,
    pub(super) app_secret: Option<Secret>,
    pub(super) token_api: TokenApi,
    pub(super) access_token: Option<AccessToken>,
    pub(super) ticket: Option<OwnTicket>,
}

/// An app of 企业微信.
#[derive(Clone)]
pub(super) struct Corp {
    pub(super) corp_id: String,
    pub(super) agent_id: String,
}

/// The account that asks, after the checks.
pub(super) struct Credentials {
    pub(super) app_id: String,
    pub(super) token_source: TokenSource,
    pub(super) secret: Secret,
    pub(super) mode: &'static str,
    /// What two accounts of one appId differ in. Only its hash is kept.
    pub(super) identity: Secret,
    /// The caller's fixed ticket.
    pub(super) fixed_ticket: Option<Secret>,
}

impl Credentials {
    /// Of a caller who keeps the token or the tickets, so that there is no secret.
    fn own(app_id: &str, token_source: TokenSource) -> Self {
        let none = || Secret::new("");
        Self {
            app_id: app_id.to_owned(),
            token_source,
            secret: none(),
            mode: "own",
            identity: none(),
            fixed_ticket: None,
        }
    }
}

impl AccountOptions {
    /// Checks the options against each other.
    pub(super) fn credentials(&self) -> Result<Credentials, Error> {
        let (option, app_id) = match &self.corp {
            Some(_) if !self.app_id.is_empty() => {
                return Err(Error::option("appId", "and `corpId` exclude each other"));
            }
            Some(_) if self.token_api != TokenApi::Stable => {
                return Err(Error::option("tokenApi", "concerns 公众号 alone: 企业微信 has one interface"));
            }
            Some(corp) => ("corpId", &corp.corp_id),
            None => ("appId", &self.app_id),
        };
        let app_id = check_word(option, app_id)?;
        let named = || match app_id {
            "" => Err(Error::option(option, "is missing or empty")),
            _ => Ok(app_id),
        };
        if self.corp.is_some() {
            named()?;
        }
        if let Some(ticket) = &self.ticket {
            return self.own_tickets(named()?, ticket);
        }
        match (&self.app_secret, &self.access_token) {
            (Some(_), Some(_)) => Err(Error::option("appSecret", "and `accessToken` exclude each other")),
            (None, None) => Err(Error::option(
                "appSecret",
                "is missing (or `accessToken` or `ticket`, if you keep them yourself)",
            )),
            (Some(secret), None) => {
                let app_id = named()?.to_owned();
                let secret = check_word("appSecret", secret.reveal())?;
                if secret.is_empty() {
                    return Err(Error::option("appSecret", "is empty"));
                }
                let secret = Secret::new(secret);
                Ok(Credentials {
                    app_id,
                    token_source: TokenSource::Fetched,
                    secret: secret.clone(),
                    mode: match self.token_api {
                        TokenApi::Stable => "stable",
                        TokenApi::Classic => "classic",
                    },
                    identity: secret,
                    fixed_ticket: None,
                })
            }
            (None, Some(AccessToken::Fixed(token))) => {
                let token = usable("accessToken", token)?;
                // Without an appId the token itself identifies the account.
                let identity = if app_id.is_empty() { fingerprint(token.reveal()) } else { String::new() };
                let token_source = TokenSource::Fixed(Mutex::new(token));
                Ok(Credentials { identity: Secret::new(identity), ..Credentials::own(app_id, token_source) })
            }
            // The function's token may change; the appId names the account.
            (None, Some(AccessToken::Function(function))) => {
                Ok(Credentials::own(named()?, TokenSource::Function(Arc::clone(function))))
            }
        }
    }

    fn own_tickets(&self, app_id: &str, ticket: &OwnTicket) -> Result<Credentials, Error> {
        if self.app_secret.is_some() {
            return Err(Error::option("ticket", "and `appSecret` exclude each other"));
        }
        if self.access_token.is_some() {
            return Err(Error::option("ticket", "and `accessToken` exclude each other"));
        }
        let (tickets, fixed_ticket) = match ticket {
            OwnTicket::Fixed(ticket) => {
                let kind = if self.corp.is_some() { Kind::CorpTicket } else { Kind::Ticket };
                (OwnTickets::Fixed(kind), Some(usable("ticket", ticket)?))
            }
            OwnTicket::Function(function) => (OwnTickets::Function(Arc::clone(function)), None),
        };
        Ok(Credentials { fixed_ticket, ..Credentials::own(app_id, TokenSource::Unneeded(tickets)) })
    }

    /// The agentId if this is an app of 企业微信.
    pub(super) fn agent_id(&self) -> Result<Option<String>, Error> {
        let Some(corp) = &self.corp else { return Ok(None) };
        let agent_id = check_word("agentId", &corp.agent_id)?;
        if agent_id.is_empty() {
            return Err(Error::option("agentId", "is missing or empty"));
        }
        Ok(Some(agent_id.to_owned()))
    }
}

/// An appId or AppSecret without the spaces and line breaks around it, which files and environments
/// leave there. Empty if it is missing.
fn check_word<'a>(option: &'static str, text: &'a str) -> Result<&'a str, Error> {
    let word = text.trim();
    let why = if word.len() > 256 {
        "is longer than 256 characters"
    } else if word.starts_with(['"', '\'']) || word.ends_with(['"', '\'']) {
        "is in quotes: leave the quotes out"
    } else if ["undefined", "null", "[object Object]"].contains(&word) {
        "is the text of a missing value"
    } else if !word.bytes().all(|byte| byte.is_ascii_graphic()) {
        "has a space, a control character or a letter beyond ASCII in it"
    } else {
        return Ok(word);
    };
    Err(Error::option(option, why))
}

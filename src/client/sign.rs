//! How a client signs a page: with the ticket in memory, or with one that it gets first.

use std::time::Duration;

use super::Client;
use crate::clock::{Clock, System};
use crate::credential::Kind;
use crate::error::Error;
use crate::secret::Secret;
use crate::signature::{SignedPage, TicketMidstate, sign_page};

impl Client {
    /// The common case: signs with a fresh ticket from memory, without a lock or an allocation.
    #[inline]
    pub(super) fn sign_if_fresh(&self, kind: Kind, page: &str) -> Option<SignedPage> {
        let now = self.refresher.now();
        self.refresher.with_ticket(kind, now, |ticket| sign_page(ticket, now.second, page))
    }

    /// The kind of ticket that signs `wx.config`.
    #[inline]
    pub(super) fn ticket_kind(&self) -> Kind {
        if self.page.agent_id.is_some() { Kind::CorpTicket } else { Kind::Ticket }
    }

    /// Signs a page that was checked: with a fresh ticket from memory, else with the one that `get`
    /// returns.
    #[inline]
    pub(super) fn sign_or(
        &self,
        kind: Kind,
        page: &str,
        get: impl FnOnce() -> Result<Secret, Error>,
    ) -> Result<SignedPage, Error> {
        match self.sign_if_fresh(kind, page) {
            Some(signed) => Ok(signed),
            None => Ok(sign_with(&get()?, page)),
        }
    }

    /// Like [`Client::sign_or`], waiting for the ticket, with a callback. `page` is the outcome of
    /// the check.
    pub(super) fn sign_then(
        &self,
        kind: Kind,
        page: Result<&str, Error>,
        timeout: Duration,
        done: impl FnOnce(Result<SignedPage, Error>) + Send + 'static,
    ) {
        match page.map(|page| (page, self.sign_if_fresh(kind, page))) {
            Err(error) => self.call_back(move || done(Err(error))),
            Ok((_, Some(signed))) => self.call_back(move || done(Ok(signed))),
            Ok((page, None)) => {
                let page = page.to_owned();
                self.get_then(kind, timeout, move |ticket| {
                    done(ticket.map(|ticket| sign_with(&ticket, &page)));
                });
            }
        }
    }
}

/// Signs with a ticket whose midstate is not in memory.
fn sign_with(ticket: &Secret, page: &str) -> SignedPage {
    sign_page(&TicketMidstate::new(ticket.reveal()), System.now().second, page)
}

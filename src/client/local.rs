//! A client in the hands of one thread, which looks at the ticket without taking part in counting who does.

use std::ops::Deref;

use super::Client;
use crate::refresh::TicketView;
use crate::signature::{Pen, Signed};

/// For a binding whose threads share no client. It gives nothing where anything is out of the ordinary;
/// [`Client::try_config`] then says what.
#[doc(hidden)]
pub struct LocalClient {
    client: Client,
    ticket: TicketView,
    pen: Pen,
}

impl LocalClient {
    /// Takes the client.
    pub fn new(client: Client) -> Self {
        let ticket = TicketView::new(&client.refresher);
        Self { client, ticket, pen: Pen::new() }
    }

    /// Signs the page at `url` if a fresh ticket is in memory, and lends what came out.
    pub fn sign_if_fresh<T>(&mut self, url: &str, take: impl FnOnce(&Signed) -> T) -> Option<T> {
        let page = self.client.check_page(url).ok()?;
        let now = self.client.refresher.moment(&mut self.pen.glance);
        let ticket = self.ticket.fresh(now)?;
        Some(self.pen.sign(ticket, now.second, page, take))
    }
}

impl Deref for LocalClient {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.client
    }
}

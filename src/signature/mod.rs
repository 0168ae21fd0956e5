//! The signature of `wx.config`: SHA-1 over ticket, nonce, timestamp and page URL, as WeChat recomputes it.

mod ahead;
mod digits;
mod last;
mod pen;
mod prepared;
mod signed;
mod stream;
mod text;

pub(crate) use pen::Pen;
pub(crate) use prepared::Prepared;
pub use signed::Signed;

use std::fmt;

use crate::clock::{Clock, System};
use crate::page_url;
use digits::hex;

/// Forty lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; Self::LEN]);

impl Signature {
    /// The number of digits.
    pub const LEN: usize = 40;

    /// The digits, each a byte.
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        // Hex digits are ASCII, so the empty text is never given.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

/// Signs a page: `url` is cut at its first `#` and otherwise hashed as it is, never parsed or re-serialised.
///
/// `timestamp` is in seconds and is the number that the page hands to `wx.config`, as is `nonce` (there
/// spelled `nonceStr`). Every text is taken: this function has no opinion about what a URL is.
pub fn sign(ticket: &str, nonce: &str, timestamp: u64, url: &str) -> Signature {
    Signature(hex(last::digest(ticket, nonce, timestamp, page_url::without_fragment(url))))
}

/// A ticket that many pages are signed with: all but the page is laid out once. For bindings that a ticket is passed to.
#[doc(hidden)]
pub struct Ticket {
    prepared: Prepared,
    pen: Pen,
}

impl Ticket {
    /// Takes any text.
    pub fn new(ticket: &str) -> Self {
        Self { prepared: Prepared::new(ticket), pen: Pen::new() }
    }

    /// Takes another in its place. What is not the ticket's is kept: the random numbers foremost.
    pub fn renew(&mut self, ticket: &str) {
        self.prepared = Prepared::new(ticket);
    }

    /// Signs the page at `url`, cut at its first `#`, now and with a nonce of its own.
    pub fn sign<T>(&mut self, url: &str, take: impl FnOnce(&Signed) -> T) -> T {
        let second = System.moment(&mut self.pen.glance).second;
        self.pen.sign(&self.prepared, second, page_url::without_fragment(url), take)
    }
}

#[cfg(test)]
mod tests;

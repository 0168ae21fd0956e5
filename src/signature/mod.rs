//! The signature of `wx.config`: SHA-1 over ticket, nonce, timestamp and page URL, as WeChat
//! recomputes it.
//!
//! There are two ways to compute it. [`sign`] hashes the whole text. A [`Ticket`] and a client keep
//! a [`TicketMidstate`] and hash the rest of the text in a buffer of the thread ([`text::Text`]).
//! Both return the same digits for the same text.

// If one of our invariants is broken, signing panics: a wrong signature would look like a right
// one.
#![allow(clippy::indexing_slicing, clippy::missing_panics_doc)]

mod hex;
mod midstate;
mod text;

pub(crate) use midstate::TicketMidstate;

use std::cell::RefCell;
use std::fmt;

use sha1::{Digest, Sha1};

use crate::clock::{Clock, System};
use crate::nonce::{self, Nonce};
use crate::page_url;
use hex::hex;
use text::Text;

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
        match str::from_utf8(&self.0) {
            Ok(text) => text,
            Err(_) => unreachable!("hexadecimal digits are ASCII"),
        }
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

/// Signs a page: `url` is cut at its first `#` and otherwise hashed as it is, never parsed or
/// serialised again.
///
/// `timestamp` is in seconds. The page must hand the same `timestamp` and `nonce` (there called
/// `nonceStr`) to `wx.config`. Every text is accepted: this function does not check what a URL is.
///
/// It does not keep the ticket. If you sign many pages with one ticket, use a [`Ticket`].
pub fn sign(ticket: &str, nonce: &str, timestamp: u64, url: &str) -> Signature {
    let (between, page) = (text::between(timestamp), page_url::without_fragment(url));
    let parts = ["jsapi_ticket=", ticket, "&noncestr=", nonce, &between, page].map(str::as_bytes);
    Signature(hex(midstate::finish(Sha1::new(), &parts)))
}

/// The caller's own ticket, for signing many pages: its constant part is hashed once.
///
/// It is wiped when it is dropped. Any number of threads may share it.
///
/// ```
/// let ticket = wxsign::Ticket::new("sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy");
/// let page = ticket.sign("https://example.com/page?from=timeline#top");
/// println!("{} {} {}", page.timestamp, page.nonce, page.signature);
/// ```
#[derive(Clone, Debug)]
pub struct Ticket(TicketMidstate);

impl Ticket {
    /// Accepts every text.
    pub fn new(ticket: &str) -> Self {
        Self(TicketMidstate::new(ticket))
    }

    /// Signs the page at `url`, cut at its first `#`, with the current time and a fresh nonce.
    #[inline]
    pub fn sign(&self, url: &str) -> SignedPage {
        sign_page(&self.0, System.now().second, page_url::without_fragment(url))
    }
}

/// What a page hands to `wx.config`, besides the appId and its lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SignedPage {
    /// Unix time in seconds.
    pub timestamp: u64,
    /// `nonceStr` in `wx.config`: 32 letters and digits.
    pub nonce: Nonce,
    /// Forty hexadecimal digits.
    pub signature: Signature,
}

thread_local! {
    // Needs no code to create or drop: it holds no secret between two signatures.
    static TEXT: RefCell<Text> = const { RefCell::new(Text::new()) };
}

/// Signs `page`, which has no fragment any more, with a fresh nonce.
#[inline]
pub(crate) fn sign_page(ticket: &TicketMidstate, timestamp: u64, page: &str) -> SignedPage {
    nonce::with_fresh(|nonce| {
        let state = TEXT.with_borrow_mut(|text| text.hash(ticket, nonce, timestamp, page.as_bytes()));
        SignedPage { timestamp, nonce: nonce.nonce(), signature: Signature(hex(state)) }
    })
}

#[cfg(test)]
mod tests;

//! A ticket with the hash of everything that comes before the nonce: a client signs many pages with one ticket.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::stream::Stream;
use super::text::{BLOCK, INITIAL, State};

/// A ticket, ready to sign with.
#[derive(Clone)]
pub(crate) struct Prepared {
    /// Told apart by this, because comparing tickets would cost more.
    pub(super) id: u64,
    /// After the blocks that the ticket fills.
    pub(super) state: State,
    /// The length of those.
    pub(super) before: u64,
    rest: [u8; BLOCK],
    rest_len: usize,
}

impl Prepared {
    pub(crate) fn new(ticket: &str) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut stream = Stream::new(INITIAL, 0);
        for piece in [b"jsapi_ticket=", ticket.as_bytes(), b"&noncestr="] {
            stream.add(piece);
        }
        let (state, before, rest, rest_len) = stream.pause();
        Self { id: NEXT.fetch_add(1, Ordering::Relaxed), state, before, rest, rest_len }
    }

    /// What is behind those blocks and fills none.
    pub(super) fn rest(&self) -> &[u8] {
        self.rest.get(..self.rest_len).unwrap_or_default()
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

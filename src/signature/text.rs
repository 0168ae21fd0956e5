//! The text after a ticket's whole blocks. Its constant parts are written once per second; a
//! signature adds its nonce and its page and hashes all blocks in one call.
//!
//! The processor's SHA-1 instructions load sixteen bytes at a time. A load that follows a store of
//! only some of its bytes waits for the cache, so everything is written in whole, aligned lanes:
//! bytes that share a lane are OR-ed together first.

use sha1::block_api::compress;
use wide::u8x16;

use super::midstate::{BLOCK, HashState, LANE, Lane, TicketMidstate};
use crate::nonce::{Nonce, PaddedNonce};

/// What ends a text, at most: the end mark, zeros up to the end of a block, and the length there.
const CLOSING: usize = BLOCK + 8;
/// Room for the rest of a ticket, nonce, timestamp, a page of about 850 bytes, and what ends a
/// text.
const ROOM: usize = 16 * BLOCK;

/// Begins a line of the cache, so that no block is spread over two.
#[repr(align(64))]
pub(super) struct Text {
    bytes: [u8; ROOM],
    /// The length of a ticket's rest, after which the nonce begins, and the second of the layout.
    nonce_at: usize,
    timestamp: u64,
    page_at: usize,
    /// The lane in which the nonce ends, without the nonce.
    behind_nonce: Lane,
}

impl Text {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; ROOM], nonce_at: usize::MAX, timestamp: 0, page_at: 0, behind_nonce: [0; LANE] }
    }

    /// Writes the parts that all signatures of a second share, for tickets with a rest of this
    /// length.
    #[cold]
    #[inline(never)]
    fn lay_out(&mut self, nonce_at: usize, timestamp: u64) {
        let front = [&[0; BLOCK][..nonce_at], &[0; Nonce::LEN], between(timestamp).as_bytes()].concat();
        self.bytes[..front.len()].copy_from_slice(&front);
        (self.nonce_at, self.timestamp, self.page_at) = (nonce_at, timestamp, front.len());
        self.behind_nonce = self.bytes.as_chunks().0[(nonce_at + Nonce::LEN) / LANE];
    }

    /// SHA-1 over ticket, nonce, timestamp and page. Wipes the ticket's bytes afterwards.
    #[inline]
    pub(super) fn hash(
        &mut self,
        ticket: &TicketMidstate,
        nonce: &PaddedNonce,
        timestamp: u64,
        page: &[u8],
    ) -> HashState {
        if (self.nonce_at, self.timestamp) != (ticket.rest_len, timestamp) {
            self.lay_out(ticket.rest_len, timestamp);
        }
        let end = self.page_at + page.len();
        if end + CLOSING > ROOM {
            return ticket.hash(&[nonce.nonce().as_bytes(), between(timestamp).as_bytes(), page]);
        }
        let at = self.nonce_at / LANE;
        let lanes = self.bytes.as_chunks_mut().0;
        let [first, second, last] = *nonce.shifted(self.nonce_at % LANE);
        // Loops of a known length: a call of `memcpy` or `memset` takes longer.
        for (n, (lane, rest)) in lanes.iter_mut().zip(ticket.rest).take(3).enumerate() {
            if n < at {
                *lane = rest;
            }
        }
        lanes[at] = both(ticket.rest[at], first);
        lanes[at + 1] = second;
        lanes[at + 2] = both(last, self.behind_nonce);
        copy(&mut self.bytes[self.page_at..end], page);
        self.bytes[end..end + CLOSING].fill(0);
        self.bytes[end] = 0x80;
        let blocks = (end + 8) / BLOCK + 1;
        let bits = (ticket.hashed + end as u64) * 8;
        self.bytes[blocks * BLOCK - 8..blocks * BLOCK].copy_from_slice(&bits.to_be_bytes());
        let mut state = ticket.state;
        compress(&mut state, &self.bytes.as_chunks().0[..blocks]);
        for (n, lane) in self.bytes.as_chunks_mut::<LANE>().0.iter_mut().take(4).enumerate() {
            if n <= at {
                *lane = [0; LANE];
            }
        }
        state
    }
}

/// The text between nonce and page.
pub(super) fn between(timestamp: u64) -> String {
    format!("&timestamp={timestamp}&url=")
}

#[inline]
fn both(one: Lane, other: Lane) -> Lane {
    (u8x16::from(one) | u8x16::from(other)).to_array()
}

/// Copies in lanes, the last of which overlaps: at a page's length in less time than `memcpy`
/// takes.
#[inline]
fn copy(to: &mut [u8], from: &[u8]) {
    let (Some(to_last), Some(from_last)) = (to.last_chunk_mut::<LANE>(), from.last_chunk()) else {
        return to.copy_from_slice(from);
    };
    *to_last = *from_last;
    for (to, from) in to.as_chunks_mut::<LANE>().0.iter_mut().zip(from.as_chunks().0) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nonce;

    /// Between two signatures a thread keeps no byte of any ticket.
    #[test]
    fn nothing_of_a_ticket_stays_behind() {
        let mut text = Text::new();
        for length in 0..200 {
            let ticket = TicketMidstate::new(&"~".repeat(length));
            for page in [20, 300, 5_000] {
                let page = vec![b'p'; page];
                nonce::with_fresh(|nonce| text.hash(&ticket, nonce, 1_414_587_457, &page));
                assert!(!text.bytes.contains(&b'~'), "a ticket of {length}");
                assert!(!text.behind_nonce.contains(&b'~'));
            }
        }
    }
}

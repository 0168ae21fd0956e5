//! SHA-1's state after the blocks that are the same for every page. A client signs many pages with
//! one ticket, and only the last bytes of `jsapi_ticket=…&noncestr=` share a block with text that
//! differs from page to page.

use std::fmt;

use sha1::block_api::compress;
use sha1::{Digest, Sha1};
use zeroize::{Zeroize, Zeroizing};

pub(super) const BLOCK: usize = 64;
/// What the hash loads at once.
pub(super) const LANE: usize = 16;
pub(super) type Lane = [u8; LANE];

/// SHA-1's state.
pub(super) type HashState = [u32; 5];
const INITIAL: HashState = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// SHA-1 after the blocks that a ticket fills, with the bytes that follow them. Wiped when it is
/// dropped.
#[derive(Clone)]
pub(crate) struct TicketMidstate {
    pub(super) state: HashState,
    /// How many bytes the state has hashed.
    pub(super) hashed: u64,
    /// The bytes between those blocks and the nonce, with zeros behind them.
    pub(super) rest: [Lane; BLOCK / LANE],
    pub(super) rest_len: usize,
    /// The same state as a hasher, for pages that are too long for the buffer.
    hasher: Sha1,
}

impl TicketMidstate {
    /// Takes any text.
    pub(crate) fn new(ticket: &str) -> Self {
        let text = Zeroizing::new(["jsapi_ticket=", ticket, "&noncestr="].concat());
        let (blocks, bytes) = text.as_bytes().as_chunks();
        let mut state = INITIAL;
        compress(&mut state, blocks);
        let mut rest = [[0; LANE]; BLOCK / LANE];
        rest.as_flattened_mut()[..bytes.len()].copy_from_slice(bytes);
        let (hashed, rest_len) = (blocks.as_flattened().len() as u64, bytes.len());
        Self { state, hashed, rest, rest_len, hasher: Sha1::new_with_prefix(text.as_bytes()) }
    }

    /// The state after this ticket and `parts`, of any length.
    pub(super) fn hash(&self, parts: &[&[u8]]) -> HashState {
        finish(self.hasher.clone(), parts)
    }
}

/// SHA-1 of what `hasher` has seen and of `parts`.
pub(super) fn finish(mut hasher: Sha1, parts: &[&[u8]]) -> HashState {
    for part in parts {
        hasher.update(part);
    }
    let digest: [u8; 20] = hasher.finalize().into();
    let mut state = [0; 5];
    for (number, bytes) in state.iter_mut().zip(digest.as_chunks().0) {
        *number = u32::from_be_bytes(*bytes);
    }
    state
}

impl Drop for TicketMidstate {
    fn drop(&mut self) {
        self.state.zeroize();
        self.rest.as_flattened_mut().zeroize();
        // The hasher wipes itself.
    }
}

impl fmt::Debug for TicketMidstate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

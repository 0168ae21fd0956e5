//! Text on its way into SHA-1: laid side by side and compressed in one call, by the crate's block function.
//!
//! The crate's own hasher would copy its buffer at each clone and compress block by block. Nearly every text fits a few
//! blocks; what does not goes through [`super::stream`].

use std::slice;

use sha1::block_api::compress;

use super::stream::Stream;

pub(super) const BLOCK: usize = 64;
/// Room for a ticket's last block, nonce, timestamp and a URL of 120 bytes.
const ROOM: usize = 5 * BLOCK;
/// What closes a text, at most: the end mark, zeros up to the end of a block, and the length there.
const CLOSING: usize = BLOCK + 8;

pub(super) type State = [u32; 5];
pub(super) const INITIAL: State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// The state after one block more.
#[inline]
pub(super) fn compress_one(mut state: State, block: &[u8; BLOCK]) -> State {
    compress(&mut state, slice::from_ref(block));
    state
}

/// A short text that is being laid out.
#[repr(align(64))] // a line of the cache: no block is spread over two
pub(super) struct Text {
    bytes: [u8; ROOM],
    used: usize,
}

impl Text {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; ROOM], used: 0 }
    }

    #[inline]
    pub(super) fn has_room_for(&self, len: usize) -> bool {
        self.used + len <= ROOM - CLOSING
    }

    /// Adds a piece, for which there must be room.
    #[inline]
    pub(super) fn put(&mut self, piece: &[u8]) {
        if let Some(place) = self.bytes.get_mut(self.used..).and_then(|room| room.get_mut(..piece.len())) {
            place.copy_from_slice(piece);
        }
        self.used += piece.len();
    }

    /// Writes over what stands at `at`.
    #[inline]
    pub(super) fn replace<const N: usize>(&mut self, at: usize, piece: &[u8; N]) {
        if let Some(place) = self.bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *place = *piece;
        }
    }

    #[inline]
    pub(super) fn truncate(&mut self, len: usize) {
        self.used = len;
    }

    pub(super) fn len(&self) -> usize {
        self.used
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or_default()
    }

    /// The block at place `n`, of which there must be room for.
    pub(super) fn block(&self, n: usize) -> &[u8; BLOCK] {
        self.bytes.as_chunks().0.get(n).unwrap_or(&[0; BLOCK])
    }

    /// The state after the first `done` blocks.
    pub(super) fn begin(&self, mut state: State, done: usize) -> State {
        compress(&mut state, self.bytes.as_chunks().0.get(..done).unwrap_or_default());
        state
    }

    /// Adds a last piece and finishes, however long that is.
    #[inline]
    pub(super) fn finish_with(&mut self, piece: &[u8], state: State, before: u64, done: usize) -> State {
        if self.has_room_for(piece.len()) {
            self.put(piece);
            self.finish(state, before, done)
        } else {
            self.finish_long(piece, state, before, done)
        }
    }

    #[cold]
    #[inline(never)]
    fn finish_long(&self, piece: &[u8], state: State, before: u64, done: usize) -> State {
        let done = done * BLOCK;
        let mut stream = Stream::new(state, before + done as u64);
        stream.add(self.as_bytes().get(done..).unwrap_or_default());
        stream.add(piece);
        stream.finish()
    }

    /// Closes the text and hashes on from a `state` that already has `before` bytes in front of this text and the first
    /// `done` blocks of it.
    #[inline]
    pub(super) fn finish(&mut self, mut state: State, before: u64, done: usize) -> State {
        let bits = (before + self.used as u64) * 8;
        self.replace(self.used, &[0; CLOSING]);
        self.replace(self.used, &[0x80]);
        let blocks = (self.used + 8) / BLOCK + 1;
        self.replace(blocks * BLOCK - 8, &bits.to_be_bytes());
        compress(&mut state, self.bytes.as_chunks().0.get(done..blocks).unwrap_or_default());
        state
    }
}

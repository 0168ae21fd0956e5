//! SHA-1 over text of any length, through a buffer of a few blocks; [`super::text`] takes what is short.

use sha1::block_api::compress;

use super::text::{BLOCK, State};

const ROOM: usize = 8 * BLOCK;

/// A hash under way.
pub(super) struct Stream {
    state: State,
    buffer: [u8; ROOM],
    filled: usize,
    /// Bytes that have been compressed.
    total: u64,
}

impl Stream {
    /// Begins at a `state` that has hashed `total` bytes, which fill whole blocks.
    pub(super) fn new(state: State, total: u64) -> Self {
        Self { state, buffer: [0; ROOM], filled: 0, total }
    }

    pub(super) fn add(&mut self, mut piece: &[u8]) {
        while let Some(room) = self.buffer.get_mut(self.filled..).filter(|_| !piece.is_empty()) {
            let (now, later) = piece.split_at(piece.len().min(room.len()));
            if let Some(place) = room.get_mut(..now.len()) {
                place.copy_from_slice(now);
            }
            self.filled += now.len();
            piece = later;
            if self.filled == ROOM {
                self.compress_whole_blocks();
            }
        }
    }

    /// Compresses what fills whole blocks and moves the rest to the front.
    fn compress_whole_blocks(&mut self) {
        let whole = self.filled / BLOCK * BLOCK;
        compress(&mut self.state, self.buffer.get(..whole).unwrap_or_default().as_chunks().0);
        self.buffer.copy_within(whole..self.filled, 0);
        self.total += whole as u64;
        self.filled -= whole;
    }

    /// The state after the whole blocks, their length, and the bytes behind them.
    pub(super) fn pause(mut self) -> (State, u64, [u8; BLOCK], usize) {
        self.compress_whole_blocks();
        let mut tail = [0; BLOCK];
        for (to, from) in tail.iter_mut().zip(self.buffer.get(..self.filled).unwrap_or_default()) {
            *to = *from;
        }
        (self.state, self.total, tail, self.filled)
    }

    /// Pads and gives the digest.
    pub(super) fn finish(mut self) -> State {
        let bits = (self.total + self.filled as u64) * 8;
        self.add(&[0x80]);
        if self.filled + 8 > ROOM {
            self.compress_whole_blocks();
        }
        // The length stands in the last eight bytes of a block.
        let end = (self.filled + 8).div_ceil(BLOCK) * BLOCK;
        if let Some(padding) = self.buffer.get_mut(self.filled..end) {
            padding.fill(0);
            if let Some(length) = padding.last_chunk_mut() {
                *length = bits.to_be_bytes();
            }
        }
        compress(&mut self.state, self.buffer.get(..end).unwrap_or_default().as_chunks().0);
        self.state
    }
}

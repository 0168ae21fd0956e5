//! SHA-1 over text that comes in pieces, from a state computed earlier: compression is the crate's, the rest is here.
//!
//! The crate's own hasher would copy its buffer at each clone and compress block by block; here the pieces are laid
//! side by side and compressed in one call.

use sha1::block_api::compress;

const BLOCK: usize = 64;
/// Room for the tail of a ticket's blocks, nonce, timestamp and most URLs.
const ROOM: usize = 8 * BLOCK;
const INITIAL: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// The hash of a beginning, ready to be continued as often as wanted.
#[derive(Clone, Copy)]
pub(super) struct Midstate {
    state: [u32; 5],
    tail: [u8; BLOCK],
    /// Bytes hashed so far; those that do not fill a block are in `tail`.
    total: u64,
}

impl Midstate {
    pub(super) fn of(pieces: &[&[u8]]) -> Self {
        let mut hasher = Hasher::new(INITIAL, 0);
        for piece in pieces {
            hasher.add(piece);
        }
        let total = hasher.total + hasher.filled as u64;
        hasher.compress_whole_blocks();
        let mut tail = [0; BLOCK];
        for (to, from) in tail.iter_mut().zip(hasher.text()) {
            *to = *from;
        }
        Self { state: hasher.state, tail, total }
    }
}

/// A hash under way.
pub(super) struct Hasher {
    state: [u32; 5],
    buffer: [u8; ROOM],
    filled: usize,
    /// Bytes that have been compressed.
    total: u64,
}

impl Hasher {
    fn new(state: [u32; 5], total: u64) -> Self {
        Self { state, buffer: [0; ROOM], filled: 0, total }
    }

    pub(super) fn resume(from: &Midstate) -> Self {
        #[allow(clippy::cast_possible_truncation)] // below 64
        let tail = (from.total % BLOCK as u64) as usize;
        let mut hasher = Self::new(from.state, from.total - tail as u64);
        hasher.add(from.tail.get(..tail).unwrap_or_default());
        hasher
    }

    /// Adds a piece; inlined, so that a piece of known length becomes a few stores.
    #[inline]
    pub(super) fn add(&mut self, piece: &[u8]) {
        // Never fills the buffer to the brim: that is left to the slow way, which also empties it.
        match self.buffer.get_mut(self.filled..ROOM - 1).and_then(|room| room.get_mut(..piece.len())) {
            Some(place) => {
                place.copy_from_slice(piece);
                self.filled += piece.len();
            }
            None => self.add_and_compress(piece),
        }
    }

    #[inline(never)]
    fn add_and_compress(&mut self, mut piece: &[u8]) {
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

    fn text(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    /// Compresses what fills whole blocks and moves the rest to the front.
    fn compress_whole_blocks(&mut self) {
        let whole = self.filled / BLOCK * BLOCK;
        compress(&mut self.state, self.buffer.get(..whole).unwrap_or_default().as_chunks().0);
        self.buffer.copy_within(whole..self.filled, 0);
        self.total += whole as u64;
        self.filled -= whole;
    }

    /// Pads and gives the digest.
    pub(super) fn finish(&mut self) -> [u8; 20] {
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
        let mut digest = [0; 20];
        for (to, word) in digest.as_chunks_mut().0.iter_mut().zip(self.state) {
            *to = word.to_be_bytes();
        }
        digest
    }
}

#[cfg(test)]
mod tests {
    use sha1::{Digest, Sha1};

    use super::*;

    #[test]
    fn every_split_of_every_length_up_to_eleven_blocks_gives_the_crates_own_digest() {
        let text: Vec<u8> = (0..BLOCK * 11).map(|n| u8::try_from(n * 7 % 251).unwrap()).collect();
        for length in 0..text.len() {
            let text = &text[..length];
            let want: [u8; 20] = Sha1::digest(text).into();
            for split in
                [0, 1, length / 3, length / 2, length.saturating_sub(1), length, 63, 64, 65, 511, 512, 513]
            {
                let (head, tail) = text.split_at(split.min(length));
                let midstate = Midstate::of(&[head]);
                let mut hasher = Hasher::resume(&midstate);
                hasher.add(tail);
                assert_eq!(hasher.finish(), want, "length {length}, split {split}");
            }
        }
    }
}

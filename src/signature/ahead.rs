//! The beginnings of the next signatures, hashed together before anybody asks: each with a nonce of its own, for a page
//! that is guessed.
//!
//! Each step of SHA-1 waits for the one before it. A processor that hashes many blocks which do not wait for each other
//! works on the next ones meanwhile, and needs little more than half the time. Most pages of a site begin alike, so the
//! block in which a nonce ends and the page begins is known but for the nonce.

use super::text::{BLOCK, State, compress_one};

/// The characters of a nonce that are new each time.
pub(super) const NEW: usize = 13;
/// How many signatures are begun together.
pub(super) const MANY: usize = 64;
/// Where so many pages or more began differently, ...
const TOO_MANY: usize = MANY / 4;
/// ... so many times nothing is begun.
const PAUSE: usize = 8;

/// A signature that is begun.
#[derive(Clone, Copy)]
pub(super) struct Start {
    /// The new part of its nonce.
    pub(super) new: [u8; NEW],
    /// After the block in which the page begins.
    pub(super) state: State,
}

pub(super) struct Ahead {
    starts: [Start; MANY],
    left: usize,
    /// What the pages are guessed to begin with, as far as it is in that block.
    guess: [u8; BLOCK],
    guess_len: usize,
    /// How many pages began differently, and how many times more nothing is begun.
    missed: usize,
    pause: usize,
}

impl Ahead {
    pub(super) const fn new() -> Self {
        let starts = [Start { new: [0; NEW], state: [0; 5] }; MANY];
        Self { starts, left: 0, guess: [0; BLOCK], guess_len: 0, missed: 0, pause: 0 }
    }

    /// Forgets what was begun.
    pub(super) fn clear(&mut self) {
        self.left = 0;
    }

    /// Begins many signatures from the state before a block, which is as `laid` out: a nonce's new part has room at `new_at`,
    /// and what stands from `page_at` on, if anything, is what pages are guessed to begin with. Does nothing for a while
    /// where that was guessed wrongly too often.
    pub(super) fn begin(
        &mut self,
        before: State,
        laid: &[u8; BLOCK],
        (new_at, page_at): (usize, usize),
        mut draw: impl FnMut() -> [u8; NEW],
    ) {
        if std::mem::take(&mut self.missed) >= TOO_MANY {
            self.pause = PAUSE;
        }
        if self.pause > 0 {
            self.pause -= 1;
            return;
        }
        let guess = laid.get(page_at..).unwrap_or_default();
        for (to, from) in self.guess.iter_mut().zip(guess) {
            *to = *from;
        }
        self.guess_len = guess.len();
        // All are laid out before the first is hashed: it would have to wait for bytes that were just written.
        let mut blocks = [*laid; MANY];
        for (start, block) in self.starts.iter_mut().zip(&mut blocks) {
            start.new = draw();
            if let Some(place) = block.get_mut(new_at..).and_then(<[u8]>::first_chunk_mut) {
                *place = start.new;
            }
        }
        for (start, block) in self.starts.iter_mut().zip(&blocks) {
            start.state = compress_one(before, block);
        }
        self.left = MANY;
    }

    /// One that was begun, each of them once, with what is left of the page; if there is one, and the page begins as was
    /// guessed.
    #[inline]
    pub(super) fn take<'a>(&mut self, page: &'a [u8]) -> Option<(&Start, &'a [u8])> {
        let left = self.left.checked_sub(1)?;
        match (self.guess.get(..self.guess_len), page.split_at_checked(self.guess_len)) {
            (Some(guess), Some((front, rest))) if guess == front => {
                self.left = left;
                Some((self.starts.get(left)?, rest))
            }
            _ => {
                self.missed += 1;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAID: [u8; BLOCK] = *b"-------------&timestamp=1414587457&url=https://example.com/shop/";
    const PLACES: (usize, usize) = (0, 39);
    const PAGE: &[u8] = b"https://example.com/shop/item";

    /// Begins with nonces that count up from `first`.
    fn begin(ahead: &mut Ahead, first: u8) {
        let mut next = first;
        ahead.begin([1, 2, 3, 4, 5], &LAID, PLACES, || {
            next += 1;
            [next; NEW]
        });
    }

    #[test]
    fn each_is_given_once_and_is_the_state_after_its_own_block() {
        let (mut ahead, mut seen) = (Ahead::new(), Vec::new());
        assert!(ahead.take(PAGE).is_none(), "nothing was begun yet");
        begin(&mut ahead, 0);
        while let Some((start, rest)) = ahead.take(PAGE) {
            let mut block = LAID;
            block[..NEW].copy_from_slice(&start.new);
            assert_eq!(start.state, compress_one([1, 2, 3, 4, 5], &block));
            assert_eq!(rest, b"item");
            seen.push(start.new);
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), MANY);
    }

    #[test]
    fn a_page_that_begins_differently_or_ends_before_takes_none() {
        let mut ahead = Ahead::new();
        begin(&mut ahead, 0);
        for page in [&b"https://example.com/shop"[..], b"https://example.com/shoe/", b"", b"http"] {
            assert!(ahead.take(page).is_none());
        }
        assert!(ahead.take(b"https://example.com/shop/").is_some_and(|(_, rest)| rest.is_empty()));
        ahead.clear();
        assert!(ahead.take(PAGE).is_none());
    }

    #[test]
    fn who_guesses_wrongly_too_often_pauses_and_then_tries_again() {
        let mut ahead = Ahead::new();
        for missed in [0, TOO_MANY - 1, TOO_MANY] {
            begin(&mut ahead, 0);
            assert_eq!(ahead.left, MANY);
            for _ in 0..missed {
                assert!(ahead.take(b"https://another.example/").is_none());
            }
            ahead.clear();
        }
        for _ in 0..PAUSE {
            begin(&mut ahead, 0);
            assert!(ahead.take(PAGE).is_none());
        }
        begin(&mut ahead, 0);
        assert!(ahead.take(PAGE).is_some());
    }
}

//! Random nonces: 32 letters and digits that no other process and no other call repeats.

use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;

use rand::rngs::{ChaCha8Rng, SysRng};
use rand::{Rng, SeedableRng, TryRng};

use crate::fork;

/// A `nonceStr`: 32 lowercase letters and digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce([u8; Self::LEN]);

impl Nonce {
    /// The number of characters.
    pub const LEN: usize = 32;

    /// A fresh one: 160 bits from a generator that the system has seeded, for this process alone.
    pub fn new() -> Self {
        POOL.with_borrow_mut(|pool| Self(*pool.take(fork::mark())))
    }

    pub(crate) const fn of(characters: [u8; Self::LEN]) -> Self {
        Self(characters)
    }

    /// The characters, each a byte.
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The characters as text.
    pub fn as_str(&self) -> &str {
        // Letters and digits are ASCII, so the empty text is never given.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Default for Nonce {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Nonce {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({self})")
    }
}

/// Random letters and digits, made many at a time for one thread of one process: a forked child must not repeat its
/// parent's.
pub(crate) struct Pool {
    mark: u64,
    rng: Option<ChaCha8Rng>,
    characters: [u8; Self::SIZE],
    used: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool::new()) };
}

impl Pool {
    const SIZE: usize = 512;

    pub(crate) const fn new() -> Self {
        Self { mark: 0, rng: None, characters: [0; Self::SIZE], used: 0 }
    }

    /// So many characters that were never taken before. `mark` is [`fork::mark`]'s.
    #[inline]
    pub(crate) fn take<const N: usize>(&mut self, mark: u64) -> &[u8; N] {
        if self.rng.is_none() || self.mark != mark || self.used + N > Self::SIZE {
            self.fill(mark);
        }
        let fresh = self.characters.get(self.used..).and_then(<[u8]>::first_chunk);
        self.used += N;
        fresh.unwrap_or(&[b'a'; N])
    }

    #[inline(never)]
    fn fill(&mut self, mark: u64) {
        if self.mark != mark {
            (self.mark, self.rng) = (mark, None);
        }
        self.rng.get_or_insert_with(seeded).fill_bytes(&mut self.characters);
        // Five bits a character: no value is likelier than another, and none has to be drawn again.
        self.characters = self.characters.map(|byte| match byte & 31 {
            letter @ 0..26 => b'a' + letter,
            digit => b'2' + (digit - 26),
        });
        self.used = 0;
    }
}

/// A fresh nonce as text; see [`Nonce`].
pub fn nonce() -> String {
    Nonce::new().as_str().to_owned()
}

fn seeded() -> ChaCha8Rng {
    let mut seed = <ChaCha8Rng as SeedableRng>::Seed::default();
    if SysRng.try_fill_bytes(&mut seed).is_err() {
        // A system without a random source: a nonce must be unlike others, not unguessable, so what differs between
        // processes, threads and moments still does.
        return ChaCha8Rng::seed_from_u64(crate::clock::unlikely_twice());
    }
    ChaCha8Rng::from_seed(seed)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nonces_are_32_letters_and_digits_and_never_repeat_across_threads() {
        let threads: Vec<_> =
            (0..8).map(|_| std::thread::spawn(|| (0..2_000).map(|_| nonce()).collect::<Vec<_>>())).collect();
        let mut seen = HashSet::new();
        let mut letters = HashSet::new();
        for thread in threads {
            for nonce in thread.join().unwrap() {
                assert_eq!(nonce.len(), Nonce::LEN);
                letters.extend(nonce.chars());
                assert!(seen.insert(nonce));
            }
        }
        assert!(letters.len() == 32 && letters.iter().all(char::is_ascii_alphanumeric));
    }
}

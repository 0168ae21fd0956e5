//! Random nonces: 32 letters and digits that no other call, thread or process repeats.

// If one of wxsign's own invariants is broken, this panics: a nonce that is not random would look
// like any other.
#![allow(clippy::indexing_slicing, clippy::expect_used, clippy::missing_panics_doc)]

use std::cell::RefCell;
use std::fmt;
use std::mem::ManuallyDrop;
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

    /// A fresh one: 160 bits from a generator that the operating system seeded for this process.
    pub fn new() -> Self {
        with_fresh(PaddedNonce::nonce)
    }

    /// The characters, each a byte.
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The characters as text.
    pub fn as_str(&self) -> &str {
        match str::from_utf8(&self.0) {
            Ok(text) => text,
            Err(_) => unreachable!("letters and digits are ASCII"),
        }
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

/// A fresh nonce as text; see [`Nonce`].
pub fn nonce() -> String {
    Nonce::new().as_str().to_owned()
}

/// The width of the processor's loads; see `signature::text`.
const LANE: usize = 16;

/// A nonce between zeros, so that lanes which hold only a part of it can be loaded.
#[derive(Clone, Copy)]
pub(crate) struct PaddedNonce([u8; LANE + Nonce::LEN + LANE]);

impl PaddedNonce {
    #[inline]
    pub(crate) fn nonce(&self) -> Nonce {
        Nonce(*self.0[LANE..].first_chunk().expect("the nonce is behind the first lane"))
    }

    /// The three lanes that it covers if it begins `by` bytes into the first of them.
    #[inline]
    pub(crate) fn shifted(&self, by: usize) -> &[[u8; LANE]; 3] {
        self.0[LANE - by..].as_chunks().0.first_chunk().expect("`by` is less than a lane")
    }
}

/// Makes many nonces at a time, for one thread of one process.
struct NonceGenerator {
    /// The process that they were made for; see [`fork::generation`].
    generation: u64,
    /// Never dropped: a thread-local without a destructor can also be used while its thread ends,
    /// when the program's own destructors may sign.
    rng: Option<ManuallyDrop<ChaCha8Rng>>,
    made: [PaddedNonce; Self::MANY],
    left: usize,
}

thread_local! {
    static GENERATOR: RefCell<NonceGenerator> = const { RefCell::new(NonceGenerator::new()) };
}

/// Lends a nonce that was never lent before.
#[inline]
pub(crate) fn with_fresh<T>(take: impl FnOnce(&PaddedNonce) -> T) -> T {
    GENERATOR.with_borrow_mut(|generator| take(generator.next(fork::generation())))
}

impl NonceGenerator {
    const MANY: usize = 16;

    const fn new() -> Self {
        let made = [PaddedNonce([0; LANE + Nonce::LEN + LANE]); Self::MANY];
        Self { generation: 0, rng: None, made, left: 0 }
    }

    #[inline]
    fn next(&mut self, generation: u64) -> &PaddedNonce {
        if self.left == 0 || self.generation != generation {
            self.make(generation);
        }
        self.left -= 1;
        &self.made[self.left]
    }

    #[cold]
    #[inline] // for the addon's crate to build it, for speed
    fn make(&mut self, generation: u64) {
        if self.generation != generation {
            (self.generation, self.rng) = (generation, None);
        }
        let mut random = [[0; Nonce::LEN]; Self::MANY];
        self.rng.get_or_insert_with(|| ManuallyDrop::new(seeded())).fill_bytes(random.as_flattened_mut());
        for (nonce, random) in self.made.iter_mut().zip(random) {
            // Five bits a character: no character is more likely than another.
            nonce.0[LANE..][..Nonce::LEN].copy_from_slice(&random.map(|byte| match byte & 31 {
                letter @ 0..26 => b'a' + letter,
                digit => b'2' + (digit - 26),
            }));
        }
        self.left = Self::MANY;
    }
}

fn seeded() -> ChaCha8Rng {
    let mut seed = [0; 32];
    if !ask_kernel(&mut seed) && SysRng.try_fill_bytes(&mut seed).is_err() {
        // This system has no source of randomness. A nonce must differ from others, but need not be
        // unguessable: mix what differs between processes, threads and moments.
        for part in seed.as_chunks_mut().0 {
            *part = crate::clock::unlikely_twice().to_ne_bytes();
        }
    }
    ChaCha8Rng::from_seed(seed)
}

/// Fills `seed` by the system call alone. A statically linked program has no symbol for it, so that
/// other ways read a file in /dev, which a chroot may lack.
#[cfg(target_os = "linux")]
fn ask_kernel(seed: &mut [u8]) -> bool {
    use rustix::rand::{GetRandomFlags, getrandom};
    // Up to 256 bytes come whole, unless a signal comes first.
    matches!(getrandom(&mut *seed, GetRandomFlags::empty()), Ok(read) if read == seed.len())
}

#[cfg(not(target_os = "linux"))]
fn ask_kernel(_: &mut [u8]) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// A million nonces over several threads: 32 letters and digits each, and none twice.
    #[test]
    fn a_million_nonces_never_repeat() {
        let each = crate::mutants::rounds().max(1_000_000) / 8;
        let threads: Vec<_> = (0..8)
            .map(|_| std::thread::spawn(move || (0..each).map(|_| Nonce::new()).collect::<Vec<_>>()))
            .collect();
        let mut all: Vec<_> =
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).map(|nonce| nonce.0).collect();
        let mut is_used = [false; 256];
        for &letter in all.iter().flatten() {
            is_used[usize::from(letter)] = true;
        }
        let letters: Vec<_> = (0..=u8::MAX).filter(|&letter| is_used[usize::from(letter)]).collect();
        assert!(letters.len() == 32 && letters.iter().all(u8::is_ascii_alphanumeric));
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "a nonce came twice");
        // Of this many random nonces the closest neighbours share eight characters or so: 2^40 pairs,
        // and five bits a character. Thirteen would be chance once in 2^25 runs.
        let shared = |pair: &[[u8; 32]]| pair[0].iter().zip(&pair[1]).take_while(|(a, b)| a == b).count();
        let longest = all.windows(2).map(shared).max().unwrap();
        assert!(longest < 13, "two nonces begin with the same {longest} characters");
        for nonce in &mut all {
            nonce.reverse();
        }
        all.sort_unstable();
        assert!(all.windows(2).map(shared).max().unwrap() < 13, "two nonces end with the same characters");
    }

    /// What was made ahead for a parent is never given out in its child, and neither is what the
    /// parent's generator would make next.
    #[test]
    fn a_child_repeats_no_nonce_of_its_parent() {
        let inherited = || NonceGenerator {
            generation: 1,
            rng: Some(ManuallyDrop::new(ChaCha8Rng::from_seed([7; 32]))),
            ..NonceGenerator::new()
        };
        let (mut parent, mut child) = (inherited(), inherited());
        assert_eq!(parent.next(1).nonce(), child.next(1).nonce(), "both have the parent's memory");
        let of_parent: HashSet<_> = (0..100).map(|_| parent.next(1).nonce()).collect();
        assert!((0..100).all(|_| !of_parent.contains(&child.next(2).nonce())));
    }
}

//! Damaged inputs for the fuzz tests: real samples, changed by a generator with a fixed seed.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::soak::size;

/// How many inputs each parser gets in a usual run, and how many in a soak.
pub(crate) fn rounds() -> usize {
    size(20_000, 10_000_000)
}

/// What parsers of JSON with numbers and times stumble over.
const PIECES: [&[u8]; 30] = [
    b"0",
    b"-1",
    b"1",
    b"7200",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"18446744073709551615",
    b"1e308",
    b"-0.0",
    b"1.5",
    b"null",
    b"true",
    b"\"\"",
    b"\"7200\"",
    b"\" \"",
    b"[]",
    b"{}",
    b"[[[[[[[[",
    b"{\"a\":",
    b"\\u0000",
    b"\\ud800",
    b"\\",
    b"\"",
    b",",
    b":",
    b"}",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\r\n",
    b"\"errcode\":40001,",
];

/// Gives mutants of `samples` without end.
pub(crate) struct Mutants {
    rng: StdRng,
    samples: Vec<Vec<u8>>,
}

impl Mutants {
    pub(crate) fn of(samples: Vec<Vec<u8>>) -> Self {
        Self { rng: StdRng::seed_from_u64(20_261_122), samples }
    }

    /// A sample with up to three changes: a number or a word replaced, bytes flipped, inserted, cut
    /// out or swapped in from another sample.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let mut bytes = self.samples.choose(&mut self.rng).unwrap().clone();
        for _ in 0..self.rng.random_range(1..=3) {
            let at = self.rng.random_range(0..=bytes.len());
            match self.rng.random_range(0..7) {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] = self.rng.random(),
                2 => drop(bytes.splice(at..at, PIECES.choose(&mut self.rng).unwrap().iter().copied())),
                3 => {
                    let end = (at + self.rng.random_range(0..9)).min(bytes.len());
                    bytes.drain(at..end);
                }
                4 => {
                    let other = self.samples.choose(&mut self.rng).unwrap();
                    let from = self.rng.random_range(0..=other.len());
                    bytes.truncate(at);
                    bytes.extend_from_slice(&other[from..]);
                }
                _ => self.replace_a_value(&mut bytes, at),
            }
        }
        bytes
    }

    /// Puts something else in the place of the value that follows the next colon.
    fn replace_a_value(&mut self, bytes: &mut Vec<u8>, at: usize) {
        let Some(colon) = bytes[at..].iter().position(|byte| *byte == b':') else { return };
        let start = at + colon + 1;
        let length = bytes[start..].iter().position(|byte| b",}".contains(byte)).unwrap_or(0);
        let piece = PIECES.choose(&mut self.rng).unwrap();
        bytes.splice(start..start + length, piece.iter().copied());
    }
}

/// Runs `check` on mutants of `seeds`. Enough of them must be taken, or the check would look at
/// nothing.
pub(crate) fn hold(name: &str, seeds: Vec<Vec<u8>>, check: impl Fn(&[u8]) -> bool) {
    for seed in &seeds {
        check(seed);
    }
    let mut mutants = Mutants::of(seeds);
    let taken = (0..rounds()).filter(|_| check(&mutants.next())).count();
    println!("{name}: {taken} of {} taken", rounds());
    assert!(taken > rounds() / 100, "only {taken} were taken: the test tests nothing");
}

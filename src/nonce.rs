//! Random nonces: 32 letters and digits that no other process and no other call repeats.

use std::cell::RefCell;
use std::process;

use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::{StdRng, SysRng};
use rand::{SeedableRng, TryRng};

/// The length of a nonce, in characters.
pub(crate) const LEN: usize = 32;

/// A generator and the process that seeded it: a forked child must not repeat its parent's nonces.
struct Source {
    pid: u32,
    rng: StdRng,
}

thread_local! {
    static SOURCE: RefCell<Option<Source>> = const { RefCell::new(None) };
}

/// A fresh nonce of 32 characters from `A–Z a–z 0–9` (190 bits), from a generator that the system has seeded.
pub fn nonce() -> String {
    let pid = process::id();
    SOURCE.with_borrow_mut(|source| match source {
        Some(source) if source.pid == pid => Alphanumeric.sample_string(&mut source.rng, LEN),
        _ => {
            let mut rng = seeded();
            let nonce = Alphanumeric.sample_string(&mut rng, LEN);
            *source = Some(Source { pid, rng });
            nonce
        }
    })
}

fn seeded() -> StdRng {
    let mut seed = <StdRng as SeedableRng>::Seed::default();
    if SysRng.try_fill_bytes(&mut seed).is_err() {
        // A system without a random source: a nonce must be unlike others, not unguessable, so the thread's
        // generator (hash keys, address space, time) still does.
        return StdRng::seed_from_u64(crate::clock::unlikely_twice());
    }
    StdRng::from_seed(seed)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nonces_are_32_alphanumerics_and_never_repeat_across_threads() {
        let threads: Vec<_> =
            (0..8).map(|_| std::thread::spawn(|| (0..2_000).map(|_| nonce()).collect::<Vec<_>>())).collect();
        let mut seen = HashSet::new();
        for thread in threads {
            for nonce in thread.join().unwrap() {
                assert_eq!(nonce.len(), LEN);
                assert!(nonce.bytes().all(|b| b.is_ascii_alphanumeric()));
                assert!(seen.insert(nonce));
            }
        }
    }
}

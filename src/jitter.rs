//! Random numbers that spread processes and threads over time. Nothing secret depends on them.
//!
//! They come from the standard library's hash keys, which need the system call `getrandom` once per
//! thread. A generator that is seeded from a file would panic in a chroot without /dev.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};

thread_local! {
    static STATE: (RandomState, Cell<u64>) = (RandomState::new(), Cell::new(0));
}

fn next() -> u64 {
    STATE.with(|(keys, count)| {
        count.set(count.get().wrapping_add(1));
        // A forked child has the parent's keys and count, and another process id.
        keys.hash_one((std::process::id(), count.get()))
    })
}

/// From 0 up to, but not including, 1.
pub(crate) fn unit() -> f64 {
    #[allow(clippy::cast_precision_loss)] // 53 bits fit
    let numerator = (next() >> 11) as f64;
    numerator / 9_007_199_254_740_992.0
}

/// From 0 up to, but not including, `limit`; 0 if that is not positive.
pub(crate) fn below(limit: i64) -> i64 {
    let Some(limit) = u64::try_from(limit).ok().filter(|&limit| limit > 0) else { return 0 };
    // For limits of seconds the bias is far below what anything measures.
    i64::try_from(next() % limit).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_over_their_range() {
        let units: Vec<f64> = (0..1_000).map(|_| unit()).collect();
        assert!(units.iter().all(|unit| (0.0..1.0).contains(unit)));
        let mean = units.iter().sum::<f64>() / 1_000.0;
        assert!((0.4..0.6).contains(&mean), "{mean}");
        let drawn: std::collections::HashSet<_> = (0..1_000).map(|_| below(10)).collect();
        assert!(drawn.len() == 10 && drawn.iter().all(|n| (0..10).contains(n)));
        assert_eq!([below(0), below(-1), below(1)], [0; 3]);
    }
}

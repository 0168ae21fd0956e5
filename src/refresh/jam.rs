//! Notices a lock that nobody gives back: its holder is stopped, or hangs in a call that no deadline ends.

use std::sync::{Mutex, PoisonError};

/// Two flights that wait for their answers one after the other hold it so long; whoever has it longer is not flying.
const LONGEST_HOLD_MS: i64 = 18_000;
/// Where the last one never gave it back, the next is not waited for as long: it is probably the same.
const AGAIN_MS: i64 = 2_000;
/// After a longer time without a look, nobody can say that it was held all the while.
const BREAK_MS: i64 = 10_000;

/// What this process has seen of the store's lock.
#[derive(Default)]
pub(super) struct Jam(Mutex<State>);

#[derive(Default)]
struct State {
    /// From when to when it was found taken, on the boot clock.
    taken: Option<(i64, i64)>,
    /// Whether a flight gave it up, and none has had it since.
    given_up: bool,
}

impl Jam {
    /// It was found taken; says whether that has gone on for longer than any flight holds it.
    pub(super) fn is_taken(&self, now: i64) -> bool {
        let mut state = self.state();
        let since = match state.taken {
            Some((since, last)) if now.saturating_sub(last) < BREAK_MS => since,
            _ => now,
        };
        state.taken = Some((since, now));
        now.saturating_sub(since) >= if state.given_up { AGAIN_MS } else { LONGEST_HOLD_MS }
    }

    pub(super) fn is_given_up(&self) {
        self.state().given_up = true;
    }

    /// It was had.
    pub(super) fn is_free(&self) {
        *self.state() = State::default();
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_stuck_when_it_is_never_found_free_for_longer_than_two_flights() {
        let jam = Jam::default();
        assert!((0..18_000).step_by(50).all(|now| !jam.is_taken(now)));
        assert!(jam.is_taken(18_000));
        jam.is_given_up();
        assert!(!jam.is_taken(100_000) && !jam.is_taken(101_999), "a new wait, but a shorter one");
        assert!(jam.is_taken(102_000));
        jam.is_free();
        assert!(!jam.is_taken(103_000) && !jam.is_taken(107_000));
        assert!(!jam.is_taken(121_000), "nobody looked meanwhile");
    }
}

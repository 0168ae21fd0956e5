//! The last two values of a ticket, for diagnosis only: when each was handed out, and what ended
//! it.
//!
//! They live in memory and are wiped when they are dropped. Handing out a ticket costs one atomic
//! load; once a second it notes the time under a lock, which it does not wait for.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard};

use super::known_tickets::{KnownTicket, TicketEnd};
use crate::credential::Kind;
use crate::secret::Secret;
use crate::sync::lock;

/// How exactly the time of the last use is kept.
const NOTE_EVERY_MS: i64 = 1_000;
const NEVER: i64 = i64::MIN;

/// A value that was or is in memory. Times are on the boot clock.
#[derive(Clone, Debug)]
struct Seen {
    value: Secret,
    /// When it was handed out first and last.
    used: Option<(i64, i64)>,
    end: Option<(TicketEnd, i64)>,
}

pub(crate) struct History {
    noted_at: AtomicI64,
    /// The newest first.
    seen: Mutex<[Option<Seen>; 2]>,
}

impl Default for History {
    fn default() -> Self {
        Self { noted_at: AtomicI64::new(NEVER), seen: Mutex::default() }
    }
}

impl History {
    /// The value was handed out.
    #[inline]
    pub(crate) fn handed_out(&self, value: &Secret, now: i64) {
        if now.saturating_sub(self.noted_at.load(Ordering::Relaxed)) >= NOTE_EVERY_MS {
            self.note(value, now);
        }
    }

    #[cold]
    fn note(&self, value: &Secret, now: i64) {
        // A caller never waits for this.
        let Ok(mut seen) = self.seen.try_lock() else { return };
        self.noted_at.store(now, Ordering::Relaxed);
        if !seen.iter().flatten().any(|one| one.value == *value) {
            shift(&mut seen, value, now);
        }
        if let Some(one) = seen.iter_mut().flatten().find(|one| one.value == *value) {
            one.used = Some((one.used.map_or(now, |(first, _)| first), now));
        }
    }

    /// The value entered memory at this time or later. Another thread may have refused it since.
    pub(crate) fn entered_memory(&self, value: &Secret, at: i64) {
        let mut seen = self.lock();
        self.put_first(&mut seen, value, at);
        if let [Some(newest), _] = &mut *seen {
            // WeChat has handed it out again: it is alive, whatever was said of it before.
            newest.end = newest.end.filter(|(_, end)| *end >= at);
        }
    }

    fn put_first(&self, seen: &mut [Option<Seen>; 2], value: &Secret, now: i64) {
        if seen[0].as_ref().is_none_or(|newest| newest.value != *value) {
            shift(seen, value, now);
            // The first use of the new value counts.
            self.noted_at.store(NEVER, Ordering::Relaxed);
        }
    }

    /// The value was in memory and was refused.
    pub(crate) fn rejected(&self, value: &str, now: i64) {
        let mut seen = self.lock();
        if !seen.iter().flatten().any(|one| one.value.reveal() == value) {
            shift(&mut seen, &Secret::new(value), now);
        }
        if let Some(one) = seen.iter_mut().flatten().find(|one| one.value.reveal() == value) {
            one.end = Some((TicketEnd::Rejected, now));
        }
    }

    /// The tickets, the newest first. `cached` is the one in memory and when it expires, and `second`
    /// turns a time on the boot clock into Unix seconds.
    pub(crate) fn known(
        &self,
        kind: Kind,
        cached: Option<(&Secret, i64)>,
        now: i64,
        second: impl Fn(i64) -> u64,
    ) -> Vec<KnownTicket> {
        if let Some((value, _)) = cached {
            // Of two that enter memory at once, the later one may be noted first.
            self.put_first(&mut self.lock(), value, now);
        }
        let known = |seen: Seen| {
            let expired = cached.filter(|(value, end)| **value == seen.value && *end <= now);
            let end = seen.end.or(expired.map(|(_, at)| (TicketEnd::Expired, at)));
            KnownTicket {
                kind,
                used: seen.used.map(|(first, last)| (second(first), second(last))),
                end: end.map(|(end, at)| (end, second(at))),
                value: seen.value,
            }
        };
        self.seen().into_iter().map(known).collect()
    }

    fn seen(&self) -> Vec<Seen> {
        self.lock().iter().flatten().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, [Option<Seen>; 2]> {
        lock(&self.seen)
    }
}

/// Puts a value before the newest, which it replaces.
fn shift(seen: &mut [Option<Seen>; 2], value: &Secret, now: i64) {
    let [newest, former] = seen;
    let used = former.as_ref().filter(|former| former.value == *value).and_then(|former| former.used);
    *former = newest.take().map(|mut old| {
        old.end.get_or_insert((TicketEnd::Replaced, now));
        old
    });
    *newest = Some(Seen { value: value.clone(), used, end: None });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value, its first and last use, and its end.
    type Shown = (String, Option<(i64, i64)>, Option<(TicketEnd, i64)>);

    fn shown(history: &History) -> Vec<Shown> {
        history.seen().into_iter().map(|one| (one.value.reveal().to_owned(), one.used, one.end)).collect()
    }

    #[test]
    fn the_last_two_values_are_kept() {
        let history = History::default();
        for (value, now) in [("a", 0), ("b", 10), ("b", 20), ("c", 30)] {
            history.entered_memory(&Secret::new(value), now);
        }
        assert_eq!(
            shown(&history),
            [("c".into(), None, None), ("b".into(), None, Some((TicketEnd::Replaced, 30)))]
        );
    }

    #[test]
    fn uses_are_noted_once_a_second() {
        let history = History::default();
        let value = Secret::new("a");
        history.entered_memory(&value, 0);
        for now in [5, 900, 1_100, 1_200, 2_400] {
            history.handed_out(&value, now);
        }
        assert_eq!(shown(&history), [("a".into(), Some((5, 2_400)), None)]);
    }

    /// The old value may be handed out once more while its successor comes.
    #[test]
    fn a_late_use_counts_for_the_old_value() {
        let history = History::default();
        let (old, new) = (Secret::new("old"), Secret::new("new"));
        history.handed_out(&old, 0);
        history.entered_memory(&new, 10);
        history.handed_out(&old, 11);
        history.handed_out(&new, 2_000);
        assert_eq!(
            shown(&history),
            [
                ("new".into(), Some((2_000, 2_000)), None),
                ("old".into(), Some((0, 11)), Some((TicketEnd::Replaced, 10)))
            ]
        );
    }

    #[test]
    fn a_rejected_value_stays_rejected() {
        let history = History::default();
        history.entered_memory(&Secret::new("a"), 0);
        history.rejected("a", 5);
        history.entered_memory(&Secret::new("b"), 10);
        assert_eq!(shown(&history)[1], ("a".into(), None, Some((TicketEnd::Rejected, 5))));
    }

    /// A caller may get and invalidate a value before the flight notes that it entered memory.
    #[test]
    fn a_value_rejected_at_once_stays_rejected() {
        let history = History::default();
        history.rejected("a", 5);
        history.entered_memory(&Secret::new("a"), 5);
        assert_eq!(shown(&history), [("a".into(), None, Some((TicketEnd::Rejected, 5)))]);
    }

    #[test]
    fn a_value_that_comes_back_is_alive() {
        let history = History::default();
        history.entered_memory(&Secret::new("rejected"), 0);
        history.rejected("rejected", 1);
        history.entered_memory(&Secret::new("rejected"), 2);
        assert_eq!(shown(&history), [("rejected".into(), None, None)]);
        let history = History::default();
        let (a, b) = (Secret::new("a"), Secret::new("b"));
        history.handed_out(&a, 0);
        history.entered_memory(&b, 10);
        history.entered_memory(&a, 20);
        assert_eq!(
            shown(&history),
            [("a".into(), Some((0, 0)), None), ("b".into(), None, Some((TicketEnd::Replaced, 20)))]
        );
    }
}

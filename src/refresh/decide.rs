//! What a call does: one pure function of the caller and the situation. The policy is here and
//! nowhere else.

use crate::credential::Freshness;

/// How a caller asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Caller {
    /// Waits for a flight if need be.
    Waits,
    /// Takes the cached credential, and starts a refresh if one is due. The background thread asks
    /// like this too.
    WillNotWait,
    /// Takes the credential that a waiting caller would get without waiting; else starts nothing.
    IfFresh,
}

/// What keeps an entry from starting a flight.
#[derive(Clone, Copy)]
pub(super) struct Throttle {
    /// A cooldown forbids requests.
    pub(super) cooling_down: bool,
    /// There is a store that other processes write to.
    pub(super) can_peek: bool,
}

/// The situation that the caller finds.
#[allow(clippy::struct_excessive_bools)] // a table of facts, each true or not
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Situation {
    pub(super) freshness: Freshness,
    /// A flight is under way.
    pub(super) in_flight: bool,
    /// A cooldown forbids requests.
    pub(super) cooling_down: bool,
    /// During a cooldown the store is read once a minute: another process may have fetched a
    /// credential.
    pub(super) store_peek_due: bool,
    /// The latest flight failed without a request, so it left no cooldown; refreshing waits a
    /// little.
    pub(super) backing_off: bool,
}

/// What the caller does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Decision {
    /// Returns the credential in memory, and starts a flight if `refresh`.
    Serve { refresh: bool },
    /// Waits for the flight; starts it if `lead`.
    Wait { lead: bool },
    /// Returns the credential in memory although it could not be refreshed, and reports it.
    ServeStale,
    /// Returns an error, and starts a flight if `refresh`.
    Fail { refresh: bool },
}

/// The policy.
#[allow(clippy::match_same_arms)] // one arm, one rule
pub(super) fn decide(caller: Caller, s: Situation) -> Decision {
    use Caller::{IfFresh, Waits, WillNotWait};
    use Freshness::{Expired, Expiring, Fresh, Stale};
    // During a cooldown a flight only reads the store, without a request.
    let may_start = !s.in_flight && (!s.cooling_down || s.store_peek_due);
    let may_refresh = may_start && !s.backing_off;
    match (caller, s.freshness) {
        (_, Fresh) => Decision::Serve { refresh: false },
        // Stale-while-revalidate.
        (_, Stale) => Decision::Serve { refresh: may_refresh },
        // NOT_READY.
        (IfFresh, _) => Decision::Fail { refresh: false },
        // All callers share one flight.
        (Waits, _) if s.in_flight => Decision::Wait { lead: false },
        (Waits, _) if may_start => Decision::Wait { lead: true },
        (Waits, Expiring) => Decision::ServeStale,
        (WillNotWait, Expiring) => Decision::Serve { refresh: may_refresh },
        // The cooldown's error, with its `retry_at`.
        (Waits, Expired) => Decision::Fail { refresh: false },
        // NOT_READY, caused by the cooldown's error.
        (WillNotWait, Expired) => Decision::Fail { refresh: may_refresh },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESHNESS: [Freshness; 4] =
        [Freshness::Fresh, Freshness::Stale, Freshness::Expiring, Freshness::Expired];

    fn situations() -> impl Iterator<Item = Situation> {
        FRESHNESS.into_iter().flat_map(|freshness| {
            (0..16_u8).map(move |bits| Situation {
                freshness,
                in_flight: bits & 1 != 0,
                cooling_down: bits & 2 != 0,
                store_peek_due: bits & 4 != 0,
                backing_off: bits & 8 != 0,
            })
        })
    }

    /// The decision as a letter: `.` serves, `r` serves and refreshes, `w` waits, `l` leads, `s`
    /// serves stale, `x` fails, `f` fails and starts a flight.
    fn letter(caller: Caller, situation: Situation) -> char {
        match decide(caller, situation) {
            Decision::Serve { refresh: false } => '.',
            Decision::Serve { refresh: true } => 'r',
            Decision::Wait { lead: false } => 'w',
            Decision::Wait { lead: true } => 'l',
            Decision::ServeStale => 's',
            Decision::Fail { refresh: false } => 'x',
            Decision::Fail { refresh: true } => 'f',
        }
    }

    /// All 192 situations, written out. In a row the columns count up in binary: in flight is the
    /// lowest bit, then cooling down, store peek due, and backing off the highest.
    #[test]
    fn the_whole_table_of_decisions() {
        let table = [
            (Caller::Waits, ["................", "r...r.r.........", "lwswlwlwlwswlwlw", "lwxwlwlwlwxwlwlw"]),
            (
                Caller::WillNotWait,
                ["................", "r...r.r.........", "r...r.r.........", "fxxxfxfxxxxxxxxx"],
            ),
            (
                Caller::IfFresh,
                ["................", "r...r.r.........", "xxxxxxxxxxxxxxxx", "xxxxxxxxxxxxxxxx"],
            ),
        ];
        let mut count = 0;
        for (caller, rows) in table {
            let want: String = rows.concat();
            let is: String = situations().map(|situation| letter(caller, situation)).collect();
            assert_eq!(is, want, "{caller:?}");
            count += is.len();
        }
        assert_eq!(count, 192);
    }

    /// The promises behind the table, stated without it.
    #[test]
    fn no_decision_breaks_a_promise() {
        for situation in situations() {
            for caller in [Caller::Waits, Caller::WillNotWait, Caller::IfFresh] {
                let decision = decide(caller, situation);
                let starts = matches!(
                    decision,
                    Decision::Serve { refresh: true }
                        | Decision::Fail { refresh: true }
                        | Decision::Wait { lead: true }
                );
                assert!(!(starts && situation.in_flight), "two flights: {situation:?}");
                let may_start = !situation.cooling_down || situation.store_peek_due;
                assert!(!starts || may_start, "a flight during a cooldown: {situation:?}");
                let serves = matches!(decision, Decision::Serve { .. } | Decision::ServeStale);
                assert!(!(serves && situation.freshness == Freshness::Expired), "{situation:?}");
                let waits = matches!(decision, Decision::Wait { .. });
                assert!(!waits || caller == Caller::Waits, "{caller:?} waits: {situation:?}");
                if situation.freshness == Freshness::Fresh {
                    assert_eq!(decision, Decision::Serve { refresh: false });
                }
            }
        }
    }
}

//! Damaged records cause no panic, no record without a value or a lifetime, no expiry beyond a
//! lifetime, and no cooldown beyond the longest.

use super::{FORMAT, FileEnvelope, parse};
use crate::clock::{Clock, Stamp};
use crate::credential::fuzz::FixedClock;
use crate::credential::{Failure, Failures, Grant, Kind, Record, Refetch, RequestStart, Schedule};
use crate::error::{Code, Error};
use crate::secret::Secret;

const DAY: i64 = 86_400_000;

fn written<T: serde::Serialize>(body: &T) -> Vec<u8> {
    serde_json::to_vec(&FileEnvelope { format: FORMAT, body }).unwrap()
}

fn grant(value: &str) -> Grant {
    Grant { value: Secret::new(value), life: 7_200_000 }
}

/// Files of credentials.
pub mod record {
    use super::{Clock, DAY, FixedClock, Kind, Record, RequestStart, Schedule, grant, parse, written};

    /// A ticket, one that was handed out again, and a token.
    pub fn seeds() -> Vec<Vec<u8>> {
        let begun = RequestStart::now(&FixedClock(0));
        let first = Record::next(Kind::Ticket, None, grant("TICKET"), &begun, 0.5).unwrap();
        let again = Record::next(Kind::Ticket, Some(&first), grant("TICKET"), &begun, 0.5).unwrap();
        let access = Record::next(Kind::Token, None, grant("TOKEN"), &begun, 0.5).unwrap();
        [first, again, access].iter().map(written).collect()
    }

    /// Reads a file as a ticket and as a token.
    pub fn check(data: &[u8]) -> bool {
        let Ok(record) = parse::<Record>(data) else { return false };
        let (clock, shown) = (FixedClock(60_000), String::from_utf8_lossy(data));
        assert!(!record.value.reveal().is_empty() && (1..=DAY).contains(&record.life), "{shown}");
        for kind in Kind::ALL {
            let schedule = Schedule::new(kind, &record, &clock, 0.5);
            assert!(schedule.end.saturating_sub(clock.boot()) <= record.life, "{shown}");
            let silence = schedule.refresh_at.saturating_sub(clock.boot());
            // The longest pause between two age checks, and how far a stamp may be ahead.
            assert!(silence <= record.life.max(360_000), "no request for {silence} ms: {shown}");
            // The record after an answer, with the same value or another, lasts at most its own
            // lifetime.
            for value in [record.value.reveal(), "OTHER"] {
                let next = Record::next(kind, Some(&record), grant(value), &RequestStart::now(&clock), 0.5);
                let Ok(next) = next else { continue };
                let schedule = Schedule::new(kind, &next, &clock, 0.5);
                assert!(schedule.end.saturating_sub(clock.boot()) <= 7_200_000, "{value} after {shown}");
            }
        }
        let again = parse::<Record>(&written(&record));
        assert_eq!(again.unwrap(), record, "it changes when it is written again: {shown}");
        true
    }
}

/// Files of recorded failures.
pub mod failures {
    use super::{Clock, Code, Error, Failure, Failures, FixedClock, Kind, Refetch, Stamp, parse, written};

    fn sample() -> Failures {
        let clock = FixedClock(0);
        let failure = |code| {
            let error = Error::new(code, "words").with_answer(45009, Some("1-2-3".to_owned()), None);
            Some(Failure::new(&error, 3, clock.wall(), 60_000, Stamp::take(&clock)))
        };
        let mut failures = Failures {
            circuit_open: failure(Code::Network),
            refetch: Refetch::default().begin(&clock).unwrap().force(&clock),
            ..Failures::default()
        };
        failures.set(Kind::Token, failure(Code::CredentialRejected));
        failures.set(Kind::Ticket, failure(Code::QuotaExceeded));
        failures
    }

    /// Every field that a file can have, and none.
    pub fn seeds() -> Vec<Vec<u8>> {
        vec![written(&sample()), written(&Failures::default())]
    }

    /// Reads a file, and checks which requests it forbids.
    pub fn check(data: &[u8]) -> bool {
        let Ok(read) = parse::<Failures>(data) else { return false };
        let (clock, shown) = (FixedClock(30_000), String::from_utf8_lossy(data));
        for kind in Kind::ALL {
            if let Some(cooldown) = read.cooldown(kind, None, &clock) {
                let wait = cooldown.retry_at_ms().unwrap() - clock.wall();
                assert!((1..=3_660_000).contains(&wait), "{wait} ms: {shown}");
            }
        }
        match read.refetch.clone().unwrap_or_default().begin(&clock) {
            Ok(refetch) => drop(refetch.force(&clock)),
            Err((_, retry_at)) => assert!(retry_at - clock.wall() <= 60_000, "{shown}"),
        }
        let again = parse::<Failures>(&written(&read));
        assert_eq!(again.unwrap(), read, "it changes when it is written again: {shown}");
        let mut merged = sample();
        merged.merge(read, &clock);
        merged.clear(Kind::Token);
        written(&merged.shared(crate::credential::Sharers::Machines));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::hold;

    #[test]
    fn a_damaged_record_lives_one_life_at_most() {
        hold("records", record::seeds(), record::check);
    }

    #[test]
    fn damaged_failures_hold_for_an_hour_at_most() {
        hold("failures", failures::seeds(), failures::check);
    }
}

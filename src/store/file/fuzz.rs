//! Damaged records: no panic, nothing without a value or a life, no end beyond a life, no floor beyond the longest.

use std::sync::Arc;

use super::*;
use crate::clock::Clock;
use crate::clock::tests::Manual;
use crate::credential::{Attempt, Begun, Grant, Held};
use crate::error::Code;
use crate::mutate::{Mutants, rounds};
use crate::secret::Secret;

const T0: i64 = 1_700_000_000_000;
const DAY: i64 = 86_400_000;

fn written<T: Serialize>(body: &T) -> String {
    serde_json::to_string(&Envelope { format: FORMAT, body }).unwrap()
}

fn grant(value: &str) -> Grant {
    Grant { value: Secret::new(value), life: 7_200_000 }
}

#[test]
fn a_damaged_record_is_nothing_or_has_a_value_and_at_most_one_life() {
    let clock = Manual::at(T0);
    let begun = Begun::now(&*clock);
    let first = Record::next(Kind::Ticket, None, grant("TICKET"), &begun, 0.5).unwrap();
    let again = Record::next(Kind::Ticket, Some(&first), grant("TICKET"), &begun, 0.5).unwrap();
    let access = Record::next(Kind::Token, None, grant("TOKEN"), &begun, 0.5).unwrap();
    let samples = [written(&first), written(&again), written(&access)];
    let mut mutants = Mutants::of(&samples.each_ref().map(String::as_str));
    clock.advance(60_000);
    let mut taken = 0;
    for _ in 0..rounds() {
        let bytes = mutants.next();
        let Ok(Some(record)) = FileStore::parse::<Record>(&bytes) else { continue };
        taken += 1;
        let shown = String::from_utf8_lossy(&bytes);
        assert!(!record.value.reveal().is_empty() && (1..=DAY).contains(&record.life), "{shown}");
        for kind in Kind::ALL {
            let held = Held::new(kind, Arc::new(record.clone()), &*clock, 0.5);
            assert!(held.end.saturating_sub(clock.boot()) <= record.life, "{shown}");
            let silence = held.ask_at.saturating_sub(clock.boot());
            assert!(silence <= record.life.max(180_000), "nobody asks for {silence} ms: {shown}");
            // What an answer makes of it, the same value or another, has a life of its own at most.
            for value in [record.value.reveal(), "OTHER"] {
                let next = Record::next(kind, Some(&record), grant(value), &Begun::now(&*clock), 0.5);
                let Ok(next) = next else { continue };
                let held = Held::new(kind, Arc::new(next), &*clock, 0.5);
                assert!(held.end.saturating_sub(clock.boot()) <= 7_200_000, "{value} after {shown}");
            }
        }
        assert!(serde_json::to_string(&record).is_ok());
    }
    println!("{taken} of {} taken", rounds());
    assert!(taken > rounds() / 100, "only {taken} were taken: the test tests nothing");
}

#[test]
fn damaged_attempts_are_nothing_or_floors_of_an_hour_at_most() {
    let clock = Manual::at(T0);
    let attempt = |code| {
        let error = Error::new(code, "words").with_answer(45009, Some("1-2-3".to_owned()), None);
        Some(Attempt::new(&error, 3, clock.wall(), 60_000, crate::clock::Stamp::take(&*clock)))
    };
    let mut attempts = Attempts { outage: attempt(Code::Network), ..Attempts::default() };
    attempts.ticket = attempt(Code::QuotaExceeded);
    attempts.token = attempt(Code::CredentialRejected);
    let refetch = crate::credential::Refetch::default().begin(&*clock).unwrap();
    attempts.refetch = refetch.force(&*clock);
    let samples = [written(&attempts), written(&Attempts::default())];
    let mut mutants = Mutants::of(&samples.each_ref().map(String::as_str));
    clock.advance(30_000);
    let mut taken = 0;
    for _ in 0..rounds() {
        let bytes = mutants.next();
        let Ok(Some(read)) = FileStore::parse::<Attempts>(&bytes) else { continue };
        taken += 1;
        let shown = String::from_utf8_lossy(&bytes);
        for kind in Kind::ALL {
            if let Some(floor) = read.floor(kind, None, &*clock) {
                let wait = floor.retry_at_ms().unwrap() - clock.wall();
                assert!((1..=3_660_000).contains(&wait), "{wait} ms: {shown}");
            }
        }
        match read.refetch.clone().unwrap_or_default().begin(&*clock) {
            Ok(refetch) => drop(refetch.force(&*clock)),
            Err((_, retry_at)) => assert!(retry_at - clock.wall() <= 60_000, "{shown}"),
        }
        let mut merged = attempts.clone();
        merged.merge(read);
        merged.clear(Kind::Token);
        assert!(serde_json::to_string(&merged.shared()).is_ok());
    }
    println!("{taken} of {} taken", rounds());
    assert!(taken > rounds() / 100, "only {taken} were taken: the test tests nothing");
}

//! The promises of ages and expiries (P4, P9, P11), on records alone.

use super::*;
use crate::clock::Clock;
use crate::clock::tests::Manual;
use crate::secret::Secret;

const T0: i64 = 1_700_000_000_000;
const LIFE: i64 = 7_200_000;

fn grant(value: &str, life: i64) -> Grant {
    Grant { value: Secret::new(value), life }
}

fn next(old: Option<&Record>, value: &str, life: i64, clock: &Manual) -> Result<Record, GraceIsOver> {
    Record::next(Kind::Ticket, old, grant(value, life), &RequestStart::now(clock), 0.5)
}

fn freshness(kind: Kind, record: &Record, clock: &Manual) -> Freshness {
    Schedule::new(kind, record, clock, 0.0).freshness(clock.boot())
}

/// A ticket is refreshed ahead in its last ten minutes, a token in its last five.
#[test]
fn a_credential_is_fresh_then_stale_expiring_expired() {
    for (kind, stale) in [(Kind::Token, 300_000), (Kind::Ticket, 600_000)] {
        let clock = Manual::at(T0);
        let begun = RequestStart::now(&*clock);
        let first = Record::next(kind, None, grant("t", LIFE), &begun, 0.0).unwrap();
        let record = Record { age_known: true, ..first };
        for (at, want) in [
            (0, Freshness::Fresh),
            (LIFE - stale - 1, Freshness::Fresh),
            (LIFE - stale, Freshness::Stale),
            (LIFE - 60_001, Freshness::Stale),
            (LIFE - 60_000, Freshness::Expiring),
            (LIFE - 1, Freshness::Expiring),
            (LIFE, Freshness::Expired),
        ] {
            clock.advance(at - (clock.wall() - T0));
            assert_eq!(freshness(kind, &record, &clock), want, "{kind:?} at {at}");
        }
    }
}

#[test]
fn lives_of_ten_seconds_work() {
    let clock = Manual::at(T0);
    let record =
        Record::next(Kind::Token, None, grant("t", 10_000), &RequestStart::now(&*clock), 0.0).unwrap();
    let early = Schedule::new(Kind::Token, &record, &*clock, 0.0);
    let from = clock.boot();
    assert_eq!([early.refresh_at, early.wait_at, early.end].map(|t| t - from), [6_667, 9_000, 10_000]);
    let late = Schedule::new(Kind::Token, &record, &*clock, 1.0);
    assert_eq!(late.refresh_at - from, 8_334, "jitter takes at most half of the time");
}

#[test]
fn a_ticket_handed_out_again_keeps_its_expiry() {
    let clock = Manual::at(T0);
    let first = next(None, "A", LIFE, &clock).unwrap();
    clock.advance(LIFE - 60_000);
    let again = next(Some(&first), "A", LIFE, &clock).unwrap();
    assert_eq!(again.expires_at, first.expires_at);
    assert_eq!(again.first_seen, first.first_seen);
    assert!(again.generation > first.generation);
}

#[test]
fn a_true_remaining_time_may_only_shorten_a_life() {
    let clock = Manual::at(T0);
    let first = next(None, "A", LIFE, &clock).unwrap();
    clock.advance(120_000);
    let again = next(Some(&first), "A", 600_000, &clock).unwrap();
    assert_eq!(again.expires_at, T0 + 720_000);
}

#[test]
fn an_unknown_age_is_checked_until_the_ticket_changes() {
    let clock = Manual::at(T0);
    let mut record = next(None, "A", LIFE, &clock).unwrap();
    for _ in 0..10 {
        assert!(!record.age_known);
        assert_eq!(freshness(Kind::Ticket, &record, &clock), Freshness::Fresh);
        clock.advance(120_000);
        assert_eq!(freshness(Kind::Ticket, &record, &clock), Freshness::Stale);
        record = next(Some(&record), "A", LIFE, &clock).unwrap();
    }
    clock.advance(120_000);
    let changed = next(Some(&record), "B", LIFE, &clock).unwrap();
    assert!(changed.age_known);
    clock.advance(3_600_000);
    assert_eq!(freshness(Kind::Ticket, &changed, &clock), Freshness::Fresh);
}

#[test]
fn a_change_that_no_process_saw_has_unknown_age() {
    let clock = Manual::at(T0);
    let first = next(None, "A", LIFE, &clock).unwrap();
    clock.advance(5_000_000);
    assert!(!next(Some(&first), "B", LIFE, &clock).unwrap().age_known);
}

#[test]
fn a_dead_ticket_is_served_by_short_graces_then_fails() {
    let clock = Manual::at(T0);
    let mut record = Record { age_known: true, ..next(None, "A", LIFE, &clock).unwrap() };
    let end = record.expires_at;
    clock.advance(LIFE - 200_000);
    let mut questions = 0;
    loop {
        match next(Some(&record), "A", LIFE, &clock) {
            Ok(again) => record = again,
            Err(GraceIsOver) => break,
        }
        questions += 1;
        assert_eq!(record.expires_at, end);
        assert!(record.end() <= end + 300_000);
        assert!(record.end() - clock.wall() <= 30_000 || record.end() == end, "a grace is short");
        if record.end() > clock.wall() + 1_000 {
            assert_ne!(
                freshness(Kind::Ticket, &record, &clock),
                Freshness::Expiring,
                "no caller waits before next_check"
            );
        }
        clock.advance(record.next_check - clock.wall());
        assert!(questions < 500);
    }
    assert!(clock.wall() - end > 300_000 && questions < 60, "{questions} questions");
}

#[test]
fn short_lives_cost_at_most_four_requests_a_second() {
    for life in [1_000, 2_000, 4_000] {
        for known in [false, true] {
            let clock = Manual::at(T0);
            let mut record = Record { age_known: known, ..next(None, "A", life, &clock).unwrap() };
            let mut questions = 0;
            for _ in 0..2_000 {
                clock.advance(10);
                // A caller calls all the time, so a credential that is not fresh is fetched.
                if freshness(Kind::Ticket, &record, &clock) != Freshness::Fresh {
                    record = next(Some(&record), "A", life, &clock).unwrap();
                    questions += 1;
                }
            }
            assert!(questions <= 20 * 4, "life {life}: {questions} questions in 20 s");
        }
    }
}

#[test]
fn a_grace_is_never_longer_than_the_life_named() {
    let clock = Manual::at(T0);
    let first = Record { age_known: true, ..next(None, "A", LIFE, &clock).unwrap() };
    clock.advance(LIFE - 7_000);
    let again = next(Some(&first), "A", 7_000, &clock).unwrap();
    assert_eq!(again.end(), T0 + LIFE);
}

#[test]
fn a_record_reads_back_and_cannot_claim_more_life() {
    let clock = Manual::at(T0);
    let record = next(None, "A", LIFE, &clock).unwrap();
    let json = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
    let forged = json.replace(&format!("\"expires_at\":{}", T0 + LIFE), "\"expires_at\":9000000000000");
    assert_ne!(forged, json);
    assert_eq!(serde_json::from_str::<Record>(&forged).unwrap().expires_at, T0 + LIFE);
    for broken in
        [json.replace("\"A\"", "\"\""), json.replace("7200000", "0"), json.replace("{\"gen", "{\"x")]
    {
        assert!(serde_json::from_str::<Record>(&broken).is_err(), "{broken}");
    }
}

#[test]
fn set_clocks_and_reboots_do_not_lengthen_a_life() {
    let clock = Manual::at(T0);
    let record = next(None, "A", LIFE, &clock).unwrap();
    clock.jump(-30 * 86_400_000);
    clock.advance(LIFE);
    assert_eq!(freshness(Kind::Ticket, &record, &clock), Freshness::Expired);
    clock.reboot();
    let schedule = Schedule::new(Kind::Ticket, &record, &*clock, 0.0);
    assert!(schedule.end - clock.boot() <= LIFE);
    assert_ne!(schedule.freshness(clock.boot()), Freshness::Fresh, "one request after a clock went back");
}

#[test]
fn a_long_dead_ticket_of_another_boot_has_unknown_age() {
    let clock = Manual::at(T0);
    let before = next(None, "A", LIFE, &clock).unwrap();
    clock.reboot();
    clock.jump(30 * 86_400_000);
    // It is unknown which of the two clocks was wrong. The service has just returned the ticket, so
    // it is valid.
    let again = next(Some(&before), "A", LIFE, &clock).unwrap();
    assert!(!again.age_known && again.generation > before.generation);
    assert_eq!(freshness(Kind::Ticket, &again, &clock), Freshness::Fresh);
    clock.advance(120_000);
    assert_eq!(freshness(Kind::Ticket, &again, &clock), Freshness::Stale);
}

/// A clock that was corrected by nearly the rest of a ticket's life does not make wxsign refuse the
/// ticket for as long as WeChat returns it.
#[test]
fn a_clock_set_forward_makes_the_age_unknown() {
    for forward in [600_000, LIFE - 200_000, LIFE + 200_000, 30 * 86_400_000] {
        let clock = Manual::at(T0);
        let before = Record { age_known: true, ..next(None, "A", LIFE, &clock).unwrap() };
        clock.jump(forward);
        let mut record = next(Some(&before), "A", LIFE, &clock).unwrap();
        assert!(!record.age_known, "{forward}");
        while clock.boot() < 1_000_000 + LIFE - 600_000 {
            assert_eq!(freshness(Kind::Ticket, &record, &clock), Freshness::Fresh, "{forward}");
            clock.advance(120_000);
            record = next(Some(&record), "A", LIFE, &clock).unwrap();
        }
    }
}

#[test]
fn a_ticket_from_the_future_has_unknown_age() {
    let clock = Manual::at(T0);
    let before = Record { age_known: true, ..next(None, "A", LIFE, &clock).unwrap() };
    clock.advance(LIFE - 700_000);
    clock.reboot();
    clock.jump(-30 * 86_400_000);
    // 700 s of its lifetime are left, but the answer claims another whole lifetime, as it always
    // does.
    let again = next(Some(&before), "A", LIFE, &clock).unwrap();
    assert!(!again.age_known && again.generation > before.generation);
    clock.advance(120_000);
    assert_eq!(freshness(Kind::Ticket, &again, &clock), Freshness::Stale);
}

#[test]
fn a_change_from_the_future_has_unknown_age() {
    let clock = Manual::at(T0);
    let before = next(None, "A", LIFE, &clock).unwrap();
    clock.reboot();
    clock.jump(-30 * 86_400_000);
    assert!(!next(Some(&before), "B", LIFE, &clock).unwrap().age_known);
}

#[test]
fn callers_wait_if_a_record_is_from_the_future() {
    for kind in Kind::ALL {
        let clock = Manual::at(T0);
        let record = Record::next(kind, None, grant("A", LIFE), &RequestStart::now(&*clock), 0.0).unwrap();
        clock.reboot();
        clock.jump(-30 * 86_400_000);
        assert_eq!(freshness(kind, &record, &clock), Freshness::Expiring);
    }
}

#[test]
fn callers_wait_after_two_missed_age_checks() {
    let clock = Manual::at(T0);
    let record = next(None, "A", LIFE, &clock).unwrap();
    clock.advance(239_999);
    assert_eq!(freshness(Kind::Ticket, &record, &clock), Freshness::Stale);
    clock.advance(1);
    assert_eq!(freshness(Kind::Ticket, &record, &clock), Freshness::Expiring);
}

#[test]
fn a_later_answer_is_adopted_and_keeps_the_known_age() {
    let clock = Manual::at(T0);
    let known = Record { generation: 57, ..next(None, "V", LIFE, &clock).unwrap() };
    let known = Record { age_known: true, ..known };
    clock.advance(600_000);
    let newcomers = |value: &str| next(None, value, LIFE, &clock).unwrap();
    let over = |stored: Record, kind| stored.over(kind, Some(&known), &*clock);
    // Another value: adopted from the store, counted on from our generation.
    let taken = over(newcomers("W"), Kind::Ticket).unwrap();
    assert_eq!((taken.value.reveal(), taken.generation, taken.age_known), ("W", 57, false));
    // The same value: confirmed, and as old as we know it to be.
    let taken = over(newcomers("V"), Kind::Ticket).unwrap();
    assert_eq!(
        (taken.first_seen, taken.expires_at, taken.age_known),
        (known.first_seen, known.expires_at, true)
    );
    assert_eq!((taken.fetched_at, taken.generation), (known.fetched_at + 600_000, 57));
    // An older answer of a lower generation, and our own record, change nothing.
    assert!(
        over(Record { generation: 3, fetched_at: known.fetched_at - 1, ..newcomers("W") }, Kind::Ticket)
            .is_none()
    );
    assert!(over(known.clone(), Kind::Ticket).is_none());
    // A higher generation is newer, even if the clocks disagree.
    let skewed = Record { generation: 58, fetched_at: known.fetched_at - 1, ..newcomers("W") };
    assert_eq!(over(skewed.clone(), Kind::Ticket), Some(skewed));
    // A token expires when the latest answer says so.
    let taken = over(newcomers("V"), Kind::Token).unwrap();
    assert_eq!((taken.expires_at, taken.generation), (known.expires_at + 600_000, 57));
}

//! P4 and P9 between machines: a record never lasts longer on another machine, even if the
//! machines' clocks differ.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::age::{Dated, ReadTime, Written};
use super::*;
use crate::clock::Stamp;
use crate::credential::{Failure, Freshness, Refetch, Schedule};
use crate::error::{Code, Error};
use crate::soak::size;

/// Another machine: its wall clock differs by `skew` from one that shows T0, and it was booted at
/// another time.
fn host(skew: i64) -> Arc<Manual> {
    let clock = Manual::at(T0 + skew);
    clock.reboot();
    clock
}

/// The remaining time of `record` on the machine of `clock`, in milliseconds.
fn left(record: &Record, clock: &Manual) -> i64 {
    Schedule::new(Kind::Ticket, record, clock, 0.0).end - clock.boot()
}

/// The record as its writer stored it, then as the machine of `clock` reads it when the key has
/// `ttl` left.
fn read_at(record: &Record, writer: &Manual, clock: &Manual, ttl: impl Fn(i64) -> i64) -> Record {
    let mut record = record.clone();
    let written = Written::now(&mut record, writer);
    written.translate(&mut record, ttl(written.keep_ms), &ReadTime::now(clock));
    record
}

#[test]
fn no_skew_between_machines_changes_a_life() {
    for skew in [0, 1, -1, 90_000, -90_000, 3_600_000, -3_600_000, 30 * 86_400_000, -30 * 86_400_000] {
        let (writer, reader) = (Manual::at(T0), host(skew));
        let ticket = record("A", 1, &*writer);
        for age in [0, 1, 60_000, LIFE - 1, LIFE, LIFE + 60_000] {
            let read = read_at(&ticket, &writer, &reader, |keep| keep - age);
            assert_eq!(left(&read, &reader), LIFE - age, "skew {skew}, age {age}");
            assert_eq!(reader.wall() - read.first_seen, age, "skew {skew}, age {age}");
        }
    }
}

#[test]
fn all_times_of_a_record_keep_their_distances() {
    let (writer, reader) = (Manual::at(T0), host(-500_000));
    let ticket = Record { grace_until: T0 + 20_000, ..record("A", 1, &*writer) };
    let read = read_at(&ticket, &writer, &reader, |keep| keep - 5_000);
    let shape = |r: &Record| {
        [r.first_seen, r.expires_at, r.grace_until, r.next_check].map(|time| time - r.fetched_at)
    };
    assert_eq!(shape(&read), shape(&ticket));
    assert_eq!(read.stamp, Stamp::take(&*reader));
    let schedule = Schedule::new(Kind::Ticket, &read, &*reader, 0.0);
    assert_eq!(schedule.refresh_at - reader.boot(), 120_000 - 5_000, "the age_check goes on where it was");
}

/// If the server's clock goes back, a record never gets more time than it had when it was written.
#[test]
fn a_server_clock_that_goes_back_adds_no_life() {
    let (writer, reader) = (Manual::at(T0), host(0));
    let ticket = record("A", 1, &*writer);
    writer.advance(LIFE - 1_000);
    let read = read_at(&ticket, &writer, &reader, |keep| keep + 3_600_000);
    assert_eq!(left(&read, &reader), 1_000);
}

#[test]
fn the_writers_boot_clock_counts_too() {
    let clock = Manual::at(T0);
    let mut ticket = record("A", 1, &*clock);
    let written = Written::now(&mut ticket, &*clock);
    clock.advance(LIFE + 1);
    clock.jump(-86_400_000);
    // The server's clock was set back too, so no time seems to have passed.
    written.translate(&mut ticket, written.keep_ms, &ReadTime::now(&*clock));
    let schedule = Schedule::new(Kind::Ticket, &ticket, &*clock, 0.0);
    assert_eq!(schedule.freshness(clock.boot()), Freshness::Expired);
}

#[test]
fn a_life_never_grows_between_machines() {
    let mut rng = StdRng::seed_from_u64(20_261_122);
    for _ in 0..size(10, 1_000) {
        let hosts = [(); 3].map(|()| host(rng.random_range(-30 * 86_400_000..=30 * 86_400_000)));
        let mut ticket = record("A", 1, &*hosts[0]);
        let mut before = LIFE;
        for round in 0..300 {
            let (writer, reader) = (&hosts[round % 3], &hosts[(round + 1) % 3]);
            let passed = rng.random_range(1..20_000);
            ticket = read_at(&ticket, writer, reader, |keep| keep - passed);
            let now = left(&ticket, reader);
            assert!(now <= before - passed, "round {round}: {now} after {before}");
            before = now;
        }
    }
}

#[test]
fn a_cooldown_lasts_as_long_on_any_machine() {
    for skew in [-7_200_000, -30_000, 0, 30_000, 7_200_000] {
        let (writer, reader) = (Manual::at(T0), host(skew));
        let error = Error::new(Code::UpstreamBusy, "busy");
        let failure = Failure::new(&error, 1, writer.wall(), 60_000, Stamp::take(&*writer));
        let refetch = Refetch::default().begin(&*writer).unwrap();
        let mut failures =
            Failures { circuit_open: Some(failure), refetch: Some(refetch), ..Failures::default() };
        writer.advance(10_000);
        let written = Written::now(&mut failures, &*writer);
        written.translate(&mut failures, written.keep_ms - 20_000, &ReadTime::now(&*reader));
        let cooldown = failures.cooldown(Kind::Token, None, &*reader).expect("the cooldown holds here too");
        assert_eq!(cooldown.retry_at_ms(), Some(reader.wall() + 30_000), "skew {skew}");
        let (_, retry_at) = failures.refetch.unwrap().begin(&*reader).unwrap_err();
        assert_eq!(retry_at, reader.wall() + 30_000, "skew {skew}");
    }
}

#[test]
fn a_key_stays_a_day_after_its_end() {
    let clock = Manual::at(T0);
    let mut ticket = record("A", 1, &*clock);
    assert_eq!(Written::now(&mut ticket, &*clock).keep_ms, LIFE + 86_400_000);
    clock.advance(10 * LIFE);
    assert_eq!(Written::now(&mut ticket, &*clock).keep_ms, 86_400_000, "never less, and never nothing");
    assert_eq!(Dated::end(&Failures::default(), 5), 5);
}

//! P11: a ticket that WeChat returns again is not trusted for another lifetime, across restarts
//! too.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::world::*;
use crate::credential::Kind;
use crate::soak::size;

/// The longest time in seconds that an expired ticket was served, the errors and the ticket
/// requests of a day. Another service had the ticket before, and `left` milliseconds of its
/// lifetime are left. Each process runs for the time that `lifetimes` returns; then another
/// replaces it on the same store.
fn a_day(tickets: Tickets, left: i64, mut lifetimes: impl FnMut() -> i64) -> (i64, usize, usize) {
    let world = World::new();
    world.service().tickets = tickets;
    world.service().ticket = Some(("OLD".into(), world.now() + left));
    let age_check = left / 1_000 + 500;
    let (mut process, mut restart) = (world.process(), lifetimes());
    let (mut dead, mut longest_dead, mut errors) = (0, 0, 0);
    let mut since_restart = 0;
    for second in (0..86_400).step_by(5) {
        world.pass(5_000, 1_000, std::slice::from_ref(&process));
        since_restart += 5_000;
        if since_restart >= restart {
            (process, restart) = (world.process(), lifetimes());
            since_restart = 0;
        }
        match ticket(&process) {
            Ok(value) => {
                let service = world.service();
                let (current, end) = service.ticket.as_ref().unwrap();
                let alive = tickets == Tickets::Rotated || (*current == value && *end > world.now());
                dead = if alive || second < age_check { 0 } else { dead + 5 };
                longest_dead = longest_dead.max(dead);
            }
            Err(_) => errors += 1,
        }
    }
    let calls = world.service().count(Kind::Ticket);
    (longest_dead, errors, calls)
}

fn check(what: &str, (dead, errors, calls): (i64, usize, usize)) {
    assert_eq!(errors, 0, "{what}");
    // A grace is 30 s: the service has returned the ticket once more.
    assert!(dead <= 30, "{what}: a dead ticket was served for {dead} s");
    assert!(calls <= 400, "{what}: {calls} ticket calls");
}

const SERVICES: [Tickets; 3] = [Tickets::Reserved, Tickets::Rotated, Tickets::Remaining];

/// In every mode of WeChat, no expired ticket is served after the age check.
#[test]
fn no_dead_ticket_is_served_after_the_age_check() {
    for tickets in SERVICES {
        for restart in [i64::MAX, 60_000, 1_800_000] {
            check(&format!("{tickets:?} {restart}"), a_day(tickets, 700_000, || restart));
        }
    }
}

/// If processes start and end at any time, no expired ticket is served after the age check.
#[test]
fn restarts_never_lead_to_a_dead_ticket() {
    let days = size(3, 3_000) as u64;
    for seed in 0..days {
        let mut rng = StdRng::seed_from_u64(seed);
        let tickets = *SERVICES.choose(&mut rng).unwrap();
        let left = rng.random_range(0..LIFE);
        // From processes that end almost at once to those that run for one and a half lifetimes of
        // a ticket.
        let longest = *[10_000, 120_000, 1_800_000, 10_800_000].choose(&mut rng).unwrap();
        check(
            &format!("seed {seed}, {tickets:?}"),
            a_day(tickets, left, || rng.random_range(5_000..=longest)),
        );
    }
    println!("{days} days");
}

/// When a used ticket expires the next one is fetched, although no caller asks just then.
#[test]
fn the_expiry_of_a_used_ticket_is_not_missed() {
    for tickets in SERVICES {
        let world = World::new();
        world.service().tickets = tickets;
        let process = world.process();
        ticket(&process).unwrap();
        world.pass(LIFE / 2, 1_000, std::slice::from_ref(&process));
        let used = ticket(&process).unwrap();
        world.pass(LIFE / 2 + 5_000, 1_000, std::slice::from_ref(&process));
        let (_, cached) = process.context.cached(Kind::Ticket);
        let record = &cached.expect("a ticket that is ready for the next caller").record;
        assert!(record.value.reveal() != used && record.age_known, "{tickets:?}: the turn was missed");
        // Then it stops asking, also if the service cannot be reached when the ticket changes.
        world.trouble(&errcode(-1));
        world.service().requests.clear();
        world.pass(3 * LIFE, 1_000, std::slice::from_ref(&process));
        assert_eq!(world.count(Kind::Ticket), 0, "{tickets:?}: no caller uses it");
    }
}

/// If WeChat fails when a ticket expires, one flight tries.
#[test]
fn a_failure_at_the_expiry_is_tried_once() {
    let world = World::new();
    world.service().tickets = Tickets::Remaining;
    let process = world.process();
    ticket(&process).unwrap();
    world.pass(LIFE - 1_000, 1_000, std::slice::from_ref(&process));
    world.trouble(&errcode(-1));
    world.service().requests.clear();
    world.pass(LIFE, 1_000, std::slice::from_ref(&process));
    let asked = world.count(Kind::Ticket);
    assert!((1..=3).contains(&asked), "{asked} requests, and a flight makes three at most");
}

//! P11: a ticket that the service hands out again is not trusted for another life, across restarts too.

use super::world::*;
use crate::credential::Kind;

/// The longest time in seconds that a dead ticket was served, the errors and the ticket calls of a day in which a process lives for `restart` milliseconds, then another takes its place on the same store.
fn a_day(tickets: Tickets, restart: i64) -> (i64, usize, usize) {
    let world = World::new();
    world.service().tickets = tickets;
    // Somebody else had the ticket for most of its life when we came.
    world.service().ticket = Some(("OLD".into(), world.now() + 700_000));
    let mut process = world.process();
    let (mut dead, mut longest_dead, mut errors) = (0, 0, 0);
    let mut since_restart = 0;
    for second in (0..86_400).step_by(5) {
        world.pass(5_000, 1_000, std::slice::from_ref(&process));
        since_restart += 5_000;
        if since_restart >= restart {
            process = world.process();
            since_restart = 0;
        }
        match ticket(&process) {
            Ok(value) => {
                let service = world.service();
                let (current, end) = service.ticket.as_ref().unwrap();
                let alive = tickets == Tickets::Rotated || (*current == value && *end > world.now());
                dead = if alive || second < 1_200 { 0 } else { dead + 5 };
                longest_dead = longest_dead.max(dead);
            }
            Err(_) => errors += 1,
        }
    }
    let calls = world.service().count(Kind::Ticket);
    (longest_dead, errors, calls)
}

#[test]
fn whatever_the_service_does_nothing_dead_is_served_after_the_probation() {
    for tickets in [Tickets::Reserved, Tickets::Rotated, Tickets::Remaining] {
        for restart in [i64::MAX, 60_000, 1_800_000] {
            let (dead, errors, calls) = a_day(tickets, restart);
            assert_eq!(errors, 0, "{tickets:?} {restart}");
            // A lease is 30 s, and the service has granted it by handing the ticket out once more.
            assert!(dead <= 30, "{tickets:?} {restart}: a dead ticket was served for {dead} s");
            assert!(calls <= 400, "{tickets:?} {restart}: {calls} ticket calls");
        }
    }
}

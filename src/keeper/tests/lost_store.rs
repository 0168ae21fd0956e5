//! P2 and P11 when a store is emptied under running processes; P4 for an answer that comes too late.

use super::world::*;
use crate::credential::Kind;
use crate::error::Code;

#[test]
fn a_newcomers_fetch_into_an_emptied_store_is_adopted_by_those_who_knew_the_old_one() {
    let world = World::new();
    let old: Vec<_> = (0..4).map(|_| world.process()).collect();
    // Many answers, so that what they hold counts higher than what a newcomer begins with.
    world.pass(LIFE / 2, 1_000, &old[..0]);
    for process in &old {
        ticket(process).unwrap();
    }
    world.pass(LIFE / 2, 1_000, &old);
    world.empty_store();
    world.clock.advance(LIFE);
    world.service().requests.clear();
    let fresh = ticket(&world.process()).unwrap();
    for process in &old {
        assert_eq!(ticket(process).unwrap(), fresh);
    }
    assert_eq!(world.counts(), (1, 1));
}

#[test]
fn who_knows_the_age_of_a_ticket_does_not_unlearn_it_from_a_newcomer() {
    let world = World::new();
    let old = world.process();
    ticket(&old).unwrap();
    // Through one turn of the ticket, so that the birth of the next one is witnessed.
    world.pass(LIFE + 300_000, 1_000, std::slice::from_ref(&old));
    ticket(&old).unwrap();
    let witnessed = old.held(Kind::Ticket).1.unwrap();
    assert!(witnessed.record.witnessed);
    world.empty_store();
    world.clock.advance(600_000);
    ticket(&world.process()).unwrap();
    world.clock.advance(witnessed.wait_at - crate::clock::Clock::boot(&*world.clock));
    ticket(&old).unwrap();
    let after = old.held(Kind::Ticket).1.unwrap();
    assert_eq!(after.record.value, witnessed.record.value);
    assert!(after.record.witnessed && after.record.expires_at <= witnessed.record.expires_at);
}

#[test]
fn an_answer_that_takes_longer_than_its_value_lives_is_no_value() {
    let world = World::new();
    world.service().life = 5_000;
    world.service().takes = 6_000;
    let keeper = world.process();
    assert_eq!(code(ticket(&keeper)), Code::BadResponse);
    assert!(ticket(&keeper).is_err(), "and there is a floor");
    assert_eq!(world.counts(), (1, 0));
}

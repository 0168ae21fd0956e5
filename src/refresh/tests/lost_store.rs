//! P2 and P11 when a store is emptied under running processes; P4 for an answer that comes too late.

use std::sync::Arc;

use super::world::*;
use crate::credential::Kind;
use crate::error::Code;
use crate::refresh::Refresher;

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
    // Through one turn of the ticket, so that the age of the next one is known.
    world.pass(LIFE + 300_000, 1_000, std::slice::from_ref(&old));
    ticket(&old).unwrap();
    let age_known = old.held(Kind::Ticket).1.unwrap();
    assert!(age_known.record.age_known);
    world.empty_store();
    world.clock.advance(600_000);
    ticket(&world.process()).unwrap();
    world.clock.advance(age_known.wait_at - crate::clock::Clock::boot(&*world.clock));
    ticket(&old).unwrap();
    let after = old.held(Kind::Ticket).1.unwrap();
    assert_eq!(after.record.value, age_known.record.value);
    assert!(after.record.age_known && after.record.expires_at <= age_known.record.expires_at);
}

/// Six processes that have looked at the store last at different times, so that each remembers another number, all
/// higher than what begins anew after the store was emptied.
fn after_a_flush(renew: impl Fn(&World)) -> (World, Vec<Arc<Refresher>>) {
    let world = World::new();
    let old: Vec<_> = (0..6).map(|_| world.process()).collect();
    // A ticket of unknown age is asked about every two minutes, and each answer counts.
    for second in 0..3_000 {
        world.pass(1_000, 1_000, &[]);
        for process in old.iter().skip(second / 500) {
            ticket(process).unwrap();
        }
    }
    let numbers: Vec<_> = old.iter().map(|old| old.held(Kind::Ticket).1.unwrap().record.generation).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    world.empty_store();
    renew(&world);
    // All of them are to ask now.
    world.clock.advance(120_000);
    world.service().requests.clear();
    (world, old)
}

#[test]
fn after_a_flush_a_newcomers_fetch_serves_all_who_remember_higher_numbers() {
    let renewals: [fn(&World); 2] = [|world| world.service().ticket = None, |_| {}];
    for renew in renewals {
        let (world, old) = after_a_flush(renew);
        let fetched = ticket(&world.process()).unwrap();
        for process in &old {
            // The one that asked last is served once more while it looks behind the caller's back.
            ticket(process).unwrap();
            assert_eq!(ticket(process).unwrap(), fetched);
        }
        assert_eq!(world.counts(), (1, 1), "the newcomer's own");
        // And from then on they go on together.
        world.service().requests.clear();
        for _ in 0..600 {
            world.pass(1_000, 1_000, &old);
            for process in &old {
                ticket(process).unwrap();
            }
        }
        assert!(world.count(Kind::Ticket) <= 6, "{} questions in ten minutes", world.count(Kind::Ticket));
    }
}

#[test]
fn after_a_flush_the_first_who_asks_puts_it_back_for_all() {
    let (world, old) = after_a_flush(|_| {});
    for process in old.iter().rev() {
        ticket(process).unwrap();
    }
    assert_eq!(world.counts(), (0, 1));
}

#[test]
fn an_answer_that_takes_longer_than_its_value_lives_is_no_value() {
    let world = World::new();
    world.service().life = 5_000;
    world.service().takes = 6_000;
    let refresher = world.process();
    assert_eq!(code(ticket(&refresher)), Code::BadResponse);
    assert!(ticket(&refresher).is_err(), "and there is a cooldown");
    assert_eq!(world.counts(), (1, 0));
}

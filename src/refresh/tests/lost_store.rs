//! P2 and P11 when a store is emptied under running processes; P4 for an answer that comes too
//! late.

use std::sync::Arc;

use super::world::*;
use crate::credential::Kind;
use crate::error::Code;
use crate::refresh::Refresher;

/// A new process's fetch into an emptied store is adopted by processes that knew the old one.
#[test]
fn old_processes_adopt_from_an_emptied_store() {
    let world = World::new();
    let old: Vec<_> = (0..4).map(|_| world.process()).collect();
    // Many answers, so that their generation is higher than the one that a new process begins with.
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

/// A process that knows the age of a ticket keeps it when it adopts the record of one that does
/// not.
#[test]
fn a_known_age_is_kept_when_adopting() {
    let world = World::new();
    let old = world.process();
    ticket(&old).unwrap();
    // Through one turn of the ticket, so that the age of the next one is known.
    world.pass(LIFE + 300_000, 1_000, std::slice::from_ref(&old));
    ticket(&old).unwrap();
    let age_known = old.context.cached(Kind::Ticket).1.unwrap();
    assert!(age_known.record.age_known);
    world.empty_store();
    world.clock.advance(600_000);
    ticket(&world.process()).unwrap();
    world.clock.advance(age_known.schedule.wait_at - crate::clock::Clock::boot(&*world.clock));
    ticket(&old).unwrap();
    let after = old.context.cached(Kind::Ticket).1.unwrap();
    assert_eq!(after.record.value, age_known.record.value);
    assert!(after.record.age_known && after.record.expires_at <= age_known.record.expires_at);
}

/// Six processes that have read the store at different times. Each remembers another generation,
/// and all are higher than the one that counting begins with after the store was emptied.
fn after_a_flush(renew: impl Fn(&World)) -> (World, Vec<Arc<Refresher>>) {
    let world = World::new();
    let old: Vec<_> = (0..6).map(|_| world.process()).collect();
    // The age of a ticket is checked every two minutes if it is unknown, and each answer raises the
    // generation.
    for second in 0..3_000 {
        world.pass(1_000, 1_000, &[]);
        for process in old.iter().skip(second / 500) {
            ticket(process).unwrap();
        }
    }
    let numbers: Vec<_> =
        old.iter().map(|old| old.context.cached(Kind::Ticket).1.unwrap().record.generation).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    world.empty_store();
    renew(&world);
    // All of them ask now.
    world.clock.advance(120_000);
    world.service().requests.clear();
    (world, old)
}

/// After a flush a new process's fetch serves all processes that remember higher generations.
#[test]
fn after_a_flush_one_fetch_serves_all_processes() {
    let renewals: [fn(&World); 2] = [|world| world.service().ticket = None, |_| {}];
    for renew in renewals {
        let (world, old) = after_a_flush(renew);
        let fetched = ticket(&world.process()).unwrap();
        for process in &old {
            // The one that asked last is served once more while it reads the store.
            ticket(process).unwrap();
            assert_eq!(ticket(process).unwrap(), fetched);
        }
        assert_eq!(world.counts(), (1, 1), "the newcomer's own");
        // From then on they agree.
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
fn after_a_flush_the_first_fetch_refills_the_store() {
    let (world, old) = after_a_flush(|_| {});
    for process in old.iter().rev() {
        ticket(process).unwrap();
    }
    assert_eq!(world.counts(), (0, 1));
}

/// An answer that takes longer than the lifetime that it names has no value.
#[test]
fn an_answer_slower_than_its_life_is_no_value() {
    let world = World::new();
    world.service().life = 5_000;
    world.service().takes = 6_000;
    let refresher = world.process();
    assert_eq!(code(ticket(&refresher)), Code::BadResponse);
    assert!(ticket(&refresher).is_err(), "and there is a cooldown");
    assert_eq!(world.counts(), (1, 0));
}

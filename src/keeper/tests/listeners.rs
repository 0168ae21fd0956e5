//! P8: a listener that panics costs nobody a value, a flight or an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::world::*;
use crate::credential::Kind;
use crate::error::Code;
use crate::keeper::Keeper;

fn deaf_to_nothing(keeper: &Keeper) -> Arc<AtomicUsize> {
    let heard = Arc::new(AtomicUsize::new(0));
    let counted = heard.clone();
    keeper.listen(
        1,
        Arc::new(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            panic!("an injected panic")
        }),
    );
    heard
}

#[test]
fn a_listener_that_panics_at_a_success_takes_nothing_away() {
    let world = World::new();
    let keeper = world.process();
    let heard = deaf_to_nothing(&keeper);
    let first = ticket(&keeper).unwrap();
    assert_eq!((ticket(&keeper).unwrap(), world.counts()), (first, (1, 1)));
    assert_eq!(heard.load(Ordering::SeqCst), 2);
}

#[test]
fn a_listener_that_panics_at_a_failure_ends_the_flight_and_the_next_one_starts() {
    let world = World::new();
    let keeper = world.process();
    let heard = deaf_to_nothing(&keeper);
    world.trouble(&errcode(-1));
    assert_eq!(code(ticket(&keeper)), Code::UpstreamBusy);
    assert!(!keeper.slot(Kind::Ticket).is_flying() && !keeper.slot(Kind::Token).is_flying());
    world.peace();
    world.clock.advance(60_000);
    let first = ticket(&keeper).unwrap();
    // In the hard window, where the living value is served with an event of its own.
    world.trouble(&errcode(-1));
    let end = world.clock_end(&keeper);
    world.clock.advance(end - world.now() - 10_000);
    assert_eq!(ticket(&keeper).unwrap(), first);
    assert!(heard.load(Ordering::SeqCst) >= 4);
}

#[test]
fn a_listener_that_panics_at_a_broken_store_changes_nothing() {
    let world = World::new();
    world.break_store();
    let keeper = world.process();
    deaf_to_nothing(&keeper);
    ticket(&keeper).unwrap();
    assert_eq!(world.counts(), (1, 1));
}

//! P8: a listener that panics costs nobody a value, a flight or an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::world::*;
use crate::credential::Kind;
use crate::error::Code;
use crate::refresh::Refresher;

fn deaf_to_nothing(refresher: &Refresher) -> Arc<AtomicUsize> {
    let heard = Arc::new(AtomicUsize::new(0));
    let counted = heard.clone();
    refresher.listen(
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
    let refresher = world.process();
    let heard = deaf_to_nothing(&refresher);
    let first = ticket(&refresher).unwrap();
    assert_eq!((ticket(&refresher).unwrap(), world.counts()), (first, (1, 1)));
    assert_eq!(heard.load(Ordering::SeqCst), 2);
}

#[test]
fn a_listener_that_panics_at_a_failure_ends_the_flight_and_the_next_one_starts() {
    let world = World::new();
    let refresher = world.process();
    let heard = deaf_to_nothing(&refresher);
    world.trouble(&errcode(-1));
    assert_eq!(code(ticket(&refresher)), Code::UpstreamBusy);
    assert!(!refresher.slot(Kind::Ticket).is_flying() && !refresher.slot(Kind::Token).is_flying());
    world.peace();
    world.clock.advance(60_000);
    let first = ticket(&refresher).unwrap();
    // In the last minute, where the living value is served with an event of its own.
    world.trouble(&errcode(-1));
    let end = world.clock_end(&refresher);
    world.clock.advance(end - world.now() - 10_000);
    assert_eq!(ticket(&refresher).unwrap(), first);
    assert!(heard.load(Ordering::SeqCst) >= 4);
}

#[test]
fn a_listener_that_panics_at_a_broken_store_changes_nothing() {
    let world = World::new();
    world.break_store();
    let refresher = world.process();
    deaf_to_nothing(&refresher);
    ticket(&refresher).unwrap();
    assert_eq!(world.counts(), (1, 1));
}

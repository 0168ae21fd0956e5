//! P8: if a listener panics, all callers still get their values, and flights still end. A closed
//! client's listener is not called.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::world::*;
use crate::credential::Kind;
use crate::error::Code;
use crate::refresh::Refresher;

/// Adds a listener that panics, and counts its calls.
fn panic_at_events(refresher: &Refresher, client: u64) -> Arc<AtomicUsize> {
    let heard = Arc::new(AtomicUsize::new(0));
    let counted = heard.clone();
    refresher.listen(
        client,
        Arc::new(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            panic!("an injected panic")
        }),
    );
    heard
}

#[test]
fn a_panicking_listener_does_not_harm_a_success() {
    let world = World::new();
    let refresher = world.process();
    let heard = panic_at_events(&refresher, 1);
    let first = ticket(&refresher).unwrap();
    assert_eq!((ticket(&refresher).unwrap(), world.counts()), (first, (1, 1)));
    assert_eq!(heard.load(Ordering::SeqCst), 2);
}

/// A listener that panics at a failure does not keep the flight from ending, nor the next one from
/// starting.
#[test]
fn a_panicking_listener_does_not_harm_a_failure() {
    let world = World::new();
    let refresher = world.process();
    let heard = panic_at_events(&refresher, 1);
    world.trouble(&errcode(-1));
    assert_eq!(code(ticket(&refresher)), Code::UpstreamBusy);
    assert!(
        !refresher.context.entry(Kind::Ticket).is_in_flight()
            && !refresher.context.entry(Kind::Token).is_in_flight()
    );
    world.peace();
    world.clock.advance(60_000);
    let first = ticket(&refresher).unwrap();
    // In the expiring window, in which the cached value is served and an event reports it.
    world.trouble(&errcode(-1));
    let end = world.clock_end(&refresher);
    world.clock.advance(end - world.now() - 10_000);
    assert_eq!(ticket(&refresher).unwrap(), first);
    assert!(heard.load(Ordering::SeqCst) >= 4);
}

/// A listener that panics when the store fails changes nothing.
#[test]
fn a_panicking_listener_does_not_harm_a_broken_store() {
    let world = World::new();
    world.break_store();
    let refresher = world.process();
    panic_at_events(&refresher, 1);
    ticket(&refresher).unwrap();
    assert_eq!(world.counts(), (1, 1));
}

/// A client that was closed gets no event, and another one of the same account goes on getting them.
#[test]
fn a_closed_client_gets_no_event() {
    let world = World::new();
    let refresher = world.process();
    let heard = [1, 2].map(|client| panic_at_events(&refresher, client));
    refresher.leave(1);
    ticket(&refresher).unwrap();
    assert_eq!(heard.map(|heard| heard.load(Ordering::SeqCst)), [0, 2]);
}

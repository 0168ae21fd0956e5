//! P4 and P5: what lives is served to its end, requests are bounded, recovery is quick.

use super::world::*;
use crate::credential::Kind;
use crate::error::Code;
use crate::http::Fault;
use crate::soak::size;

#[test]
fn a_value_is_served_to_its_end_while_refreshing_fails_and_never_after() {
    for trouble in [errcode(-1), Trouble::Fault(Fault::Connect), Trouble::Body(200, "<html>".into())] {
        let world = World::new();
        let keeper = world.process();
        let first = ticket(&keeper).unwrap();
        let end = world.clock_end(&keeper);
        world.trouble(&trouble);
        while world.now() + 1_000 < end {
            world.pass(1_000, 1_000, std::slice::from_ref(&keeper));
            assert_eq!(ticket(&keeper).unwrap(), first);
        }
        world.clock.advance(end - world.now());
        assert!(ticket(&keeper).is_err());
        world.peace();
        world.clock.advance(60_000);
        assert_ne!(ticket(&keeper).unwrap(), first);
    }
}

#[test]
fn a_day_of_outage_costs_at_most_1450_requests_and_recovery_a_minute() {
    let days = size(1, 30);
    let world = World::new();
    let clients: Vec<_> = (0..8).map(|_| world.process()).collect();
    for client in &clients {
        ticket(client).unwrap();
    }
    let warm = world.service().requests.len();
    world.trouble(&Trouble::Fault(Fault::Connect));
    let end = world.clock_end(&clients[0]);
    for _ in 0..86_400 * days {
        world.pass(1_000, 1_000, &clients);
        for client in &clients {
            let outcome = ticket(client);
            assert_eq!(outcome.is_ok(), world.now() < end);
        }
    }
    let spent = world.service().requests.len() - warm;
    println!("{spent} requests of 8 clients in an outage of {days} days");
    assert!(spent <= 1_450 * days, "{spent} requests in {days} days");
    world.peace();
    world.service().requests.clear();
    world.pass(60_000, 1_000, &clients);
    for client in &clients {
        ticket(client).unwrap();
    }
    assert_eq!(world.counts(), (1, 1));
}

#[test]
fn callers_at_a_floor_get_the_error_at_once_with_the_time_of_the_next_attempt() {
    let world = World::new();
    let keeper = world.process();
    world.trouble(&errcode(40125));
    for _ in 0..100 {
        let error = ticket(&keeper).unwrap_err();
        assert_eq!((error.code(), error.errcode()), (Code::CredentialRejected, Some(40125)));
        let wait = error.retry_at_ms().unwrap() - world.now();
        assert!((1..=60_000).contains(&wait), "{wait}");
    }
    assert_eq!(world.service().requests.len(), 1);
    assert_eq!(code(ticket(&world.process())), Code::CredentialRejected);
    assert_eq!(world.service().requests.len(), 1, "another process knows it from the store");
}

#[test]
fn a_quota_of_the_day_is_probed_once_an_hour_and_the_living_value_served() {
    let world = World::new();
    let keeper = world.process();
    let first = ticket(&keeper).unwrap();
    world.service().requests.clear();
    world.trouble(&errcode(45009));
    for _ in 0..LIFE / 10_000 - 1 {
        world.pass(10_000, 10_000, std::slice::from_ref(&keeper));
        assert_eq!(ticket(&keeper).unwrap(), first);
    }
    assert!(world.count(Kind::Ticket) <= 3, "{}", world.count(Kind::Ticket));
}

#[test]
fn a_flight_makes_three_requests_at_most_and_only_one_while_the_service_is_known_to_fail() {
    let world = World::new();
    let keeper = world.process();
    world.trouble(&errcode(-1));
    assert_eq!(code(ticket(&keeper)), Code::UpstreamBusy);
    assert_eq!(world.service().requests.len(), 3);
    world.clock.advance(60_000);
    assert_eq!(code(ticket(&keeper)), Code::UpstreamBusy);
    assert_eq!(world.service().requests.len(), 4);
}

#[test]
fn a_slow_service_takes_nine_seconds_at_most() {
    let world = World::new();
    let keeper = world.process();
    world.service().takes = 60_000;
    let begun = world.now();
    assert_eq!(code(ticket(&keeper)), Code::Timeout);
    assert!(world.now() - begun <= 9_000, "{}", world.now() - begun);
}

#[test]
fn a_dead_lock_holder_keeps_nobody_from_a_ticket() {
    let world = World::new();
    world.lock_store();
    let keeper = world.process();
    ticket(&keeper).unwrap();
}

#[test]
fn a_broken_store_degrades_to_memory() {
    let world = World::new();
    world.break_store();
    let keeper = world.process();
    let first = ticket(&keeper).unwrap();
    assert_eq!(ticket(&keeper).unwrap(), first);
    assert_eq!(keeper.store_failure().as_deref(), Some("broken"));
    assert_eq!(world.service().requests.len(), 2);
}

//! P4 and P5: during an outage the cached value is served until it expires, requests are bounded,
//! and recovery is quick.

use std::sync::{Arc, Mutex};

use super::world::*;
use crate::credential::Kind;
use crate::error::{Code, Reason};
use crate::soak::size;

/// While refreshing fails, a value is served until it expires, and never later.
#[test]
fn a_value_is_served_until_it_expires_never_later() {
    for trouble in
        [errcode(-1), Trouble::Fault(Reason::ConnectionRefused), Trouble::Body(200, "<html>".into())]
    {
        let world = World::new();
        let refresher = world.process();
        let first = ticket(&refresher).unwrap();
        let end = world.clock_end(&refresher);
        world.trouble(&trouble);
        while world.now() + 1_000 < end {
            world.pass(1_000, 1_000, std::slice::from_ref(&refresher));
            assert_eq!(ticket(&refresher).unwrap(), first);
        }
        world.clock.advance(end - world.now());
        assert!(ticket(&refresher).is_err());
        world.peace();
        world.clock.advance(60_000);
        assert_ne!(ticket(&refresher).unwrap(), first);
    }
}

/// A day of outage costs at most 1,450 requests, and recovery takes a minute at most.
#[test]
fn a_day_of_outage_costs_at_most_1450_requests() {
    let days = size(1, 30);
    let world = World::new();
    let clients: Vec<_> = (0..8).map(|_| world.process()).collect();
    for client in &clients {
        ticket(client).unwrap();
    }
    let warm = world.service().requests.len();
    world.trouble(&Trouble::Fault(Reason::ConnectionRefused));
    let end = world.clock_end(&clients[0]);
    for _ in 0..86_400 / 5 * days {
        world.pass(5_000, 5_000, &clients);
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

/// In a cooldown callers get the error at once, with the time of the next attempt.
#[test]
fn in_a_cooldown_the_error_comes_at_once() {
    let world = World::new();
    let refresher = world.process();
    world.trouble(&errcode(40125));
    for _ in 0..100 {
        let error = ticket(&refresher).unwrap_err();
        assert_eq!((error.code(), error.errcode()), (Code::CredentialRejected, Some(40125)));
        let wait = error.retry_at_ms().unwrap() - world.now();
        assert!((1..=60_000).contains(&wait), "{wait}");
    }
    assert_eq!(world.service().requests.len(), 1);
    assert_eq!(code(ticket(&world.process())), Code::CredentialRejected);
    assert_eq!(world.service().requests.len(), 1, "another process knows it from the store");
}

/// A used-up quota of a day is probed once an hour, and the cached value is served.
#[test]
fn a_used_up_quota_is_probed_once_an_hour() {
    let world = World::new();
    let refresher = world.process();
    let first = ticket(&refresher).unwrap();
    world.service().requests.clear();
    world.trouble(&errcode(45009));
    for _ in 0..LIFE / 10_000 - 1 {
        world.pass(10_000, 10_000, std::slice::from_ref(&refresher));
        assert_eq!(ticket(&refresher).unwrap(), first);
    }
    assert!(world.count(Kind::Ticket) <= 3, "{}", world.count(Kind::Ticket));
}

/// A flight makes three requests at most, and only one while WeChat is known to fail.
#[test]
fn a_flight_makes_three_requests_or_one_in_an_outage() {
    let world = World::new();
    let refresher = world.process();
    world.trouble(&errcode(-1));
    assert_eq!(code(ticket(&refresher)), Code::UpstreamBusy);
    assert_eq!(world.service().requests.len(), 3);
    world.clock.advance(60_000);
    assert_eq!(code(ticket(&refresher)), Code::UpstreamBusy);
    assert_eq!(world.service().requests.len(), 4);
}

#[test]
fn a_slow_service_takes_nine_seconds_at_most() {
    let world = World::new();
    let refresher = world.process();
    world.service().takes = 60_000;
    let begun = world.now();
    assert_eq!(code(ticket(&refresher)), Code::Timeout);
    assert!(world.now() - begun <= 9_000, "{}", world.now() - begun);
}

#[test]
fn with_a_dead_lock_holder_a_ticket_is_fetched() {
    let world = World::new();
    world.lock_store();
    let refresher = world.process();
    ticket(&refresher).unwrap();
}

/// A lock that is never released costs callers nine seconds once, and little in each life.
#[test]
fn a_lock_never_released_costs_callers_little() {
    for life in [14_000, 600_000, LIFE] {
        let world = World::new();
        world.service().life = life;
        world.service().tickets = Tickets::Rotated;
        let refresher = world.process();
        ticket(&refresher).unwrap();
        world.lock_store();
        let (mut longest, mut all) = (0, 0);
        let steps = 4 * life / 100;
        for _ in 0..steps {
            world.pass(100, 100, std::slice::from_ref(&refresher));
            let begun = world.now();
            ticket(&refresher).unwrap();
            longest = longest.max(world.now() - begun);
            all += world.now() - begun;
        }
        assert!(longest <= 9_000, "life {life}: {longest} ms for one call");
        assert!(all <= 9_000 + 4 * 4_500, "life {life}: {all} ms of waiting in {steps} calls");
        assert!(refresher.counts().unlocked > 0);
        // A token of some seconds may expire while the flight waits for the lock. A held lock is no
        // failure.
        let failures = refresher.counts().failures;
        assert!(failures.keys().all(|what| what == "40001" && life == 14_000), "{failures:?}");
        // The lock is used again as soon as it is released.
        world.unlock_store();
        let unlocked = refresher.counts().unlocked;
        for _ in 0..2 * life / 100 {
            world.pass(100, 100, std::slice::from_ref(&refresher));
            ticket(&refresher).unwrap();
        }
        assert_eq!(refresher.counts().unlocked, unlocked);
    }
}

/// A flight that waits for the lock finds what another process has fetched.
#[test]
fn a_flight_that_waits_for_the_lock_adopts() {
    let world = Arc::new(World::new());
    let (refresher, other) = (world.process(), world.process());
    world.lock_store();
    let outside = Arc::clone(&world);
    world.clock.during_sleep(move || {
        outside.unlock_store();
        ticket(&other).unwrap();
        outside.lock_store();
    });
    let begun = world.now();
    ticket(&refresher).unwrap();
    assert!(world.now() - begun < 1_500, "{} ms", world.now() - begun);
    assert_eq!((world.counts(), refresher.counts().unlocked), ((1, 1), 0));
}

/// A process that was suspended with the lock does not overwrite a newer answer with its old one.
#[test]
fn a_suspended_flight_replaces_no_newer_value() {
    let world = World::new();
    world.service().tickets = Tickets::Rotated;
    let (stopped, other) = (world.process(), world.process());
    world.service().takes = 1_000;
    // While the first one's answer is under way, another process goes without its lock and has a
    // newer ticket.
    let newer = Arc::new(Mutex::new(None));
    let found = Arc::clone(&newer);
    world.meanwhile(Kind::Ticket, move || *found.lock().unwrap() = Some(ticket(&other).unwrap()));
    let first = ticket(&stopped).unwrap();
    let newer = newer.lock().unwrap().clone().unwrap();
    assert_eq!(world.count(Kind::Ticket), 2);
    assert_eq!(first, newer, "the first one's own answer is the older one");
    assert_eq!(ticket(&world.process()).unwrap(), newer);
}

/// A process that was suspended in its flight and fails adopts what another one has fetched, and
/// sets no cooldown.
#[test]
fn a_suspended_flight_that_fails_adopts() {
    let world = Arc::new(World::new());
    let (stopped, other) = (world.process(), world.process());
    world.service().trouble.insert(Kind::Ticket, errcode(48001));
    let outside = Arc::clone(&world);
    world.meanwhile(Kind::Ticket, move || {
        outside.peace();
        outside.clock.advance(20_000);
        ticket(&other).unwrap();
    });
    let first = ticket(&stopped).expect("there is a living ticket in the store");
    assert_eq!(world.count(Kind::Ticket), 2);
    assert!(stopped.context.cooldown(Kind::Ticket).is_none());
    assert_eq!(ticket(&world.process()).unwrap(), first);
    assert!(!world.has_failures(), "nor in the store");
}

#[test]
fn a_broken_store_degrades_to_memory() {
    let world = World::new();
    world.break_store();
    let refresher = world.process();
    let first = ticket(&refresher).unwrap();
    assert_eq!(ticket(&refresher).unwrap(), first);
    assert_eq!(refresher.store_failure().as_deref(), Some("broken"));
    assert_eq!(world.service().requests.len(), 2);
}

//! P1–P3: served from memory, fetched once, refreshed ahead, silent when idle.

use std::sync::mpsc;
use std::time::Duration;

use super::world::*;
use crate::credential::Kind;
use crate::error::Code;
use crate::refresh::Refresher;

/// A fresh ticket is served without a request and without the locks that a refresh takes.
#[test]
fn a_fresh_ticket_is_served_without_request_or_lock() {
    let world = World::new();
    let refresher = world.process();
    ticket(&refresher).unwrap();
    let (send, receive) = mpsc::channel();
    let _entry = refresher.context.entry(Kind::Ticket).hold();
    let _cooldowns = refresher.context.cooldowns.hold();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..1_000 {
                refresher.try_get(Kind::Ticket).unwrap();
            }
            send.send(()).unwrap();
        });
        receive.recv_timeout(Duration::from_secs(5)).expect("serving waited for a lock");
    });
    assert_eq!(world.service().requests.len(), 2);
}

#[test]
fn processes_on_one_store_fetch_once() {
    let world = World::new();
    let processes: Vec<_> = (0..8).map(|_| world.process()).collect();
    let tickets: Vec<_> = processes.iter().map(|process| ticket(process).unwrap()).collect();
    assert!(tickets.iter().all(|t| t == &tickets[0]));
    assert_eq!(world.counts(), (1, 1));
    let source = |refresher: &Refresher| refresher.context.cached(Kind::Ticket).1.unwrap().source.word();
    assert_eq!([&processes[0], &processes[7]].map(|process| source(process)), ["service", "store"]);
}

/// A credential in use is refreshed ahead, and an idle client stops asking after one life.
#[test]
fn used_is_refreshed_ahead_and_idle_falls_silent() {
    let world = World::new();
    world.service().tickets = Tickets::Rotated;
    let refresher = world.process();
    ticket(&refresher).unwrap();
    world.pass(600_000, 1_000, std::slice::from_ref(&refresher));
    ticket(&refresher).unwrap();
    world.pass(LIFE - 600_000, 1_000, std::slice::from_ref(&refresher));
    assert!(is_served(&refresher), "refreshed before anybody had to wait");
    refresher.context.entry(Kind::Ticket).forget_use();
    let after_one_life = world.service().requests.len();
    assert!(after_one_life >= 3);
    world.pass(10 * LIFE, 10_000, std::slice::from_ref(&refresher));
    let idle = world.service().requests.len() - after_one_life;
    assert!(idle <= 2, "{idle} requests of an idle client");
}

#[test]
fn a_used_client_never_waits_once_it_is_warm() {
    let world = World::new();
    let refresher = world.process();
    ticket(&refresher).unwrap();
    for _ in 0..24 * 3600 / 5 {
        world.pass(5_000, 1_000, std::slice::from_ref(&refresher));
        assert!(is_served(&refresher), "a caller would have waited");
    }
    assert!(world.service().count(Kind::Ticket) <= 400);
    assert!(world.count(Kind::Token) <= 40, "{}", world.count(Kind::Token));
}

/// Without waiting a call serves or fails with `NOT_READY`, and a refresh that is due is started.
#[test]
fn without_waiting_it_serves_or_is_not_ready() {
    let world = World::new();
    let refresher = world.process();
    // Flights are inline here, so the one that this call begins is over when it looks again.
    assert!(refresher.try_get(Kind::Ticket).is_ok());
    world.trouble(&errcode(-1));
    world.clock.advance(LIFE);
    let error = refresher.try_get(Kind::Ticket).unwrap_err();
    assert_eq!(error.code(), Code::NotReady);
    assert_eq!(error.cause().unwrap().code(), Code::UpstreamBusy);
    assert!(error.retry_at_ms().is_some());
}

#[test]
fn setting_the_clock_serves_nothing_late() {
    let world = World::new();
    world.service().tickets = Tickets::Rotated;
    let refresher = world.process();
    ticket(&refresher).unwrap();
    let requests = world.service().requests.len();
    for jump in [-30, 30, -1, 60, -60_i64] {
        world.clock.jump(jump * 86_400_000);
        ticket(&refresher).unwrap();
        ticket(&world.process()).unwrap();
    }
    // The clock was set ahead once: one fetch settles it.
    assert!(world.service().requests.len() <= requests + 2);
    world.trouble(&errcode(-1));
    world.clock.advance(LIFE);
    assert_eq!(code(ticket(&refresher)), Code::UpstreamBusy);
}

/// A machine that its host had suspended: its boot clock has not counted the time, and its wall
/// clock has.
#[test]
fn a_resumed_machine_serves_nothing_dead() {
    let world = World::new();
    let refresher = world.process();
    let first = ticket(&refresher).unwrap();
    world.clock.jump(LIFE - 30_000);
    let requests = world.service().requests.len();
    ticket(&refresher).unwrap();
    assert!(world.service().requests.len() > requests, "one fetch settles which clock is right");
    world.clock.jump(LIFE);
    assert_ne!(ticket(&refresher).unwrap(), first, "it is dead by the wall clock");
    let requests = world.service().requests.len();
    for _ in 0..100 {
        ticket(&refresher).unwrap();
    }
    assert_eq!(world.service().requests.len(), requests, "once");
}

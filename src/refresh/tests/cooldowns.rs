//! P5 at long cooldowns: a process notices within a minute that another one has succeeded, and a
//! cooldown that is over never returns.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::world::*;
use crate::clock::Clock;
use crate::credential::Kind;
use crate::error::Code;
use crate::event::Event;
use crate::refresh::Refresher;
use crate::threads::RefreshAhead;

const HOUR: i64 = 3_600_000;

/// How often each kind of the ticket's events was emitted.
fn ear(refresher: &Refresher) -> impl Fn(&str) -> usize {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&heard);
    let listen = move |event: &Event| {
        if event.credential() == Some(Kind::Ticket) {
            events.lock().unwrap().push(event.name());
        }
    };
    refresher.listen(1, Arc::new(listen));
    move |name| heard.lock().unwrap().iter().filter(|heard| **heard == name).count()
}

/// A process whose address an administrator must confirm, and another one of the same account whose
/// address is confirmed.
fn one_shut_out(world: &World) -> (Arc<Refresher>, Arc<Refresher>) {
    let (out, inside) = (world.process(), world.process());
    world.trouble(&errcode(89503));
    assert_eq!(code(ticket(&out)), Code::IpNotAllowed);
    world.peace();
    (out, inside)
}

/// A process in a cooldown of an hour finds within a minute what another process has fetched.
#[test]
fn a_cooldown_of_an_hour_reads_the_store_each_minute() {
    let world = World::of_machines();
    let (out, inside) = one_shut_out(&world);
    let fetched = ticket(&inside).unwrap();
    world.clock.advance(59_000);
    assert_eq!(
        code(ticket(&out)),
        Code::IpNotAllowed,
        "the store is looked at once a minute, not at each call"
    );
    world.clock.advance(1_001);
    world.service().requests.clear();
    assert_eq!(ticket(&out).unwrap(), fetched);
    // From then on this process adopts what the other one keeps fresh, and no caller waits or asks.
    for _ in 0..2 * LIFE / 10_000 {
        world.pass(10_000, 10_000, std::slice::from_ref(&inside));
        ticket(&inside).unwrap();
        out.refresh_due();
        assert!(is_served(&out), "a caller would have waited");
    }
    let asked: Vec<_> = world.service().requests.clone();
    let alone = {
        let world = World::new();
        let refresher = world.process();
        for _ in 0..2 * LIFE / 10_000 {
            world.pass(10_000, 10_000, std::slice::from_ref(&refresher));
            ticket(&refresher).unwrap();
        }
        world.service().requests.len()
    };
    // Its own probes, one an hour, come on top.
    assert!(asked.len() <= alone + 2 * 4, "{} requests, {alone} of one process alone", asked.len());
}

/// In a cooldown the store is read without a request and without an event.
#[test]
fn reading_the_store_costs_no_request_and_no_event() {
    let world = World::new();
    let refresher = world.process();
    world.trouble(&errcode(45009));
    assert_eq!(code(ticket(&refresher)), Code::QuotaExceeded);
    let heard = ear(&refresher);
    world.service().requests.clear();
    for _ in 0..3_500 {
        world.pass(1_000, 1_000, std::slice::from_ref(&refresher));
        let error = ticket(&refresher).unwrap_err();
        assert_eq!(error.code(), Code::QuotaExceeded);
        assert!((1..=HOUR).contains(&(error.retry_at_ms().unwrap() - world.now())));
    }
    assert_eq!((world.service().requests.len(), heard("failed")), (0, 0));
}

/// A ticket whose token is in a cooldown finds the token that another process has fetched.
#[test]
fn a_ticket_flight_finds_the_token_of_another_process() {
    let world = World::of_machines();
    let (out, inside) = one_shut_out(&world);
    inside.get(Kind::Token, 1, Duration::from_millis(1), || ()).unwrap();
    world.clock.advance(60_001);
    ticket(&out).unwrap();
    assert_eq!(world.count(Kind::Token), 2, "the refused request and the other one's");
}

/// A process in the cooldown of a used-up quota of tickets, and another one that has a ticket
/// since: an administrator has reset the quota, and the account's recorded failures with it.
fn one_mended(world: &World) -> (Arc<Refresher>, Arc<Refresher>) {
    let (refresher, other) = (world.process(), world.process());
    ticket(&refresher).unwrap();
    world.service().trouble.insert(Kind::Ticket, errcode(45009));
    wait_for(world, &refresher, Kind::Ticket);
    ticket(&refresher).unwrap();
    assert!(refresher.context.cooldown(Kind::Ticket).is_some());
    world.peace();
    world.forget_failures();
    world.clock.advance(3_000);
    ticket(&other).unwrap();
    (refresher, other)
}

/// Until the service is to be asked again.
fn wait_for(world: &World, refresher: &Refresher, kind: Kind) {
    let due = refresher.context.cached(kind).1.unwrap().schedule.refresh_at;
    world.clock.advance((due - world.clock.boot()).max(0));
}

/// A cooldown that the success of another process has ended is over here within a minute.
#[test]
fn a_cooldown_ends_with_another_processes_success() {
    let world = World::new();
    let (refresher, _) = one_mended(&world);
    let asked = world.counts();
    assert!(refresher.context.cooldown(Kind::Ticket).is_some(), "no process has read the store yet");
    world.clock.advance(60_001);
    ticket(&refresher).unwrap();
    assert!(refresher.context.cooldown(Kind::Ticket).is_none(), "the other one's success ends it");
    assert_eq!(world.counts(), asked);
}

/// A cooldown that is over may be written again by a process that has it in memory. It stops no
/// process.
#[test]
fn a_finished_cooldown_written_again_stops_no_process() {
    let world = World::new();
    let (refresher, other) = one_mended(&world);
    // The token's failure writes all failures of the account again, including those that are over.
    assert!(
        refresher
            .context
            .entry(Kind::Token)
            .reject(refresher.context.cached(Kind::Token).1.unwrap().record.value.reveal())
    );
    world.service().trouble.insert(Kind::Token, errcode(48001));
    refresher.get(Kind::Token, 1, Duration::from_millis(1), || ()).unwrap_err();
    world.peace();
    wait_for(&world, &other, Kind::Ticket);
    let asked = world.count(Kind::Ticket);
    ticket(&other).unwrap();
    assert_eq!(world.count(Kind::Ticket), asked + 1, "it asks when it is time");
    assert!(other.context.cooldown(Kind::Ticket).is_none());
    let newcomer = world.process();
    ticket(&newcomer).unwrap();
    assert!(newcomer.context.cooldown(Kind::Ticket).is_none());
}

/// A token that was fetched in the same flight does not lift the cooldown of the ticket's failure.
#[test]
fn a_fetched_token_does_not_lift_the_tickets_cooldown() {
    let world = World::new();
    let refresher = world.process();
    ticket(&refresher).unwrap();
    // The token is invalid, and after it was fetched again, three seconds later, the tickets are
    // out of order.
    world.service().kill_token();
    assert!(
        refresher
            .context
            .entry(Kind::Ticket)
            .reject(refresher.context.cached(Kind::Ticket).1.unwrap().record.value.reveal())
    );
    world.service().takes = 3_000;
    let service = world.shared_service();
    world.meanwhile(Kind::Token, move || {
        service.lock().unwrap().trouble.insert(Kind::Ticket, errcode(-1));
    });
    assert_eq!(code(ticket(&refresher)), Code::UpstreamBusy);
    assert!(refresher.context.cooldown(Kind::Ticket).is_some());
    let asked = world.counts();
    assert_eq!((code(ticket(&refresher)), world.counts()), (Code::UpstreamBusy, asked));
}

/// A record of a clock that was ahead lifts no cooldown.
#[test]
fn a_record_from_the_future_lifts_no_cooldown() {
    let world = World::new();
    ticket(&world.process()).unwrap();
    // The machine starts again, its clock is right now, and the record seems to be from the next
    // hour.
    world.clock.reboot();
    world.clock.jump(-3_600_000);
    world.trouble(&errcode(-1));
    world.service().takes = 1_000;
    world.service().requests.clear();
    let refresher = world.process();
    for _ in 0..100 {
        ticket(&refresher).unwrap();
    }
    assert!(refresher.context.cooldown(Kind::Ticket).is_some());
    assert_eq!(world.service().requests.len(), 3, "one flight");
}

#[test]
fn a_refusal_of_this_machine_stays_out_of_redis() {
    let world = World::of_machines();
    let refresher = world.process();
    ticket(&refresher).unwrap();
    world.service().trouble.insert(Kind::Ticket, errcode(-1));
    // The token's refresh is refused to this host; then an outage of the tickets comes and goes.
    world.service().trouble.insert(Kind::Token, errcode(89503));
    let due = |kind| refresher.context.cached(kind).1.unwrap().schedule.refresh_at - world.clock.boot();
    world.clock.advance(due(Kind::Ticket));
    ticket(&refresher).unwrap();
    world.clock.advance(due(Kind::Token).max(60_000));
    refresher.get(Kind::Token, 1, Duration::from_millis(1), || ()).unwrap();
    world.service().trouble.remove(&Kind::Ticket);
    world.clock.advance(60_000);
    ticket(&refresher).unwrap();
    world.service().trouble.clear();
    let other = world.process();
    world.clock.advance(LIFE - (world.now() - T0) - 1_000);
    other.get(Kind::Token, 1, Duration::from_millis(1), || ()).unwrap();
    assert!(other.context.cooldown(Kind::Token).is_none(), "another host's refusal");
}

#[test]
fn stale_serving_is_reported_once_a_minute() {
    let world = World::new();
    let refresher = world.process();
    ticket(&refresher).unwrap();
    let heard = ear(&refresher);
    world.trouble(&errcode(-1));
    let end = world.clock_end(&refresher);
    world.clock.advance(end - world.now() - 59_000);
    for _ in 0..58 {
        for _ in 0..100 {
            ticket(&refresher).unwrap();
        }
        world.clock.advance(1_000);
    }
    assert_eq!(heard("stale"), 1, "5,800 calls in a minute of the last minute");
    assert_eq!(heard("failed"), 1, "one flight");
}

/// If WeChat names lifetimes of a second, it is asked once a minute after half a minute.
#[test]
fn lives_of_a_second_are_asked_once_a_minute() {
    let world = World::new();
    world.service().life = 1_000;
    world.service().tickets = Tickets::Rotated;
    let refresher = world.process();
    let mut errors = 0;
    for step in 0..10 * 60 * 10 {
        world.pass(100, 100, std::slice::from_ref(&refresher));
        match ticket(&refresher) {
            Ok(value) => {
                let (current, end) = world.service().ticket.clone().unwrap();
                assert!(value == current && world.now() < end, "served after its end");
            }
            Err(error) => {
                assert!(step > 300, "{error}");
                assert_eq!(error.code(), Code::BadResponse);
                assert!((1..=60_000).contains(&(error.retry_at_ms().unwrap() - world.now())));
                errors += 1;
            }
        }
    }
    assert!(errors > 5_000, "{errors}");
    let (tokens, tickets) = world.counts();
    // Half a minute of refreshing ahead, of questions at every quarter of a second, and then one
    // each a minute.
    assert!(tokens <= 45 + 10 && tickets <= 4 * 31 + 10, "{tokens} and {tickets} requests in ten minutes");
    // One long lifetime ends that.
    world.service().life = LIFE;
    world.clock.advance(60_000);
    ticket(&refresher).unwrap();
    world.clock.advance(60_000);
    ticket(&refresher).unwrap();
    assert!(refresher.context.cooldown(Kind::Ticket).is_none());
}

/// Lifetimes of some seconds work as long as WeChat names them.
#[test]
fn lives_of_some_seconds_work_without_end() {
    let world = World::new();
    world.service().life = 10_000;
    let refresher = world.process();
    for _ in 0..10 * 60 * 10 {
        world.pass(100, 100, std::slice::from_ref(&refresher));
        ticket(&refresher).unwrap();
    }
}

/// An error that repeats an earlier failure carries the time of that failure, also in another
/// process, and after the wall clock was set. The first error carries none: it has just happened.
#[test]
fn a_repeated_error_says_when_it_was_recorded() {
    let world = World::new();
    let refresher = world.process();
    world.trouble(&errcode(48001));
    let failed_at = world.now();
    assert_eq!(ticket(&refresher).unwrap_err().recorded_at_ms(), None);
    world.clock.advance(20_000);
    for process in [&refresher, &world.process()] {
        let error = ticket(process).unwrap_err();
        assert_eq!((error.errcode(), error.recorded_at_ms()), (Some(48001), Some(failed_at)));
        assert_eq!(error.retry_at_ms(), Some(failed_at + 60_000));
    }
    world.clock.jump(5_000);
    assert_eq!(ticket(&refresher).unwrap_err().recorded_at_ms(), Some(failed_at + 5_000));
    world.clock.advance(41_000);
    assert_eq!(ticket(&refresher).unwrap_err().recorded_at_ms(), None, "it has failed again");
}

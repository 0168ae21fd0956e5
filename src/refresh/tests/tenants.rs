//! Accounts beside each other on one store: none adopts, blocks or delays another.

use super::world::*;
use crate::credential::Kind;
use crate::error::Code;
use crate::refresh::Refresher;
use crate::upstream::TokenApi;

/// A wrong secret neither adopts the right one's ticket nor blocks it.
#[test]
fn a_wrong_secret_is_another_account() {
    let world = World::new();
    let right = world.process();
    let wrong = Refresher::new(world.parts("wrong", TokenApi::Stable));
    ticket(&right).unwrap();
    world.trouble(&errcode(40125));
    assert_eq!(code(ticket(&wrong)), Code::CredentialRejected);
    world.peace();
    assert!(ticket(&right).is_ok());
    assert!(ticket(&world.process()).is_ok(), "a new process of the right secret");
    assert_eq!(code(ticket(&wrong)), Code::CredentialRejected, "still at its own cooldown");
}

/// A machine off the whitelist does not stop one that is on it.
#[test]
fn a_refused_machine_does_not_stop_another() {
    let world = World::of_machines();
    let off = world.process();
    world.trouble(&errcode(40164));
    assert_eq!(code(ticket(&off)), Code::IpNotAllowed);
    world.peace();
    assert!(ticket(&world.process()).is_ok());
    assert_eq!(code(ticket(&off)), Code::IpNotAllowed, "it waits out its own cooldown");
    world.clock.advance(60_000);
    assert!(ticket(&off).is_ok());
    assert_eq!(world.service().count(Kind::Ticket), 1, "and adopts what the other one fetched");
}

/// P5: the processes of one machine ask WeChat from one address, so they share its refusal: one
/// probe a minute for all of them, in a day at most 1,450.
#[test]
fn a_refused_machine_is_asked_once_a_minute() {
    let world = World::new();
    let processes: Vec<_> = (0..4).map(|_| world.process()).collect();
    world.trouble(&errcode(40164));
    for _ in 0..24 * 60 * 6 {
        world.clock.advance(10_000);
        for process in &processes {
            assert_eq!(code(ticket(process)), Code::IpNotAllowed);
        }
    }
    let requests = world.service().requests.len();
    assert!((1_400..=1_450).contains(&requests), "{requests} requests in a day");
    // The address is allowed: within a minute each process has the ticket, for one request of each
    // kind.
    world.peace();
    world.service().requests.clear();
    world.clock.advance(60_000);
    for process in &processes {
        assert!(ticket(process).is_ok());
    }
    assert_eq!(world.counts(), (1, 1));
}

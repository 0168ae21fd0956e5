//! Accounts beside each other on one store: none adopts, blocks or delays another.

use super::world::*;
use crate::credential::Kind;
use crate::error::Code;
use crate::refresh::TokenSource;
use crate::upstream::TokenMode;

/// A wrong secret neither adopts the right one's ticket nor blocks it.
#[test]
fn a_wrong_secret_is_another_account() {
    let world = World::new();
    let right = world.process();
    let wrong = world.process_of("wrong", TokenMode::Stable, TokenSource::Fetched);
    ticket(&right).unwrap();
    world.trouble(&errcode(40125));
    assert_eq!(code(ticket(&wrong)), Code::CredentialRejected);
    world.peace();
    assert!(ticket(&right).is_ok());
    assert!(ticket(&world.process()).is_ok(), "a new process of the right secret");
    assert_eq!(code(ticket(&wrong)), Code::CredentialRejected, "still at its own cooldown");
}

/// A host off the whitelist does not stop one that is on it.
#[test]
fn a_refused_host_does_not_stop_an_allowed_one() {
    let world = World::new();
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

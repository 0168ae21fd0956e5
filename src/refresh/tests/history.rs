//! What a refresher remembers of its tickets, for diagnosis.

use super::world::*;
use crate::credential::Kind;
use crate::diagnosis::{KnownTicket, TicketEnd};
use crate::refresh::Refresher;

const MINUTE: i64 = 60_000;

/// Value, uses and end of each ticket of 公众号, with times in seconds since the world began.
#[allow(clippy::type_complexity)]
fn known(refresher: &Refresher) -> Vec<(String, Option<(i64, i64)>, Option<(TicketEnd, i64)>)> {
    let since = |at: u64| i64::try_from(at).unwrap() - T0 / 1_000;
    let tickets = refresher.known_tickets();
    assert!(tickets.iter().all(|one| one.kind == Kind::Ticket));
    let shown = |one: KnownTicket| {
        let used = one.used.map(|(first, last)| (since(first), since(last)));
        (one.value.reveal().to_owned(), used, one.end.map(|(end, at)| (end, since(at))))
    };
    tickets.into_iter().map(shown).collect()
}

/// Two lives of a ticket: the first is remembered with its uses and the time of its successor.
#[test]
fn a_replaced_ticket_is_remembered() {
    let world = World::new();
    let refresher = world.process();
    let first = ticket(&refresher).unwrap();
    for _ in 0..150 {
        world.pass(MINUTE, MINUTE, std::slice::from_ref(&refresher));
        let now = refresher.now();
        // As a signature from memory does.
        if refresher.with_ticket(Kind::Ticket, now, |_| ()).is_none() {
            ticket(&refresher).unwrap();
        }
    }
    let second = ticket(&refresher).unwrap();
    assert_ne!(first, second);
    let [newest, former] = known(&refresher).try_into().unwrap();
    assert_eq!((newest.0, newest.2), (second, None));
    assert_eq!(former.0, first);
    let ((from, to), Some((TicketEnd::Replaced, at))) = (former.1.unwrap(), former.2) else {
        panic!("{former:?}")
    };
    assert_eq!(from, 0);
    // WeChat gives the same ticket for its whole life, and its successor after that.
    assert!((7_200 - 120..=7_200 + 300).contains(&at), "{at}");
    assert!(to <= at && to > 6_900, "{to}");
    assert_eq!(newest.1.unwrap().1, 9_000);
}

#[test]
fn at_most_two_tickets_are_remembered() {
    let world = World::new();
    world.service().tickets = Tickets::Rotated;
    let refresher = world.process();
    for _ in 0..5 {
        let value = ticket(&refresher).unwrap();
        world.clock.advance(4 * MINUTE);
        assert!(refresher.invalidate(&value));
    }
    let current = ticket(&refresher).unwrap();
    let [newest, former] = known(&refresher).try_into().unwrap();
    assert_eq!((newest.0, newest.2), (current, None));
    assert_eq!(former.2, Some((TicketEnd::Rejected, 5 * 240)));
}

#[test]
fn an_expired_ticket_is_remembered_as_such() {
    let world = World::new();
    let refresher = world.process();
    ticket(&refresher).unwrap();
    world.trouble(&errcode(-1));
    world.pass(3 * 60 * MINUTE, MINUTE, std::slice::from_ref(&refresher));
    let [only] = known(&refresher).try_into().unwrap();
    assert_eq!((only.1, only.2), (Some((0, 0)), Some((TicketEnd::Expired, 7_200))));
}

/// For the doctor: what another process has written is taken over, and WeChat is not asked.
#[test]
fn reading_the_store_makes_no_request() {
    let world = World::new();
    let value = ticket(&world.process()).unwrap();
    let before = world.counts();
    let reader = world.process();
    reader.read_store(&[Kind::Token, Kind::Ticket]);
    assert_eq!(reader.look(Kind::Ticket).1.unwrap().record.value.reveal(), value);
    assert!(reader.look(Kind::Token).1.is_some());
    assert_eq!(known(&reader), [(value, None, None)]);
    assert_eq!(world.counts(), before);
}

#[test]
fn reading_the_store_adopts_failures() {
    let world = World::new();
    world.trouble(&errcode(45009));
    ticket(&world.process()).unwrap_err();
    let reader = world.process();
    reader.read_store(&[Kind::Token, Kind::Ticket]);
    assert_eq!(reader.look(Kind::Token).2.unwrap().errcode(), Some(45009));
}

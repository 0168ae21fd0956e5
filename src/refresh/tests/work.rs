//! 企业微信: three kinds of tickets, each with its own entry and few requests.

use std::time::Duration;

use super::world::*;
use crate::credential::Kind;
use crate::error::{Code, Reason};
use crate::refresh::Refresher;

const KINDS: [Kind; 3] = [Kind::CorpTicket, Kind::AgentTicket, Kind::CorpCardTicket];

fn get(refresher: &Refresher, kind: Kind) -> Result<String, Code> {
    let outcome = refresher.get(kind, 1, Duration::from_millis(1), || ());
    outcome.map(|value| value.reveal().to_owned()).map_err(|error| error.code())
}

/// The most calls of one kind in any hour of a day, and the errors. Each process runs for `restart`
/// milliseconds.
fn a_day(tickets: Tickets, left: i64, restart: i64) -> (usize, usize) {
    let world = World::new();
    world.service().tickets = tickets;
    world.service().ticket = Some(("OLD".into(), world.now() + left));
    let (mut process, mut age, mut errors) = (world.process_of_app(), 0, 0);
    for _ in 0..86_400 / 5 {
        world.pass(5_000, 1_000, std::slice::from_ref(&process));
        age += 5_000;
        if age >= restart {
            (process, age) = (world.process_of_app(), 0);
        }
        errors += KINDS.iter().filter(|kind| get(&process, **kind).is_err()).count();
    }
    let service = world.service();
    let most = KINDS.map(|kind| {
        let calls: Vec<_> =
            service.requests.iter().filter(|(call, _)| *call == kind).map(|(_, at)| *at).collect();
        let in_an_hour =
            |from: &i64| calls.iter().filter(|at| (0..3_600_000).contains(&(**at - from))).count();
        calls.iter().map(in_an_hour).max().unwrap_or_default()
    });
    (most.into_iter().max().unwrap_or_default(), errors)
}

/// An hour allows 100 tickets for an app. Age checks, repeats and grace together stay under 25 of a
/// kind.
#[test]
fn an_hour_has_fewer_than_25_calls_of_a_kind() {
    for tickets in [Tickets::Reserved, Tickets::Remaining, Tickets::Rotated] {
        for restart in [i64::MAX, 60_000, 1_800_000] {
            let (most, errors) = a_day(tickets, 700_000, restart);
            println!("{tickets:?}, processes of {restart} ms: {most} calls in an hour at most");
            assert!(most < 25 && errors == 0, "{tickets:?} {restart}: {most} calls, {errors} errors");
        }
    }
}

/// A day of outage costs at most 1,450 requests for each kind of ticket, as for 公众号.
#[test]
fn a_day_of_outage_stays_under_the_promise() {
    for trouble in [Trouble::Fault(Reason::ConnectionRefused), errcode(-1)] {
        let world = World::new();
        let processes: Vec<_> = (0..4).map(|_| world.process_of_app()).collect();
        for (process, kind) in processes.iter().flat_map(|process| KINDS.map(|kind| (process, kind))) {
            get(process, kind).unwrap();
        }
        world.service().requests.clear();
        world.trouble(&trouble);
        for _ in 0..86_400 / 10 {
            world.pass(10_000, 10_000, &processes);
            for (process, kind) in processes.iter().flat_map(|process| KINDS.map(|kind| (process, kind))) {
                let _ = get(process, kind);
            }
        }
        let spent = world.service().requests.len();
        println!("{spent} requests of 4 processes for 3 kinds");
        assert!((100..=KINDS.len() * 1_450).contains(&spent), "{spent} requests");
    }
}

/// The tickets of an app share only its token.
#[test]
fn an_app_has_one_token_and_a_ticket_of_each_kind() {
    let world = World::new();
    world.service().tickets = Tickets::Rotated;
    let process = world.process_of_app();
    let tickets = KINDS.map(|kind| get(&process, kind).unwrap());
    let [corp, agent, card] = &tickets;
    assert!(corp != agent && agent != card && card != corp);
    let other = world.process_of_app();
    assert_eq!(KINDS.map(|kind| get(&other, kind).unwrap()), tickets, "the store keeps them apart");
    let count = |kind| world.service().count(kind);
    assert_eq!((count(Kind::Token), KINDS.map(count)), (1, [1; 3]));
}

/// If WeChat refuses the app's ticket, the corp's ticket still works.
#[test]
fn a_refused_kind_leaves_the_other_one_alone() {
    let world = World::new();
    world.service().trouble.insert(Kind::AgentTicket, errcode(48002));
    let process = world.process_of_app();
    assert_eq!(get(&process, Kind::AgentTicket), Err(Code::PermissionDenied));
    assert!(get(&process, Kind::CorpTicket).is_ok());
    assert_eq!(world.service().count(Kind::Token), 1);
}

/// The most requests in any hour of two in which `failing` calls fail, and four processes ask for
/// all tickets at each second.
fn most_in_an_hour(trouble: &Trouble, failing: &[Kind]) -> usize {
    let world = World::new();
    world.service().trouble = failing.iter().map(|kind| (*kind, trouble.clone())).collect();
    let processes: Vec<_> = (0..4).map(|_| world.process_of_app()).collect();
    for _ in 0..7_200 {
        world.pass(1_000, 1_000, &processes);
        for process in &processes {
            assert!(KINDS.iter().all(|kind| get(process, *kind).is_err()));
        }
    }
    let service = world.service();
    let failed = service.requests.iter().filter(|(kind, _)| failing.contains(kind));
    let times: Vec<_> = failed.map(|(_, at)| *at).collect();
    let in_an_hour = |from: &i64| times.iter().filter(|at| (0..3_600_000).contains(&(**at - from))).count();
    times.iter().map(in_an_hour).max().unwrap_or_default()
}

/// 2,000 failed calls in an hour block a corp for an hour, all its apps together. If an app's token
/// fails, it makes one call a minute; if its tickets fail, one for each of their three kinds.
#[test]
fn an_hour_of_failures_stays_far_under_2000() {
    for errcode in [-1, 40001, 40013, 40014, 42001, 45009, 45033, 48002, 60011, 60020, 99999] {
        let trouble = super::world::errcode(errcode);
        let [token, tickets] = [&[Kind::Token][..], &KINDS].map(|calls| most_in_an_hour(&trouble, calls));
        println!("{errcode}: {token} failed token calls, {tickets} failed ticket calls");
        assert!(token <= 65 && tickets <= 3 * 65, "{errcode}: {token} and {tickets}");
    }
}

/// 企业微信 has no forced refresh: a token that comes back refused stays an error, after one
/// refetch.
#[test]
fn a_dead_token_of_an_app_is_never_forced() {
    let world = World::new();
    let process = world.process_of_app();
    assert!(get(&process, Kind::CorpTicket).is_ok());
    world.service().stubborn = true;
    world.service().kill_token();
    // The first call and those that meet its cooldown carry WeChat's errcode.
    for _ in 0..3 {
        let error = process.get(Kind::AgentTicket, 1, Duration::from_millis(1), || ()).unwrap_err();
        assert_eq!((error.code(), error.errcode()), (Code::TokenInvalidated, Some(40001)));
    }
    assert!(world.service().forced.is_empty());
}

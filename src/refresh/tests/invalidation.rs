//! Tokens that become invalid before their expiry: one refetch, a budget for forced refreshes, no
//! contest between two services. And the caller's own tokens.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::world::*;
use crate::credential::Kind;
use crate::error::Code;
use crate::refresh::{Refresher, TokenReply, TokenSource};
use crate::secret::Secret;
use crate::soak::size;
use crate::upstream::TokenApi;

/// The ticket is dropped without the budget of callers, so that the next call must use the token.
fn drop_ticket(refresher: &Refresher) {
    if let Some(cached) = refresher.context.cached(Kind::Ticket).1 {
        assert!(refresher.context.entry(Kind::Ticket).reject(cached.record.value.reveal()));
    }
}

/// A caller that invalidates every ticket causes three requests in three minutes.
#[test]
fn invalidating_at_each_call_costs_little() {
    let world = World::new();
    let refresher = world.process();
    let mut dropped = 0;
    for _ in 0..600 {
        let value = ticket(&refresher).unwrap();
        dropped += usize::from(refresher.invalidate(&value));
        world.clock.advance(1_000);
    }
    assert_eq!(dropped, 12);
    assert!(world.count(Kind::Ticket) <= 20, "{} requests in ten minutes", world.count(Kind::Ticket));
}

/// A token that another service has invalidated is fetched again once.
#[test]
fn a_killed_token_is_fetched_again_once() {
    let world = World::new();
    let refresher = world.process();
    ticket(&refresher).unwrap();
    world.service().kill_token();
    drop_ticket(&refresher);
    ticket(&refresher).unwrap();
    assert_eq!(world.counts(), (2, 3));
}

/// Another service replaces the token every five seconds for some hours. Each error is typed and
/// has a hint.
fn kill_for(hours: usize, world: &World, refresher: &Arc<Refresher>) -> usize {
    let mut errors = 0;
    for _ in 0..720 * hours {
        world.pass(5_000, 5_000, std::slice::from_ref(refresher));
        world.service().kill_token();
        drop_ticket(refresher);
        if let Err(error) = ticket(refresher) {
            assert_eq!(error.code(), Code::TokenInvalidated);
            assert!(error.hint().contains("stable_token") && error.retry_at_ms().is_some());
            errors += 1;
        }
    }
    errors
}

#[test]
fn services_that_kill_each_others_token_do_not_duel() {
    let (world, hours) = (World::new(), size(1, 24));
    let refresher = Refresher::new(world.parts("secret", TokenApi::Classic));
    assert!(kill_for(hours, &world, &refresher) > 0);
    let spent = world.count(Kind::Token);
    println!("{spent} token calls in {hours} hours");
    assert!(spent <= 60 * hours + 1, "{spent}");
}

/// A stable token that WeChat returns although it is invalid is replaced by a forced refresh,
/// within the budget.
#[test]
fn a_dead_stable_token_is_forced_within_the_budget() {
    let (world, hours) = (World::new(), size(1, 24));
    let refresher = world.process();
    world.service().stubborn = true;
    ticket(&refresher).unwrap();
    assert!(kill_for(hours, &world, &refresher) > 0);
    let forced = world.service().forced.clone();
    println!("{} forced refreshes in {hours} hours", forced.len());
    assert!((1..=(6 * hours).min(10)).contains(&forced.len()), "{forced:?}");
    assert!(forced.windows(2).all(|pair| pair[1] - pair[0] >= 600_000));
}

#[test]
fn invalidating_a_replaced_value_drops_nothing() {
    let world = World::new();
    let refresher = world.process();
    let first = ticket(&refresher).unwrap();
    assert!(!refresher.invalidate("another"));
    assert!(refresher.invalidate(&first));
    assert!(!refresher.invalidate(&first));
}

/// The caller's own fixed token is never fetched and can be replaced.
#[test]
fn a_callers_own_token_is_never_fetched() {
    let world = World::new();
    world.service().token = Some(("MINE".into(), i64::MAX));
    let fixed = TokenSource::Fixed(Mutex::new(Secret::new("STALE")));
    let refresher = world.process_with(fixed);
    assert_eq!(code(ticket(&refresher)), Code::TokenInvalidated);
    assert_eq!(code(ticket(&refresher)), Code::TokenInvalidated);
    assert_eq!(world.counts(), (0, 1));
    refresher.set_token(Secret::new("MINE")).unwrap();
    assert!(ticket(&refresher).is_ok());
    assert_eq!(world.service().count(Kind::Token), 0);
}

/// A token function is asked once more, with the refused token.
#[test]
fn a_token_function_gets_the_refused_token() {
    let world = World::new();
    world.service().token = Some(("GOOD".into(), i64::MAX));
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = calls.clone();
    let function = move |rejected: Option<&str>, reply: TokenReply| {
        seen.fetch_add(1, Ordering::SeqCst);
        assert!(rejected.is_none_or(|token| token == "BAD"));
        reply.send(Ok(if rejected.is_some() { "GOOD" } else { "BAD" }.to_owned()));
    };
    let refresher = world.process_with(TokenSource::Function(Arc::new(function)));
    assert!(ticket(&refresher).is_ok());
    assert_eq!((calls.load(Ordering::SeqCst), world.service().count(Kind::Ticket)), (2, 2));
}

/// A token function that fails, ends without an answer or repeats itself is a typed failure.
#[test]
fn a_failing_token_function_is_a_typed_failure() {
    type Function = fn(TokenReply);
    let functions: [(Function, Code, usize); 4] = [
        (|reply| reply.send(Err("vault is closed".into())), Code::TokenInvalidated, 0),
        (drop, Code::TokenInvalidated, 0),
        (|reply| reply.send(Ok(String::new())), Code::InvalidArgument, 0),
        (|reply| reply.send(Ok("BAD".into())), Code::TokenInvalidated, 1),
    ];
    for (function, want, requests) in functions {
        let world = World::new();
        let source = TokenSource::Function(Arc::new(move |_: Option<&str>, reply| function(reply)));
        let refresher = world.process_with(source);
        assert_eq!(code(ticket(&refresher)), want);
        assert_eq!(world.service().requests.len(), requests);
    }
}

/// Refreshing ahead does not call a failing token function without end.
#[test]
fn a_failing_token_function_is_called_with_backoff() {
    let world = World::new();
    world.service().token = Some(("GOOD".into(), i64::MAX));
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = calls.clone();
    let function = move |_: Option<&str>, reply: TokenReply| {
        let first = seen.fetch_add(1, Ordering::SeqCst) == 0;
        reply.send(if first { Ok("GOOD".to_owned()) } else { Err("vault is closed".to_owned()) });
    };
    let refresher = world.process_with(TokenSource::Function(Arc::new(function)));
    ticket(&refresher).unwrap();
    // Through the rest of the ticket's life, in which it is due nearly all the time, with an eager
    // background and callers.
    for _ in 0..LIFE / 100 {
        world.pass(100, 50, std::slice::from_ref(&refresher));
        let _ = refresher.try_get(Kind::Ticket);
    }
    let seconds = usize::try_from(LIFE / 1_000).unwrap();
    let called = calls.load(Ordering::SeqCst);
    assert!((seconds / 10..seconds / 4).contains(&called), "{called} calls in {seconds} s");
    // For a caller that waits it is called at once: it may work again.
    let _ = ticket(&refresher);
    assert_eq!(calls.load(Ordering::SeqCst), called + 1);
}

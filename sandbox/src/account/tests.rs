//! The lives of tokens and tickets, with injected time.
// A test that cannot go on should stop at once.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::settings::TicketMode;

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn account() -> (Account, Settings, Instant) {
    (Account::new("wxa", "s"), Settings::default(), Instant::now())
}

fn alive(account: &Account, token: &str, now: Instant) -> bool {
    account.token(token, now).unwrap().is_alive(now)
}

/// The one before it lives for the overlap.
#[test]
fn each_classic_token_is_new() {
    let (mut account, settings, now) = account();
    let (first, life) = account.classic_token(&settings, now);
    assert_eq!(life, secs(7200));
    let (second, _) = account.classic_token(&settings, now + secs(10));
    assert_ne!(first, second);
    assert!(alive(&account, &first, now + secs(309)));
    assert!(!alive(&account, &first, now + secs(310)));
    assert!(account.token(&first, now).unwrap().was_replaced());
    assert!(alive(&account, &second, now + secs(7209)));
    assert!(!account.token(&second, now).unwrap().was_replaced());
}

#[test]
fn an_overlap_never_lengthens_a_life() {
    let (mut account, settings, now) = account();
    let (first, _) = account.classic_token(&settings, now);
    account.classic_token(&settings, now + secs(7100));
    assert!(!alive(&account, &first, now + secs(7200)));
    assert!(!account.token(&first, now).unwrap().was_replaced());
}

#[test]
fn a_stable_token_stays_until_its_last_minutes() {
    let (mut account, settings, now) = account();
    let (first, _) = account.stable_token(false, &settings, now);
    let (same, remaining) = account.stable_token(false, &settings, now + secs(6899));
    assert_eq!((&same, remaining), (&first, secs(301)));
    let (next, life) = account.stable_token(false, &settings, now + secs(6900));
    assert_ne!(next, first);
    assert_eq!(life, secs(7200));
    assert!(alive(&account, &first, now + secs(7199)));
}

#[test]
fn a_short_stable_token_stays_until_its_last_quarter() {
    let (mut account, mut settings, now) = account();
    settings.token_life = secs(8);
    let (first, _) = account.stable_token(false, &settings, now);
    assert_eq!(account.stable_token(false, &settings, now + secs(5)).0, first);
    assert_ne!(account.stable_token(false, &settings, now + secs(6)).0, first);
}

#[test]
fn force_refresh_kills_only_the_stable_token() {
    let (mut account, settings, now) = account();
    let (classic, _) = account.classic_token(&settings, now);
    let (first, _) = account.stable_token(false, &settings, now);
    let (second, _) = account.stable_token(true, &settings, now);
    assert_ne!(first, second);
    assert!(!alive(&account, &first, now));
    assert!(alive(&account, &classic, now));
    account.classic_token(&settings, now);
    assert!(alive(&account, &second, now + secs(7199)));
}

#[test]
fn tickets_follow_the_mode() {
    let (mut account, mut settings, now) = account();
    let (first, _) = account.ticket(false, &settings, now);
    assert_eq!(account.ticket(false, &settings, now + secs(7199)), (first.clone(), secs(7200)));
    settings.ticket_mode = TicketMode::Remaining;
    assert_eq!(account.ticket(false, &settings, now + secs(7199)), (first.clone(), secs(1)));
    assert_ne!(account.ticket(false, &settings, now + secs(7200)).0, first);
    settings.ticket_mode = TicketMode::Rotate;
    let (one, _) = account.ticket(false, &settings, now + secs(7201));
    assert_ne!(account.ticket(false, &settings, now + secs(7201)).0, one);
    assert_eq!(account.jsapi.living(now + secs(7201)).count(), 3);
}

#[test]
fn killing_makes_a_new_one_at_the_next_call() {
    let (mut account, settings, now) = account();
    let (token, _) = account.stable_token(false, &settings, now);
    let (ticket, _) = account.ticket(false, &settings, now);
    account.kill_tokens(now);
    assert!(account.token(&token, now).unwrap().was_replaced());
    assert_eq!(account.ticket(false, &settings, now).0, ticket, "a ticket outlives its token");
    account.kill_tickets(now);
    assert_ne!(account.ticket(false, &settings, now).0, ticket);
    assert_ne!(account.stable_token(false, &settings, now).0, token);
}

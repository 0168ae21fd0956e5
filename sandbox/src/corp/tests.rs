//! The limits and the lives of 企业微信's tickets, with injected time.
// A test that cannot go on should stop at once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;

fn corp() -> (Corp, Settings, Instant) {
    let mut corp = Corp::new("wwa");
    corp.set_app(Some("1"), "s1");
    corp.set_app(Some("2"), "s2");
    corp.set_app(None, "contacts");
    (corp, Settings::default(), Instant::now())
}

#[test]
fn an_app_keeps_its_token_until_it_ends() {
    let (mut corp, settings, now) = corp();
    let (first, _) = corp.apps[0].token(&settings, now);
    let second = now + Duration::from_secs(7199);
    assert_eq!(corp.apps[0].token(&settings, second), (first.clone(), Duration::from_secs(1)));
    assert_ne!(corp.apps[0].token(&settings, now + Duration::from_secs(7200)).0, first);
    assert_ne!(corp.apps[1].token(&settings, now).0, first);
}

/// An hour allows 100 calls for each app and kind; a corp's tickets 400 for the corp too.
#[test]
fn an_hour_has_its_limits() {
    let (mut corp, mut settings, now) = corp();
    for kind in [TicketKind::Corp, TicketKind::AgentConfig] {
        for _ in 0..100 {
            assert!(corp.ticket(0, kind, &settings, now).is_ok());
        }
        assert_eq!(corp.ticket(0, kind, &settings, now), Err(45009));
        assert!(corp.ticket(1, kind, &settings, now).is_ok());
    }
    assert!(corp.ticket(0, TicketKind::Corp, &settings, now + HOUR).is_ok());
    settings.corp_ticket_limit = 1;
    assert_eq!(corp.ticket(1, TicketKind::Corp, &settings, now + HOUR), Err(45009));
}

#[test]
fn too_many_failures_block_for_an_hour() {
    let (mut corp, settings, now) = corp();
    for _ in 0..2000 {
        assert_eq!(corp.call(&settings, now, |_| Err::<(), _>(40001)), Err(40001));
    }
    assert_eq!(corp.call(&settings, now, |_| Ok(())), Err(45009));
    assert_eq!(corp.call(&settings, now + HOUR, |_| Ok(())), Ok(()));
}

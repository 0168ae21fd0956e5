//! What a client's own tickets add to an explanation.

use super::*;
use crate::credential::Kind;
use crate::diagnosis::{Cause, KnownClient, KnownTicket, TicketEnd, Verdict, explain_known};
use crate::secret::Secret;

const PAGE: &str = "https://m.example.com/a?b=1";
const APP_ID: &str = "wx5823bf96d3bd56c7";
const CURRENT: &str = "the-current-ticket";
const FORMER: &str = "the-former-ticket";
const AGENT: &str = "the-agent-ticket";

fn ticket(kind: Kind, value: &str, end: Option<(TicketEnd, u64)>) -> KnownTicket {
    KnownTicket { kind, value: Secret::new(value), used: Some((1_700_000_000, 1_700_003_600)), end }
}

fn client(config_kind: Kind) -> KnownClient<'static> {
    let tickets = vec![
        ticket(Kind::AgentTicket, AGENT, None),
        ticket(config_kind, CURRENT, None),
        ticket(config_kind, FORMER, Some((TicketEnd::Replaced, 1_700_003_700))),
    ];
    KnownClient { app_id: APP_ID, config_kind, tickets }
}

fn signed(ticket: &str, url: &str) -> Evidence {
    Evidence {
        url: PAGE.into(),
        nonce_str: "n".into(),
        timestamp: "1700000000".into(),
        signature: crate::sign(ticket, "n", 1_700_000_000, url).as_str().into(),
        app_id: APP_ID.into(),
        ..Evidence::default()
    }
}

fn explained(evidence: &Evidence) -> Report {
    let report = explain_known(evidence, &client(Kind::Ticket));
    for ticket in [CURRENT, FORMER, AGENT] {
        assert!(!report.to_json().contains(ticket), "{report:?}");
    }
    report
}

fn cause<'a>(report: &'a Report, code: &str) -> &'a Cause {
    report.causes.iter().find(|cause| cause.code.as_str() == code).unwrap()
}

#[test]
fn the_current_ticket_is_used_without_being_named() {
    assert_eq!(explained(&signed(CURRENT, PAGE)).verdict, Verdict::Valid);
    let report = explained(&signed(CURRENT, "http://m.example.com/a?b=1"));
    assert_eq!((report.verdict, proven(&report)), (Verdict::Invalid, vec!["scheme_changed"]));
}

/// The signature is right, and its ticket was replaced: that is proven, with the times.
#[test]
fn a_former_ticket_is_proven_dead() {
    let report = explained(&signed(FORMER, PAGE));
    assert_eq!((report.verdict, proven(&report)), (Verdict::Invalid, vec!["dead_ticket"]));
    let dead = cause(&report, "dead_ticket");
    assert_eq!(
        dead.detail.as_deref(),
        Some(
            "The ticket was replaced at 2023-11-14 23:15:00 UTC. This client handed it out from \
             2023-11-14 22:13:20 UTC to 2023-11-14 23:13:20 UTC."
        )
    );
    assert!(
        dead.detail_zh.as_deref().unwrap().starts_with("这个 ticket 在 2023-11-14 23:15:00 UTC 被替换。")
    );
}

#[test]
fn a_former_ticket_hides_no_other_mistake() {
    let report = explained(&signed(FORMER, "http://m.example.com/a?b=1"));
    assert_eq!((report.verdict, proven(&report)), (Verdict::Invalid, vec!["scheme_changed", "dead_ticket"]));
}

#[test]
fn each_end_of_a_ticket_has_its_words() {
    for (end, words) in [(TicketEnd::Rejected, "was refused at"), (TicketEnd::Expired, "expired at")] {
        let dead = KnownTicket { used: None, ..ticket(Kind::Ticket, CURRENT, Some((end, 1_700_000_000))) };
        let client = KnownClient { app_id: APP_ID, config_kind: Kind::Ticket, tickets: vec![dead] };
        let report = explain_known(&signed(CURRENT, PAGE), &client);
        let detail = cause(&report, "dead_ticket").detail.clone().unwrap();
        assert_eq!(detail, format!("The ticket {words} 2023-11-14 22:13:20 UTC."));
    }
}

/// WeChat took the signature, so its ticket was alive then.
#[test]
fn a_success_of_the_client_is_believed() {
    let accepted = Evidence { err_msg: "config:ok".into(), ..signed(FORMER, PAGE) };
    assert_eq!(explained(&accepted).verdict, Verdict::Valid);
}

/// The agent ticket in `wx.config`, and the corp ticket in `wx.agentConfig`.
#[test]
fn a_ticket_of_the_wrong_kind_is_proven() {
    let corp = client(Kind::CorpTicket);
    let report = explain_known(&signed(AGENT, PAGE), &corp);
    assert_eq!((report.verdict, proven(&report)), (Verdict::Invalid, vec!["wrong_ticket_kind"]));
    let wrong = cause(&report, "wrong_ticket_kind");
    assert_eq!((wrong.signed.as_deref(), wrong.expected.as_deref()), (Some("agent_config"), Some("jsapi")));
    for (err_msg, names) in [("agentConfig:fail", vec![]), ("", vec!["agentid".to_owned()])] {
        let agent = Evidence { err_msg: err_msg.into(), other_names: names, ..signed(CURRENT, PAGE) };
        assert_eq!(proven(&explain_known(&agent, &corp)), ["wrong_ticket_kind"]);
        let right = Evidence { signature: signed(AGENT, PAGE).signature, ..agent };
        assert!(proven(&explain_known(&right, &corp)).is_empty());
    }
}

#[test]
fn our_ticket_with_another_app_id_is_proven() {
    let other = Evidence { app_id: "wxsandbox00000002".into(), ..signed(CURRENT, PAGE) };
    let report = explained(&other);
    assert_eq!((report.verdict, proven(&report)), (Verdict::Invalid, vec!["other_account_ticket"]));
}

#[test]
fn a_strange_ticket_is_suspected() {
    let report = explained(&signed("a-strange-ticket", PAGE));
    assert_eq!((report.verdict, proven(&report)), (Verdict::Invalid, vec![]));
    assert!(cause(&report, "other_account_ticket").detail.is_some());
    assert!(named(&report).contains(&"other_call"));
}

/// A ticket that the caller names is looked up too.
#[test]
fn a_given_ticket_is_looked_up() {
    let given = |ticket: &str| Evidence { ticket: ticket.into(), ..signed(ticket, PAGE) };
    assert_eq!(explained(&given(CURRENT)).verdict, Verdict::Valid);
    assert_eq!(proven(&explained(&given(FORMER))), ["dead_ticket"]);
    assert_eq!(explained(&given("unknown-ticket")).verdict, Verdict::Valid);
    // The former ticket is named, but the signature was not made with it.
    let other = Evidence { ticket: FORMER.into(), ..signed("a-strange-ticket", PAGE) };
    assert!(proven(&explained(&other)).is_empty());
}

/// A text in the ticket's place says nothing of the ticket.
#[test]
fn a_placeholder_is_not_taken_for_a_ticket() {
    let tickets = vec![ticket(Kind::Ticket, CURRENT, Some((TicketEnd::Expired, 1)))];
    let client = KnownClient { app_id: APP_ID, config_kind: Kind::Ticket, tickets };
    assert_eq!(proven(&explain_known(&signed("undefined", PAGE), &client)), ["ticket_placeholder"]);
}

#[test]
fn without_numbers_the_tickets_are_not_used() {
    let partial = Evidence { signature: String::new(), ..signed(CURRENT, PAGE) };
    let report = explained(&partial);
    assert_eq!((report.verdict, named(&report)), (Verdict::Unknown, vec![]));
}

/// URLs of the evidence that contain any remembered ticket are left out.
#[test]
fn a_url_with_a_ticket_is_left_out() {
    for ticket in [CURRENT, FORMER, AGENT] {
        let url = format!("https://m.example.com/?t={ticket}");
        explained(&Evidence { url: url.clone(), page_url: PAGE.into(), ..signed(CURRENT, &url) });
        explained(&Evidence { url, page_url: PAGE.into(), ..Evidence::default() });
    }
}

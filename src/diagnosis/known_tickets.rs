//! What a client knows of its tickets. [`explain_known`] finds the ticket that made a signature,
//! and adds what became of it. The tickets stay in memory; no report contains one.

use zeroize::Zeroize;

use super::{
    Cause, CauseCode, Certainty, Evidence, Examined, Message, Pairs, Report, Verdict, examine, redact,
};
use crate::credential::Kind;
use crate::error::utc;
use crate::secret::Secret;

/// A ticket that a client has handed out, or still has.
pub(crate) struct KnownTicket {
    pub(crate) kind: Kind,
    pub(crate) value: Secret,
    /// When it was handed out first and last, in Unix seconds; none if never.
    pub(crate) used: Option<(u64, u64)>,
    /// Why it is dead, and since when, in Unix seconds.
    pub(crate) end: Option<(TicketEnd, u64)>,
}

/// Why a ticket is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TicketEnd {
    /// There is a newer one.
    Replaced,
    /// The caller or WeChat refused it.
    Rejected,
    /// Its life is over.
    Expired,
}

/// The client that explains.
pub(crate) struct KnownClient<'a> {
    pub(crate) app_id: &'a str,
    /// The kind of ticket that signs `wx.config`.
    pub(crate) config_kind: Kind,
    /// The newest of each kind first.
    pub(crate) tickets: Vec<KnownTicket>,
}

/// Explains a signature with the tickets of a client.
pub(crate) fn explain_known(evidence: &Evidence, client: &KnownClient<'_>) -> Report {
    let wanted = if is_agent_config(evidence) { Kind::AgentTicket } else { client.config_kind };
    let mut tickets: Vec<&KnownTicket> = client.tickets.iter().collect();
    tickets.sort_by_key(|ticket| ticket.kind != wanted);
    let (mut report, found) = search(evidence, &tickets, wanted);
    match found {
        Some(ticket) => add(&mut report, evidence, client, ticket, wanted),
        None if evidence.ticket.is_empty() && !tickets.is_empty() => none_fits(&mut report),
        None => {}
    }
    for ticket in tickets {
        redact(&mut report, evidence, ticket.value.reveal());
    }
    report
}

/// Whether the page called `wx.agentConfig`, which wants another ticket than `wx.config`.
fn is_agent_config(evidence: &Evidence) -> bool {
    let message = evidence.err_msg.trim_start().to_ascii_lowercase();
    let has_agent = || evidence.other_names.iter().any(|name| name.eq_ignore_ascii_case("agentid"));
    message.starts_with("agentconfig") || !message.starts_with("config") && has_agent()
}

/// The explanation, and the ticket that made the signature, if it is one of these.
fn search<'a>(
    evidence: &Evidence,
    tickets: &[&'a KnownTicket],
    wanted: Kind,
) -> (Report, Option<&'a KnownTicket>) {
    if !evidence.ticket.is_empty() {
        let Examined { report, is_made_with_ticket } = examine(evidence, Pairs::Searched);
        let same = |ticket: &&&KnownTicket| ticket.value.reveal() == evidence.ticket;
        let ticket = tickets.iter().find(same).filter(|_| is_made_with_ticket);
        return (report, ticket.copied());
    }
    let without = || examine(evidence, Pairs::Searched).report;
    if [&evidence.signature, &evidence.nonce_str, &evidence.timestamp].iter().any(|text| text.is_empty()) {
        return (without(), None);
    }
    // Two mistakes at once take the longest to find: they are only searched with the current
    // ticket.
    let mut first = None;
    for (at, ticket) in tickets.iter().enumerate() {
        let mut with = Evidence { ticket: ticket.value.reveal().to_owned(), ..evidence.clone() };
        let examined = examine(&with, if at == 0 { Pairs::Searched } else { Pairs::Skipped });
        with.ticket.zeroize();
        if examined.is_made_with_ticket {
            return (examined.report, Some(ticket));
        }
        if ticket.kind == wanted {
            first.get_or_insert(examined.report);
        }
    }
    let mut report = first.unwrap_or_else(without);
    // The tickets of a client are WeChat's own, whatever they look like.
    report.causes.retain(|cause| cause.code != CauseCode::TicketShape);
    (report, None)
}

/// Adds what the client knows of the ticket that made the signature.
fn add(
    report: &mut Report,
    evidence: &Evidence,
    client: &KnownClient<'_>,
    ticket: &KnownTicket,
    wanted: Kind,
) {
    let mut causes = Vec::new();
    if ticket.kind != wanted {
        let cause = Cause::new(CauseCode::WrongTicketKind, Certainty::Proven);
        causes.push(cause.between(use_of(ticket.kind).as_bytes(), use_of(wanted).as_bytes()));
    }
    if !evidence.app_id.is_empty() && !client.app_id.is_empty() && evidence.app_id != client.app_id {
        let cause = Cause::new(CauseCode::OtherAccountTicket, Certainty::Proven);
        causes.push(cause.between(client.app_id.as_bytes(), evidence.app_id.as_bytes()));
    }
    // A client that took the signature has verified the ticket too.
    if let Some((end, at)) = ticket.end.filter(|_| Message::of(&evidence.err_msg) != Message::Success) {
        let (english, chinese) = history(ticket, end, at);
        causes.push(Cause::new(CauseCode::DeadTicket, Certainty::Proven).with_detail(english, chinese));
    }
    if causes.is_empty() {
        return;
    }
    report.verdict = Verdict::Invalid;
    report.causes.retain(|old| !causes.iter().any(|new| new.code == old.code));
    report.causes.extend(causes);
    report.causes.sort_by_key(|cause| cause.certainty);
}

/// What `wx.config` and its like call the kinds of tickets.
fn use_of(kind: Kind) -> &'static str {
    match kind {
        Kind::AgentTicket => "agent_config",
        Kind::CardTicket | Kind::CorpCardTicket => "wx_card",
        _ => "jsapi",
    }
}

fn history(ticket: &KnownTicket, end: TicketEnd, at: u64) -> (String, String) {
    let at = utc(at);
    let (english, chinese) = match end {
        TicketEnd::Replaced => {
            (format!("The ticket was replaced at {at}"), format!("这个 ticket 在 {at} 被替换"))
        }
        TicketEnd::Rejected => {
            (format!("The ticket was refused at {at}"), format!("这个 ticket 在 {at} 被拒绝"))
        }
        TicketEnd::Expired => (format!("The ticket expired at {at}"), format!("这个 ticket 在 {at} 过期")),
    };
    match ticket.used {
        Some((first, last)) => {
            let (first, last) = (utc(first), utc(last));
            (
                format!("{english}. This client handed it out from {first} to {last}."),
                format!("{chinese}。这个客户端从 {first} 到 {last} 使用过它。"),
            )
        }
        None => (format!("{english}."), format!("{chinese}。")),
    }
}

/// The signature was made with a ticket that the client never had, or by a mistake that is not
/// known.
fn none_fits(report: &mut Report) {
    let is_unexplained = |cause: &Cause| cause.code == CauseCode::OtherCall;
    if report.causes.iter().any(is_unexplained)
        && !report.causes.iter().any(|cause| cause.code == CauseCode::OtherAccountTicket)
    {
        let cause = Cause::new(CauseCode::OtherAccountTicket, Certainty::Possible).with_detail(
            "No ticket that this client remembers makes this signature.".to_owned(),
            "这个客户端记得的 ticket 都算不出这个签名。".to_owned(),
        );
        report.causes.push(cause);
    }
}

//! Why is this signature invalid? [`explain`] takes what is known of a failed `wx.config` and names
//! the causes. It is pure: no I/O, no clock, no state. A client adds what became of its tickets
//! ([`History`]).
//!
//! With the ticket it hashes what careless servers hash, and a match is proof. Without the ticket
//! it compares the signed URL with the page's, and looks at the shape of each field.
#![allow(clippy::enum_glob_use)] // the functions here name a dozen causes each

mod case;
mod cause;
mod codec;
mod compare;
mod digest;
mod evidence;
mod field_shapes;
mod gbk;
mod history;
mod known_tickets;
mod message;
mod own_address;
mod report;
mod search;
mod url_parts;
mod user_agent;
mod wrong_texts;
mod wrong_urls;

pub use cause::CauseCode;
pub use evidence::Evidence;
pub(crate) use history::History;
#[cfg(test)]
pub(crate) use known_tickets::TicketEnd;
pub(crate) use known_tickets::{KnownClient, KnownTicket, explain_known};
pub use report::{Cause, Certainty, Report, Verdict};

use zeroize::Zeroizing;

use case::{Arithmetic, Case, Pairs};
use message::Message;

/// Explains a failed signature: whether it is right, and if not, what was signed instead.
///
/// A cause is [`Certainty::Proven`] only if the SHA-1 over exactly that mistake is the signature.
/// No report contains a ticket, a signature or the signed text.
///
/// ```
/// use wxsign::{CauseCode, Certainty, Evidence, Verdict, explain};
///
/// let report = explain(&Evidence {
///     url: "https://example.com/shop?id=1#top".into(),
///     ticket: "a ticket".into(),
///     nonce_str: "a nonce".into(),
///     timestamp: "1700000000".into(),
///     // Made by a server that did not cut the URL at its '#'.
///     signature: "e6715bfcaa28b7dbf4363c4eca1b748177e7e58f".into(),
///     ..Evidence::default()
/// });
/// assert_eq!(report.verdict, Verdict::Invalid);
/// assert_eq!(report.causes[0].code, CauseCode::FragmentKept);
/// assert_eq!(report.causes[0].certainty, Certainty::Proven);
/// ```
pub fn explain(evidence: &Evidence) -> Report {
    examine(evidence, Pairs::Searched).report
}

/// A report, and whether the ticket of the evidence made the signature.
struct Examined {
    report: Report,
    is_made_with_ticket: bool,
}

fn examine(evidence: &Evidence, pairs: Pairs) -> Examined {
    let case = Case::of(evidence, pairs);
    let mut causes = Vec::new();
    let arithmetic = case.arithmetic(&mut causes);
    let is_made_with_ticket = case.fits_an_url() || is_proven_with_ticket(&causes);
    let fatal = case.shapes(&mut causes, arithmetic);
    let message = case.message(&mut causes, arithmetic);
    causes.sort_by_key(|cause: &Cause| cause.certainty);
    let mut kept: Vec<Cause> = Vec::new();
    for cause in causes {
        if !kept.iter().any(|other| other.code == cause.code) {
            kept.push(cause);
        }
    }
    let mut report = Report { verdict: verdict(arithmetic, fatal, message), causes: kept };
    redact(&mut report, evidence, &evidence.ticket);
    Examined { report, is_made_with_ticket }
}

/// Every proof is a hash over the ticket, but that of a text in the ticket's place.
fn is_proven_with_ticket(causes: &[Cause]) -> bool {
    let mut proven = causes.iter().filter(|cause| cause.certainty == Certainty::Proven).peekable();
    proven.peek().is_some() && proven.all(|cause| cause.code != CauseCode::TicketPlaceholder)
}

fn verdict(arithmetic: Arithmetic, fatal: bool, message: Message) -> Verdict {
    match (arithmetic, message) {
        (Arithmetic::Contradicts, _) => Verdict::Invalid,
        (Arithmetic::Fits, Message::None | Message::Success) if !fatal => Verdict::Valid,
        (Arithmetic::Open, _) if fatal => Verdict::Invalid,
        _ => Verdict::Unknown,
    }
}

/// Drops the URLs of a report if one of them could contain the ticket, in whatever spelling.
fn redact(report: &mut Report, evidence: &Evidence, ticket: &str) {
    if ticket.is_empty() {
        return;
    }
    let urls = [&evidence.url, &evidence.page_url].into_iter().chain(&evidence.real_auth_url);
    let is_in_url = urls.into_iter().any(|url| contains(url, ticket));
    for cause in &mut report.causes {
        let texts = [&cause.signed, &cause.expected];
        if is_in_url || texts.into_iter().flatten().any(|text| contains(text, ticket)) {
            (cause.signed, cause.expected) = (None, None);
        }
    }
}

/// Whether a text contains the ticket as it is, in other letter case, or percent-encoded a few
/// times.
fn contains(text: &str, ticket: &str) -> bool {
    const MAX_ENCODED: usize = 4;
    let ticket = Zeroizing::new(ticket.to_ascii_lowercase());
    let mut text = Zeroizing::new(text.to_ascii_lowercase().into_bytes());
    for _ in 0..MAX_ENCODED {
        if codec::find(&text, ticket.as_bytes()).is_some() {
            return true;
        }
        text = Zeroizing::new(codec::unescape(&text, |_| true));
        text.make_ascii_lowercase();
    }
    codec::find(&text, ticket.as_bytes()).is_some()
}

#[cfg(test)]
mod tests;

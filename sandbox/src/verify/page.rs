//! Verifies a page's signature as WeChat does, with the sandbox's own SHA-1, and asks the core's
//! diagnosis to name what is wrong with an invalid one.

use wxsign::{CauseCode, Certainty, Evidence, explain};

use super::diagnosis::Diagnosis;
use super::signature::signature;
use super::tickets::Tickets;

/// An explanation takes milliseconds: with a new ticket at each call, only the newest are tried.
const MAX_EXPLAINED: usize = 4;

/// What a page handed to `wx.config`, and where the page is. Bytes, since a URL need not be UTF-8.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// The page's `location.href`, fragment included.
    pub url: Vec<u8>,
    pub timestamp: Vec<u8>,
    pub nonce: Vec<u8>,
    pub signature: Vec<u8>,
    pub appid: Vec<u8>,
}

/// `Ok` if the signature is right.
pub fn judge(claim: &Claim, tickets: &Tickets) -> Result<(), Diagnosis> {
    // WeChat signs up to the first '#'.
    let url = claim.url.split(|byte| *byte == b'#').next().unwrap_or_default();
    let is_made_with = |ticket: &String| {
        signature(ticket, &claim.nonce, &claim.timestamp, url).as_bytes() == claim.signature
    };
    if tickets.living.iter().any(is_made_with) {
        // WeChat's clients want seconds, even if a number of milliseconds was signed correctly.
        let is_right = claim.timestamp.len() != 13;
        return if is_right { Ok(()) } else { Err(Diagnosis::Known(CauseCode::TimestampMilliseconds)) };
    }
    if let Some((diagnosis, _)) = tickets.refused.iter().find(|(_, pool)| pool.iter().any(is_made_with)) {
        return Err(*diagnosis);
    }
    let mut newest = tickets.living.iter().rev().take(MAX_EXPLAINED);
    let proven = newest.find_map(|ticket| proven(claim, ticket));
    Err(match proven {
        Some(code) => Diagnosis::Known(code),
        None if tickets.is_never_fetched() => Diagnosis::NoTicket,
        None => Diagnosis::Unknown,
    })
}

/// The mistake that gives exactly this signature with this ticket, if the core finds one.
fn proven(claim: &Claim, ticket: &str) -> Option<CauseCode> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let report = explain(&Evidence {
        page_url: text(&claim.url),
        ticket: ticket.to_owned(),
        nonce_str: text(&claim.nonce),
        timestamp: text(&claim.timestamp),
        signature: text(&claim.signature),
        app_id: text(&claim.appid),
        ..Evidence::default()
    });
    let cause = report.causes.first()?;
    (cause.certainty == Certainty::Proven).then_some(cause.code)
}

#[cfg(test)]
mod tests;

//! Verifies a page's signature as WeChat does, and finds the usual mistake behind a wrong one.

use super::diagnosis::Diagnosis;
use super::signature::Text;
use super::tickets::Tickets;
use crate::percent;

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

/// The part of the page's URL that is signed: up to the first `#`.
fn cut(url: &[u8]) -> &[u8] {
    url.split(|byte| *byte == b'#').next().unwrap_or_default()
}

/// `Ok` if the signature is right.
pub fn judge(claim: &Claim, tickets: &Tickets) -> Result<(), Diagnosis> {
    let url = cut(&claim.url);
    let right = Text {
        front: b"",
        ticket: b"",
        nonce_key: "noncestr",
        nonce: &claim.nonce,
        timestamp: &claim.timestamp,
        url,
    };
    let matches = |text: Text| text.signature().as_bytes() == claim.signature;
    let any = |pool: &[String], text: Text| {
        pool.iter().any(|ticket| matches(Text { ticket: ticket.as_bytes(), ..text }))
    };

    if any(&tickets.living, right) {
        // WeChat's clients want seconds, even if a number of milliseconds was signed correctly.
        let is_right = !is_milliseconds(&claim.timestamp);
        return if is_right { Ok(()) } else { Err(Diagnosis::TimestampMilliseconds) };
    }
    if let Some((diagnosis, _)) = tickets.refused.iter().find(|(_, pool)| any(pool, right)) {
        return Err(*diagnosis);
    }
    let placeholders = ["undefined", "null", "", "[object Object]", "[object Promise]"];
    if any(&placeholders.map(str::to_owned), right) {
        return Err(Diagnosis::TicketUndefined);
    }
    for (diagnosis, wrong) in wrong_urls(&claim.url) {
        if any(&tickets.living, Text { url: &wrong, ..right }) {
            return Err(diagnosis);
        }
    }
    for key in [&b"appid="[..], b"appId="] {
        let front = [key, &claim.appid, b"&"].concat();
        if any(&tickets.living, Text { front: &front, ..right }) {
            return Err(Diagnosis::AppidHashedIn);
        }
    }
    if any(&tickets.living, Text { nonce_key: "nonceStr", ..right }) {
        return Err(Diagnosis::NonceStrKey);
    }
    if other_timestamps(&claim.timestamp)
        .iter()
        .any(|wrong| any(&tickets.living, Text { timestamp: wrong, ..right }))
    {
        return Err(Diagnosis::TimestampMilliseconds);
    }
    Err(if tickets.is_never_fetched() { Diagnosis::NoTicket } else { Diagnosis::Unknown })
}

/// What careless servers make of a page's URL.
fn wrong_urls(whole: &[u8]) -> Vec<(Diagnosis, Vec<u8>)> {
    let url = cut(whole);
    let mut wrongs = vec![
        (Diagnosis::FragmentKept, whole.to_owned()),
        (Diagnosis::UrlEncoded, percent::encode_component(url)),
        (Diagnosis::UrlEncoded, percent::encode_component(whole)),
        (Diagnosis::UrlEncoded, percent::encode_uri(url)),
        (Diagnosis::UrlDecoded, percent::decode(url)),
        (Diagnosis::AmpEntity, url.split(|byte| *byte == b'&').collect::<Vec<_>>().join(&b"&amp;"[..])),
    ];
    wrongs.extend(other_slash(url).map(|wrong| (Diagnosis::UrlReserialised, wrong)));
    wrongs
}

/// The URL with the slash after its host added, or removed if only a query follows it.
fn other_slash(url: &[u8]) -> Option<Vec<u8>> {
    let authority = url.windows(3).position(|part| part == b"://")? + 3;
    let end = url
        .iter()
        .skip(authority)
        .position(|byte| b"/?".contains(byte))
        .map_or(url.len(), |at| authority + at);
    let (front, rest) = url.split_at_checked(end)?;
    match rest {
        [] | [b'?', ..] => Some([front, b"/", rest].concat()),
        [b'/'] | [b'/', b'?', ..] => Some([front, rest.get(1..)?].concat()),
        _ => None,
    }
}

fn is_milliseconds(timestamp: &[u8]) -> bool {
    timestamp.len() == 13 && timestamp.iter().all(u8::is_ascii_digit)
}

/// The timestamp in seconds if it is in milliseconds; else every millisecond of its second.
fn other_timestamps(timestamp: &[u8]) -> Vec<Vec<u8>> {
    if is_milliseconds(timestamp) {
        return timestamp.get(..10).map(<[u8]>::to_vec).into_iter().collect();
    }
    (0..1000).map(|ms| [timestamp, format!("{ms:03}").as_bytes()].concat()).collect()
}

#[cfg(test)]
mod tests;

//! What the shape of single fields shows, without a ticket and without another URL.

use super::CauseCode;
use super::Evidence;
use super::codec::{cut, find};
use super::url_parts::UrlParts;
use super::wrong_texts::{PLACEHOLDERS, is_milliseconds};

/// The sample of WeChat's documentation.
const SAMPLE_NONCE: &str = "Wm3WZYTPz0wzccnW";
const SAMPLE_TIMESTAMP: &str = "1414587457";

/// Misspelled fields of `wx.config`, in lower case and without marks.
const FIELDS: [(&str, &str); 6] = [
    ("noncestr", "nonceStr"),
    ("timestamp", "timestamp"),
    ("appid", "appId"),
    ("signature", "signature"),
    ("sign", "signature"),
    ("jsapilist", "jsApiList"),
];

/// A finding: its cause, and the field names or the URL that show it.
pub(super) struct Finding {
    pub code: CauseCode,
    /// Whether the signature cannot be right.
    pub is_fatal: bool,
    pub names: Option<(String, String)>,
}

fn finding(code: CauseCode, is_fatal: bool) -> Finding {
    Finding { code, is_fatal, names: None }
}

/// Everything but the URL.
pub(super) fn fields(evidence: &Evidence) -> Vec<Finding> {
    use CauseCode::*;
    let mut list = Vec::new();
    for name in &evidence.other_names {
        let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect();
        let plain = plain.to_ascii_lowercase();
        if let Some((_, right)) = FIELDS.iter().find(|(word, right)| *word == plain && name != right) {
            let names = Some((name.clone(), (*right).to_owned()));
            list.push(Finding { code: FieldNames, is_fatal: true, names });
        }
    }
    let (nonce, timestamp) = (evidence.nonce_str.as_str(), evidence.timestamp.as_str());
    if is_placeholder(nonce) {
        list.push(finding(NonceMissing, true));
    }
    if is_milliseconds(timestamp.as_bytes()) {
        list.push(finding(TimestampMilliseconds, false));
    } else if is_placeholder(timestamp) {
        list.push(finding(TimestampMissing, true));
    } else if !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        let is_number = timestamp.parse::<f64>().is_ok_and(f64::is_finite);
        list.push(finding(if is_number { TimestampNotInteger } else { TimestampMissing }, !is_number));
    }
    if nonce == SAMPLE_NONCE || timestamp == SAMPLE_TIMESTAMP {
        list.push(finding(SampleCopied, false));
    }
    if !evidence.app_id.is_empty() && !is_app_id(&evidence.app_id) {
        list.push(finding(AppIdMalformed, true));
    }
    list.extend(ticket(evidence));
    if evidence.in_frame {
        list.push(finding(Iframe, false));
    }
    list
}

/// An empty text is no placeholder: the field was not given.
fn is_placeholder(text: &str) -> bool {
    !text.is_empty() && PLACEHOLDERS.contains(&text)
}

/// `wx` or `ww` and sixteen hexadecimal digits; 企业微信 also has longer ones.
fn is_app_id(id: &str) -> bool {
    let digits = id.strip_prefix("wx").or_else(|| id.strip_prefix("ww"));
    digits.is_some_and(|digits| digits.len() >= 16 && digits.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn ticket(evidence: &Evidence) -> Option<Finding> {
    use CauseCode::*;
    let ticket = evidence.ticket.as_str();
    if ticket.is_empty() {
        return None;
    }
    if is_placeholder(ticket) {
        return Some(finding(TicketPlaceholder, true));
    }
    if ticket.trim() != ticket || ticket.contains(['"', '\'', '\n']) {
        return Some(finding(TicketStrayCharacters, true));
    }
    if ticket.contains('%') {
        return Some(finding(TicketEncoded, true));
    }
    let is_page = ticket.len() == 86 && ticket.bytes().all(is_base64_url);
    let is_agent = ticket.len() == 24 && ticket.ends_with("==");
    let message = evidence.err_msg.to_ascii_lowercase();
    if (is_agent && message.starts_with("config:")) || (is_page && message.starts_with("agentconfig:")) {
        return Some(finding(WrongTicketKind, true));
    }
    let version = ticket.bytes().take_while(u8::is_ascii_digit).count();
    if ticket.len() > 100 && ((1..=3).contains(&version) && ticket.as_bytes().get(version) == Some(&b'_')) {
        return Some(finding(AccessTokenAsTicket, true));
    }
    (!is_page && !is_agent).then(|| finding(TicketShape, false))
}

fn is_base64_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_".contains(&byte)
}

/// What the signed URL shows by itself: `location.href` never looks like this.
pub(super) fn url(url: &[u8]) -> Vec<Finding> {
    use CauseCode::*;
    let mut list = Vec::new();
    let mut add = |code, is_fatal| list.push(finding(code, is_fatal));
    let has = |what: &[u8]| find(url, what).is_some();
    if url.trim_ascii() != url || url.starts_with(b"\xef\xbb\xbf") || has(b"\"") {
        add(StrayCharacters, true);
    }
    let is_start = |front: &[u8]| {
        url.len() >= front.len() && url.iter().zip(front).all(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    if is_start(b"http%3a") || is_start(b"https%3a") {
        add(UrlEncoded, true);
    } else if has(b"\\/") {
        add(JsonSlashes, true);
    } else if UrlParts::of(url).is_none() {
        add(SchemeMissing, true);
    }
    if has(b"&amp;") {
        add(AmpEntity, true);
    }
    if has(b"%25") && !has(b"%20") && !has(b"%E") {
        add(UrlEncodedTwice, false);
    }
    if url.iter().any(|byte| !byte.is_ascii() || b" <>".contains(byte)) {
        add(UrlDecoded, true);
    }
    let cut = cut(url);
    if url.ends_with(b"#") {
        add(BareHashKept, false);
    } else if cut.len() < url.len() {
        add(FragmentKept, false);
    }
    list
}

/// Whether a page at this address cannot be verified at all.
pub(super) fn is_local(url: &[u8]) -> bool {
    if url.starts_with(b"file:") {
        return true;
    }
    let Some(parts) = UrlParts::of(url) else { return false };
    let Ok(host) = str::from_utf8(parts.host) else { return false };
    if host.eq_ignore_ascii_case("localhost") || host == "[::1]" {
        return true;
    }
    host.parse::<std::net::Ipv4Addr>()
        .is_ok_and(|ip| ip.is_loopback() || ip.is_private() || ip.is_link_local())
}

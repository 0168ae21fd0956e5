//! What careless servers make of the signed text around a right URL.

use super::CauseCode;
use super::codec::{bare, escape, is_component, is_unreserved, replace};

/// The four values of the signed text, and the appId that some hash in.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub ticket: &'a [u8],
    pub nonce: &'a [u8],
    pub timestamp: &'a [u8],
    pub url: &'a [u8],
    pub app_id: &'a [u8],
}

/// A wrong signed text, the mistake that made it, and the field names that were exchanged, if any.
pub(super) struct WrongText {
    pub code: CauseCode,
    pub bytes: Vec<u8>,
    pub names: Option<(&'static str, &'static str)>,
}

/// The texts that stand in the ticket's place if fetching it failed.
pub(super) const PLACEHOLDERS: [&str; 11] = [
    "undefined",
    "null",
    "",
    "[object Object]",
    "[object Promise]",
    "None",
    "nil",
    "<nil>",
    "NULL",
    "NaN",
    "false",
];

const KEYS: [&str; 4] = ["jsapi_ticket", "noncestr", "timestamp", "url"];

impl Values<'_> {
    /// The text that WeChat hashes.
    pub(super) fn right(&self) -> Vec<u8> {
        self.with_keys(KEYS)
    }

    fn four(&self) -> [&[u8]; 4] {
        [self.ticket, self.nonce, self.timestamp, self.url]
    }

    fn with_keys(&self, keys: [&str; 4]) -> Vec<u8> {
        self.pairs(keys).join(&b'&')
    }

    fn pairs(&self, keys: [&str; 4]) -> [Vec<u8>; 4] {
        let [ticket, nonce, timestamp, url] = self.four();
        let [a, b, c, d] = keys;
        let pair = |key: &str, value: &[u8]| [key.as_bytes(), b"=", value].concat();
        [pair(a, ticket), pair(b, nonce), pair(c, timestamp), pair(d, url)]
    }
}

/// Every wrong text that one mistake makes.
pub(super) fn wrong(values: Values<'_>) -> Vec<WrongText> {
    let mut texts = Vec::with_capacity(160);
    tickets(values, &mut texts);
    times(values, &mut texts);
    keys(values, &mut texts);
    orders(values, &mut texts);
    wholes(&values.right(), &mut texts);
    let right = values.right();
    texts.retain(|text| text.bytes != right);
    texts
}

fn add(texts: &mut Vec<WrongText>, code: CauseCode, bytes: Vec<u8>) {
    texts.push(WrongText { code, bytes, names: None });
}

fn tickets(values: Values<'_>, texts: &mut Vec<WrongText>) {
    for placeholder in PLACEHOLDERS {
        let ticket = placeholder.as_bytes();
        add(texts, CauseCode::TicketPlaceholder, Values { ticket, ..values }.right());
    }
    let ticket = values.ticket;
    for (front, end) in
        [("\"", "\""), ("'", "'"), ("", "\n"), ("", "\r\n"), ("", " "), (" ", ""), ("\u{feff}", "")]
    {
        let ticket = [front.as_bytes(), ticket, end.as_bytes()].concat();
        add(texts, CauseCode::TicketStrayCharacters, Values { ticket: &ticket, ..values }.right());
    }
    add(texts, CauseCode::TicketStrayCharacters, Values { ticket: bare(ticket), ..values }.right());
    for ticket in [
        escape(ticket, is_unreserved),
        replace(&escape(ticket, is_unreserved), b"%20", b"+"),
        replace(ticket, b"+", b" "),
    ] {
        add(texts, CauseCode::TicketEncoded, Values { ticket: &ticket, ..values }.right());
    }
}

fn times(values: Values<'_>, texts: &mut Vec<WrongText>) {
    let timestamp = values.timestamp;
    let mut with = |code, names, timestamp: &[u8]| {
        let bytes = Values { timestamp, ..values }.right();
        texts.push(WrongText { code, bytes, names });
    };
    if is_milliseconds(timestamp) {
        let seconds = timestamp.get(..10).unwrap_or_default();
        with(CauseCode::TimestampMilliseconds, Some(("seconds", "milliseconds")), seconds);
    } else {
        let milliseconds = [timestamp, b"000"].concat();
        with(CauseCode::TimestampMilliseconds, Some(("milliseconds", "seconds")), &milliseconds);
    }
    with(CauseCode::TimestampNotInteger, None, &[timestamp, b".0"].concat());
    let whole = timestamp.split(|byte| *byte == b'.').next().unwrap_or_default();
    with(CauseCode::TimestampNotInteger, None, whole);
    for (nonce, timestamp) in [(bare(values.nonce), timestamp), (values.nonce, bare(timestamp))] {
        add(texts, CauseCode::StrayCharacters, Values { nonce, timestamp, ..values }.right());
    }
    for nonce in [values.nonce.to_ascii_lowercase(), values.nonce.to_ascii_uppercase()] {
        add(texts, CauseCode::NonceCaseChanged, Values { nonce: &nonce, ..values }.right());
    }
}

/// The texts with another moment than the one in `wx.config`: every millisecond of the second, with
/// and without a point, and the seconds around it. Too many to be combined with another mistake.
pub(super) fn other_moments(timestamp: &[u8]) -> Vec<(CauseCode, Vec<u8>)> {
    let Some(second) = str::from_utf8(timestamp).ok().and_then(|text| text.parse::<u64>().ok()) else {
        return Vec::new();
    };
    let mut moments = Vec::with_capacity(2_100);
    if is_milliseconds(timestamp) {
        moments.push((CauseCode::TimestampMilliseconds, (second / 1_000 + 1).to_string().into_bytes()));
    } else {
        for millisecond in 0..1_000 {
            let whole = format!("{second}{millisecond:03}").into_bytes();
            moments.push((CauseCode::TimestampMilliseconds, whole));
            let point = format!("{second}.{millisecond:03}");
            let point = point.trim_end_matches('0').trim_end_matches('.');
            moments.push((CauseCode::TimestampNotInteger, point.as_bytes().to_vec()));
        }
    }
    let near = second.saturating_sub(30)..=second.saturating_add(30);
    moments.extend(near.map(|other| (CauseCode::OtherTimestamp, other.to_string().into_bytes())));
    moments.retain(|(_, moment)| moment != timestamp);
    moments
}

pub(super) fn is_milliseconds(timestamp: &[u8]) -> bool {
    timestamp.len() == 13 && timestamp.iter().all(u8::is_ascii_digit)
}

fn keys(values: Values<'_>, texts: &mut Vec<WrongText>) {
    let [ticket, nonce, timestamp, url] = KEYS;
    let mut with = |keys, signed, expected| {
        let bytes = values.with_keys(keys);
        texts.push(WrongText { code: CauseCode::KeyNames, bytes, names: Some((signed, expected)) });
    };
    for other in ["nonceStr", "nonce_str", "nonce", "nonceStr "] {
        with([ticket, other, timestamp, url], other, nonce);
    }
    for other in ["timeStamp", "time_stamp", "time", "timestr"] {
        with([ticket, nonce, other, url], other, timestamp);
    }
    for other in ["ticket", "jsapiTicket", "jsApiTicket", "jsapi_Ticket", "access_token", "js_api_ticket"] {
        with([other, nonce, timestamp, url], other, ticket);
    }
    for other in ["URL", "Url", "uri", "link", "href"] {
        with([ticket, nonce, timestamp, other], other, url);
    }
    with([ticket, "nonceStr", "timeStamp", url], "nonceStr, timeStamp", "noncestr, timestamp");
    with(["jsapiTicket", "nonceStr", timestamp, url], "jsapiTicket, nonceStr", "jsapi_ticket, noncestr");

    if !values.app_id.is_empty() {
        for key in ["appid", "appId", "appID", "app_id"] {
            for at in 0..=KEYS.len() {
                let mut pairs = values.pairs(KEYS).to_vec();
                pairs.insert(at, [key.as_bytes(), b"=", values.app_id].concat());
                add(texts, CauseCode::AppIdHashed, pairs.join(&b'&'));
            }
        }
    }
}

fn orders(values: Values<'_>, texts: &mut Vec<WrongText>) {
    let (pairs, four) = (values.pairs(KEYS), values.four());
    let mut sorted = four;
    sorted.sort_unstable();
    add(texts, CauseCode::ValuesOnly, sorted.concat());
    for order in permutations() {
        let pick = |list: &[&[u8]; 4], join: &[u8]| {
            order.iter().filter_map(|&at| list.get(at).copied()).collect::<Vec<_>>().join(join)
        };
        let [a, b, c, d] = &pairs;
        add(texts, CauseCode::WrongOrder, pick(&[a, b, c, d], b"&"));
        add(texts, CauseCode::ValuesOnly, pick(&four, b""));
        add(texts, CauseCode::ValuesOnly, pick(&four, b"&"));
    }
}

fn permutations() -> impl Iterator<Item = [usize; 4]> {
    let each = || 0..4;
    each().flat_map(move |a| {
        each().flat_map(move |b| {
            each().filter(move |&c| a != b && a != c && b != c).map(move |c| [a, b, c, 6 - a - b - c])
        })
    })
}

/// What happens to the whole text.
fn wholes(right: &[u8], texts: &mut Vec<WrongText>) {
    use CauseCode::*;
    for entity in ["×", "&times;", "&times"] {
        add(texts, TimesEntity, replace(right, b"&timestamp", &[entity.as_bytes(), b"tamp"].concat()));
    }
    add(texts, TimesEntity, replace(right, b"&timestamp", b"\xd7tamp"));
    let keys = ["&noncestr=", "&timestamp=", "&url="];
    for key in keys {
        let lost = key.trim_start_matches('&').as_bytes();
        add(texts, SeparatorChanged, replace(right, key.as_bytes(), lost));
    }
    for separator in ["", ",", "\n", " & ", "&&", ";", "|", " ", "&amp;"] {
        let mut text = right.to_vec();
        for key in keys {
            let key = key.as_bytes();
            let with = [separator.as_bytes(), key.strip_prefix(b"&").unwrap_or(key)].concat();
            text = replace(&text, key, &with);
        }
        add(texts, if separator == "&amp;" { AmpEntity } else { SeparatorChanged }, text);
    }
    add(texts, AmpEntity, replace(right, b"&", b"&amp;"));
    for (front, end) in
        [("\u{feff}", ""), ("", "\n"), ("", "\r\n"), ("", " "), ("", "&"), ("&", ""), ("\"", "\"")]
    {
        add(texts, StrayCharacters, [front.as_bytes(), right, end.as_bytes()].concat());
    }
    add(texts, TextChanged, escape(right, is_component));
    add(texts, TextChanged, escape(right, |byte| is_component(byte) || b"=&".contains(&byte)));
    add(texts, TextChanged, right.to_ascii_lowercase());
    add(texts, TextChanged, right.to_ascii_uppercase());
}

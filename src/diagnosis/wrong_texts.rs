//! What careless servers make of the signed text around a right URL.

use zeroize::Zeroizing;

use super::CauseCode;
use super::codec::{bare, escape, escape_into, is_component, is_unreserved, replace, replace_into};

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
pub(super) struct WrongText<'a> {
    pub code: CauseCode,
    pub bytes: &'a [u8],
    pub names: Names,
}

/// What was written, and what belongs there.
type Names = Option<(&'static str, &'static str)>;

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

impl<'a> Values<'a> {
    /// The text that WeChat hashes. It holds the ticket, so it is wiped when it is dropped.
    pub(super) fn right(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.joined(KEYS, b"&").concat())
    }

    fn four(&self) -> [&'a [u8]; 4] {
        [self.ticket, self.nonce, self.timestamp, self.url]
    }

    /// The pieces of the text with these keys, and this between the pairs.
    fn joined(&self, keys: [&'a str; 4], between: &'a [u8]) -> [&'a [u8]; 15] {
        let [a, b, c, d] = keys.map(str::as_bytes);
        let [ticket, nonce, timestamp, url] = self.four();
        let (is, and) = (b"=".as_slice(), between);
        [a, is, ticket, and, b, is, nonce, and, c, is, timestamp, and, d, is, url]
    }
}

/// Every wrong text that one mistake makes, one after the other.
pub(super) fn wrong(values: Values<'_>, visit: &mut dyn FnMut(WrongText<'_>)) {
    let right = values.right();
    // All of them are written to one place, which holds the ticket and is wiped at the end. It is
    // large enough to grow never: what it leaves behind in memory would not be wiped.
    let buffer = Zeroizing::new(Vec::with_capacity(right.len() * 5 + 256));
    let mut texts = Texts { right, buffer, visit };
    tickets(values, &mut texts);
    times(values, &mut texts);
    keys(values, &mut texts);
    orders(values, &mut texts);
    wholes(values, &mut texts);
}

struct Texts<'v> {
    right: Zeroizing<Vec<u8>>,
    buffer: Zeroizing<Vec<u8>>,
    visit: &'v mut dyn FnMut(WrongText<'_>),
}

impl Texts<'_> {
    fn add(&mut self, code: CauseCode, pieces: &[&[u8]]) {
        self.add_named(code, pieces, None);
    }

    fn add_named(&mut self, code: CauseCode, pieces: &[&[u8]], names: Names) {
        self.buffer.clear();
        for piece in pieces {
            self.buffer.extend_from_slice(piece);
        }
        self.show(code, names);
    }

    /// The text that `change` writes when it is given the right one.
    fn change(&mut self, code: CauseCode, change: impl FnOnce(&mut Vec<u8>, &[u8])) {
        self.buffer.clear();
        change(&mut self.buffer, &self.right);
        self.show(code, None);
    }

    fn show(&mut self, code: CauseCode, names: Names) {
        if *self.buffer != *self.right {
            (self.visit)(WrongText { code, bytes: &self.buffer, names });
        }
    }
}

fn tickets(values: Values<'_>, texts: &mut Texts<'_>) {
    for placeholder in PLACEHOLDERS {
        let ticket = placeholder.as_bytes();
        texts.add(CauseCode::TicketPlaceholder, &Values { ticket, ..values }.joined(KEYS, b"&"));
    }
    let ticket = values.ticket;
    let mut with = |code, ticket: &[u8]| {
        texts.add(code, &Values { ticket, ..values }.joined(KEYS, b"&"));
    };
    for (front, end) in
        [("\"", "\""), ("'", "'"), ("", "\n"), ("", "\r\n"), ("", " "), (" ", ""), ("\u{feff}", "")]
    {
        let ticket = Zeroizing::new([front.as_bytes(), ticket, end.as_bytes()].concat());
        with(CauseCode::TicketStrayCharacters, &ticket);
    }
    with(CauseCode::TicketStrayCharacters, bare(ticket));
    let escaped = Zeroizing::new(escape(ticket, is_unreserved));
    with(CauseCode::TicketEncoded, &escaped);
    with(CauseCode::TicketEncoded, &Zeroizing::new(replace(&escaped, b"%20", b"+")));
    with(CauseCode::TicketEncoded, &Zeroizing::new(replace(ticket, b"+", b" ")));
}

fn times(values: Values<'_>, texts: &mut Texts<'_>) {
    let timestamp = values.timestamp;
    let mut with = |code, names, timestamp: &[u8]| {
        texts.add_named(code, &Values { timestamp, ..values }.joined(KEYS, b"&"), names);
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
        let values = Values { nonce, timestamp, ..values };
        texts.add(CauseCode::StrayCharacters, &values.joined(KEYS, b"&"));
    }
    for nonce in [values.nonce.to_ascii_lowercase(), values.nonce.to_ascii_uppercase()] {
        texts.add(CauseCode::NonceCaseChanged, &Values { nonce: &nonce, ..values }.joined(KEYS, b"&"));
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

fn keys(values: Values<'_>, texts: &mut Texts<'_>) {
    let [ticket, nonce, timestamp, url] = KEYS;
    let mut with = |keys, signed, expected| {
        texts.add_named(CauseCode::KeyNames, &values.joined(keys, b"&"), Some((signed, expected)));
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
        let right = values.joined(KEYS, b"&");
        for key in ["appid", "appId", "appID", "app_id"] {
            let pair: [&[u8]; 3] = [key.as_bytes(), b"=", values.app_id];
            texts.add(CauseCode::AppIdHashed, &[&pair[..], &[b"&"], &right].concat());
            // Behind each pair, of which each has four pieces with its '&'.
            for end in [3, 7, 11, 15] {
                let (before, after) = right.split_at(end);
                texts.add(CauseCode::AppIdHashed, &[before, &[b"&"], &pair, after].concat());
            }
        }
    }
}

fn orders(values: Values<'_>, texts: &mut Texts<'_>) {
    let four = values.four();
    let mut sorted = four;
    sorted.sort_unstable();
    texts.add(CauseCode::ValuesOnly, &sorted);
    let and = b"&".as_slice();
    for order in permutations() {
        let key = |at: usize| KEYS.get(at).map(|key| key.as_bytes()).unwrap_or_default();
        let value = |at: usize| four.get(at).copied().unwrap_or_default();
        let [a, b, c, d] = order.map(|at| [key(at), b"=", value(at)]);
        texts.add(CauseCode::WrongOrder, &[&a[..], &[and], &b, &[and], &c, &[and], &d].concat());
        let [a, b, c, d] = order.map(value);
        texts.add(CauseCode::ValuesOnly, &[a, b, c, d]);
        texts.add(CauseCode::ValuesOnly, &[a, and, b, and, c, and, d]);
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
fn wholes(values: Values<'_>, texts: &mut Texts<'_>) {
    use CauseCode::*;
    for entity in ["×".as_bytes(), b"&times;", b"&times", b"\xd7"] {
        texts.change(TimesEntity, |out, right| {
            replace_into(out, right, b"&timestamp", &[entity, b"tamp"].concat());
        });
    }
    for key in ["&noncestr=", "&timestamp=", "&url="] {
        let lost = key.trim_start_matches('&').as_bytes();
        texts.change(SeparatorChanged, |out, right| replace_into(out, right, key.as_bytes(), lost));
    }
    for separator in ["", ",", "\n", " & ", "&&", ";", "|", " "] {
        texts.add(SeparatorChanged, &values.joined(KEYS, separator.as_bytes()));
    }
    texts.add(AmpEntity, &values.joined(KEYS, b"&amp;"));
    texts.change(AmpEntity, |out, right| replace_into(out, right, b"&", b"&amp;"));
    for (front, end) in
        [("\u{feff}", ""), ("", "\n"), ("", "\r\n"), ("", " "), ("", "&"), ("&", ""), ("\"", "\"")]
    {
        texts.change(StrayCharacters, |out, right| {
            out.extend([front.as_bytes(), right, end.as_bytes()].into_iter().flatten());
        });
    }
    texts.change(TextChanged, |out, right| escape_into(out, right, is_component));
    texts.change(TextChanged, |out, right| {
        escape_into(out, right, |byte| is_component(byte) || b"=&".contains(&byte));
    });
    texts.change(TextChanged, |out, right| out.extend(right.iter().map(u8::to_ascii_lowercase)));
    texts.change(TextChanged, |out, right| out.extend(right.iter().map(u8::to_ascii_uppercase)));
}

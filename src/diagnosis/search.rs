//! The search: which mistake, or which two, give the signature when they are hashed.
//!
//! One mistake first: each wrong URL, each wrong text around the right URL. Only if none fits, two
//! at once: a wrong URL made of a wrong URL, or a wrong text around a wrong URL. What fits is
//! proven: no two texts with the same SHA-1 occur by accident.

use super::CauseCode;
use super::codec::cut;
use super::digest::{Front, Hash, hmac, is_other_digest, sha1};
use super::own_address::own_addresses;
use super::wrong_texts::{Values, other_moments, wrong};
use super::wrong_urls::{Form, changed, first, fragments, single};

/// So long the URLs of one question may be, all together, whose mistakes are searched for. `wxsign`
/// signs up to 8,192 bytes.
const MAX_SINGLE_BYTES: usize = 8_192;
/// The same for mistakes in pairs: there are thousands of pairs, and an answer should not take
/// longer than 50 ms.
const MAX_PAIR_BYTES: usize = 400;

/// How many bytes of URLs may still be searched for one question.
#[derive(Clone, Copy)]
pub(super) struct Room {
    single: usize,
    pairs: usize,
}

impl Room {
    pub(super) fn new(with_pairs: bool) -> Self {
        Self { single: MAX_SINGLE_BYTES, pairs: if with_pairs { MAX_PAIR_BYTES } else { 0 } }
    }
}

/// Takes `bytes` out of `room`, if there are as many.
fn take(room: &mut usize, bytes: usize) -> bool {
    let left = room.checked_sub(bytes);
    *room = left.unwrap_or(*room);
    left.is_some()
}

/// One proven explanation: the mistakes in the order in which they were made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub codes: Vec<CauseCode>,
    /// The URL that was hashed.
    pub signed: Vec<u8>,
    /// The field names that were exchanged, instead of the URL.
    pub names: Option<(&'static str, &'static str)>,
}

/// What is searched with.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    /// With an empty URL.
    pub values: Values<'a>,
    pub hash: Hash,
}

impl Question<'_> {
    /// Whether the signature is right for this URL, as it is.
    pub(super) fn fits(&self, url: &[u8]) -> bool {
        sha1(&self.with(url).right()) == self.hash
    }

    /// The mistakes with the fewest edits that lead from the right page to the signature.
    pub(super) fn search(&self, page: &[u8], room: &mut Room) -> Vec<Match> {
        if !take(&mut room.single, page.len()) {
            return Vec::new();
        }
        let front = Front::new(self.values.ticket, self.values.nonce, self.values.timestamp);
        let found = self.one(&front, page);
        if !found.is_empty() || !take(&mut room.pairs, page.len()) {
            return found;
        }
        self.two(&front, page)
    }

    /// Like [`Question::search`] for one mistake, made before another function than SHA-1 hashed
    /// the text.
    pub(super) fn search_other(values: &Values<'_>, digest: &[u8], page: &[u8]) -> Vec<Match> {
        let url = cut(page);
        let other = CauseCode::OtherDigest;
        let is_made = |text: &[u8]| {
            let rest = text.get(b"jsapi_ticket=&".len() + values.ticket.len()..).unwrap_or_default();
            [text, rest].iter().any(|text| is_other_digest(digest, text, values.ticket))
        };
        let right = Values { url, ..*values };
        if is_made(&right.right()) {
            return vec![Match { codes: vec![other], signed: url.to_vec(), names: None }];
        }
        if page.len() > MAX_SINGLE_BYTES {
            return Vec::new();
        }
        let forms =
            single(page).into_iter().filter(|form| is_made(&Values { url: &form.url, ..*values }.right()));
        let mut found: Vec<_> = forms
            .map(|form| Match { codes: vec![form.code, other], signed: form.url, names: None })
            .collect();
        wrong(right, &mut |text| {
            if is_made(text.bytes) {
                found.push(Match { codes: vec![text.code, other], signed: url.to_vec(), names: None });
            }
        });
        distinct(found)
    }

    fn with<'a>(&'a self, url: &'a [u8]) -> Values<'a> {
        Values { url, ..self.values }
    }

    fn one(&self, front: &Front, page: &[u8]) -> Vec<Match> {
        let url = cut(page);
        let forms = single(page).into_iter().filter(|form| front.hash(&form.url) == self.hash);
        let mut found: Vec<_> =
            forms.map(|form| Match { codes: vec![form.code], signed: form.url, names: None }).collect();
        found.extend(self.texts(url, &[]));
        for (code, timestamp) in other_moments(self.values.timestamp) {
            if Front::new(self.values.ticket, self.values.nonce, &timestamp).hash(url) == self.hash {
                found.push(Match { codes: vec![code], signed: url.to_vec(), names: None });
            }
        }
        let right = self.with(url).right();
        let rest = right.get(b"jsapi_ticket=&".len() + self.values.ticket.len()..).unwrap_or_default();
        if [right.as_slice(), rest].iter().any(|text| hmac(self.values.ticket, text) == self.hash) {
            found.push(Match { codes: vec![CauseCode::OtherDigest], signed: url.to_vec(), names: None });
        }
        distinct(found)
    }

    fn two(&self, front: &Front, page: &[u8]) -> Vec<Match> {
        let mut found = Vec::new();
        for form in first(page) {
            for second in changed(&form.url) {
                if second.code != form.code && front.hash(&second.url) == self.hash {
                    let codes = vec![form.code, second.code];
                    found.push(Match { codes, signed: second.url, names: None });
                }
            }
            found.extend(self.texts(&form.url, &[form.code]));
        }
        found.extend(self.own_address(front, page));
        found.extend(self.exact_milliseconds(page));
        distinct(found)
    }

    /// The server's own address with a fragment, its own or the page's. With the other mistakes
    /// there would be too many.
    fn own_address(&self, front: &Front, page: &[u8]) -> Vec<Match> {
        let fragment = page.get(cut(page).len()..).unwrap_or_default();
        let mut forms = Vec::new();
        for own in own_addresses(cut(page)) {
            forms.extend(fragments(&[own.as_slice(), fragment].concat()));
        }
        let whole = own_addresses(page).into_iter().map(|url| Form { code: CauseCode::FragmentKept, url });
        forms.extend(whole.filter(|_| !fragment.is_empty()));
        let hit = forms.into_iter().filter(|form| front.hash(&form.url) == self.hash);
        hit.map(|form| Match {
            codes: vec![CauseCode::OwnAddressSigned, form.code],
            signed: form.url,
            names: None,
        })
        .collect()
    }

    /// The commonest wrong URLs with each millisecond of the second.
    fn exact_milliseconds(&self, page: &[u8]) -> Vec<Match> {
        use CauseCode::{BareHashKept, CutAtAmpersand, FragmentKept, QueryDropped, SchemeChanged};
        const COMMON: [CauseCode; 5] =
            [FragmentKept, BareHashKept, CutAtAmpersand, QueryDropped, SchemeChanged];
        let mut forms = first(page);
        forms.retain(|form| COMMON.contains(&form.code));
        let mut found = Vec::new();
        for (code, timestamp) in other_moments(self.values.timestamp) {
            if code != CauseCode::TimestampMilliseconds {
                continue;
            }
            let front = Front::new(self.values.ticket, self.values.nonce, &timestamp);
            let hit = forms.iter().filter(|form| front.hash(&form.url) == self.hash);
            found.extend(hit.map(|form| Match {
                codes: vec![form.code, code],
                signed: form.url.clone(),
                names: None,
            }));
        }
        found
    }

    /// The wrong texts around a URL that was made by the mistakes `before`.
    fn texts(&self, url: &[u8], before: &[CauseCode]) -> Vec<Match> {
        let mut found = Vec::new();
        wrong(self.with(url), &mut |text| {
            if sha1(text.bytes) == self.hash {
                let codes = [before, &[text.code]].concat();
                found.push(Match { codes, signed: url.to_vec(), names: text.names });
            }
        });
        found
    }
}

/// Leaves out what was found already, in this order or the other.
fn distinct(found: Vec<Match>) -> Vec<Match> {
    let mut list: Vec<Match> = Vec::new();
    for each in found {
        let is_same = |other: &Match| {
            other.codes.len() == each.codes.len() && each.codes.iter().all(|code| other.codes.contains(code))
        };
        if !list.iter().any(is_same) {
            list.push(each);
        }
    }
    list
}

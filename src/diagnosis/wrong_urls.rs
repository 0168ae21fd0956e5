//! What careless servers make of a page's URL: each mistake is a function from the right URL to the
//! wrong ones. The search hashes them, and the comparison without a ticket looks them up.

use super::CauseCode;
use super::codec::{
    cut, escape, escape_case, escaped, find, is_component, is_form, is_reserved, is_unreserved, is_uri,
    replace, unescape,
};
use super::gbk;
use super::own_address::own_addresses;
use super::url_parts::UrlParts;
use crate::percent;

/// A wrong URL and the mistake that made it.
pub(super) struct Form {
    pub code: CauseCode,
    pub url: Vec<u8>,
}

/// Collects the forms that differ from the URL that they were made of.
struct Forms<'a> {
    of: &'a [u8],
    list: Vec<Form>,
}

impl Forms<'_> {
    fn add(&mut self, code: CauseCode, url: Vec<u8>) {
        let is_new = |form: &Form| form.code != code || form.url != url;
        if url != self.of && self.list.iter().all(is_new) {
            self.list.push(Form { code, url });
        }
    }

    /// Adds the form in which `from` is replaced. Most URLs do not contain it.
    fn replace(&mut self, code: CauseCode, from: &[u8], to: &[u8]) {
        if find(self.of, from).is_some() {
            self.add(code, replace(self.of, from, to));
        }
    }
}

/// The parameters that WeChat appends to a shared link.
const SHARE: [&[u8]; 9] = [
    b"from",
    b"isappinstalled",
    b"scene",
    b"clicktime",
    b"enterid",
    b"subscene",
    b"ascene",
    b"sessionid",
    b"nsukey",
];
/// The parameters that an OAuth redirect appends.
const OAUTH: [&[u8]; 2] = [b"code", b"state"];

pub(super) fn is_share(name: &[u8]) -> bool {
    SHARE.contains(&name)
}

pub(super) fn is_oauth(name: &[u8]) -> bool {
    OAUTH.contains(&name)
}

/// Every form of a page's URL that one mistake makes; `page` may have a fragment.
pub(super) fn single(page: &[u8]) -> Vec<Form> {
    let url = cut(page);
    let mut forms = fragments(page);
    forms.extend(changed(url));
    forms.extend(rare(url));
    forms
}

/// The forms that a second mistake may begin with.
pub(super) fn first(page: &[u8]) -> Vec<Form> {
    let mut forms = fragments(page);
    forms.extend(changed(cut(page)));
    forms
}

pub(super) fn fragments(page: &[u8]) -> Vec<Form> {
    let url = cut(page);
    let mut forms = Forms { of: url, list: Vec::new() };
    let fragment = page.get(url.len() + 1..).unwrap_or_default();
    if !fragment.is_empty() {
        forms.add(CauseCode::FragmentKept, page.to_vec());
    }
    forms.add(CauseCode::BareHashKept, [url, b"#"].concat());
    forms.add(CauseCode::FragmentKept, [url, b"#/"].concat());
    forms.list
}

/// The forms that may also follow on another mistake.
pub(super) fn changed(url: &[u8]) -> Vec<Form> {
    let mut forms = Forms { of: url, list: Vec::new() };
    encodings(url, &mut forms);
    texts(url, &mut forms);
    if let Some(parts) = UrlParts::of(url) {
        ends(url, &parts, &mut forms);
        parameters(&parts, &mut forms);
        hosts(url, &parts, &mut forms);
        paths(&parts, &mut forms);
        queries(&parts, &mut forms);
    }
    forms.list
}

/// The forms that are too many, or too slow, to be combined with others.
fn rare(url: &[u8]) -> Vec<Form> {
    let mut forms = Forms { of: url, list: Vec::new() };
    let decoded = unescape(url, |byte| !byte.is_ascii());
    let gbk = str::from_utf8(&decoded).ok().and_then(gbk::encode);
    if let Some(bytes) = gbk.filter(|bytes| !bytes.is_ascii()) {
        forms.add(CauseCode::GbkBytes, escape(&bytes, |byte| byte.is_ascii()));
        forms.add(CauseCode::GbkBytes, bytes);
    }
    let Some(parts) = UrlParts::of(url) else { return forms.list };
    for port in ["81", "3000", "4000", "5000", "5173", "7001", "8000", "8081", "8443", "8888", "9000"] {
        let port = [b":", port.as_bytes()].concat();
        forms.add(CauseCode::PortChanged, UrlParts { port: &port, ..parts }.join());
    }
    for own in own_addresses(url) {
        forms.add(CauseCode::OwnAddressSigned, own);
    }
    forms.list
}

fn encodings(url: &[u8], forms: &mut Forms<'_>) {
    use CauseCode::*;
    let component = escape(url, is_component);
    let form = |keep: fn(u8) -> bool| replace(&escape(url, |b| keep(b) || b == b' '), b" ", b"+");
    forms.add(UrlEncoded, component.clone());
    forms.add(UrlEncoded, escape_case(&component, u8::to_ascii_lowercase));
    forms.add(UrlEncoded, escape(url, is_unreserved));
    forms.add(UrlEncoded, form(is_unreserved));
    forms.add(UrlEncoded, form(is_form));
    forms.add(UrlEncoded, escape(url, |byte| is_unreserved(byte) || byte == b'/'));
    forms.replace(UrlEncodedTwice, b"%", b"%25");
    forms.add(UrlEncodedTwice, escape(&component, is_component));
    let decoded = unescape(url, |_| true);
    forms.add(UrlDecoded, decoded.clone());
    forms.add(UrlDecoded, unescape(&replace(url, b"+", b" "), |_| true));
    forms.add(UrlDecoded, unescape(&decoded, |_| true));
    forms.add(ChineseUnescaped, unescape(url, |byte| !is_reserved(byte)));
    forms.add(ChineseUnescaped, unescape(url, |byte| !byte.is_ascii()));
    forms.add(ChineseEscaped, escape(url, |byte| is_uri(byte) || byte == b'%'));
    forms.add(ChineseEscaped, escape(url, |byte| byte.is_ascii()));
    for (from, to) in
        [("%20", "+"), ("%2B", "+"), ("%2b", "+"), ("+", "%20"), ("+", " "), ("+", "%2B"), ("%20", " ")]
    {
        forms.replace(PlusAndSpace, from.as_bytes(), to.as_bytes());
    }
    forms.add(EscapeCaseChanged, escape_case(url, u8::to_ascii_lowercase));
    forms.add(EscapeCaseChanged, escape_case(url, u8::to_ascii_uppercase));
}

fn texts(url: &[u8], forms: &mut Forms<'_>) {
    use CauseCode::*;
    for entity in ["&amp;", "&#38;", "&#038;", "\\u0026", "&amp;amp;"] {
        forms.replace(AmpEntity, b"&", entity.as_bytes());
    }
    forms.add(AmpEntity, replace(&replace(url, b"&", b"&amp;"), b"'", b"&#39;"));
    forms.replace(AmpEntity, b"&amp;", b"&");
    forms.replace(JsonSlashes, b"/", b"\\/");
    for end in ["\n", "\r\n", " ", "\t", "\u{200b}", ";", "%0A", "%20"] {
        forms.add(StrayCharacters, [url, end.as_bytes()].concat());
    }
    for front in ["\u{feff}", " ", "\n"] {
        forms.add(StrayCharacters, [front.as_bytes(), url].concat());
    }
    for quote in ["\"", "'"] {
        forms.add(StrayCharacters, [quote.as_bytes(), url, quote.as_bytes()].concat());
    }
}

fn ends(url: &[u8], parts: &UrlParts<'_>, forms: &mut Forms<'_>) {
    use CauseCode::*;
    // A query whose '&' were escaped by hand up to the first, second or third is cut at the next.
    for (at, _) in url.iter().enumerate().filter(|(_, byte)| **byte == b'&').take(3) {
        forms.add(CutAtAmpersand, url.get(..at).unwrap_or_default().to_vec());
    }
    forms.add(QueryDropped, UrlParts { query: None, ..*parts }.join());
    if parts.query.is_some() {
        forms.add(QueryDropped, UrlParts { query: Some(b""), ..*parts }.join());
    }
    if !parts.path.is_empty() {
        forms.add(OriginOnly, [&parts.origin(), b"/".as_slice()].concat());
    }
    if parts.path.len() > 1 {
        forms.add(OriginOnly, parts.origin());
    }
}

fn parameters(parts: &UrlParts<'_>, forms: &mut Forms<'_>) {
    use CauseCode::*;
    type Test = fn(&[u8]) -> bool;
    let removed: [(CauseCode, Test); 6] = [
        (ShareParametersMissing, is_share),
        (ShareParametersMissing, |name| name == b"from"),
        (ShareParametersMissing, |name| name == b"isappinstalled"),
        (OauthParametersMissing, is_oauth),
        (OauthParametersMissing, |name| name == b"code"),
        (OauthParametersMissing, |name| name == b"state"),
    ];
    for (code, is_gone) in removed {
        let kept: Vec<_> =
            parts.parameters().filter(|(name, _)| !is_gone(name)).map(|(_, whole)| whole).collect();
        if kept.len() < parts.parameters().count() {
            let query = kept.join(&b'&');
            forms.add(code, UrlParts { query: (!kept.is_empty()).then_some(&query), ..*parts }.join());
        }
    }
    let mut add = |more: &str| {
        let query = match parts.query {
            Some(query) if !query.is_empty() => [query, b"&", more.as_bytes()].concat(),
            _ => more.as_bytes().to_vec(),
        };
        forms.add(ShareParametersAdded, UrlParts { query: Some(&query), ..*parts }.join());
    };
    if parts.parameters().any(|(name, _)| name == b"from") {
        add("isappinstalled=0");
        add("isappinstalled=1");
        return;
    }
    for from in ["singlemessage", "groupmessage", "timeline"] {
        add(&format!("from={from}"));
        add(&format!("from={from}&isappinstalled=0"));
        add(&format!("from={from}&isappinstalled=1"));
    }
}

fn hosts(url: &[u8], parts: &UrlParts<'_>, forms: &mut Forms<'_>) {
    use CauseCode::*;
    forms.add(SchemeChanged, parts.with_other_scheme().join());
    forms.add(SchemeMissing, url.get(parts.scheme.len() + 3..).unwrap_or_default().to_vec());
    forms.add(SchemeMissing, url.get(parts.scheme.len() + 1..).unwrap_or_default().to_vec());
    for port in ["", ":443", ":80", ":8080"] {
        forms.add(PortChanged, UrlParts { port: port.as_bytes(), ..*parts }.join());
    }
    let www = match parts.host.strip_prefix(b"www.") {
        Some(bare) => bare.to_vec(),
        None => [b"www.", parts.host].concat(),
    };
    forms.add(WwwChanged, UrlParts { host: &www, ..*parts }.join());
    for host in ["localhost", "127.0.0.1"] {
        forms.add(OtherHost, UrlParts { host: host.as_bytes(), ..*parts }.join());
    }
    let capital = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        if let Some(first) = bytes.first_mut() {
            first.make_ascii_uppercase();
        }
        bytes
    };
    let label = parts.host.split(|byte| *byte == b'.').next().unwrap_or_default().len();
    let mut label_up = parts.host.to_vec();
    label_up.iter_mut().take(label).for_each(u8::make_ascii_uppercase);
    for host in
        [parts.host.to_ascii_lowercase(), parts.host.to_ascii_uppercase(), capital(parts.host), label_up]
    {
        forms.add(LetterCaseChanged, UrlParts { host: &host, ..*parts }.join());
    }
    forms.add(LetterCaseChanged, url.to_ascii_lowercase());
    forms.add(LetterCaseChanged, url.to_ascii_uppercase());
}

/// Files that servers take for a directory.
const FILES: [&[u8]; 5] = [b"index.html", b"index.php", b"index.htm", b"index.jsp", b"default.aspx"];

fn paths(parts: &UrlParts<'_>, forms: &mut Forms<'_>) {
    use CauseCode::*;
    let with = |path: &[u8]| UrlParts { path, ..*parts }.join();
    let each_capital = |bytes: &[u8]| {
        let mut start = true;
        let change = |byte: &u8| {
            let changed = if start { byte.to_ascii_uppercase() } else { *byte };
            start = *byte == b'/';
            changed
        };
        bytes.iter().map(change).collect::<Vec<_>>()
    };
    forms.add(LetterCaseChanged, with(&parts.path.to_ascii_lowercase()));
    forms.add(LetterCaseChanged, with(&parts.path.to_ascii_uppercase()));
    forms.add(LetterCaseChanged, with(&each_capital(parts.path)));
    match parts.path {
        [] => forms.add(RootSlashChanged, with(b"/")),
        b"/" => forms.add(RootSlashChanged, with(b"")),
        [front @ .., b'/'] => forms.add(SlashChanged, with(front)),
        path => forms.add(SlashChanged, with(&[path, b"/"].concat())),
    }
    let single: Vec<u8> = replace(parts.path, b"//", b"/");
    forms.add(SlashChanged, with(&single));
    if parts.path.len() > 1 {
        forms.add(SlashChanged, with(&[b"/", parts.path].concat()));
    }
    let base = parts.path.strip_suffix(b"/").unwrap_or(parts.path);
    for file in FILES {
        if let Some(front) = parts.path.strip_suffix(file) {
            forms.add(DefaultFile, with(front));
            forms.add(DefaultFile, with(front.strip_suffix(b"/").unwrap_or(front)));
        } else {
            forms.add(DefaultFile, with(&[base, b"/", file].concat()));
        }
    }
}

fn queries(parts: &UrlParts<'_>, forms: &mut Forms<'_>) {
    use CauseCode::*;
    let Some(query) = parts.query else { return };
    let mut with = |code, query: &[u8]| {
        forms.add(code, UrlParts { query: (!query.is_empty()).then_some(query), ..*parts }.join());
    };
    let escapes: Vec<_> = (0..query.len()).filter_map(|at| escaped(query.get(at..)?)).collect();
    for reserved in b":,/@;$!'()*~|[]{}".iter().copied() {
        if query.contains(&reserved) {
            with(ReservedCharacters, &replace(query, &[reserved], &percent::escape(reserved)));
        }
        if escapes.contains(&reserved) {
            with(ReservedCharacters, &unescape(query, |byte| byte == reserved));
        }
    }
    with(
        ReservedCharacters,
        &escape(query, |byte| !byte.is_ascii() || is_unreserved(byte) || b"=&%+".contains(&byte)),
    );
    with(ReservedCharacters, &unescape(query, |byte| b":/".contains(&byte)));
    with(
        ReservedCharacters,
        &unescape(query, |byte| byte.is_ascii_punctuation() && !b"&=%+#".contains(&byte)),
    );
    let all: Vec<_> = parts.parameters().map(|(_, whole)| whole).collect();
    let mut sorted = all.clone();
    sorted.sort_unstable();
    let is_empty = |whole: &[u8]| whole.is_empty() || whole.ends_with(b"=") || !whole.contains(&b'=');
    for list in [&all, &sorted] {
        let filled: Vec<_> = list.iter().copied().filter(|whole| !is_empty(whole)).collect();
        let named: Vec<_> = list.iter().copied().filter(|whole| !whole.is_empty()).collect();
        with(QueryReserialised, &list.join(&b'&'));
        with(QueryReserialised, &filled.join(&b'&'));
        with(QueryReserialised, &named.join(&b'&'));
        let equalled: Vec<_> = named
            .iter()
            .map(|whole| if whole.contains(&b'=') { whole.to_vec() } else { [*whole, b"="].concat() })
            .collect();
        with(QueryReserialised, &equalled.join(&b'&'));
        for (keep, space) in
            [(is_unreserved as fn(u8) -> bool, b"+".as_slice()), (is_unreserved, b"%20"), (is_form, b"+")]
        {
            let anew: Vec<_> = equalled.iter().map(|whole| form_encoded(whole, keep, space)).collect();
            with(QueryReserialised, &anew.join(&b'&'));
        }
    }
    let bare: Vec<_> = all.iter().map(|whole| whole.strip_suffix(b"=").unwrap_or(whole)).collect();
    with(QueryReserialised, &bare.join(&b'&'));
    let mut names = Vec::new();
    let last: Vec<_> = parts
        .parameters()
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .filter(|(name, _)| {
            !names.contains(name) && {
                names.push(*name);
                true
            }
        })
        .map(|(_, whole)| whole)
        .collect();
    with(QueryReserialised, &last.into_iter().rev().collect::<Vec<_>>().join(&b'&'));
}

/// A parameter, decoded like a form's and escaped again.
fn form_encoded(whole: &[u8], keep: fn(u8) -> bool, space: &[u8]) -> Vec<u8> {
    let halves: Vec<_> = whole
        .splitn(2, |byte| *byte == b'=')
        .map(|half| {
            let value = unescape(&replace(half, b"+", b" "), |_| true);
            replace(&escape(&value, |byte| keep(byte) || byte == b' '), b" ", space)
        })
        .collect();
    halves.join(&b'=')
}

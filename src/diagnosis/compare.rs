//! The comparison of two URLs, which needs no ticket: how the signed one came from the page's.

use super::CauseCode;
use super::codec::cut;
use super::url_parts::UrlParts;
use super::user_agent::WechatClient;
use super::wrong_urls::{changed, first, is_oauth, is_share, single};

/// The longest URL whose forms are compared in pairs: there may be two of them besides the search
/// with the ticket, and an answer should not take longer than 50 ms. For a longer URL the parts that
/// differ are named.
const MAX_PAIR_BYTES: usize = 250;

/// The mistakes that lead from the page's URL to the signed one; empty if they are equal.
pub(super) fn compare(signed: &[u8], page: &[u8], client: WechatClient) -> Vec<CauseCode> {
    let expected = cut(page);
    if signed == expected {
        return Vec::new();
    }
    let mut codes: Vec<_> =
        single(page).into_iter().filter(|form| form.url == signed).map(|form| form.code).collect();
    if codes.is_empty() && page.len() <= MAX_PAIR_BYTES {
        codes = pair(signed, page);
    }
    if codes.is_empty() {
        codes = structure(signed, expected, client);
    }
    dedupe(codes)
}

/// Whether one or two mistakes other than a kept fragment make the signed URL of the page's.
pub(super) fn is_known(signed: &[u8], page: &[u8]) -> bool {
    let mut codes = single(page).into_iter().filter(|form| form.url == signed).map(|form| form.code);
    let is_other = |code| !matches!(code, CauseCode::FragmentKept | CauseCode::BareHashKept);
    if codes.any(is_other) {
        return true;
    }
    let pair = if page.len() <= MAX_PAIR_BYTES { pair(signed, page) } else { Vec::new() };
    !pair.is_empty() && pair.into_iter().all(is_other)
}

fn pair(signed: &[u8], page: &[u8]) -> Vec<CauseCode> {
    for form in first(page) {
        if let Some(second) = changed(&form.url).into_iter().find(|second| second.url == signed) {
            return vec![form.code, second.code];
        }
    }
    Vec::new()
}

/// Which parts differ, if no known mistake leads from one URL to the other.
fn structure(signed: &[u8], expected: &[u8], client: WechatClient) -> Vec<CauseCode> {
    use CauseCode::*;
    let (Some(ours), Some(theirs)) = (UrlParts::of(cut(signed)), UrlParts::of(expected)) else {
        return vec![if UrlParts::of(signed).is_none() { SchemeMissing } else { OtherPage }];
    };
    let mut codes = Vec::new();
    if signed.contains(&b'#') {
        codes.push(FragmentKept);
    }
    if ours.scheme != theirs.scheme {
        let same = ours.scheme.eq_ignore_ascii_case(theirs.scheme);
        codes.push(if same { LetterCaseChanged } else { SchemeChanged });
    }
    if ours.host != theirs.host {
        let bare = |host: &[u8]| host.strip_prefix(b"www.").unwrap_or(host).to_ascii_lowercase();
        codes.push(if ours.host.eq_ignore_ascii_case(theirs.host) {
            LetterCaseChanged
        } else if bare(ours.host) == bare(theirs.host) {
            WwwChanged
        } else {
            OtherHost
        });
    }
    if ours.port != theirs.port {
        codes.push(PortChanged);
    }
    if ours.path != theirs.path {
        let plain = |path: &[u8]| path.strip_suffix(b"/").unwrap_or(path).to_ascii_lowercase();
        if ours.path.eq_ignore_ascii_case(theirs.path) {
            codes.push(LetterCaseChanged);
        } else if plain(ours.path) == plain(theirs.path) {
            codes.push(SlashChanged);
        } else {
            codes.push(other_page(client));
        }
    }
    if ours.query != theirs.query {
        codes.extend(queries(&ours, &theirs, client));
    }
    codes
}

fn queries(ours: &UrlParts<'_>, theirs: &UrlParts<'_>, client: WechatClient) -> Vec<CauseCode> {
    use CauseCode::*;
    let names = |a: &UrlParts<'_>, b: &UrlParts<'_>| {
        let there: Vec<_> = b.parameters().map(|(_, whole)| whole.to_vec()).collect();
        a.parameters()
            .filter(|(_, whole)| !there.iter().any(|other| other == whole))
            .map(|(name, _)| name.to_vec())
            .collect::<Vec<_>>()
    };
    let (added, missing) = (names(ours, theirs), names(theirs, ours));
    let mut codes = Vec::new();
    for (list, share, oauth) in [
        (&missing, ShareParametersMissing, OauthParametersMissing),
        (&added, ShareParametersAdded, OauthParametersAdded),
    ] {
        codes.extend(list.iter().any(|name| is_share(name)).then_some(share));
        codes.extend(list.iter().any(|name| is_oauth(name)).then_some(oauth));
    }
    let is_other = |name: &Vec<u8>| !is_share(name) && !is_oauth(name);
    if added.is_empty() && missing.is_empty() {
        codes.push(QueryReserialised);
    } else if ours.query.is_none() {
        codes.push(QueryDropped);
    } else if added.iter().chain(&missing).any(is_other) {
        codes.push(other_page(client));
    }
    codes
}

/// Another page of the same site: in a single-page app the reason depends on the client.
fn other_page(client: WechatClient) -> CauseCode {
    match client {
        WechatClient::Ios => CauseCode::SpaLandingUrl,
        WechatClient::Android | WechatClient::Desktop | WechatClient::HarmonyOs | WechatClient::Work => {
            CauseCode::SpaCurrentUrl
        }
        WechatClient::MiniProgram => CauseCode::MiniProgramWebView,
        WechatClient::Unknown => CauseCode::OtherPage,
    }
}

fn dedupe(codes: Vec<CauseCode>) -> Vec<CauseCode> {
    let mut list = Vec::new();
    for code in codes {
        if !list.contains(&code) {
            list.push(code);
        }
    }
    list
}

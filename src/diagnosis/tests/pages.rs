//! Forty mistakes on twenty-five pages, with the ticket and without it. The mistakes are made here
//! by code of this file, as careless servers make them, and not by the functions that search for
//! them.
#![allow(clippy::type_complexity, clippy::format_collect, clippy::format_push_string, clippy::too_many_lines)] // short beats fast here

use super::*;
use crate::diagnosis::Verdict;
use crate::diagnosis::digest::sha1;

const PAGES: [&str; 25] = [
    "https://example.com/",
    "https://example.com",
    "https://example.com/?a=1",
    "https://m.example.com/shop/item?id=42&from=singlemessage&isappinstalled=0",
    "https://m.example.com/shop/item?id=42&q=a%20b%2Bc&name=%E4%B8%AD%E6%96%87#/detail/7",
    "https://m.example.com/%E4%B8%AD%E6%96%87/page?x=1&y=2#top",
    "https://www.example.com/index.html?a=1&b=&c",
    "https://www.example.com/a/b/?z=1&a=2",
    "http://example.com/path?from=timeline",
    "http://127.0.0.1:8080/page?a=1&b=2",
    "https://example.com:8443/page?a=1&b=2#x",
    "https://example.com/act/?code=021abc&state=STATE",
    "https://example.com/act?code=021abc&state=S:1&uid=7",
    "https://example.com/page?redirect=https%3A%2F%2Fa.com%2Fb%3Fc%3D1&d=2",
    "https://example.com/page?time=12:30&tags=a,b&path=/x/y",
    "https://example.com/page?q=1+2&r=3%2B4",
    "https://example.com/index.php?m=home&c=index&a=show",
    "https://Example.com/Shop/Item?Id=1",
    "https://example.com/a?b=%e4%bd%a0%e5%a5%bd&c=d",
    "https://sub.domain.example.com.cn/very/long/path/with/many/parts/index.jsp?token=abc.def-ghi_jkl~mno",
    "https://example.com/#/home?a=1",
    "https://example.com/spa/list?page=2#!/item/3",
    "https://example.com/a?x=1&x=2&y=3&from=groupmessage",
    "https://example.com/a%2Fb?x=a%23b&y=%26",
    "https://example.com/it's?(a)=b!*&name=O'Neil",
];

const APP_ID: &str = "wx5823bf96d3bd56c7";

/// A mistake: its code, and what it makes of a page. `None` if the page is not concerned.
struct Mistake {
    code: &'static str,
    made: Made,
}

enum Made {
    /// The URL is wrong.
    Url(fn(&str) -> Option<String>),
    /// The text around the URL is wrong.
    Text(fn(&str) -> String),
}

fn url_mistakes() -> Vec<Mistake> {
    let list: [(&'static str, fn(&str) -> Option<String>); 34] = [
        ("fragment_kept", |page| page.contains('#').then(|| page.to_owned())),
        ("bare_hash_kept", |page| Some(format!("{}#", cut(page)))),
        ("cut_at_ampersand", |page| cut(page).split_once('&').map(|(front, _)| front.to_owned())),
        ("query_dropped", |page| cut(page).split_once('?').map(|(front, _)| front.to_owned())),
        ("query_dropped", |page| cut(page).split_once('?').map(|(front, _)| format!("{front}?"))),
        ("share_parameters_missing", |page| without(page, &["from", "isappinstalled"])),
        ("share_parameters_added", |page| {
            let mark = if cut(page).contains('?') { '&' } else { '?' };
            let fresh = !cut(page).contains("from=");
            fresh.then(|| format!("{}{mark}from=timeline&isappinstalled=0", cut(page)))
        }),
        ("oauth_parameters_missing", |page| without(page, &["code", "state"])),
        ("url_encoded", |page| Some(encode_component(cut(page)))),
        ("url_encoded_twice", |page| cut(page).contains('%').then(|| cut(page).replace('%', "%25"))),
        ("url_decoded", |page| decode(cut(page), |_| true)),
        ("chinese_unescaped", |page| decode(cut(page), |byte| !byte.is_ascii())),
        ("gbk_bytes", |page| {
            let gbk = cut(page).replace("%E4%B8%AD%E6%96%87", "%D6%D0%CE%C4");
            let gbk = gbk.replace("%e4%bd%a0%e5%a5%bd", "%C4%E3%BA%C3");
            (gbk != cut(page)).then_some(gbk)
        }),
        ("plus_and_space", |page| swapped(page, "%20", "+")),
        ("plus_and_space", |page| swapped(page, "+", " ")),
        ("escape_case_changed", |page| {
            let lower = lower_escapes(cut(page));
            (lower != cut(page)).then_some(lower)
        }),
        ("reserved_characters", |page| {
            let (front, query) = cut(page).split_once('?')?;
            (query.contains(':') && !query.contains("%3A"))
                .then(|| format!("{front}?{}", query.replace(':', "%3A")))
        }),
        ("amp_entity", |page| swapped(page, "&", "&amp;")),
        ("scheme_changed", |page| {
            let (scheme, rest) = cut(page).split_once("://")?;
            Some(format!("{}://{rest}", if scheme == "http" { "https" } else { "http" }))
        }),
        ("scheme_missing", |page| cut(page).split_once("://").map(|(_, rest)| rest.to_owned())),
        ("scheme_missing", |page| cut(page).split_once(':').map(|(_, rest)| rest.to_owned())),
        ("port_changed", |page| {
            let (front, rest) = authority(page)?;
            (!front.trim_start_matches("https:").contains(':')).then(|| format!("{front}:8080{rest}"))
        }),
        ("www_changed", |page| {
            let bare = swapped(page, "://www.", "://");
            bare.or_else(|| swapped(page, "://", "://www."))
        }),
        ("letter_case_changed", |page| {
            let lower = cut(page).to_lowercase();
            (lower != cut(page)).then_some(lower)
        }),
        ("slash_changed", |page| {
            let (front, rest) = authority(page)?;
            let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
            let path = if path.len() < 2 { return None } else { path };
            Some(match path.strip_suffix('/') {
                Some(bare) => format!("{front}{bare}{query}"),
                None => format!("{front}{path}/{query}"),
            })
        }),
        ("root_slash_changed", |page| {
            let (front, rest) = authority(page)?;
            match rest.strip_prefix('/') {
                Some(rest) if rest.is_empty() || rest.starts_with('?') => Some(format!("{front}{rest}")),
                None => Some(format!("{front}/{rest}")),
                Some(_) => None,
            }
        }),
        ("default_file", |page| {
            let (front, rest) = authority(page)?;
            let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
            path.ends_with('/').then(|| format!("{front}{path}index.html{query}"))
        }),
        ("own_address_signed", |page| {
            let (front, _) = authority(page)?;
            Some(format!("{front}/wx/config?url={}", encode_component(cut(page))))
        }),
        // Behind a proxy that ends TLS.
        ("own_address_signed", |page| {
            let (front, _) = authority(page)?;
            let front = if front.starts_with("https") {
                front.replacen("https", "http", 1)
            } else {
                front.replacen("http", "https", 1)
            };
            Some(format!("{front}/api/wx/config"))
        }),
        // URLSearchParams and Java.
        ("url_encoded", |page| {
            let encode = |byte: u8| match byte {
                _ if byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte) => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            };
            Some(cut(page).bytes().map(encode).collect())
        }),
        ("reserved_characters", |page| {
            let (front, query) = cut(page).split_once('?')?;
            let changed = query.replace("%3A", ":").replace("%2F", "/");
            (changed != query).then(|| format!("{front}?{changed}"))
        }),
        ("origin_only", |page| {
            let (front, rest) = authority(page)?;
            (rest.len() > 1).then(|| format!("{front}/"))
        }),
        ("query_reserialised", |page| {
            let (front, query) = cut(page).split_once('?')?;
            let mut all: Vec<_> = query.split('&').collect();
            let before = all.clone();
            all.sort_unstable();
            (before != all).then(|| format!("{front}?{}", all.join("&")))
        }),
        ("json_slashes", |page| Some(cut(page).replace('/', "\\/"))),
    ];
    list.into_iter().map(|(code, make)| Mistake { code, made: Made::Url(make) }).collect()
}

fn text_mistakes() -> Vec<Mistake> {
    let list: [(&'static str, fn(&str) -> String); 13] = [
        ("stray_characters", |url| text(TICKET, NONCE, TIMESTAMP, &format!("{url}\n"))),
        ("stray_characters", |url| format!("\u{feff}{}", text(TICKET, NONCE, TIMESTAMP, url))),
        ("timestamp_milliseconds", |url| text(TICKET, NONCE, "1414587457981", url)),
        ("timestamp_not_integer", |url| text(TICKET, NONCE, "1414587457.25", url)),
        ("other_timestamp", |url| text(TICKET, NONCE, "1414587459", url)),
        ("key_names", |url| text(TICKET, NONCE, TIMESTAMP, url).replace("noncestr", "nonceStr")),
        ("nonce_case_changed", |url| text(TICKET, &NONCE.to_uppercase(), TIMESTAMP, url)),
        ("wrong_order", |url| {
            format!("url={url}&timestamp={TIMESTAMP}&noncestr={NONCE}&jsapi_ticket={TICKET}")
        }),
        ("app_id_hashed", |url| format!("appid={APP_ID}&{}", text(TICKET, NONCE, TIMESTAMP, url))),
        ("times_entity", |url| text(TICKET, NONCE, TIMESTAMP, url).replace("&timestamp", "×tamp")),
        ("values_only", |url| format!("{TICKET}{NONCE}{TIMESTAMP}{url}")),
        ("ticket_placeholder", |url| text("undefined", NONCE, TIMESTAMP, url)),
        ("ticket_stray_characters", |url| text(&format!("\"{TICKET}\""), NONCE, TIMESTAMP, url)),
    ];
    list.into_iter().map(|(code, make)| Mistake { code, made: Made::Text(make) }).collect()
}

fn text(ticket: &str, nonce: &str, timestamp: &str, url: &str) -> String {
    format!("jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}")
}

fn cut(page: &str) -> &str {
    page.split('#').next().unwrap_or(page)
}

/// Scheme, host and port; and what stands behind.
fn authority(page: &str) -> Option<(&str, &str)> {
    let page = cut(page);
    let start = page.find("://")? + 3;
    let end = page[start..].find(['/', '?']).map_or(page.len(), |at| start + at);
    Some(page.split_at(end))
}

fn without(page: &str, names: &[&str]) -> Option<String> {
    let (front, query) = cut(page).split_once('?')?;
    let is_kept = |pair: &&str| !names.contains(&pair.split('=').next().unwrap_or(pair));
    let kept: Vec<_> = query.split('&').filter(is_kept).collect();
    let query = kept.join("&");
    let mark = if kept.is_empty() { "" } else { "?" };
    (kept.len() < query_len(page)).then(|| format!("{front}{mark}{query}"))
}

fn query_len(page: &str) -> usize {
    cut(page).split_once('?').map_or(0, |(_, query)| query.split('&').count())
}

fn swapped(page: &str, from: &str, to: &str) -> Option<String> {
    cut(page).contains(from).then(|| cut(page).replace(from, to))
}

fn encode_component(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            _ if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn decode(text: &str, take: fn(u8) -> bool) -> Option<String> {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let byte = text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let byte = byte.filter(|&byte| text.as_bytes()[at] == b'%' && take(byte));
        out.push(byte.unwrap_or(text.as_bytes()[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).ok().filter(|decoded| decoded != text)
}

fn lower_escapes(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split('%').enumerate() {
        if index == 0 {
            out.push_str(part);
        } else {
            let (digits, rest) = part.split_at(2);
            out.push_str(&format!("%{}{rest}", digits.to_lowercase()));
        }
    }
    out
}

fn signed(text: &str) -> String {
    hex::encode(sha1(text.as_bytes()))
}

fn page_evidence(page: &str, signature: &str) -> Evidence {
    Evidence { app_id: APP_ID.into(), ..evidence(page, signature) }
}

/// The ticket is known: every mistake is proven by its own code, on every page that it concerns.
#[test]
fn with_the_ticket_every_mistake_is_proven() {
    let (mut kinds, mut cases) = (0, 0);
    for mistake in url_mistakes().into_iter().chain(text_mistakes()) {
        kinds += 1;
        for page in PAGES {
            let text = match mistake.made {
                Made::Url(make) => match make(page) {
                    Some(url) => text(TICKET, NONCE, TIMESTAMP, &url),
                    None => continue,
                },
                Made::Text(make) => make(cut(page)),
            };
            cases += 1;
            let report = explain(&page_evidence(page, &signed(&text)));
            assert_eq!(report.verdict, Verdict::Invalid, "{} on {page}", mistake.code);
            assert!(
                proven(&report).contains(&mistake.code),
                "{} on {page}: {:?}",
                mistake.code,
                named(&report)
            );
        }
    }
    assert!(kinds >= 40 && cases >= 600, "{kinds} mistakes in {cases} cases");
}

/// No ticket is known: the URL that the server signed, beside the page's, shows every mistake in
/// it.
#[test]
fn without_the_ticket_every_wrong_url_is_named() {
    let mut cases = 0;
    for mistake in url_mistakes() {
        let Made::Url(make) = mistake.made else { continue };
        for page in PAGES {
            let Some(url) = make(page) else { continue };
            for from_client in [false, true] {
                let (page_url, real) =
                    if from_client { ("", vec![cut(page).to_owned()]) } else { (page, vec![]) };
                let report = explain(&Evidence {
                    url: url.clone(),
                    page_url: page_url.into(),
                    real_auth_url: real,
                    ..Evidence::default()
                });
                cases += 1;
                // A fragment may have been cut by the signer; it is only suspected.
                let is_fragment = mistake.code.contains("kept") || mistake.code == "bare_hash_kept";
                assert!(
                    is_fragment || named(&report).contains(&mistake.code),
                    "{} on {page}: {:?}",
                    mistake.code,
                    named(&report)
                );
            }
        }
    }
    assert!(cases >= 600, "{cases}");
}

/// The right signature of every page is valid, whatever the page looks like.
#[test]
fn the_right_signature_of_every_page_is_valid() {
    for page in PAGES {
        let report = explain(&page_evidence(page, &signed(&text(TICKET, NONCE, TIMESTAMP, cut(page)))));
        assert_eq!(report.verdict, Verdict::Valid, "{page}: {report:?}");
    }
}

/// Two usual mistakes at once, on pages that both concern.
#[test]
fn pairs_of_mistakes_are_proven_together() {
    let mut cases = 0;
    for page in PAGES {
        let url = cut(page);
        let Some((front, rest)) = authority(page) else { continue };
        let http = url.replacen("https://", "http://", 1);
        let pairs = [
            (text(TICKET, NONCE, TIMESTAMP, &encode_component(page)), "url_encoded", page.contains('#')),
            (text(TICKET, NONCE, TIMESTAMP, &http).replace("noncestr", "nonceStr"), "key_names", http != url),
            (text("null", NONCE, TIMESTAMP, &format!("{front}:8080{rest}")), "ticket_placeholder", true),
            (format!("{NONCE}{TICKET}{TIMESTAMP}{http}"), "values_only", http != url),
        ];
        for (text, code, concerns) in pairs {
            if concerns && !(front.matches(':').count() > 1 && code == "ticket_placeholder") {
                cases += 1;
                let report = explain(&page_evidence(page, &signed(&text)));
                assert!(proven(&report).contains(&code), "{code} on {page}: {:?}", named(&report));
            }
        }
    }
    assert!(cases > 60, "{cases}");
}

/// Mistakes of which there are too many to try each with each other one.
#[test]
fn a_second_mistake_is_found_with_rare_ones() {
    let page = "https://m.example.com/item?id=1&x=2#/detail";
    let own = "https://m.example.com/wx/config?url=https%3A%2F%2Fm.example.com%2Fitem%3Fid%3D1%26x%3D2";
    let moment = "1414587457123";
    for (timestamp, url, codes) in [
        (TIMESTAMP, "https://m.example.com/wx/config#/detail", ["own_address_signed", "fragment_kept"]),
        (TIMESTAMP, "http://m.example.com/api/sign#", ["own_address_signed", "bare_hash_kept"]),
        (TIMESTAMP, &format!("{own}#/detail"), ["own_address_signed", "fragment_kept"]),
        (TIMESTAMP, &format!("{own}%23%2Fdetail"), ["own_address_signed", "fragment_kept"]),
        (moment, page, ["fragment_kept", "timestamp_milliseconds"]),
        (moment, "https://m.example.com/item?id=1", ["cut_at_ampersand", "timestamp_milliseconds"]),
        (moment, "https://m.example.com/item", ["query_dropped", "timestamp_milliseconds"]),
        (moment, "http://m.example.com/item?id=1&x=2", ["scheme_changed", "timestamp_milliseconds"]),
    ] {
        let signature = signed(&text(TICKET, NONCE, timestamp, url));
        assert_eq!(proven(&explain(&evidence(page, &signature))), codes, "{timestamp} {url}");
    }
}

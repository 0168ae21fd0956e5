//! Reads what people paste into evidence: a string1 line (also with `×tamp`), the object of
//! `wx.config` as JSON or as JavaScript, the object of `wx.error`, bare URLs; several of them
//! together.

mod token;

#[cfg(test)]
mod tests;

use wxsign::Evidence;

use token::{Token, tokens};

/// What was read from a text.
#[derive(Default)]
pub(crate) struct Pasted {
    pub(crate) evidence: Evidence,
    /// The fields whose value in string1 is not that of `wx.config`.
    pub(crate) differing: Vec<&'static str>,
}

/// Everything that could be read from the text. WeChat verifies what `wx.config` was given, so its
/// nonceStr and timestamp count more than those of string1.
pub(crate) fn read(text: &str) -> Pasted {
    let mut signed = Evidence::default();
    let mut evidence = Evidence::default();
    let text = plain(text);
    let mut rest = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut line = line.to_owned();
        // A terminal breaks a long line where it ends.
        while is_broken(&line)
            && let Some(more) = lines.next()
        {
            line.push_str(more.trim());
        }
        if is_string1(&line) {
            string1(line.trim(), &mut signed);
        } else if is_query(line.trim()) {
            query(line.trim(), &mut evidence);
        } else if is_message(line.trim()) {
            set("errMsg", line.trim(), &mut evidence);
        } else {
            rest.push_str(&line);
            rest.push('\n');
        }
    }
    let mut urls = Vec::new();
    pairs(&tokens(&rest), &mut evidence, &mut urls, MAX_NESTED);
    let mut differing = Vec::new();
    for (name, of_string1, of_config) in [
        ("nonceStr", &signed.nonce_str, &mut evidence.nonce_str),
        ("timestamp", &signed.timestamp, &mut evidence.timestamp),
    ] {
        if of_config.is_empty() {
            of_string1.clone_into(of_config);
        } else if !of_string1.is_empty() && of_string1 != of_config {
            differing.push(name);
        }
    }
    if evidence.signature.is_empty() {
        evidence.signature = signed.signature;
    }
    for (of_string1, other) in [
        (signed.url, &mut evidence.url),
        (signed.ticket, &mut evidence.ticket),
        (signed.app_id, &mut evidence.app_id),
    ] {
        if !of_string1.is_empty() {
            *other = of_string1;
        }
    }
    place(&urls, &mut evidence);
    Pasted { evidence, differing }
}

/// A bare URL is the signed one if another one follows, and if nothing else was pasted. Beside a
/// string1 or the object of `wx.config` it is the page's.
fn place(urls: &[String], evidence: &mut Evidence) {
    let is_alone = evidence.signature.is_empty() && evidence.nonce_str.is_empty();
    for url in urls {
        let is_signed = evidence.url.is_empty() && (is_alone || urls.len() > 1);
        let place = if is_signed { &mut evidence.url } else { &mut evidence.page_url };
        if place.is_empty() {
            url.clone_into(place);
        }
    }
}

/// How deep JSON may stand in the texts of JSON, as in logs.
const MAX_NESTED: usize = 3;

/// The text without what web pages and editors make of it.
fn plain(text: &str) -> String {
    let mut text = text.replace('\u{feff}', "");
    // An `&amp;` in a URL alone may be the mistake itself.
    let is_html =
        text.contains("&quot;") || KEYS.iter().any(|(key, _)| text.contains(&format!("&amp;{key}")));
    if is_html {
        for (entity, char) in [("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
        {
            text = text.replace(entity, char);
        }
    }
    text
}

/// Whether it is the beginning of a string1 without its end.
fn is_broken(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("jsapi_ticket=") && !line.contains("&url=") && !line.contains("×tamp=")
}

/// Whether it is a query or the body of a form, whose values are escaped.
fn is_query(line: &str) -> bool {
    let is_pair = |pair: &str| pair.contains('=') && !pair.contains("://");
    line.contains('&')
        && !line.contains(char::is_whitespace)
        && !line.contains(['"', '\'', '{'])
        && line.split('&').all(is_pair)
}

/// Whether it is what a client says of a failure, without the object around it.
fn is_message(line: &str) -> bool {
    let is_plain = !line.contains(['"', '\'', '{', '=']) && !line.contains("://");
    is_plain
        && !wxsign::explain(&Evidence { err_msg: line.to_owned(), ..Evidence::default() }).causes.is_empty()
}

fn query(line: &str, evidence: &mut Evidence) {
    let line = line.split_once('?').map_or(line, |(_, query)| query);
    for (key, value) in line.split('&').filter_map(|pair| pair.split_once('=')) {
        set(key, &unescaped(value), evidence);
    }
}

/// Undoes `encodeURIComponent`; what is malformed stays as it is.
fn unescaped(value: &str) -> String {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *first == b'%');
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8(out).unwrap_or_else(|_| value.to_owned())
}

const KEYS: [(&str, &str); 14] = [
    ("jsapi_ticket=", "ticket"),
    ("jsapiTicket=", "ticket"),
    ("noncestr=", "nonceStr"),
    ("nonceStr=", "nonceStr"),
    ("timestamp=", "timestamp"),
    ("timeStamp=", "timestamp"),
    ("×tamp=", "timestamp"),
    ("&times;tamp=", "timestamp"),
    ("&timestamp=", "timestamp"),
    ("appid=", "appId"),
    ("appId=", "appId"),
    ("url=", "url"),
    ("&url=", "url"),
    ("&noncestr=", "nonceStr"),
];

fn is_string1(line: &str) -> bool {
    (line.contains("jsapi_ticket=") || line.contains("jsapiTicket=")) && line.contains("url=")
}

/// Takes the signed text apart. Each value ends where the next key begins; the URL goes to the end
/// of the line if no other key follows it.
fn string1(line: &str, evidence: &mut Evidence) {
    let line = match KEYS.iter().filter_map(|(key, _)| line.find(key)).min() {
        Some(start) => line.get(start..).unwrap_or(line).trim_end_matches(['"', '\'', '`', ';', ',']),
        None => line,
    };
    let mut found: Vec<(usize, usize, &str)> = Vec::new();
    for (key, field) in KEYS {
        let is_start = |at: usize| {
            at == 0 || key.starts_with(['&', '×']) || line.get(..at).is_some_and(|f| f.ends_with('&'))
        };
        if let Some((at, _)) = line.match_indices(key).find(|(at, _)| is_start(*at))
            && !found.iter().any(|(_, _, known)| *known == field)
        {
            found.push((at, at + key.len(), field));
        }
    }
    found.sort_unstable();
    let starts: Vec<usize> = found.iter().map(|(at, _, _)| *at).collect();
    for (index, (_, from, field)) in found.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(line.len());
        let value = line.get(*from..end).unwrap_or_default();
        let is_last = index + 1 == found.len();
        let value = if is_last { value } else { value.strip_suffix('&').unwrap_or(value) };
        if is_last && let Some((value, rest)) = before_signature(value) {
            set(field, value, evidence);
            pairs(&tokens(rest), evidence, &mut Vec::new(), 0);
        } else {
            set(field, value, evidence);
        }
    }
}

/// Programs log the signature behind the text that they signed, on the same line.
fn before_signature(text: &str) -> Option<(&str, &str)> {
    let at = text.match_indices("sign").map(|(at, _)| at).find(|at| {
        let is_named = text.get(*at..).is_some_and(|rest| rest.starts_with("signature"));
        is_named && text.get(..*at).is_some_and(|front| front.ends_with([' ', '\t']))
    })?;
    let (text, rest) = text.split_at_checked(at)?;
    Some((text.trim_end_matches([' ', '\t', ',', ';', '"', '\'']), rest))
}

/// Looks for `key: value`, `key = value` and `[key] => value`, for lists of texts, for bare URLs,
/// which it adds to `urls`, for bare signatures, and for JSON in texts.
fn pairs(tokens: &[Token], evidence: &mut Evidence, urls: &mut Vec<String>, nested: usize) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let (Token::Text(key) | Token::Word(key)) = token else {
            at += 1;
            continue;
        };
        if let Token::Text(text) = token
            && text.contains('"')
            && text.contains(':')
            && let Some(nested) = nested.checked_sub(1)
        {
            pairs(&token::tokens(text), evidence, urls, nested);
            at += 1;
            continue;
        }
        let Some(value) = value_at(tokens, at + 1) else {
            bare(key, evidence, urls);
            at += 1;
            continue;
        };
        match tokens.get(value) {
            // What JSON in a text holds is looked for there.
            Some(Token::Text(text)) if text.contains('"') && nested > 0 => at = value,
            Some(Token::Text(text) | Token::Word(text)) => {
                set(key, text, evidence);
                at = value + 1;
            }
            Some(Token::Mark('[')) => {
                let list = tokens.get(value + 1..).unwrap_or_default();
                let end = list.iter().position(|token| *token == Token::Mark(']')).unwrap_or(list.len());
                for token in list.iter().take(end) {
                    if let Token::Text(text) | Token::Word(text) = token {
                        set_in_list(key, text, evidence);
                    }
                }
                at = value + 1 + end;
            }
            _ => at += 1,
        }
    }
}

/// Where the value of a name begins that ends before `at`: behind `:`, `=`, `=>` or `] =>`.
fn value_at(tokens: &[Token], at: usize) -> Option<usize> {
    let is_mark = |at: usize, mark| tokens.get(at) == Some(&Token::Mark(mark));
    let at = if is_mark(at, ']') { at + 1 } else { at };
    if !is_mark(at, ':') && !is_mark(at, '=') {
        return None;
    }
    Some(if is_mark(at, '=') && is_mark(at + 1, '>') { at + 2 } else { at + 1 })
}

/// What stands without a name.
fn bare(text: &str, evidence: &mut Evidence, urls: &mut Vec<String>) {
    if text.starts_with("http://") || text.starts_with("https://") {
        urls.push(text.to_owned());
    } else if let Some((key, value)) = text.split_once('=').filter(|_| !text.contains("://")) {
        set(key, value, evidence);
    } else if text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        set("signature", text, evidence);
    }
}

fn set_in_list(key: &str, value: &str, evidence: &mut Evidence) {
    if key == "realAuthUrl" {
        evidence.real_auth_url.push(value.to_owned());
    }
}

/// Sets a field that is not set yet.
fn set(key: &str, value: &str, evidence: &mut Evidence) {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    let place = match plain.to_ascii_lowercase().as_str() {
        "url" | "signurl" | "signedurl" => &mut evidence.url,
        "pageurl" | "href" | "locationhref" | "windowlocationhref" => &mut evidence.page_url,
        "realauthurl" => {
            if !value.is_empty() {
                evidence.real_auth_url.push(value.to_owned());
            }
            return;
        }
        "ticket" | "jsapiticket" => &mut evidence.ticket,
        "noncestr" => &mut evidence.nonce_str,
        "timestamp" => &mut evidence.timestamp,
        "signature" => &mut evidence.signature,
        "" if key.ends_with("签名") => &mut evidence.signature,
        "appid" => &mut evidence.app_id,
        "errmsg" => &mut evidence.err_msg,
        "useragent" | "navigatoruseragent" => &mut evidence.user_agent,
        _ => return,
    };
    if place.is_empty() {
        value.clone_into(place);
    }
    // A misspelled field of wx.config is a cause. The lower-case keys of string1 are right there,
    // and so this function is called with the names of wx.config for them.
    if matches!(plain.to_ascii_lowercase().as_str(), "noncestr" | "timestamp" | "appid" | "signature")
        && !matches!(key, "nonceStr" | "timestamp" | "appId" | "signature")
    {
        evidence.other_names.push(key.to_owned());
    }
}

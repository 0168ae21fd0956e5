//! Reads what people paste into evidence: a string1 line (also with `×tamp`), the object of
//! `wx.config` as JSON or as JavaScript, the object of `wx.error`, bare URLs; several of them
//! together.

use wxsign::Evidence;

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

/// A piece of JSON or JavaScript.
#[derive(Debug, PartialEq)]
enum Token {
    Text(String),
    Word(String),
    Mark(char),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(tail) = rest.strip_prefix("//") {
            rest = tail.find('\n').and_then(|end| tail.get(end..)).unwrap_or_default();
        } else if first.is_whitespace() {
            rest = rest.trim_start();
        } else if let Some(end) = closing(first) {
            let (value, tail) = quoted(rest, end);
            tokens.push(Token::Text(value));
            rest = tail;
        } else if first.is_alphanumeric() || "_$.-%+/\\".contains(first) {
            let is_url = ["http://", "https://", "file://"].iter().any(|scheme| rest.starts_with(scheme));
            // `url=https://…` without spaces is a name, a mark and a URL.
            let name = rest.find('=').filter(|at| {
                let is_before_url = rest.get(at + 1..).is_some_and(|tail| tail.starts_with("http"));
                let is_name =
                    |name: &str| name.chars().all(|char| char.is_alphanumeric() || "_$.".contains(char));
                is_before_url && rest.get(..*at).is_some_and(is_name)
            });
            if let Some((word, tail)) = name.and_then(|at| rest.split_at_checked(at)) {
                tokens.push(Token::Word(word.to_owned()));
                rest = tail;
                continue;
            }
            let is_end = |char: char| {
                char.is_whitespace()
                    || "\"'`".contains(char)
                    || (!is_url && !char.is_alphanumeric() && !"_$.-%+/=".contains(char))
            };
            let end = rest.find(is_end).filter(|end| *end > 0).unwrap_or(if is_url {
                rest.len()
            } else {
                first.len_utf8()
            });
            let end = if rest.find(is_end).is_none() { rest.len() } else { end };
            let (word, tail) = rest.split_at(end);
            let (word, tail) = if is_url { trim_url(word, tail, rest) } else { (word, tail) };
            tokens.push(Token::Word(word.to_owned()));
            rest = tail;
        } else {
            tokens.push(Token::Mark(match first {
                '：' => ':',
                '＝' => '=',
                other => other,
            }));
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    tokens
}

/// A bare URL ends before the comma or bracket of the object around it.
fn trim_url<'a>(word: &'a str, tail: &'a str, rest: &'a str) -> (&'a str, &'a str) {
    let trimmed = word.trim_end_matches([',', ';', '}', ']', ')']);
    if trimmed.len() == word.len() { (word, tail) } else { rest.split_at(trimmed.len()) }
}

/// The quote that ends what this one begins; chats make Chinese ones of them.
fn closing(quote: char) -> Option<char> {
    match quote {
        '"' | '\'' | '`' => Some(quote),
        '“' | '”' => Some('”'),
        '‘' | '’' => Some('’'),
        _ => None,
    }
}

fn quoted(text: &str, quote: char) -> (String, &str) {
    let body = text.get(quote.len_utf8()..).unwrap_or_default();
    let mut is_escaped = false;
    for (at, char) in body.char_indices() {
        if is_escaped {
            is_escaped = false;
        } else if char == '\\' {
            is_escaped = true;
        } else if char == quote {
            let raw = body.get(..at).unwrap_or_default();
            let json = format!("\"{}\"", raw.replace("\\'", "'").replace("\\`", "`"));
            let value =
                if quote == '"' || !raw.contains('"') { serde_json::from_str(&json).ok() } else { None };
            return (
                value.unwrap_or_else(|| raw.to_owned()),
                body.get(at + quote.len_utf8()..).unwrap_or_default(),
            );
        }
    }
    (body.trim().to_owned(), "")
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
            pairs(&self::tokens(text), evidence, urls, nested);
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

#[cfg(test)]
mod tests {
    // A test that cannot go on should stop at once.
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_string1_line_is_taken_apart() {
        for line in [
            "jsapi_ticket=T-1_x==&noncestr=N&timestamp=1414587457&url=http://a.cn?b=1&c=2&url=3",
            "  string1 = \"jsapi_ticket=T-1_x==&noncestr=N&timestamp=1414587457&url=http://a.cn?b=1&c=2&url=3\";",
            "jsapi_ticket=T-1_x==&noncestr=N×tamp=1414587457&url=http://a.cn?b=1&c=2&url=3",
            "jsapi_ticket=T-1_x==&noncestr=N&times;tamp=1414587457&url=http://a.cn?b=1&c=2&url=3",
        ] {
            let evidence = read(line).evidence;
            assert_eq!(evidence.ticket, "T-1_x==", "{line}");
            assert_eq!(evidence.nonce_str, "N", "{line}");
            assert_eq!(evidence.timestamp, "1414587457", "{line}");
            assert_eq!(evidence.url, "http://a.cn?b=1&c=2&url=3", "{line}");
            assert!(evidence.other_names.is_empty());
        }
    }

    #[test]
    fn a_config_is_read_as_json_and_as_javascript() {
        for text in [
            r#"{"appId":"wx1","timestamp":1414587457,"nonceStr":"N","signature":"0f9d","jsApiList":["a","b"]}"#,
            "wx.config({\n  debug: true, // on\n  appId: 'wx1',\n  timestamp: 1414587457,\n  nonceStr: \"N\",\n  signature: `0f9d`,\n  jsApiList: ['a'],\n})",
            "appId = wx1\ntimestamp = 1414587457\nnonceStr = N\nsignature = 0f9d",
        ] {
            let evidence = read(text).evidence;
            assert_eq!(
                (&*evidence.app_id, &*evidence.timestamp, &*evidence.nonce_str, &*evidence.signature),
                ("wx1", "1414587457", "N", "0f9d"),
                "{text}"
            );
        }
    }

    #[test]
    fn an_error_is_read_with_its_addresses() {
        let text = r#"wx.error {"errMsg":"config:invalid signature","realAuthUrl":["https:\/\/a.cn\/b?c=1&d=2","https://a.cn/e"]}"#;
        let evidence = read(text).evidence;
        assert_eq!(evidence.err_msg, "config:invalid signature");
        assert_eq!(evidence.real_auth_url, ["https://a.cn/b?c=1&d=2", "https://a.cn/e"]);
    }

    #[test]
    fn several_pieces_are_read_together() {
        let evidence = read(
            "jsapi_ticket=T&noncestr=N&timestamp=1&url=https://a.cn/\n\
             { signature: 'abc', nonceStr: 'N', errMsg: 'config:fail' }\n\
             location.href: https://a.cn/?x=1#y\nrealAuthUrl: 'https://a.cn/z'",
        )
        .evidence;
        assert_eq!((&*evidence.url, &*evidence.page_url), ("https://a.cn/", "https://a.cn/?x=1#y"));
        assert_eq!((&*evidence.signature, &*evidence.nonce_str), ("abc", "N"));
        assert_eq!(evidence.real_auth_url, ["https://a.cn/z"]);
        assert_eq!(read("{url: https://a.cn/b?c=1, signature: x}").evidence.url, "https://a.cn/b?c=1");
        assert_eq!(read("https://a.cn/b?c=1&d=2").evidence.url, "https://a.cn/b?c=1&d=2");
    }

    /// The page's address is what people have at hand beside the object of `wx.config`.
    #[test]
    fn a_lone_url_beside_a_config_is_the_page() {
        for text in [
            "{ nonceStr: 'N', timestamp: 1, signature: 'abc' }\nhttps://a.cn/?x=1#y",
            "https://a.cn/?x=1#y\njsapi_ticket=T&noncestr=N&timestamp=1&url=",
        ] {
            let evidence = read(text).evidence;
            assert_eq!((&*evidence.url, &*evidence.page_url), ("", "https://a.cn/?x=1#y"), "{text}");
        }
        let evidence = read("{ signature: 'abc' }\nhttps://a.cn/signed https://a.cn/page").evidence;
        assert_eq!((&*evidence.url, &*evidence.page_url), ("https://a.cn/signed", "https://a.cn/page"));
    }

    #[test]
    fn a_string1_of_another_call_is_noticed() {
        let string1 = "jsapi_ticket=T&noncestr=N&timestamp=1&url=https://a.cn/";
        let pasted = read(&format!("{string1}\n{{nonceStr: 'M', timestamp: 1, signature: 'abc'}}"));
        assert_eq!(pasted.differing, ["nonceStr"]);
        assert_eq!((&*pasted.evidence.nonce_str, &*pasted.evidence.timestamp), ("M", "1"));
        assert!(read(&format!("{string1}\n{{nonceStr: 'N', timestamp: 1}}")).differing.is_empty());
        assert!(read(string1).differing.is_empty());
    }

    /// Logs, chats, web pages and other languages.
    #[test]
    fn every_way_of_pasting_is_read() {
        const URL: &str = "https://a.cn/p?x=1&y=2";
        const HEX: &str = "0f9de62fce790f9a083d5c99e95740ceb90c27ed";
        let line = format!("jsapi_ticket=T&noncestr=N&timestamp=14&url={URL}");
        let query = "ticket=T&nonceStr=N&timestamp=14&signature=";
        for text in [
            format!("{line}\n{HEX}"),
            format!("{HEX}\n{line}"),
            format!("签名串：{line}\n签名：{HEX}"),
            format!("{}\nsignature={HEX}", line.replace('&', "&amp;")),
            format!("INFO string1={line} signature={HEX}"),
            format!("{line}, signature: {HEX}"),
            format!("{}\n{}\n{HEX}", &line[..20], &line[20..]),
            format!("ticket=T\nnonceStr=N\ntimestamp=14\nurl={URL}\nsignature={HEX}"),
            format!("ticket：T\nnonceStr：N\ntimestamp：14\nurl：{URL}\nsignature：{HEX}"),
            format!("{{ticket:“T”，nonceStr:‘N’，timestamp:“14”，url:“{URL}”，signature:“{HEX}”}}"),
            format!("{{nonceStr=N, signature={HEX}, ticket=T, timestamp=14, url={URL}}}"),
            format!("map[nonceStr:N signature:{HEX} ticket:T timestamp:14 url:{URL}]"),
            format!(
                "Array\n(\n  [ticket] => T\n  [nonceStr] => N\n  [timestamp] => 14\n  [url] => {URL}\n  [signature] => {HEX}\n)"
            ),
            format!(
                "['ticket' => 'T', 'nonceStr' => 'N', 'timestamp' => 14, 'url' => '{URL}', 'signature' => '{HEX}']"
            ),
            format!(
                r#"{{"body":"{{\"ticket\":\"T\",\"nonceStr\":\"N\",\"timestamp\":14,\"url\":\"{URL}\",\"signature\":\"{HEX}\"}}"}}"#
            ),
            format!(r#"{{"ticket":"T","nonceStr":"N","timestamp":14,"url":"{URL}","signature":"{HEX}"}}"#)
                .replace('"', "&quot;"),
            format!("{query}{HEX}&url=https%3A%2F%2Fa.cn%2Fp%3Fx%3D1%26y%3D2"),
            format!("/api/config?{query}{HEX}&url=https%3A%2F%2Fa.cn%2Fp%3Fx%3D1%26y%3D2"),
        ] {
            let Evidence { ticket, nonce_str, timestamp, url, signature, other_names, .. } =
                read(&text).evidence;
            assert_eq!(
                [&*ticket, &*nonce_str, &*timestamp, &*url, &*signature],
                ["T", "N", "14", URL, HEX],
                "{text}"
            );
            assert!(other_names.is_empty(), "{other_names:?} in {text}");
        }
        // The mistake itself is not mended.
        assert_eq!(read("url: https://a.cn/?x=1&amp;y=2").evidence.url, "https://a.cn/?x=1&amp;y=2");
        assert_eq!(read("{url: 'https%3A%2F%2Fa.cn%2F'}").evidence.url, "https%3A%2F%2Fa.cn%2F");
    }

    #[test]
    fn misspelled_fields_are_noted() {
        assert_eq!(
            read("{noncestr: 'x', timeStamp: 1, appid: 'wx1'}").evidence.other_names,
            ["noncestr", "timeStamp", "appid"]
        );
    }

    /// Whatever is pasted is read or ignored.
    #[test]
    fn odd_input_is_survived() {
        for text in [
            "",
            "\"",
            "'\\",
            "{",
            "\u{0}",
            "a:",
            "=:=",
            "jsapi_ticket=url=",
            "×tamp=",
            "中文：'中",
            "https://",
            "[[[",
            "\\u",
            "-",
        ] {
            let _ = read(text);
        }
    }
}

//! What people paste.

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

/// WeChat's alert, or a line of vConsole, without the object around it.
#[test]
fn a_message_alone_is_read() {
    for text in [
        "config:fail, invalid url domain",
        "config:invalid signature",
        "wx.agentConfig is not a function",
        "the permission value is offline verifying",
    ] {
        let evidence = read(&format!("https://a.cn/b\n  {text}\n")).evidence;
        assert_eq!((&*evidence.err_msg, &*evidence.url), (text, "https://a.cn/b"));
    }
    for text in ["nonceStr: abc", "hello", "config:ok", "{ errMsg: 'config:fail' }"] {
        assert_ne!(read(text).evidence.err_msg, text);
    }
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
        let Evidence { ticket, nonce_str, timestamp, url, signature, other_names, .. } = read(&text).evidence;
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

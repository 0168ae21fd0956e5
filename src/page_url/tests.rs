//! Which URLs are taken and which are refused.

use super::*;

fn code(url: &str) -> Option<Code> {
    check(url, None).err().map(|e| e.code())
}

#[test]
fn pages_are_taken_and_cut_at_the_first_hash() {
    for (url, page) in [
        ("http://mp.weixin.qq.com?params=value", "http://mp.weixin.qq.com?params=value"),
        ("https://example.com/a#b#c", "https://example.com/a"),
        ("HTTPS://Example.com:8443/%E4%B8%AD?q=+%20", "HTTPS://Example.com:8443/%E4%B8%AD?q=+%20"),
        ("https://xn--fsq.cn/#/路由 \"<>", "https://xn--fsq.cn/"),
        ("https://example.com./", "https://example.com./"),
        ("http://a.cn/a'b[c]?'|^`{}[]%&=+!~", "http://a.cn/a'b[c]?'|^`{}[]%&=+!~"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("http://a.cn/?q=\\", "http://a.cn/?q=\\"),
        ("http://a_b.example.com/?u=http://x@y/", "http://a_b.example.com/?u=http://x@y/"),
    ] {
        assert_eq!(check(url, None).unwrap(), page);
    }
}

#[test]
fn what_two_parsers_could_read_differently_is_refused() {
    for url in [
        "",
        "example.com",
        "ftp://example.com/",
        "javascript:alert(1)",
        "//example.com/",
        "http:/example.com",
        "https://",
        "https:///x",
        "https://evil.com\\@good.com/",
        "https://good.com/a\\b",
        "https:\\\\good.com/",
        "https://good.com\t.evil.com/",
        "https://good.com/\r\nX: y",
        "https://user@good.com/",
        "https://user:pass@good.com/",
        "https://good.com:99999/",
        "https://good.com:8x/",
        "https://good..com/",
        "https://good.com../",
        "https://good%2ecom/",
        "https://gооd.com/", // Cyrillic letters
        "https://[::1/",
        "https://[x]/",
        " https://good.com/",
    ] {
        assert_eq!(code(url), Some(Code::InvalidUrl), "{url:?}");
    }
}

/// What was decoded on its way is refused before it makes a signature that is wrong for the page.
#[test]
fn a_url_that_was_decoded_on_the_way_is_refused() {
    for found in ["中", "é", " ", "\"", "<", ">", "\u{a0}", "\u{200b}", "\u{202e}", "𠮷"] {
        for url in [
            format!("https://a.cn/{found}"),
            format!("https://a.cn/?q={found}"),
            format!("https://{found}a.cn"),
        ] {
            let error = check(&url, None).expect_err(&url);
            assert_eq!((error.code(), error.reason()), (Code::InvalidUrl, Some("URL_DECODED")), "{url:?}");
            assert!(error.hint().contains("encodeURIComponent"));
            assert!(!error.message().contains("a.cn") && error.message().is_ascii(), "{}", error.message());
        }
        // Behind the first # nothing is signed, and old browsers leave it as it is.
        assert!(check(&format!("https://a.cn/#{found}"), None).is_ok());
    }
}

#[test]
fn a_url_that_is_still_encoded_is_refused() {
    for url in ["https%3A%2F%2Fa.cn%2F", "http%3a%2f%2fa.cn", "HTTPS%3A//a.cn/?x=1"] {
        assert_eq!(check(url, None).unwrap_err().reason(), Some("URL_ENCODED_TWICE"), "{url}");
    }
}

#[test]
fn a_refused_host_is_named_with_the_list() {
    let list = AllowedHosts::parse(&["good.com", "*.example.com", "port.cn:8443"]).unwrap();
    let error = check("https://www.good.com:81/secret?token=1", Some(&list)).unwrap_err();
    assert_eq!(error.subject(), Some(&Subject::Host("www.good.com:81".into())));
    let message = "the page's host www.good.com:81 is not on the list of allowed hosts: good.com, *.example.com, port.cn:8443";
    assert_eq!(error.message(), message);
    let many: Vec<_> = (0..20).map(|n| format!("h{n}.cn")).collect();
    assert!(AllowedHosts::parse(&many).unwrap().to_string().ends_with("h7.cn and 12 more"));
}

/// The message names the option, the entry and what to write.
#[test]
fn a_malformed_entry_of_the_list_is_explained() {
    for (entry, advice) in [
        ("例子.测试", "xn--"),
        ("*.例子.测试", "xn--"),
        ("https://good.com", "without http://"),
        ("good.com/path", "without a path"),
        ("a b", "write example.com"),
        ("a\u{202e}b", "\\u{202e}"),
    ] {
        let error = AllowedHosts::parse(&[entry]).unwrap_err();
        assert_eq!(error.subject(), Some(&Subject::Option("allowedHosts")));
        assert!(error.message().contains(advice), "{}", error.message());
    }
}

#[test]
fn the_length_counts_without_the_fragment() {
    let long = format!("https://example.com/{}", "a".repeat(MAX_LEN - 20));
    assert_eq!(code(&long), None);
    assert_eq!(code(&format!("{long}#{long}")), None);
    assert_eq!(code(&format!("{long}a")), Some(Code::InvalidUrl));
}

#[test]
fn only_listed_hosts_pass_the_list() {
    let list = AllowedHosts::parse(&["Good.com", "*.example.com", "port.cn:8443"]).unwrap();
    let allowed = |url: &str| check(url, Some(&list)).map(str::len).map_err(|e| e.code());
    for url in
        ["https://good.com/", "http://GOOD.COM:8080/", "https://a.b.example.com", "https://port.cn:8443/"]
    {
        assert!(allowed(url).is_ok(), "{url}");
    }
    for url in [
        "https://evil.com/",
        "https://notgood.com/",
        "https://good.com.evil.com/",
        "https://example.com/",
        "https://.example.com/",
        "https://evilexample.com/",
        "https://port.cn/",
    ] {
        assert!(matches!(allowed(url), Err(Code::HostNotAllowed | Code::InvalidUrl)), "{url}");
    }
    assert!(check("https://anything.cn/", Some(&AllowedHosts::parse(&["*"]).unwrap())).is_ok());
    assert!(check("https://anything.cn/", Some(&AllowedHosts::parse::<&str>(&[]).unwrap())).is_err());
    for entry in ["", "http://good.com", "a b", "*.", "*.*", "good.com/", "**"] {
        assert_eq!(AllowedHosts::parse(&[entry]).unwrap_err().code(), Code::InvalidArgument, "{entry:?}");
    }
}

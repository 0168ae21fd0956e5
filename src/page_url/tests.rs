//! Which URLs are taken, which are refused, and that a browser's parser sees the same host as we do.

use super::*;

fn code(url: &str) -> Option<Code> {
    check(url, None).err().map(|e| e.code())
}

#[test]
fn pages_that_a_browser_shows_are_taken_and_cut_at_the_first_hash() {
    for (url, page) in [
        ("http://mp.weixin.qq.com?params=value", "http://mp.weixin.qq.com?params=value"),
        ("https://example.com/a#b#c", "https://example.com/a"),
        ("HTTPS://Example.com:8443/中文?q=+ ", "HTTPS://Example.com:8443/中文?q=+ "),
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
        "https://good.com./",
        "https://good%2ecom/",
        "https://gооd.com/", // Cyrillic letters
        "https://[::1/",
        "https://[x]/",
        " https://good.com/",
    ] {
        assert_eq!(code(url), Some(Code::InvalidUrl), "{url:?}");
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

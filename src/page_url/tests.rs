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

/// Text made of the pieces that URL parsers quarrel about, with a fixed seed.
fn hostile_urls() -> impl Iterator<Item = String> {
    const PIECES: [&str; 48] = [
        "http",
        "https",
        "HTTPS",
        "ftp",
        ":",
        "/",
        "//",
        "///",
        "\\",
        "@",
        "?",
        "#",
        "[",
        "]",
        "::1",
        ".",
        "..",
        "-",
        "_",
        "%2e",
        "%2F",
        "%00",
        "%",
        "good.com",
        "evil.com",
        "example",
        "xn--fiqs8s",
        "中国",
        "127.0.0.1",
        "0x7f.1",
        "0",
        "80",
        "443",
        ":8080",
        ":99999",
        "a",
        "b.c",
        "\t",
        "\n",
        "\r",
        "\u{0}",
        " ",
        "\u{ad}",
        "。",
        "．",
        "user:pass",
        "localhost",
        "+",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = move |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % n
    };
    (0..200_000).map(move |n| {
        // Most begin well, or nearly nothing would get past the scheme.
        let mut url = if n % 4 == 0 { String::new() } else { "https://".to_owned() };
        for _ in 0..=below(8) {
            url.push_str(PIECES[below(PIECES.len())]);
        }
        url
    })
}

#[test]
fn what_passes_has_the_same_host_and_port_in_a_browsers_parser() {
    let mut taken = 0;
    for text in hostile_urls() {
        let Ok(page) = check(&text, None) else { continue };
        taken += 1;
        // The parser refuses some numeric hosts that we let pass; no browser can have been there.
        let Ok(parsed) = url::Url::parse(page) else { continue };
        let (host, port) = split_port(authority(page).unwrap()).unwrap();
        assert_eq!(parsed.port_or_known_default(), port.or(Some(default_port(page))), "{text:?}");
        let theirs = parsed.host_str().unwrap();
        let numeric = parsed.host().is_some_and(|host| !matches!(host, url::Host::Domain(_)));
        assert!(numeric || theirs.eq_ignore_ascii_case(host), "{text:?}: {theirs:?} against {host:?}");
    }
    assert!(taken > 5_000, "only {taken} of the URLs passed: the test tests nothing");
}

#[test]
fn what_the_list_allows_a_browser_would_find_on_that_host() {
    let list = AllowedHosts::parse(&["good.com"]).unwrap();
    for text in hostile_urls() {
        if check(&text, Some(&list)).is_ok() {
            let parsed = url::Url::parse(without_fragment(&text)).unwrap();
            assert_eq!(parsed.host_str(), Some("good.com"), "{text:?}");
        }
    }
}

#[test]
fn what_looks_ordinary_passes_the_close_look_as_it_is() {
    let lists = [
        None,
        Some(AllowedHosts::parse(&["good.com", "[::1]", "evil.com:8080"]).unwrap()),
        Some(AllowedHosts::parse(&["*.good.com", "b.c:443", "127.0.0.1"]).unwrap()),
        Some(AllowedHosts::parse(&["*"]).unwrap()),
    ];
    for list in &lists {
        let mut ordinary = 0;
        for text in hostile_urls().chain((0..=MAX_LEN).map(|n| format!("http://good.com/{}", "a".repeat(n))))
        {
            if is_ordinary(&text, list.as_ref()) {
                ordinary += 1;
                assert_eq!(check_closely(&text, list.as_ref()).unwrap(), text);
            }
        }
        assert!(list.as_ref().is_some_and(|list| *list == lists[2].clone().unwrap()) || ordinary > 1_000);
    }
}

//! Hostile URLs: what passes has the same host and port in a browser's parser, and is on the list
//! there too.
#![allow(clippy::disallowed_types)] // no test forks

use std::sync::LazyLock;

use super::{
    AllowedHosts, authority, check_closely, default_port, is_ordinary, split_port, without_fragment,
};

/// A browser's parser: host, whether that is an address, and port.
pub type Parse = fn(&str) -> Option<(String, bool, Option<u16>)>;

static LISTS: LazyLock<[Option<AllowedHosts>; 5]> = LazyLock::new(|| {
    let list = |entries: &[&str]| Some(AllowedHosts::parse(entries).unwrap());
    [
        None,
        list(&["good.com"]),
        list(&["good.com", "[::1]", "evil.com:8080"]),
        list(&["*.good.com", "b.c:443", "127.0.0.1"]),
        list(&["*"]),
    ]
});

/// Pages, and what parsers quarrel about.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        "http://mp.weixin.qq.com?params=value",
        "HTTPS://Good.com:8443/中文?q=+ #x",
        "http://[::1]:80/x",
        "http://evil.com:8080/?q=\\",
        "http://a_b.good.com/?u=http://x@y/",
        "https://evil.com\\@good.com/",
        "https://user:pass@good.com/",
        "https://good.com\t.evil.com/",
        "https://good%2ecom./",
        "http://0x7f.1:99999/",
        "http://b.c:443",
    ]
    .map(|url| url.as_bytes().to_vec())
    .into()
}

/// Checks a URL against several lists, and compares with what `parse` says of it.
pub fn check(data: &[u8], parse: Parse) -> bool {
    let Ok(url) = str::from_utf8(data) else { return false };
    for list in LISTS.iter().map(Option::as_ref) {
        let page = super::check(url, list);
        if is_ordinary(url, list) {
            assert_eq!(check_closely(url, list).unwrap(), url, "ordinary, but not at a close look");
        }
        assert_eq!(page.as_ref().ok(), check_closely(url, list).as_ref().ok());
        if let Ok(page) = page {
            assert_eq!(page, without_fragment(url));
        }
    }
    let allowed = |n: usize| super::check(url, LISTS[n].as_ref()).is_ok();
    let Ok(page) = super::check(url, None) else {
        assert!((1..LISTS.len()).all(|n| !allowed(n)), "{url:?}: refused without a list and taken with one");
        return false;
    };
    assert!(allowed(4), "{url:?}: not among all hosts");
    let (host, port) = split_port(authority(page).unwrap()).unwrap();
    // The parser refuses some numeric hosts that we let pass; no browser can have been there.
    let Some((theirs, numeric, their_port)) = parse(page) else {
        assert!(!allowed(1), "{url:?}");
        return true;
    };
    assert_eq!(their_port, port.or(Some(default_port(page))), "{url:?}");
    assert!(numeric || theirs.eq_ignore_ascii_case(host), "{url:?}: {theirs:?} against {host:?}");
    // No list but that of all hosts allows what a browser would not find there. An address written
    // in another way than on the list is refused.
    assert_eq!(allowed(1), theirs == "good.com", "{url:?}");
    let on_second = theirs == "good.com" || (theirs == "evil.com" && their_port == Some(8080));
    assert!(allowed(2) == on_second || (theirs == "[::1]" && numeric), "{url:?}");
    let on_third = theirs.ends_with(".good.com") || (theirs == "b.c" && their_port == Some(443));
    assert!(allowed(3) == on_third || (theirs == "127.0.0.1" && numeric), "{url:?}");
    true
}

#[cfg(test)]
mod tests {
    use super::super::{MAX_LEN, browser};
    use super::*;
    use crate::mutants::{hold, rounds};

    /// What URL parsers quarrel about.
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

    /// Text made of the pieces, with a fixed seed.
    fn hostile_urls() -> impl Iterator<Item = String> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut below = move |n: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % n
        };
        (0..rounds()).map(move |n| {
            // Most begin well, or nearly nothing would get past the scheme.
            let mut url = if n % 4 == 0 { String::new() } else { "https://".to_owned() };
            for _ in 0..=below(8) {
                url.push_str(PIECES[below(PIECES.len())]);
            }
            url
        })
    }

    #[test]
    fn what_passes_has_a_browsers_host_and_port() {
        let taken = hostile_urls().filter(|url| check(url.as_bytes(), browser::parse)).count();
        assert!(taken > rounds() / 40, "only {taken} of the URLs passed: the test tests nothing");
        hold("URLs", seeds(), |data| check(data, browser::parse));
    }

    #[test]
    fn an_ordinary_url_passes_the_close_look() {
        for length in (0..300).chain(MAX_LEN - 40..=MAX_LEN) {
            check(format!("http://good.com/{}", "a".repeat(length)).as_bytes(), browser::parse);
        }
        for list in [0, 1, 2, 4].map(|n| LISTS[n].as_ref()) {
            let ordinary = hostile_urls().filter(|url| is_ordinary(url, list)).count();
            assert!(
                ordinary > rounds() / 700,
                "only {ordinary} of the URLs looked ordinary: the test tests nothing"
            );
        }
    }
}

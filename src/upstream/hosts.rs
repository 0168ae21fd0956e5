//! The service's addresses: the first that works, and for ten minutes the one that worked instead of it.

use std::sync::Mutex;

use crate::error::{Code, Error};

/// How long a host that took over is preferred.
const MEMORY_MS: i64 = 600_000;

/// Base URLs, each without a trailing slash and ending in `/cgi-bin`.
pub(crate) struct Hosts {
    bases: Vec<String>,
    preferred: Mutex<Preferred>,
}

#[derive(Clone, Copy, Default)]
struct Preferred {
    index: usize,
    /// On the boot clock.
    until: i64,
}

impl Hosts {
    /// The service itself and its disaster-recovery host.
    pub(crate) const DEFAULT: [&'static str; 2] = ["https://api.weixin.qq.com", "https://api2.weixin.qq.com"];

    /// Takes base URLs with or without `/cgi-bin`; plain http only on loopback.
    pub(crate) fn new<S: AsRef<str>>(bases: &[S]) -> Result<Self, Error> {
        if bases.is_empty() {
            return Err(Error::new(Code::InvalidArgument, "baseUrl is an empty list"));
        }
        let bases = bases.iter().map(|base| normalise(base.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self { bases, preferred: Mutex::default() })
    }

    /// The base URL that names the service.
    pub(crate) fn primary(&self) -> &str {
        self.bases.first().map_or("", String::as_str)
    }

    /// All of them, as one text.
    pub(crate) fn joined(&self) -> String {
        self.bases.join(" ")
    }

    /// The host to ask now, and its index.
    pub(crate) fn pick(&self, boot_now: i64) -> (usize, &str) {
        let preferred = *self.lock();
        let index = if boot_now < preferred.until { preferred.index } else { 0 };
        (index, self.bases.get(index).map_or(self.primary(), String::as_str))
    }

    /// The host at `index` could not be reached: the next one is asked from now on.
    pub(crate) fn failed(&self, index: usize, boot_now: i64) {
        let next = (index + 1) % self.bases.len().max(1);
        *self.lock() = Preferred { index: next, until: boot_now.saturating_add(MEMORY_MS) };
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Preferred> {
        self.preferred.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn normalise(base: &str) -> Result<String, Error> {
    let wrong = |why: &str| Error::new(Code::InvalidArgument, format!("baseUrl {why}"));
    let trimmed = base.trim_end_matches('/');
    let (scheme, rest) = trimmed.split_once("://").ok_or_else(|| wrong("does not start with https://"))?;
    let plain = scheme.eq_ignore_ascii_case("http");
    if !plain && !scheme.eq_ignore_ascii_case("https") {
        return Err(wrong("does not start with https://"));
    }
    if rest.is_empty() || rest.contains(|c: char| c.is_control() || " ?#@\\".contains(c) || !c.is_ascii()) {
        return Err(wrong("is malformed: it is a scheme, a host and at most a path"));
    }
    let authority = rest.split('/').next().unwrap_or_default();
    if plain && !is_loopback(authority) {
        return Err(wrong(
            "is http:// to another machine, which would show the AppSecret to the network: use https://",
        ));
    }
    let tail = if trimmed.ends_with("/cgi-bin") { "" } else { "/cgi-bin" };
    Ok(format!("{trimmed}{tail}"))
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    host.eq_ignore_ascii_case("localhost")
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_taken_with_and_without_cgi_bin() {
        for (given, base) in [
            ("https://api.weixin.qq.com", "https://api.weixin.qq.com/cgi-bin"),
            ("https://api.weixin.qq.com/cgi-bin/", "https://api.weixin.qq.com/cgi-bin"),
            ("https://proxy.example/wx/", "https://proxy.example/wx/cgi-bin"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/cgi-bin"),
            ("http://localhost:1", "http://localhost:1/cgi-bin"),
            ("http://[::1]:1", "http://[::1]:1/cgi-bin"),
        ] {
            assert_eq!(Hosts::new(&[given]).unwrap().primary(), base);
        }
        let none: [&str; 0] = [];
        assert!(Hosts::new(&none).is_err());
        for bad in [
            "",
            "api.weixin.qq.com",
            "ftp://x",
            "https://",
            "http://example.com",
            "https://a b",
            "https://u@h",
            "http://127.0.0.1.evil.com",
            "https://x?y",
            "https://x#y",
        ] {
            assert_eq!(Hosts::new(&[bad]).err().map(|e| e.code()), Some(Code::InvalidArgument), "{bad}");
        }
    }

    #[test]
    fn an_unreachable_host_hands_over_for_ten_minutes() {
        let hosts = Hosts::new(&Hosts::DEFAULT).unwrap();
        assert_eq!(hosts.pick(0).0, 0);
        hosts.failed(0, 0);
        assert_eq!(hosts.pick(MEMORY_MS - 1).0, 1);
        assert_eq!(hosts.pick(MEMORY_MS).0, 0);
        hosts.failed(1, MEMORY_MS);
        assert_eq!(hosts.pick(MEMORY_MS + 1).0, 0);
    }
}

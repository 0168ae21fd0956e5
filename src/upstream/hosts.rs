//! The service's addresses: the first that works, and for ten minutes the one that worked instead
//! of it.

use std::sync::Mutex;

use rustls::pki_types::ServerName;

use crate::error::Error;
use crate::http::Authority;
use crate::sync::lock;

/// How long a host that took over is preferred.
const MEMORY_MS: i64 = 600_000;

/// Base URLs, primary first.
pub(crate) struct Hosts {
    bases: Vec<BaseUrl>,
    preferred: Mutex<Preferred>,
}

/// An address of the service.
struct BaseUrl {
    /// Without a trailing slash, ending in `/cgi-bin`.
    url: String,
    /// The host, with its port if it is not the scheme's own: for messages.
    name: String,
}

/// The host that is asked.
pub(crate) struct Pick<'a> {
    pub(crate) index: usize,
    /// Its base URL.
    pub(crate) url: &'a str,
    /// What messages call it.
    pub(crate) name: &'a str,
}

/// Which plain http is allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PlainHttp {
    /// Also to other machines.
    pub(crate) allowed: bool,
    /// Requests carry an AppSecret.
    pub(crate) has_secret: bool,
}

#[derive(Clone, Copy, Default)]
struct Preferred {
    index: usize,
    /// On the boot clock.
    until: i64,
}

impl Hosts {
    /// The service itself and its disaster-recovery host.
    const DEFAULT: [&'static str; 2] = ["api.weixin.qq.com", "api2.weixin.qq.com"];

    /// Takes base URLs with or without `/cgi-bin`.
    pub(crate) fn new<S: AsRef<str>>(bases: &[S], plain: PlainHttp) -> Result<Self, Error> {
        if bases.is_empty() {
            return Err(wrong("is an empty list"));
        }
        let bases =
            bases.iter().map(|base| BaseUrl::parse(base.as_ref(), plain)).collect::<Result<_, _>>()?;
        Ok(Self { bases, preferred: Mutex::default() })
    }

    /// Those that the options name, or the service's.
    pub(crate) fn chosen(given: &[String], is_work: bool, plain: PlainHttp) -> Result<Self, Error> {
        match given {
            [] if is_work => Ok(Self::work()),
            [] => Ok(Self::wechat()),
            given => Self::new(given, plain),
        }
    }

    /// WeChat itself.
    pub(crate) fn wechat() -> Self {
        Self::of(&Self::DEFAULT)
    }

    /// 企业微信, which has one host.
    pub(crate) fn work() -> Self {
        Self::of(&["qyapi.weixin.qq.com"])
    }

    fn of(hosts: &[&str]) -> Self {
        let base = |host: &&str| BaseUrl { url: format!("https://{host}/cgi-bin"), name: (*host).to_owned() };
        Self { bases: hosts.iter().map(base).collect(), preferred: Mutex::default() }
    }

    /// The base URL that names the service.
    pub(crate) fn primary(&self) -> &str {
        self.bases.first().map_or("", |base| base.url.as_str())
    }

    /// All of them, as one text.
    pub(crate) fn joined(&self) -> String {
        self.urls().collect::<Vec<_>>().join(" ")
    }

    /// The base URLs, primary first.
    pub(crate) fn urls(&self) -> impl Iterator<Item = &str> {
        self.bases.iter().map(|base| base.url.as_str())
    }

    /// The host to ask now.
    pub(crate) fn pick(&self, boot_now: i64) -> Pick<'_> {
        let preferred = *lock(&self.preferred);
        let index = if boot_now < preferred.until { preferred.index } else { 0 };
        match self.bases.get(index) {
            Some(base) => Pick { index, url: &base.url, name: &base.name },
            None => Pick { index: 0, url: self.primary(), name: "" },
        }
    }

    /// The host at `index` could not be reached: the next one is asked from now on.
    pub(crate) fn failed(&self, index: usize, boot_now: i64) {
        let next = (index + 1) % self.bases.len().max(1);
        *lock(&self.preferred) = Preferred { index: next, until: boot_now.saturating_add(MEMORY_MS) };
    }
}

impl BaseUrl {
    fn parse(base: &str, plain: PlainHttp) -> Result<Self, Error> {
        let (scheme, rest) =
            base.split_once("://").ok_or_else(|| wrong("does not start with https:// or http://"))?;
        let is_plain = scheme.eq_ignore_ascii_case("http");
        if !is_plain && !scheme.eq_ignore_ascii_case("https") {
            return Err(wrong("does not start with https:// or http://"));
        }
        if base.len() > 2_048 {
            return Err(wrong("is longer than 2048 bytes"));
        }
        if rest.contains(['?', '#']) {
            return Err(wrong("has a query or a fragment: it is a scheme, a host and at most a path"));
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let read = Authority::parse(authority).map_err(wrong)?;
        if read.login.is_some() {
            return Err(wrong("has a user or a password, which wxsign does not send"));
        }
        let path = path.trim_end_matches('/');
        let is_path = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:@".contains(&byte);
        if !path.bytes().all(is_path) {
            return Err(wrong("has a character in its path that must be escaped"));
        }
        check_plain(&read, is_plain, plain)?;
        if !is_plain && ServerName::try_from(read.host.as_str()).is_err() {
            return Err(wrong("has a host that no certificate can name"));
        }
        let host = if read.host.contains(':') { format!("[{}]", read.host) } else { read.host };
        let own = if is_plain { 80 } else { 443 };
        let name = match read.port.filter(|&port| port != own) {
            Some(port) => format!("{host}:{port}"),
            None => host,
        };
        let scheme = scheme.to_ascii_lowercase();
        let tail = if path.ends_with("/cgi-bin") { "" } else { "/cgi-bin" };
        Ok(Self { url: format!("{scheme}://{name}{path}{tail}"), name })
    }
}

fn check_plain(read: &Authority, is_plain: bool, plain: PlainHttp) -> Result<(), Error> {
    if !is_plain || read.is_loopback() {
        return Ok(());
    }
    let host = &read.host;
    if plain.has_secret && (host == "weixin.qq.com" || host.ends_with(".weixin.qq.com")) {
        return Err(wrong(format!(
            "is http://{host}, to which an AppSecret is never sent without TLS: use https://"
        )));
    }
    if !plain.allowed {
        return Err(wrong(format!(
            "is http://{host}, which shows every request to the network: use https://, or insist with `allowHttp`"
        )));
    }
    Ok(())
}

fn wrong(why: impl std::fmt::Display) -> Error {
    Error::option("baseUrl", why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Subject};

    const CAREFUL: PlainHttp = PlainHttp { allowed: false, has_secret: true };

    #[test]
    fn base_urls_are_taken_with_and_without_cgi_bin() {
        for (given, base) in [
            ("https://api.weixin.qq.com", "https://api.weixin.qq.com/cgi-bin"),
            ("https://api.weixin.qq.com/cgi-bin/", "https://api.weixin.qq.com/cgi-bin"),
            ("HTTPS://Proxy.example:8443/wx/", "https://proxy.example:8443/wx/cgi-bin"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/cgi-bin"),
            ("http://localhost:1", "http://localhost:1/cgi-bin"),
            ("http://[::1]:1", "http://[::1]:1/cgi-bin"),
        ] {
            assert_eq!(Hosts::new(&[given], CAREFUL).ok().unwrap().primary(), base);
        }
        assert_eq!(Hosts::wechat().primary(), "https://api.weixin.qq.com/cgi-bin");
    }

    #[test]
    fn base_urls_that_cannot_work_are_refused() {
        let refused = |error: Option<Error>| {
            error.is_some_and(|error| {
                error.code() == Code::InvalidArgument && error.subject() == Some(&Subject::Option("baseUrl"))
            })
        };
        let none: [&str; 0] = [];
        assert!(refused(Hosts::new(&none, CAREFUL).err()));
        for bad in [
            "",
            "api.weixin.qq.com",
            "ftp://x",
            "https://",
            "https:///cgi-bin",
            "https://:443",
            "https://a b",
            "https://u@h",
            "https://u:p@h",
            "https://x?y",
            "https://x#y",
            "https://x:0",
            "https://x:99999",
            "https://x/a b",
            "https://x/\\",
            "https://x/中",
            "https://例子.测试",
            "https://[::1",
            "http://127.0.0.1.evil.com",
            "https://x\r\ny",
            "https//x",
        ] {
            assert!(refused(Hosts::new(&[bad], CAREFUL).err()), "{bad}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_or_by_insisting() {
        let takes = |url, allowed, has_secret| Hosts::new(&[url], PlainHttp { allowed, has_secret }).is_ok();
        assert!(takes("http://127.0.0.1:1", false, true));
        assert!(!takes("http://wx-relay:8080", false, true) && !takes("http://wx-relay:8080", false, false));
        assert!(takes("http://wx-relay:8080", true, true));
        for wechat in
            ["http://api.weixin.qq.com", "http://SH.api.Weixin.qq.com/cgi-bin", "http://weixin.qq.com:80"]
        {
            assert!(!takes(wechat, true, true), "an AppSecret over plain http");
            assert!(takes(wechat, true, false) && !takes(wechat, false, false));
        }
        assert!(takes("http://weixin.qq.com.example", true, true));
        let error = Hosts::new(&["http://wx-relay:8080"], CAREFUL).err().unwrap();
        assert!(error.message().contains("wx-relay") && error.message().contains("allow_http"), "{error}");
    }

    #[test]
    fn an_unreachable_host_hands_over_for_ten_minutes() {
        let hosts = Hosts::wechat();
        assert_eq!(hosts.pick(0).index, 0);
        hosts.failed(0, 0);
        assert_eq!(hosts.pick(MEMORY_MS - 1).index, 1);
        assert_eq!(hosts.pick(MEMORY_MS).index, 0);
        hosts.failed(1, MEMORY_MS);
        assert_eq!(hosts.pick(MEMORY_MS + 1).index, 0);
    }
}

//! The HTTP proxy of a client. It is checked when the client is made.

use zeroize::Zeroizing;

use super::authority::Authority;
use crate::error::Error;
use crate::{base64, percent};

/// Schemes of proxies that wxsign does not speak.
const OTHERS: [&str; 7] = ["socks", "socks4", "socks4a", "socks5", "socks5h", "https", "quic"];

/// A proxy that is asked to CONNECT.
#[derive(Clone)]
pub(crate) struct HttpProxy {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The value of `Proxy-Authorization`.
    pub(crate) authorization: Option<Zeroizing<String>>,
}

impl HttpProxy {
    /// Reads `http://[user:password@]host[:port]`.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let wrong = |why: String| Error::option("proxy", why);
        let Some((scheme, rest)) = url.split_once("://") else {
            return Err(wrong("is not of the form http://host:port".to_owned()));
        };
        let scheme = scheme.to_ascii_lowercase();
        if OTHERS.contains(&scheme.as_str()) {
            return Err(wrong(format!("is a {scheme}:// proxy: wxsign speaks to http:// proxies alone")));
        }
        if scheme != "http" {
            return Err(wrong("does not start with http://".to_owned()));
        }
        if url.len() > 2_048 || rest.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(wrong("has a space, a control character or a letter beyond ASCII".to_owned()));
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#']) {
            return Err(wrong("has a path, a query or a fragment: it ends with the port".to_owned()));
        }
        let read = Authority::parse(rest).map_err(wrong)?;
        let authorization = match read.login {
            None => None,
            Some(login) => {
                let login = percent::decode(login)
                    .ok_or_else(|| wrong("has a % in its user or password that is no %XX".to_owned()))?;
                Some(Zeroizing::new(format!("Basic {}", *base64::encode(&login))))
            }
        };
        Ok(Self { host: read.host, port: read.port.unwrap_or(80), authorization })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Subject};

    #[test]
    fn a_proxy_that_cannot_work_is_refused() {
        for bad in [
            "",
            "::",
            "proxy:8080",
            "socks5://127.0.0.1:1080",
            "SOCKS5h://h:1",
            "socks4://h:1",
            "socks4a://h:1",
            "https://h:1",
            "ftp://h:1",
            "http://127.0.0.1:99999",
            "http://:80",
            "http://",
            "http://h:0",
            "http://h:8080/path",
            "http://h:8080?q",
            "http://h:8080#f",
            "http://h h:1",
            "http://h:1\r\nX: y",
            "http://u:%zz@h:1",
            "http://例子:1",
        ] {
            let error = HttpProxy::parse(bad).err().unwrap();
            assert_eq!(
                (error.code(), error.subject()),
                (Code::InvalidArgument, Some(&Subject::Option("proxy")))
            );
        }
        let socks = HttpProxy::parse("socks5://127.0.0.1:1080").err().unwrap();
        assert!(socks.message().contains("socks5://"), "{socks}");
    }

    #[test]
    fn a_proxy_has_a_host_a_port_and_perhaps_a_login() {
        let read = |url| HttpProxy::parse(url).ok().unwrap();
        let proxy = read("http://User:p%40ss%3A@Proxy.corp:3128/");
        assert_eq!((proxy.host.as_str(), proxy.port), ("proxy.corp", 3128));
        assert_eq!(proxy.authorization.unwrap().as_str(), "Basic VXNlcjpwQHNzOg==");
        assert_eq!((read("http://[::1]").host.as_str(), read("HTTP://h").port), ("::1", 80));
    }
}

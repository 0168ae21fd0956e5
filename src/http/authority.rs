//! The middle of a URL, `user:password@host:port`, of an option: everything that cannot work is
//! refused.

use std::net::{IpAddr, Ipv6Addr};

/// A checked authority. Its host is in lower case, an IPv6 address without brackets.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Authority<'a> {
    pub(crate) login: Option<&'a str>,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Reads the text between `://` and the path. The error says what is wrong, without the login.
    pub(crate) fn parse(text: &'a str) -> Result<Self, String> {
        let (login, address) = match text.rsplit_once('@') {
            Some((login, address)) => (Some(login), address),
            None => (None, text),
        };
        let (host, port) = match address.strip_prefix('[') {
            Some(rest) => rest.split_once(']').ok_or("has an IPv6 address without its \"]\"")?,
            None => address.find(':').map_or((address, ""), |colon| address.split_at(colon)),
        };
        if host.is_empty() {
            return Err("has no host".to_owned());
        }
        if address.starts_with('[') {
            host.parse::<Ipv6Addr>().map_err(|_| "has no IPv6 address in its brackets")?;
        } else if !host.is_ascii() {
            return Err(format!("has the host {host}: write it in its ASCII form, which begins with xn--"));
        } else if !is_name(host) {
            return Err("has a malformed host".to_owned());
        }
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            // Not shown: without an @ it may be a password.
            Some(digits) => {
                Some(self::port(digits).ok_or("has a port that is not a number from 1 to 65535")?)
            }
            None => return Err("has something between its host and its port".to_owned()),
        };
        Ok(Self { login, host: host.to_ascii_lowercase(), port })
    }

    /// Whether the host is this machine itself.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// Whether `host` is this machine itself, by its name alone.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn port(digits: &str) -> Option<u16> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten().filter(|port| *port != 0)
}

/// Labels of letters, digits, hyphens and underscores.
fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_that_cannot_work_are_refused() {
        for (text, host, port) in [
            ("a.example", "a.example", None),
            ("u:p@A.example:8080", "a.example", Some(8080)),
            ("[::1]:1", "::1", Some(1)),
            ("10.0.0.1:65535", "10.0.0.1", Some(65535)),
        ] {
            let read = Authority::parse(text).ok().unwrap();
            assert_eq!((read.host.as_str(), read.port), (host, port), "{text}");
        }
        for bad in [
            "",
            ":80",
            "@",
            "u@",
            "a:",
            "a:0",
            "a:65536",
            "a:99999",
            "a:+1",
            "a:8 0",
            "a:80:80",
            "a..b",
            ".a",
            "a.",
            "a b",
            "a\\b",
            "a%41",
            "[::1",
            "[::1]x",
            "[a]",
            "例子.测试",
            "a,b",
            "a\0",
        ] {
            let why = Authority::parse(bad).err();
            assert!(why.is_some_and(|why| why.starts_with("has ")), "{bad:?}");
        }
        assert!(!Authority::parse("user:s3cr3t@a:0").err().unwrap().contains("s3cr3t"));
    }
}

//! The list of hosts whose pages may be signed.

use std::fmt;

use super::punycode::to_ascii;
use super::split_port;
use crate::error::Error;

/// How many entries a message names.
const MAX_NAMED: usize = 8;

/// The hosts whose pages may be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedHosts {
    patterns: Vec<Pattern>,
    /// Of the patterns that are one host for every port: `https://` and `http://` with it.
    origins: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Any,
    Host { name: String, subdomains: bool, port: Option<u16> },
}

impl AllowedHosts {
    /// Reads entries of the forms `example.com`, `example.com:8443`, `*.example.com` (every name
    /// below it, not itself) and `*`. An entry without a port allows the default ports and every
    /// other one.
    pub(crate) fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self, Error> {
        let patterns: Vec<_> =
            entries.iter().map(|entry| Pattern::parse(entry.as_ref())).collect::<Result<_, _>>()?;
        let names = patterns.iter().filter_map(|pattern| match pattern {
            Pattern::Host { name, subdomains: false, port: None } => Some(name),
            _ => None,
        });
        let origins = names.flat_map(|name| [format!("https://{name}"), format!("http://{name}")]).collect();
        Ok(Self { patterns, origins })
    }

    /// Whether a URL begins, letter by letter, with a host that is listed for every port, and goes
    /// on as only a URL of that host can. False also for some URLs that are fine.
    #[inline]
    pub(super) fn has_origin_of(&self, url: &str) -> bool {
        self.origins.iter().any(|origin| {
            url.strip_prefix(origin.as_str())
                .is_some_and(|rest| matches!(rest.as_bytes().first(), None | Some(b'/' | b'?')))
        })
    }

    pub(super) fn allows(&self, host: &str, port: u16) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(host, port))
    }
}

impl fmt::Display for AllowedHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, pattern) in self.patterns.iter().take(MAX_NAMED).enumerate() {
            write!(f, "{}{pattern}", if n == 0 { "" } else { ", " })?;
        }
        match self.patterns.len() {
            0 => f.write_str("it is empty"),
            all if all > MAX_NAMED => write!(f, " and {} more", all - MAX_NAMED),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Host { name, subdomains, port } = self else { return f.write_str("*") };
        write!(f, "{}{name}", if *subdomains { "*." } else { "" })?;
        port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// What is wrong with an entry of the list.
fn why_not(entry: &str) -> String {
    let shown: String = entry.chars().take(80).collect::<String>().escape_debug().to_string();
    let advice = if !entry.is_ascii() {
        match to_ascii(entry) {
            Some(ascii) => format!("browsers write that host as {ascii}, so write it so here"),
            None => "browsers write an international host as xn--…, so write it so here".to_owned(),
        }
    } else if entry.contains("://") {
        "write the host alone, without http:// or https://".to_owned()
    } else if entry.contains('/') {
        "write the host alone, without a path".to_owned()
    } else {
        "write example.com, example.com:8443, *.example.com or *".to_owned()
    };
    format!("has the entry \"{shown}\": {advice}")
}

impl Pattern {
    fn parse(entry: &str) -> Result<Self, Error> {
        if entry == "*" {
            return Ok(Self::Any);
        }
        let wrong = |_| Error::option("allowedHosts", why_not(entry));
        let (subdomains, rest) = entry.strip_prefix("*.").map_or((false, entry), |rest| (true, rest));
        let (name, port) = split_port(rest).map_err(wrong)?;
        Ok(Self::Host { name: name.to_ascii_lowercase(), subdomains, port })
    }

    fn matches(&self, host: &str, at: u16) -> bool {
        let Self::Host { name, subdomains, port } = self else { return true };
        if port.is_some_and(|port| port != at) {
            return false;
        }
        if !subdomains {
            return host.eq_ignore_ascii_case(name);
        }
        host.len().checked_sub(name.len()).and_then(|at| host.split_at_checked(at)).is_some_and(
            |(front, tail)| front.len() > 1 && front.ends_with('.') && tail.eq_ignore_ascii_case(name),
        )
    }
}

//! The list of hosts whose pages may be signed.

use super::split_port;
use crate::error::{Code, Error};

/// The hosts whose pages may be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AllowedHosts(Vec<Pattern>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Any,
    Host { name: String, subdomains: bool, port: Option<u16> },
}

impl AllowedHosts {
    /// Reads entries of the forms `example.com`, `example.com:8443`, `*.example.com` (every name below it, not
    /// itself) and `*`. An entry without a port allows the default ports and every other one.
    pub(crate) fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self, Error> {
        entries.iter().map(|entry| Pattern::parse(entry.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `host` stands on the list letter by letter, for every port. What does is a name.
    pub(super) fn has(&self, host: &str) -> bool {
        self.0.iter().any(
            |pattern| matches!(pattern, Pattern::Host { name, subdomains: false, port: None } if name == host),
        )
    }

    pub(super) fn allows(&self, host: &str, port: u16) -> bool {
        self.0.iter().any(|pattern| pattern.matches(host, port))
    }
}

impl Pattern {
    fn parse(entry: &str) -> Result<Self, Error> {
        if entry == "*" {
            return Ok(Self::Any);
        }
        let wrong = |_| {
            Error::new(
                Code::InvalidArgument,
                "an entry of the allowed hosts is not of the form example.com, example.com:8443, *.example.com or *",
            )
        };
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

//! Scripted faults: what a test may ask for, and the queue in which they wait.

mod kind;

pub use kind::{Kind, Layer, Spelling};

use crate::endpoint::Endpoint;
use crate::fields::Fields;

/// The names that a fault's description may have.
pub const FIELDS: [&str; 15] = [
    "endpoint", "kind", "errcode", "errmsg", "status", "ms", "bytes", "location", "flavour", "layer",
    "spelling", "header", "echo", "times", "skip",
];

/// One fault. It rules one request after the other until it is used up.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// `None` means every endpoint.
    endpoint: Option<Endpoint>,
    pub kind: Kind,
    /// Repeats the request in the answer, secrets included.
    pub echo: bool,
    /// `None` means until cleared.
    times: Option<u64>,
    skip: u64,
}

impl Fault {
    /// Reads what a test posted.
    pub fn read(fields: &Fields) -> Result<Self, String> {
        let endpoint = match fields.needed("endpoint")? {
            "any" => None,
            name => Some(Endpoint::named(name).ok_or_else(|| {
                format!("endpoint must be any, {}", Endpoint::ALL.map(Endpoint::name).join(", "))
            })?),
        };
        let times = fields.count("times")?;
        if times == Some(0) {
            return Err("times must be 1 or more; leave it out for \"until cleared\"".into());
        }
        let echo = fields.flag("echo")?.unwrap_or_default();
        let skip = fields.count("skip")?.unwrap_or_default();
        Ok(Self { endpoint, kind: Kind::read(fields)?, echo, times, skip })
    }

    fn concerns(&self, endpoint: Endpoint) -> bool {
        self.endpoint.is_none_or(|own| own == endpoint)
    }
}

/// Faults in the order in which tests posted them. The first that concerns an endpoint rules it
/// until it is used up; the faults behind it wait, also while it skips requests.
#[derive(Debug, Default)]
pub struct Faults {
    waiting: Vec<Fault>,
}

impl Faults {
    pub fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    /// The fault for a request that has just arrived.
    pub fn next(&mut self, endpoint: Endpoint) -> Option<Fault> {
        let at = self.waiting.iter().position(|fault| fault.concerns(endpoint))?;
        let fault = self.waiting.get_mut(at)?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        let now = fault.clone();
        if let Some(times) = &mut fault.times {
            *times -= 1;
            if *times == 0 {
                self.waiting.remove(at);
            }
        }
        Some(now)
    }
}

#[cfg(test)]
mod tests {
    // A test that cannot go on should stop at once.
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fault(text: &str) -> Result<Fault, String> {
        Fault::read(&Fields::read(text.as_bytes(), &FIELDS)?)
    }

    #[test]
    fn faults_queue_for_each_endpoint() {
        let mut faults = Faults::default();
        faults.add(fault(r#"{"endpoint":"token","kind":"reset","times":2,"skip":1}"#).unwrap());
        faults.add(fault(r#"{"endpoint":"any","kind":"empty","times":1}"#).unwrap());
        faults.add(fault(r#"{"endpoint":"token","kind":"hang"}"#).unwrap());
        let mut next = |endpoint| faults.next(endpoint).map(|fault| fault.kind.name());
        assert_eq!(next(Endpoint::Token), None);
        assert_eq!(next(Endpoint::Token), Some("reset"));
        assert_eq!(next(Endpoint::GetTicket), Some("empty"));
        assert_eq!(next(Endpoint::GetTicket), None);
        assert_eq!(next(Endpoint::Token), Some("reset"));
        assert_eq!(next(Endpoint::Token), Some("hang"));
        assert_eq!(next(Endpoint::Token), Some("hang"));
        assert_eq!(next(Endpoint::StableToken), None);
    }

    #[test]
    fn unknown_fields_are_refused() {
        for text in [
            r#"{"kind":"reset"}"#,
            r#"{"endpoint":"ticket","kind":"reset"}"#,
            r#"{"endpoint":"any","kind":"rest"}"#,
            r#"{"endpoint":"any","kind":"reset","time":1}"#,
            r#"{"endpoint":"any","kind":"reset","times":0}"#,
            r#"{"endpoint":"any","kind":"reset","times":-1}"#,
            r#"{"endpoint":"any","kind":"errcode"}"#,
            r#"{"endpoint":"any","kind":"status","status":99}"#,
            r#"{"endpoint":"any","kind":"truncated","flavour":"x"}"#,
            r#"{"endpoint":"any","kind":"huge","bytes":67108865}"#,
            r#"{"endpoint":"any","kind":"drip","layer":"x"}"#,
            r#"{"endpoint":"any","kind":"numbers","spelling":"x"}"#,
            "[]",
        ] {
            assert!(fault(text).is_err(), "{text}");
        }
    }
}

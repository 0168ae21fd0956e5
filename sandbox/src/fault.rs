//! Scripted faults: what a test may ask for, and the queue in which they wait.

use std::time::Duration;

use crate::endpoints::Endpoint;
use crate::fields::Fields;

/// The names that a fault's description may have.
pub const FIELDS: [&str; 12] = [
    "endpoint", "kind", "errcode", "errmsg", "status", "ms", "bytes", "location", "flavour", "echo", "times",
    "skip",
];

/// One fault, for one request after the other until it is used up.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// `None` means each of the three endpoints.
    endpoint: Option<Endpoint>,
    pub kind: Kind,
    /// Puts what the request carried, secrets and all, into the answer.
    pub echo: bool,
    /// `None` means until cleared.
    times: Option<u64>,
    skip: u64,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Errcode {
        errcode: i64,
        errmsg: Option<String>,
    },
    Status(u16),
    Html(u16),
    /// Half of the normal body; with the length of the whole, or with no length at all.
    Truncated {
        with_length: bool,
    },
    Delay(Duration),
    /// The time between the bytes of the body.
    Drip(Duration),
    Reset,
    /// The normal answer, padded to this many bytes.
    Huge(usize),
    Redirect {
        status: u16,
        location: Option<String>,
    },
    Empty,
    WrongTypes,
    CloseEarly,
    Hang,
}

impl Fault {
    /// Reads what a test posted.
    pub fn read(fields: &Fields) -> Result<Self, String> {
        let endpoint = match fields.needed("endpoint")? {
            "token" => Some(Endpoint::Token),
            "stable_token" => Some(Endpoint::StableToken),
            "getticket" => Some(Endpoint::GetTicket),
            "any" => None,
            _ => return Err("endpoint must be token, stable_token, getticket or any".into()),
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

impl Kind {
    fn read(fields: &Fields) -> Result<Self, String> {
        let status = |default: u16| match fields.count("status")? {
            None => Ok(default),
            Some(status @ 200..=599) => u16::try_from(status).map_err(|_| String::new()),
            Some(_) => Err("status must be 200 to 599".to_owned()),
        };
        let ms = |default| -> Result<_, String> {
            Ok(Duration::from_millis(fields.count("ms")?.unwrap_or(default).min(3_600_000)))
        };
        Ok(match fields.needed("kind")? {
            "errcode" => Self::Errcode {
                errcode: fields.integer("errcode")?.ok_or("errcode is missing")?,
                errmsg: fields.text("errmsg")?.map(str::to_owned),
            },
            "status" => Self::Status(status(502)?),
            "html" => Self::Html(status(200)?),
            "truncated" => match fields.text("flavour")? {
                Some("length") | None => Self::Truncated { with_length: true },
                Some("close") => Self::Truncated { with_length: false },
                Some(_) => return Err("flavour must be length or close".into()),
            },
            "delay" => Self::Delay(ms(3000)?),
            "drip" => Self::Drip(ms(100)?),
            "reset" => Self::Reset,
            "huge" => match fields.count("bytes")?.unwrap_or(1_000_000) {
                bytes @ 0..=67_108_864 => Self::Huge(usize::try_from(bytes).unwrap_or_default()),
                _ => return Err("bytes must be 64 MiB at most".into()),
            },
            "redirect" => {
                Self::Redirect { status: status(302)?, location: fields.text("location")?.map(str::to_owned) }
            }
            "empty" => Self::Empty,
            "wrong_types" => Self::WrongTypes,
            "close_early" => Self::CloseEarly,
            "hang" => Self::Hang,
            other => return Err(format!("unknown kind {other}")),
        })
    }

    /// As a test named it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Errcode { .. } => "errcode",
            Self::Status(_) => "status",
            Self::Html(_) => "html",
            Self::Truncated { .. } => "truncated",
            Self::Delay(_) => "delay",
            Self::Drip(_) => "drip",
            Self::Reset => "reset",
            Self::Huge(_) => "huge",
            Self::Redirect { .. } => "redirect",
            Self::Empty => "empty",
            Self::WrongTypes => "wrong_types",
            Self::CloseEarly => "close_early",
            Self::Hang => "hang",
        }
    }
}

/// Faults in the order in which they were asked for. The first that concerns an endpoint rules it until
/// it is used up: the ones behind it wait, while it skips too.
#[derive(Debug, Default)]
pub struct Faults {
    waiting: Vec<Fault>,
}

impl Faults {
    pub fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    /// The fault for a request that has just come.
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
    fn they_queue_for_each_endpoint() {
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
    fn refuses_what_it_does_not_know() {
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
            "[]",
        ] {
            assert!(fault(text).is_err(), "{text}");
        }
    }
}

//! A failed flight, and the cooldown that it sets.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize};

use super::check;
use crate::clock::{Clock, Stamp};
use crate::error::{Code, Error, Reason, Subject};

/// The longest cooldown that wxsign sets, with slack. One that ends later is damaged, or comes from
/// a wrong clock.
pub(super) const MAX_COOLDOWN_MS: i64 = 3_660_000;

/// Which processes share a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sharers {
    /// Those of one machine: they ask WeChat from the same address.
    OneMachine,
    /// Those of several machines, perhaps.
    Machines,
}

/// A failed flight, and the time before which no process asks again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// When its latest request began, in Unix milliseconds on the time line of `boot_id` and
    /// `offset`.
    #[serde(deserialize_with = "check::whole")]
    at: i64,
    /// The end of the cooldown.
    #[serde(deserialize_with = "check::whole")]
    pub(crate) retry_at: i64,
    #[serde(deserialize_with = "check::whole")]
    pub(crate) failures: u32,
    code: String,
    #[serde(deserialize_with = "text")]
    message: String,
    #[serde(default, deserialize_with = "check::whole_or_none")]
    errcode: Option<i64>,
    #[serde(default, deserialize_with = "rid")]
    rid: Option<String>,
    ip: Option<IpAddr>,
    /// The cause below the code, and the host that failed.
    #[serde(default)]
    reason: Option<String>,
    #[serde(default, deserialize_with = "host")]
    host: Option<String>,
    /// The fingerprint of the caller's own token that failed: with another token the failure does
    /// not count.
    token: Option<String>,
    boot_id: String,
    #[serde(deserialize_with = "check::whole")]
    offset: i64,
}

/// Texts from the store are cleaned like WeChat's.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(check::text(&String::deserialize(from)?))
}

fn rid<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.as_deref().and_then(check::rid))
}

fn host<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|host| check::is_host(host)))
}

impl Failure {
    /// A failure of a flight that started at `started` on the time line of `stamp`; the cooldown
    /// ends `cooldown_ms` later.
    pub(crate) fn new(error: &Error, failures: u32, started: i64, cooldown_ms: i64, stamp: Stamp) -> Self {
        Self {
            at: started,
            retry_at: started.saturating_add(cooldown_ms.min(MAX_COOLDOWN_MS)),
            failures,
            code: error.code().as_str().to_owned(),
            message: error.raw_message().to_owned(),
            errcode: error.errcode(),
            rid: error.rid().map(str::to_owned),
            ip: error.ip(),
            reason: error.reason().map(str::to_owned),
            host: match error.subject() {
                Some(Subject::Host(host)) => Some(host.clone()),
                _ => None,
            },
            token: None,
            boot_id: stamp.boot_id,
            offset: stamp.offset,
        }
    }

    /// The flight made more than one request. The latest one decides whether a success was later.
    pub(crate) fn asked_at(self, latest: i64) -> Self {
        Self { at: latest, ..self }
    }

    /// The failure is that of the caller's own token.
    pub(crate) fn of_token(self, fingerprint: Option<String>) -> Self {
        Self { token: fingerprint, ..self }
    }

    fn now(&self, clock: &dyn Clock) -> i64 {
        Stamp { boot_id: self.boot_id.clone(), offset: self.offset }.now(clock)
    }

    /// How long ago it began.
    pub(super) fn age(&self, clock: &dyn Clock) -> i64 {
        self.now(clock).saturating_sub(self.at)
    }

    pub(super) fn left(&self, clock: &dyn Clock) -> i64 {
        self.retry_at.saturating_sub(self.now(clock))
    }

    /// The error again, with `retry_at`, while the cooldown lasts.
    pub(crate) fn cooldown(&self, clock: &dyn Clock) -> Option<Error> {
        let left = self.left(clock);
        (1..=MAX_COOLDOWN_MS).contains(&left).then(|| {
            let (now, age) = (clock.wall(), self.age(clock));
            self.error().with_recorded_at(now.saturating_sub(age)).with_retry_at(now.saturating_add(left))
        })
    }

    /// Whether it concerns all processes that share the store. A defect concerns its own process,
    /// and so does what that process lacks. If WeChat refuses this machine's address, it may still
    /// accept that of another machine.
    pub(super) fn concerns_all(&self, sharers: Sharers) -> bool {
        if self.reason.as_deref().and_then(Reason::from_word).is_some_and(Reason::is_of_process) {
            return false;
        }
        match Code::from_word(&self.code) {
            Some(Code::Internal) => false,
            Some(Code::IpNotAllowed) => sharers == Sharers::OneMachine,
            _ => true,
        }
    }

    /// The failure itself, even if its cooldown has passed.
    pub(crate) fn error(&self) -> Error {
        let code = Code::from_word(&self.code).unwrap_or(Code::UpstreamRejected);
        let mut error = Error::new(code, self.message.clone());
        if let Some(reason) = self.reason.as_deref().and_then(Reason::from_word) {
            error = error.with_reason(reason);
        }
        if let Some(host) = &self.host {
            error = error.with_subject(Subject::Host(host.clone()));
        }
        match self.errcode {
            Some(errcode) => error.with_answer(errcode, self.rid.clone(), self.ip),
            None => error,
        }
    }

    /// Whether it counts if the caller's own token has this fingerprint.
    pub(super) fn is_of_token(&self, fingerprint: Option<&str>) -> bool {
        self.token.is_none() || self.token.as_deref() == fingerprint
    }

    pub(super) fn is_of_this_boot(&self, clock: &dyn Clock) -> bool {
        self.boot_id == clock.boot_id()
    }

    /// Moves its times by what `by` returns for its stamp, and replaces the stamp.
    #[cfg(feature = "redis")]
    pub(super) fn restamp(&mut self, stamp: &Stamp, by: &dyn Fn(&Stamp) -> i64) {
        let old = Stamp { boot_id: std::mem::take(&mut self.boot_id), offset: self.offset };
        let by = by(&old);
        self.at = self.at.saturating_add(by);
        self.retry_at = self.retry_at.saturating_add(by);
        (self.boot_id, self.offset) = (stamp.boot_id.clone(), stamp.offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::tests::Manual;

    #[test]
    fn a_cooldown_repeats_the_error_until_retry_at() {
        let clock = Manual::at(1_700_000_000_000);
        let error = Error::new(Code::UpstreamBusy, "busy").with_answer(-1, Some("r".into()), None);
        let failure = Failure::new(&error, 1, clock.wall(), 60_000, Stamp::take(&*clock));
        clock.advance(59_000);
        let again = failure.cooldown(&*clock).unwrap();
        assert_eq!((again.code(), again.errcode(), again.rid()), (Code::UpstreamBusy, Some(-1), Some("r")));
        assert_eq!(again.retry_at_ms(), Some(1_700_000_060_000));
        clock.advance(1_000);
        assert!(failure.cooldown(&*clock).is_none());
        clock.reboot();
        clock.jump(-30 * 86_400_000);
        assert!(failure.cooldown(&*clock).is_none(), "a cooldown weeks ahead is not believed");
    }

    #[test]
    fn texts_from_a_store_are_cleaned() {
        let clock = Manual::at(1_700_000_000_000);
        let error = Error::new(Code::UpstreamBusy, "x").with_answer(-1, Some("r".into()), None);
        let failure = Failure::new(&error, 1, clock.wall(), 60_000, Stamp::take(&*clock));
        let mut json = serde_json::to_value(&failure).unwrap();
        json["message"] = serde_json::json!(format!("\u{1b}[31mred\r\nsecret=abc {}", "x".repeat(20_000)));
        json["rid"] = serde_json::json!("\u{1b}[31m\r\n");
        json["code"] = serde_json::json!("NO_SUCH_CODE");
        let error = serde_json::from_value::<Failure>(json).unwrap().error();
        assert!(error.message().len() < 400 && !error.message().contains(char::is_control));
        assert!(!error.message().contains("abc"), "{}", error.message());
        assert_eq!((error.rid(), error.code()), (None, Code::UpstreamRejected));
    }
}

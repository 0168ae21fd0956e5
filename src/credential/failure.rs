//! The last failure to fetch, and the cooldown below which nobody asks again.

use serde::{Deserialize, Serialize};

use super::{AGE_SLACK_MS, Kind, Record, Refetch};
use crate::clock::{Clock, Stamp};
use crate::error::{Code, Error, Reason, Subject};

/// The longest cooldown that wxsign sets, with slack; one further ahead is damaged or from a clock gone wrong.
const MAX_COOLDOWN_MS: i64 = 3_660_000;

/// A failed failure, and when the next is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// When its latest request began, in Unix milliseconds on the time line of `boot_id` and `offset`.
    at: i64,
    /// Nobody asks again before then.
    pub(crate) next_attempt_at: i64,
    pub(crate) failures: u32,
    code: String,
    message: String,
    errcode: Option<i64>,
    rid: Option<String>,
    ip: Option<std::net::IpAddr>,
    /// The cause below the code, and the host that failed.
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    host: Option<String>,
    /// The fingerprint of the caller's own token that failed: with another token nothing of this holds.
    token: Option<String>,
    boot_id: String,
    offset: i64,
}

impl Failure {
    /// Notes a failure whose flight started at `stamp`'s `started`; the cooldown ends `cooldown_ms` later.
    pub(crate) fn new(error: &Error, failures: u32, started: i64, cooldown_ms: i64, stamp: Stamp) -> Self {
        Self {
            at: started,
            next_attempt_at: started.saturating_add(cooldown_ms.min(MAX_COOLDOWN_MS)),
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

    /// The flight asked more than once: what counts against a success is when it asked last.
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
    fn age(&self, clock: &dyn Clock) -> i64 {
        self.now(clock).saturating_sub(self.at)
    }

    fn left(&self, clock: &dyn Clock) -> i64 {
        self.next_attempt_at.saturating_sub(self.now(clock))
    }

    /// The error again, with the time of the next failure, while that time has not come.
    pub(crate) fn cooldown(&self, clock: &dyn Clock) -> Option<Error> {
        let left = self.left(clock);
        (1..=MAX_COOLDOWN_MS).contains(&left).then(|| {
            let (now, age) = (clock.wall(), self.age(clock));
            self.error().with_recorded_at(now.saturating_sub(age)).with_retry_at(now.saturating_add(left))
        })
    }

    /// A refusal of this machine's address says nothing about another machine on the same store.
    fn is_this_host_alone(&self) -> bool {
        matches!(Code::from_word(&self.code), Some(Code::IpNotAllowed | Code::Internal))
    }

    /// The failure itself, whether or not its cooldown has passed.
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
}

/// The failures of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failures {
    /// The service itself fails: one cooldown for both credentials.
    pub(crate) circuit_open: Option<Failure>,
    pub(crate) token: Option<Failure>,
    pub(crate) ticket: Option<Failure>,
    /// The budget for replacing a refused token.
    pub(crate) refetch: Option<Refetch>,
}

impl Failures {
    pub(crate) fn of(&self, kind: Kind) -> Option<&Failure> {
        match kind {
            Kind::Token => self.token.as_ref(),
            Kind::Ticket => self.ticket.as_ref(),
        }
    }

    /// Where a failure of `kind` with `code` is noted.
    pub(crate) fn entry(&mut self, kind: Kind, code: Code) -> &mut Option<Failure> {
        match code {
            Code::Network | Code::Timeout | Code::UpstreamBusy | Code::BadResponse => &mut self.circuit_open,
            _ => self.own(kind),
        }
    }

    /// Where a failure is noted that is no outage.
    pub(crate) fn own(&mut self, kind: Kind) -> &mut Option<Failure> {
        match kind {
            Kind::Token => &mut self.token,
            Kind::Ticket => &mut self.ticket,
        }
    }

    /// A success of `kind`: the service answers again, and so does this credential.
    pub(crate) fn clear(&mut self, kind: Kind) {
        self.circuit_open = None;
        *self.own(kind) = None;
    }

    /// The same for a success of another process, of which `success` is the record: what failed before it is over, but for
    /// a refusal of this host's own. What may have failed after it stands: a store may be slow, and two boots, or two
    /// machines, know nothing of each other's clocks.
    pub(crate) fn clear_before(&mut self, kind: Kind, success: &Record, clock: &dyn Clock) {
        if success.stamp.boot_id != clock.boot_id() {
            return;
        }
        let age = success.age(clock).saturating_add(AGE_SLACK_MS);
        let forget = |entry: &mut Option<Failure>| {
            let is_over = |failed: &Failure| {
                failed.boot_id == clock.boot_id() && failed.age(clock) > age && !failed.is_this_host_alone()
            };
            if entry.as_ref().is_some_and(is_over) {
                *entry = None;
            }
        };
        forget(&mut self.circuit_open);
        forget(self.own(kind));
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The failure that forbids asking for `kind` now, with the caller's own token of this fingerprint.
    pub(crate) fn cooldown(&self, kind: Kind, token: Option<&str>, clock: &dyn Clock) -> Option<Error> {
        let own =
            self.of(kind).filter(|failure| failure.token.is_none() || failure.token.as_deref() == token);
        [self.circuit_open.as_ref(), own].into_iter().flatten().find_map(|failure| failure.cooldown(clock))
    }

    /// Of two memories of the same account the later failure of each kind: who asked last knows best how long to wait.
    pub(crate) fn merge(&mut self, other: Self, clock: &dyn Clock) {
        let believed = |failure: &Failure| failure.left(clock) <= MAX_COOLDOWN_MS;
        let later = |mine: &mut Option<Failure>, theirs: Option<Failure>| {
            if let Some(theirs) = theirs.filter(believed)
                && mine
                    .as_ref()
                    .filter(|mine| believed(mine))
                    .is_none_or(|mine| theirs.age(clock) < mine.age(clock))
            {
                *mine = Some(theirs);
            }
        };
        later(&mut self.circuit_open, other.circuit_open);
        later(&mut self.token, other.token);
        later(&mut self.ticket, other.ticket);
        if other.refetch.as_ref().map(Refetch::at) > self.refetch.as_ref().map(Refetch::at) {
            self.refetch = other.refetch;
        }
    }

    /// Moves the times of each failure by what `by` says of the stamp that it has, and stamps it anew.
    #[cfg(feature = "redis")]
    pub(crate) fn restamp(&mut self, stamp: &Stamp, by: &dyn Fn(&Stamp) -> i64) {
        for failure in [&mut self.circuit_open, &mut self.token, &mut self.ticket].into_iter().flatten() {
            let old = Stamp { boot_id: std::mem::take(&mut failure.boot_id), offset: failure.offset };
            let by = by(&old);
            failure.at = failure.at.saturating_add(by);
            failure.next_attempt_at = failure.next_attempt_at.saturating_add(by);
            (failure.boot_id, failure.offset) = (stamp.boot_id.clone(), stamp.offset);
        }
        if let Some(refetch) = &mut self.refetch {
            refetch.restamp(stamp, by);
        }
    }

    /// Without what belongs to this process alone.
    pub(crate) fn shared(mut self) -> Self {
        for entry in [&mut self.token, &mut self.ticket] {
            if entry.as_ref().is_some_and(Failure::is_this_host_alone) {
                *entry = None;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::tests::Manual;
    use crate::credential::{Begun, Grant};
    use crate::secret::Secret;

    #[test]
    fn a_cooldown_gives_the_error_again_until_its_time_and_never_longer_than_the_longest() {
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
    fn an_outage_floors_both_credentials_and_a_refusal_only_its_own() {
        let clock = Manual::at(1_700_000_000_000);
        let note = |code, kind| {
            let mut failures = Failures::default();
            *failures.entry(kind, code) =
                Some(Failure::new(&Error::new(code, "x"), 1, clock.wall(), 60_000, Stamp::take(&*clock)));
            Kind::ALL.map(|kind| failures.cooldown(kind, None, &*clock).is_some())
        };
        assert_eq!(note(Code::Network, Kind::Ticket), [true, true]);
        assert_eq!(note(Code::CredentialRejected, Kind::Token), [true, false]);
        assert_eq!(note(Code::QuotaExceeded, Kind::Ticket), [false, true]);
    }

    #[test]
    fn the_later_of_two_failures_holds_and_a_success_ends_those_before_it_but_for_this_hosts_own() {
        let clock = Manual::at(1_700_000_000_000);
        let failed = |code, cooldown| {
            Some(Failure::new(&Error::new(code, "x"), 1, clock.wall(), cooldown, Stamp::take(&*clock)))
        };
        let quota = Failures { ticket: failed(Code::QuotaExceeded, 3_600_000), ..Failures::default() };
        clock.advance(600_000);
        let later = Failures {
            ticket: failed(Code::PermissionDenied, 60_000),
            token: failed(Code::IpNotAllowed, 3_600_000),
            circuit_open: failed(Code::Network, 60_000),
            refetch: None,
        };
        for (mut mine, theirs) in [(quota.clone(), later.clone()), (later.clone(), quota.clone())] {
            mine.merge(theirs, &*clock);
            assert_eq!(mine, later, "the earlier one's cooldown is longer, and out of date");
        }
        let success = || {
            let grant = Grant { value: Secret::new("T"), life: 7_200_000 };
            Record::next(Kind::Token, None, grant, &Begun::now(&*clock), 0.0).unwrap()
        };
        clock.advance(2_000);
        let mut over = later.clone();
        over.clear_before(Kind::Ticket, &success(), &*clock);
        assert_eq!(over, later, "a success that may be before the failure ends nothing");
        clock.advance(1);
        let success = success();
        for kind in Kind::ALL {
            over.clear_before(kind, &success, &*clock);
        }
        assert_eq!(over, Failures { token: later.token.clone(), ..Failures::default() });
        // Of another boot nobody can tell which came first, and one of a clock that was weeks ahead is not believed.
        clock.reboot();
        let mut over = later.clone();
        over.clear_before(Kind::Ticket, &success, &*clock);
        assert_eq!(over, later);
        clock.jump(-30 * 86_400_000);
        let now = Failures { ticket: failed(Code::QuotaExceeded, 60_000), ..Failures::default() };
        let mut mine = now.clone();
        mine.merge(quota.clone(), &*clock);
        assert_eq!(mine, now);
        let mut mine = quota;
        mine.merge(now.clone(), &*clock);
        assert_eq!(mine, now);
    }
}

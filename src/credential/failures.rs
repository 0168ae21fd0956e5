//! The failures of an account: which counts, and what ends it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::failure::{Failure, MAX_COOLDOWN_MS, Sharers};
use super::{AGE_SLACK_MS, Kind, Record, Refetch};
use crate::clock::Clock;
#[cfg(feature = "redis")]
use crate::clock::Stamp;
use crate::error::{Code, Error};

/// The failures of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Failures {
    /// WeChat itself fails or cannot be reached: one cooldown for all credentials of the account.
    pub(crate) circuit_open: Option<Failure>,
    /// The failures of one credential each, by the word of its kind. A kind that this version does
    /// not know stays as it is.
    pub(crate) credentials: BTreeMap<String, Failure>,
    /// The budget for replacing a refused token.
    pub(crate) refetch: Option<Refetch>,
}

impl Failures {
    /// The failure of `kind` itself.
    pub(crate) fn of(&self, kind: Kind) -> Option<&Failure> {
        self.credentials.get(kind.word())
    }

    /// Sets or removes the failure of `kind` itself.
    pub(crate) fn set(&mut self, kind: Kind, failure: Option<Failure>) {
        match failure {
            Some(failure) => drop(self.credentials.insert(kind.word().to_owned(), failure)),
            None => drop(self.credentials.remove(kind.word())),
        }
    }

    /// Records a failure of `kind` with `code`. It replaces the one before it, which is passed to
    /// `make`.
    pub(crate) fn record(&mut self, kind: Kind, code: Code, make: impl FnOnce(Option<&Failure>) -> Failure) {
        match code {
            Code::Network | Code::Timeout | Code::UpstreamBusy | Code::BadResponse => {
                self.circuit_open = Some(make(self.circuit_open.as_ref()));
            }
            _ => self.set(kind, Some(make(self.of(kind)))),
        }
    }

    /// A success of `kind`: WeChat answers again, and this credential can be had.
    pub(crate) fn clear(&mut self, kind: Kind) {
        self.circuit_open = None;
        self.set(kind, None);
    }

    /// Like [`Failures::clear`], after a success of another process, whose record is `success`.
    /// What failed before it is over, except for a failure that does not concern that process. A
    /// failure that may be later stays: a store may be slow, and two boots, or two machines, do not
    /// know each other's clocks.
    pub(crate) fn clear_before(&mut self, kind: Kind, success: &Record, sharers: Sharers, clock: &dyn Clock) {
        if success.stamp.boot_id != clock.boot_id() {
            return;
        }
        let age = success.age(clock).saturating_add(AGE_SLACK_MS);
        let is_over = |failed: &Failure| {
            failed.is_of_this_boot(clock) && failed.age(clock) > age && failed.concerns_all(sharers)
        };
        if self.circuit_open.as_ref().is_some_and(is_over) {
            self.circuit_open = None;
        }
        if self.of(kind).is_some_and(is_over) {
            self.set(kind, None);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The failure that forbids a request for `kind` now, with the caller's own token of this
    /// fingerprint.
    pub(crate) fn cooldown(&self, kind: Kind, token: Option<&str>, clock: &dyn Clock) -> Option<Error> {
        let own = self.of(kind).filter(|failure| failure.is_of_token(token));
        [self.circuit_open.as_ref(), own].into_iter().flatten().find_map(|failure| failure.cooldown(clock))
    }

    /// Merges another process's failures of the same account: of each failure the later one counts.
    pub(crate) fn merge(&mut self, other: Self, clock: &dyn Clock) {
        let believed = |failure: &Failure| failure.left(clock) <= MAX_COOLDOWN_MS;
        let is_later = |mine: Option<&Failure>, theirs: &Failure| {
            believed(theirs)
                && mine.filter(|mine| believed(mine)).is_none_or(|mine| theirs.age(clock) < mine.age(clock))
        };
        if let Some(theirs) = other.circuit_open.filter(|theirs| is_later(self.circuit_open.as_ref(), theirs))
        {
            self.circuit_open = Some(theirs);
        }
        for (kind, theirs) in other.credentials {
            if is_later(self.credentials.get(&kind), &theirs) {
                self.credentials.insert(kind, theirs);
            }
        }
        if other.refetch.as_ref().map(Refetch::at) > self.refetch.as_ref().map(Refetch::at) {
            self.refetch = other.refetch;
        }
    }

    /// Moves the times of each failure by what `by` returns for its stamp, and replaces the stamp.
    #[cfg(feature = "redis")]
    pub(crate) fn restamp(&mut self, stamp: &Stamp, by: &dyn Fn(&Stamp) -> i64) {
        for failure in self.circuit_open.iter_mut().chain(self.credentials.values_mut()) {
            failure.restamp(stamp, by);
        }
        if let Some(refetch) = &mut self.refetch {
            refetch.restamp(stamp, by);
        }
    }

    /// The failures that go into a store, and that are taken from it: those that concern all
    /// processes on it.
    pub(crate) fn shared(mut self, sharers: Sharers) -> Self {
        self.credentials.retain(|_, failure| failure.concerns_all(sharers));
        self.circuit_open = self.circuit_open.filter(|failure| failure.concerns_all(sharers));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;
    use crate::clock::tests::Manual;
    use crate::credential::{Grant, RequestStart};
    use crate::error::Reason;
    use crate::secret::Secret;

    #[test]
    fn an_open_circuit_stops_all_a_refusal_its_own_kind() {
        let clock = Manual::at(1_700_000_000_000);
        let note = |code, kind| {
            let mut failures = Failures::default();
            failures.record(kind, code, |_| {
                Failure::new(&Error::new(code, "x"), 1, clock.wall(), 60_000, Stamp::take(&*clock))
            });
            [Kind::Token, Kind::Ticket].map(|kind| failures.cooldown(kind, None, &*clock).is_some())
        };
        assert_eq!(note(Code::Network, Kind::Ticket), [true, true]);
        assert_eq!(note(Code::CredentialRejected, Kind::Token), [true, false]);
        assert_eq!(note(Code::QuotaExceeded, Kind::Ticket), [false, true]);
    }

    /// The later of two failures counts. A success ends the failures before it, except for this
    /// host's own.
    #[test]
    fn later_failures_count_and_successes_end_them() {
        let clock = Manual::at(1_700_000_000_000);
        let failed = |code, cooldown| {
            Some(Failure::new(&Error::new(code, "x"), 1, clock.wall(), cooldown, Stamp::take(&*clock)))
        };
        let failures = |circuit_open, token, ticket| {
            let mut failures = Failures { circuit_open, ..Failures::default() };
            failures.set(Kind::Token, token);
            failures.set(Kind::Ticket, ticket);
            failures
        };
        let quota = failures(None, None, failed(Code::QuotaExceeded, 3_600_000));
        clock.advance(600_000);
        let refused_host = failed(Code::IpNotAllowed, 3_600_000);
        let later = failures(
            failed(Code::Network, 60_000),
            refused_host.clone(),
            failed(Code::PermissionDenied, 60_000),
        );
        for (mut mine, theirs) in [(quota.clone(), later.clone()), (later.clone(), quota.clone())] {
            mine.merge(theirs, &*clock);
            assert_eq!(mine, later, "the earlier one's cooldown is longer, and out of date");
        }
        let success = || {
            let grant = Grant { value: Secret::new("T"), life: 7_200_000 };
            Record::next(Kind::Token, None, grant, &RequestStart::now(&*clock), 0.0).unwrap()
        };
        clock.advance(2_000);
        let mut over = later.clone();
        over.clear_before(Kind::Ticket, &success(), Sharers::Machines, &*clock);
        assert_eq!(over, later, "a success that may be before the failure ends nothing");
        clock.advance(1);
        let success = success();
        for kind in Kind::ALL {
            over.clear_before(kind, &success, Sharers::Machines, &*clock);
        }
        assert_eq!(over, failures(None, refused_host, None), "another machine's success");
        over.clear_before(Kind::Token, &success, Sharers::OneMachine, &*clock);
        assert_eq!(over, failures(None, None, None), "this machine's");
        // In another boot it is unknown which came first, and a time that is weeks ahead is
        // ignored.
        clock.reboot();
        let mut over = later.clone();
        over.clear_before(Kind::Ticket, &success, Sharers::Machines, &*clock);
        assert_eq!(over, later);
        clock.jump(-30 * 86_400_000);
        let now = failures(None, None, failed(Code::QuotaExceeded, 60_000));
        let mut mine = now.clone();
        mine.merge(quota.clone(), &*clock);
        assert_eq!(mine, now);
        let mut mine = quota;
        mine.merge(now.clone(), &*clock);
        assert_eq!(mine, now);
    }

    /// A refusal of this machine's address is shared on this machine only. A defect never is, and
    /// neither is what this process alone lacks.
    #[test]
    fn what_is_shared_depends_on_who_shares() {
        let clock = Manual::at(1_700_000_000_000);
        let of = |code| Error::new(code, "x");
        let network = |reason| of(Code::Network).with_reason(reason);
        for (error, machine, machines) in [
            (of(Code::IpNotAllowed), true, false),
            (of(Code::Internal), false, false),
            (of(Code::QuotaExceeded), true, true),
            (network(Reason::ConnectionRefused), true, true),
            (network(Reason::NoDescriptors), false, false),
            (network(Reason::NoMemory), false, false),
            (network(Reason::CaFile), false, false),
            (of(Code::NotReady).with_reason(Reason::NoThreads), false, false),
        ] {
            let mut failures = Failures::default();
            let failure =
                |_: Option<&Failure>| Failure::new(&error, 1, clock.wall(), 1_000, Stamp::take(&*clock));
            failures.record(Kind::Ticket, error.code(), failure);
            let is_shared = |sharers| !failures.clone().shared(sharers).is_empty();
            assert_eq!(is_shared(Sharers::OneMachine), machine, "{error}");
            assert_eq!(is_shared(Sharers::Machines), machines, "{error}");
        }
    }

    /// Numbers in a record count in any spelling, as in WeChat's answers.
    #[test]
    fn stored_numbers_count_in_any_spelling() {
        let clock = Manual::at(1_700_000_000_000);
        let error = Error::new(Code::UpstreamBusy, "x").with_answer(-1, None, None);
        let failure = Failure::new(&error, 1, clock.wall(), 60_000, Stamp::take(&*clock));
        let mut refetch = Refetch::default().begin(&*clock).ok().unwrap();
        refetch = refetch.force(&*clock).unwrap();
        let failures =
            Failures { circuit_open: Some(failure), refetch: Some(refetch), ..Failures::default() };
        let json = serde_json::to_string(&failures).unwrap();
        let at = clock.wall();
        for spelled in [format!("{at}.0"), format!("\"{at}\""), "1.7e12".to_owned()] {
            let json = json.replace(&at.to_string(), &spelled).replace(":-1,", ":\"-1.0\",");
            assert_eq!(serde_json::from_str::<Failures>(&json).unwrap(), failures, "{json}");
        }
    }
}

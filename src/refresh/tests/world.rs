//! A small world for the refresher: one clock, one service, one store, and any number of processes.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::shared_store::SharedStore;
use crate::clock::Clock;
use crate::clock::tests::Manual;
use crate::credential::{Account, Kind};
use crate::error::{Code, Error, Reason};
use crate::http::{Request, Response, Transport, fault};
use crate::refresh::decide::{Caller, Decision};
use crate::refresh::{Parts, Refresher, TokenSource};
use crate::secret::Secret;
use crate::store::{LockMode, Store};
use crate::threads::{Counters, Job, RefreshAhead, Runtime};
use crate::upstream::{Family, Hosts, TokenApi, Upstream};

pub(super) const T0: i64 = 1_700_000_000_000;
pub(super) const LIFE: i64 = 7_200_000;

/// How a service hands out tickets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tickets {
    /// The same one for its whole lifetime, always claiming a whole lifetime, as WeChat does.
    Reserved,
    /// A new one at each call.
    Rotated,
    /// The same one, with its true remaining time.
    Remaining,
}

/// The service's fault for a request.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    Fault(Reason),
    Body(u16, String),
}

pub(super) fn errcode(code: i64) -> Trouble {
    Trouble::Body(200, format!(r#"{{"errcode":{code},"errmsg":"no. rid: 1-2-3"}}"#))
}

/// WeChat, as the refresher sees it.
pub(super) struct Service {
    pub(super) requests: Vec<(Kind, i64)>,
    pub(super) forced: Vec<i64>,
    pub(super) trouble: HashMap<Kind, Trouble>,
    pub(super) tickets: Tickets,
    pub(super) life: i64,
    /// How long an answer takes.
    pub(super) takes: i64,
    /// Returns its token even if it is invalid, until a forced refresh.
    pub(super) stubborn: bool,
    pub(super) token: Option<(String, i64)>,
    pub(super) ticket: Option<(String, i64)>,
    meanwhile: Option<(Kind, Job)>,
    made: u32,
}

impl Service {
    pub(super) fn count(&self, kind: Kind) -> usize {
        self.requests.iter().filter(|(k, _)| *k == kind).count()
    }

    /// Another service fetched a token, so ours is invalid.
    pub(super) fn kill_token(&mut self) {
        if let Some((_, end)) = &mut self.token {
            *end = 0;
        }
    }

    fn make(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}-{}", self.made)
    }

    fn answer(&mut self, url: &str, body: &str, now: i64) -> String {
        let life = self.life;
        if !url.contains("ticket") {
            let force = body.contains("\"force_refresh\":true");
            if force {
                self.forced.push(now);
            }
            // Never one with a lifetime of less than the second that it would have to name.
            let alive = self.token.as_ref().is_some_and(|(_, end)| *end > now + (life / 24).max(1_000));
            if force || !(alive || self.stubborn && self.token.is_some()) {
                self.token = Some((self.make("TOKEN"), now + life));
            }
            let (token, end) = self.token.clone().unwrap();
            let left = ((end - now) / 1_000).max(1);
            return format!(r#"{{"access_token":"{token}","expires_in":{left}}}"#);
        }
        let alive = self
            .token
            .as_ref()
            .is_some_and(|(token, end)| *end > now && url.split(['=', '&']).any(|word| word == token));
        if !alive {
            return r#"{"errcode":40001,"errmsg":"invalid credential rid: 1-2-3"}"#.to_owned();
        }
        let alive = self.ticket.as_ref().is_some_and(|(_, end)| *end > now);
        if !alive || self.tickets == Tickets::Rotated {
            self.ticket = Some((self.make("TICKET"), now + life));
        }
        let (ticket, end) = self.ticket.clone().unwrap();
        let left = if self.tickets == Tickets::Remaining { end - now } else { life } / 1_000;
        format!(r#"{{"errcode":0,"errmsg":"ok","ticket":"{ticket}","expires_in":{}}}"#, left.max(1))
    }
}

/// Everything outside of the processes.
pub(super) struct World {
    pub(super) clock: Arc<Manual>,
    service: Arc<Mutex<Service>>,
    store: SharedStore,
}

impl World {
    pub(super) fn now(&self) -> i64 {
        self.clock.wall()
    }

    /// When the ticket in the memory of `refresher` ends, on the wall clock.
    pub(super) fn clock_end(&self, refresher: &Refresher) -> i64 {
        refresher.context.cached(Kind::Ticket).1.unwrap().schedule.end - self.clock.boot() + self.clock.wall()
    }

    pub(super) fn new() -> Self {
        let service = Service {
            requests: vec![],
            forced: vec![],
            trouble: HashMap::new(),
            tickets: Tickets::Reserved,
            life: LIFE,
            takes: 0,
            stubborn: false,
            token: None,
            ticket: None,
            meanwhile: None,
            made: 0,
        };
        let store = SharedStore::new(LockMode::File);
        Self { clock: Manual::at(T0), service: Arc::new(Mutex::new(service)), store }
    }

    /// Like [`World::new`]; each process runs on its own machine, and they share a Redis.
    pub(super) fn of_machines() -> Self {
        Self { store: SharedStore::new(LockMode::Redis), ..Self::new() }
    }

    pub(super) fn service(&self) -> MutexGuard<'_, Service> {
        self.service.lock().unwrap()
    }

    /// The service, for an action that a test runs elsewhere.
    pub(super) fn shared_service(&self) -> Arc<Mutex<Service>> {
        Arc::clone(&self.service)
    }

    pub(super) fn count(&self, kind: Kind) -> usize {
        self.service().count(kind)
    }

    /// Token requests and ticket requests so far.
    pub(super) fn counts(&self) -> (usize, usize) {
        let service = self.service();
        (service.count(Kind::Token), service.count(Kind::Ticket))
    }

    pub(super) fn trouble(&self, trouble: &Trouble) {
        self.service().trouble = Kind::ALL.map(|kind| (kind, trouble.clone())).into();
    }

    pub(super) fn peace(&self) {
        self.service().trouble.clear();
    }

    /// What a process of a 公众号 is made of. Tests change parts of it.
    pub(super) fn parts(&self, secret: &str, api: TokenApi) -> Parts {
        self.parts_of(Family::official_account("wx1".to_owned(), Secret::new(secret), api))
    }

    fn parts_of(&self, family: Family) -> Parts {
        let wire = Wire { service: self.service.clone(), clock: self.clock.clone() };
        parts(family, self.clock.clone(), self.store(), wire)
    }

    /// A process of the account that most tests use.
    pub(super) fn process(&self) -> Arc<Refresher> {
        Refresher::new(self.parts("secret", TokenApi::Stable))
    }

    /// A process without a secret, whose token or tickets the caller supplies.
    pub(super) fn process_with(&self, token_source: TokenSource) -> Arc<Refresher> {
        Refresher::new(Parts { token_source, ..self.parts("", TokenApi::Stable) })
    }

    /// A process of an app of 企业微信.
    pub(super) fn process_of_app(&self) -> Arc<Refresher> {
        Refresher::new(self.parts_of(Family::work("ww1".to_owned(), Secret::new("secret"))))
    }

    /// Lets time pass in steps. The background thread of each process runs at each step.
    pub(super) fn pass(&self, ms: i64, step: i64, processes: &[Arc<Refresher>]) {
        for _ in 0..ms / step {
            self.clock.advance(step);
            for process in processes {
                process.refresh_due();
            }
        }
    }

    pub(super) fn lock_store(&self) {
        self.store.locked.store(true, Ordering::SeqCst);
    }

    pub(super) fn unlock_store(&self) {
        self.store.locked.store(false, Ordering::SeqCst);
    }

    pub(super) fn is_store_locked(&self) -> bool {
        self.store.locked.load(Ordering::SeqCst)
    }

    /// Runs `action` while the answer to the next request of `kind` is under way.
    pub(super) fn meanwhile(&self, kind: Kind, action: impl FnOnce() + Send + 'static) {
        self.service().meanwhile = Some((kind, Box::new(action)));
    }

    pub(super) fn empty_store(&self) {
        self.store.files.lock().unwrap().clear();
    }

    /// Removes the store's recorded failures, and nothing else.
    pub(super) fn forget_failures(&self) {
        self.store.files.lock().unwrap().retain(|name, _| !name.ends_with(".failures"));
    }

    pub(super) fn has_failures(&self) -> bool {
        let files = self.store.files.lock().unwrap();
        files.iter().any(|(name, json)| name.ends_with(".failures") && json.contains("retry_at"))
    }

    /// The store, for a process that a test makes by itself.
    pub(super) fn store(&self) -> Box<dyn Store> {
        Box::new(self.store.clone())
    }

    pub(super) fn break_store(&self) {
        self.store.broken.store(true, Ordering::SeqCst);
    }

    pub(super) fn mend_store(&self) {
        self.store.broken.store(false, Ordering::SeqCst);
    }
}

/// The outcome for a caller that waits. Flights run inline, so no caller has to wait.
pub(super) fn ticket(refresher: &Refresher) -> Result<String, Error> {
    refresher.get(Kind::Ticket, 1, Duration::from_millis(1), || ()).map(|value| value.reveal().to_owned())
}

/// Whether a caller gets the ticket without waiting. A refresh that is due is started.
pub(super) fn is_served(refresher: &Refresher) -> bool {
    matches!(refresher.ask(Caller::IfFresh, Kind::Ticket, &mut None).0, Decision::Serve { .. })
}

pub(super) fn code(outcome: Result<String, Error>) -> Code {
    outcome.unwrap_err().code()
}

/// What a process is made of that starts no thread. Tests change parts of it.
pub(super) fn parts(
    family: Family,
    clock: Arc<dyn Clock>,
    store: Box<dyn Store>,
    wire: impl Transport + 'static,
) -> Parts {
    let (hosts, id, secret) = match &family {
        Family::OfficialAccount(account) => (Hosts::wechat(), &account.app_id, &account.secret),
        Family::Work(app) => (Hosts::work(), &app.corp_id, &app.secret),
    };
    Parts {
        account: Account::new(["https://api", id, "stable", secret.reveal()]),
        clock,
        runtime: Arc::new(Inline::default()),
        store,
        token_source: TokenSource::Fetched,
        upstream: Upstream::new(hosts, family, Box::new(wire)),
    }
}

/// A 公众号 as most are.
pub(super) fn official(app_id: &str, secret: &str) -> Family {
    Family::official_account(app_id.to_owned(), Secret::new(secret), TokenApi::Stable)
}

struct Wire {
    service: Arc<Mutex<Service>>,
    clock: Arc<Manual>,
}

impl Transport for Wire {
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, Error> {
        let mut service = self.service.lock().unwrap();
        let kind = match &request.url {
            url if url.contains("agent_config") => Kind::AgentTicket,
            url if url.contains("get_jsapi_ticket") => Kind::CorpTicket,
            url if url.contains("ticket/get?") => Kind::CorpCardTicket,
            url if url.contains("getticket") => Kind::Ticket,
            _ => Kind::Token,
        };
        service.requests.push((kind, self.clock.wall()));
        let timeout = i64::try_from(timeout.as_millis()).unwrap();
        if service.takes > timeout {
            self.clock.advance(timeout);
            return Err(fault(Reason::ReadTimeout));
        }
        self.clock.advance(service.takes);
        let (status, body) = match service.trouble.get(&kind).cloned() {
            Some(Trouble::Fault(reason)) => return Err(fault(reason)),
            Some(Trouble::Body(status, body)) => (status, body),
            None => {
                let (url, body) = request.on_the_wire();
                (200, service.answer(&url, &body, self.clock.wall()))
            }
        };
        let meanwhile = service.meanwhile.take_if(|(when, _)| *when == kind);
        drop(service);
        if let Some((_, action)) = meanwhile {
            action();
        }
        Ok(Response { status, body: Zeroizing::new(body.into_bytes()) })
    }
}

/// Runs every job on the thread that starts it. The test plays the background thread and the
/// watchdog.
#[derive(Default)]
pub(super) struct Inline(Counters);

impl Runtime for Inline {
    fn spawn(&self, _: &'static str, job: Job) -> Result<(), Error> {
        job();
        Ok(())
    }
    fn after(&self, _: Duration, _: Job) {}
    fn look_after(&self, _: Weak<dyn RefreshAhead>) {}
    fn wake(&self) {}
    fn watch(&self, _: Instant, _: Job) -> Result<u64, Error> {
        Ok(0)
    }
    fn unwatch(&self, _: u64) {}
    fn counters(&self) -> &Counters {
        &self.0
    }
}

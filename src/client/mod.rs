//! The client: one account's configs, tickets and tokens, for any number of threads.

mod account;
mod builder;
mod config;
mod future;
mod options;
mod sign;
mod state;
mod work;

pub use builder::Builder;
pub use config::Config;
pub use options::{AccessToken, OwnTicket, StoreChoice};
pub use state::{CredentialState, State, StoreKind};
pub use work::{AgentConfig, InvoiceConfig};

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::credential::Kind;
use crate::diagnosis::{Evidence, KnownClient, Report, explain_known};
use crate::error::{Code, Error};
use crate::fork;
use crate::page_url::{self, AllowedHosts};
use crate::refresh::{Refresher, usable};
use crate::secret::Secret;
use crate::signature::SignedPage;
use crate::threads::call_back_here;
use config::PageOptions;

/// How long a call waits if the caller sets no timeout.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The client of one WeChat account.
///
/// A client may be shared by any number of threads. Clients of one process that name the same
/// account and store share their cached credentials, so making a second one costs nothing. Dropping
/// the last one ends wxsign's threads.
pub struct Client {
    id: u64,
    generation: u64,
    closed: AtomicBool,
    page: Arc<PageOptions>,
    timeout: Duration,
    allowed_hosts: Option<AllowedHosts>,
    /// Why memory stands in for the store that this client should have.
    degraded: Option<&'static str>,
    refresher: Arc<Refresher>,
}

/// What [`Client::read_store`] found besides the state.
#[doc(hidden)]
#[non_exhaustive]
pub struct Stored {
    /// Why no token can be fetched at present.
    pub token_failure: Option<Error>,
    /// Why no ticket can be fetched at present.
    pub ticket_failure: Option<Error>,
    /// The ticket is a secret.
    pub ticket: Option<String>,
}

impl Client {
    /// Begins to build a client. Most clients need only `app_id` and `app_secret`.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn new(
        page: PageOptions,
        timeout: Duration,
        allowed_hosts: Option<AllowedHosts>,
        degraded: Option<&'static str>,
        refresher: impl FnOnce(u64) -> Result<Arc<Refresher>, Error>,
    ) -> Result<Self, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let refresher = refresher(id)?;
        Ok(Self {
            id,
            generation: fork::generation(),
            closed: AtomicBool::new(false),
            page: Arc::new(page),
            timeout,
            allowed_hosts,
            degraded,
            refresher,
        })
    }

    /// The account's appId, or the corpId of 企业微信.
    pub fn app_id(&self) -> &str {
        &self.page.app_id
    }

    /// The app's agentId if this is an app of 企业微信.
    pub fn agent_id(&self) -> Option<&str> {
        self.page.agent_id.as_deref()
    }

    /// How long calls wait if the caller sets no timeout.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Signs the page at `url`, waiting for a ticket if there is none. Pass the page's
    /// `location.href`.
    pub fn config(&self, url: &str) -> Result<Config, Error> {
        self.config_within(url, self.timeout)
    }

    /// Like [`Client::config`], with its own timeout.
    pub fn config_within(&self, url: &str, timeout: Duration) -> Result<Config, Error> {
        let (kind, page) = (self.ticket_kind(), self.check_page(url)?);
        let signed = self.sign_or(kind, page, || self.get(kind, timeout))?;
        Ok(Config::new(&self.page, signed))
    }

    /// Like [`Client::config`], without waiting. Fails with `NOT_READY` if no ticket is in memory.
    pub fn try_config(&self, url: &str) -> Result<Config, Error> {
        let (kind, page) = (self.ticket_kind(), self.check_page(url)?);
        let signed = self.sign_or(kind, page, || self.try_get(kind))?;
        Ok(Config::new(&self.page, signed))
    }

    /// Signs the page if [`Client::config`] would not wait. If it would, fails with `NOT_READY` and
    /// starts no fetch.
    #[cfg(feature = "capi")]
    pub(crate) fn fresh_config(&self, url: &str) -> Result<Config, Error> {
        let signed = self.sign_if_fresh(self.ticket_kind(), self.check_page(url)?);
        let why = "no ticket is in memory that is not about to end";
        Ok(Config::new(&self.page, signed.ok_or_else(|| Error::new(Code::NotReady, why))?))
    }

    /// For bindings whose common case must be short: signs the page if a fresh ticket is in memory
    /// and nothing is wrong. If it returns none, [`Client::try_config`] returns the reason.
    #[doc(hidden)]
    #[inline] // for the addon's crate to build it, for speed
    pub fn signed_if_fresh(&self, url: &str) -> Option<SignedPage> {
        self.sign_if_fresh(self.ticket_kind(), self.check_page(url).ok()?)
    }

    /// Like [`Client::config_within`], with a callback. `done` is called exactly once: on this
    /// thread if there is nothing to wait for and the thread is not inside a callback, else on one
    /// of wxsign's threads.
    pub fn config_then(
        &self,
        url: &str,
        timeout: Duration,
        done: impl FnOnce(Result<Config, Error>) + Send + 'static,
    ) {
        let options = Arc::clone(&self.page);
        self.sign_then(self.ticket_kind(), self.check_page(url), timeout, move |signed| {
            done(signed.map(|signed| Config::new(&options, signed)));
        });
    }

    /// The `jsapi_ticket`. Waits if it must be fetched.
    pub fn ticket(&self) -> Result<String, Error> {
        self.ticket_within(self.timeout)
    }

    /// Like [`Client::ticket`], with its own timeout.
    pub fn ticket_within(&self, timeout: Duration) -> Result<String, Error> {
        self.get(self.ticket_kind(), timeout).map(reveal)
    }

    /// Like [`Client::ticket`], without waiting.
    pub fn try_ticket(&self) -> Result<String, Error> {
        self.try_get(self.ticket_kind()).map(reveal)
    }

    /// Like [`Client::ticket_within`], with a callback.
    pub fn ticket_then(&self, timeout: Duration, done: impl FnOnce(Result<String, Error>) + Send + 'static) {
        self.get_then(self.ticket_kind(), timeout, move |outcome| done(outcome.map(reveal)));
    }

    /// The `access_token`. Waits if it must be fetched.
    pub fn access_token(&self) -> Result<String, Error> {
        self.access_token_within(self.timeout)
    }

    /// Like [`Client::access_token`], with its own timeout.
    pub fn access_token_within(&self, timeout: Duration) -> Result<String, Error> {
        self.get(Kind::Token, timeout).map(reveal)
    }

    /// Like [`Client::access_token`], without waiting.
    pub fn try_access_token(&self) -> Result<String, Error> {
        self.try_get(Kind::Token).map(reveal)
    }

    /// Like [`Client::access_token_within`], with a callback.
    pub fn access_token_then(
        &self,
        timeout: Duration,
        done: impl FnOnce(Result<String, Error>) + Send + 'static,
    ) {
        self.get_then(Kind::Token, timeout, move |outcome| done(outcome.map(reveal)));
    }

    /// Replaces the access token of a client that was created with the caller's own token.
    pub fn set_access_token(&self, token: &str) -> Result<(), Error> {
        self.check_open()?;
        self.refresher.set_token(usable("accessToken", token)?)
    }

    /// Replaces the ticket of a client that was created with [`OwnTicket::Fixed`].
    pub fn set_ticket(&self, ticket: &str) -> Result<(), Error> {
        self.check_open()?;
        self.refresher.set_ticket(usable("ticket", ticket)?)
    }

    /// Drops the token or ticket `value` if it is still the one in memory: a newer value stays. A
    /// ticket is dropped at most three times in three minutes, so a visitor cannot make wxsign ask
    /// WeChat again and again. Returns whether it was dropped.
    pub fn invalidate(&self, value: &str) -> Result<bool, Error> {
        self.check_open()?;
        Ok(self.refresher.invalidate(value))
    }

    /// The state of the client, for health checks. Does no I/O, does not wait, and holds no secret.
    pub fn state(&self) -> Result<State, Error> {
        self.check_fork()?;
        let closed = self.closed.load(Ordering::Relaxed);
        Ok(State::of(&self.page, &self.refresher, self.degraded, closed))
    }

    /// Explains a failed signature with the tickets that this client remembers: the last two of
    /// each kind, in memory only. It finds the one that made the signature, and adds what became of
    /// it, such as when it was replaced. No report contains a ticket.
    ///
    /// Does no I/O and never waits. A client that has just been made remembers nothing: ask it for
    /// a ticket first. If the evidence names a ticket, that one is used.
    pub fn explain(&self, evidence: &Evidence) -> Result<Report, Error> {
        Ok(self.explainer()?(evidence))
    }

    /// For bindings whose thread has other work: [`Client::explain`] for any thread, with what the
    /// client remembers now. The search for mistakes takes up to tenths of a second.
    #[doc(hidden)]
    pub fn explainer(&self) -> Result<impl FnOnce(&Evidence) -> Report + Send + use<>, Error> {
        self.check_fork()?;
        let (page, config_kind) = (Arc::clone(&self.page), self.ticket_kind());
        let tickets = self.refresher.known_tickets();
        Ok(move |evidence: &Evidence| {
            explain_known(evidence, &KnownClient { app_id: &page.app_id, config_kind, tickets })
        })
    }

    /// For `wxsign doctor`: takes over what the store has, and makes no request.
    #[doc(hidden)]
    pub fn read_store(&self) -> Result<Stored, Error> {
        self.check_open()?;
        let kinds = [Kind::Token, self.ticket_kind()];
        self.refresher.read_store(&kinds);
        let [(_, _, token_failure), (_, ticket, ticket_failure)] =
            kinds.map(|kind| self.refresher.look(kind));
        let ticket = ticket.map(|cached| cached.record.value.reveal().to_owned());
        Ok(Stored { token_failure, ticket_failure, ticket })
    }

    /// Closes the client: callers that wait on it get `CLOSED`, and so does every later call.
    /// Closing twice is fine. A fetch that is under way goes on for at most nine seconds, because
    /// other clients and processes may wait for it.
    pub fn close(&self) {
        if self.check_fork().is_ok() && !self.closed.swap(true, Ordering::SeqCst) {
            self.refresher.leave(self.id);
        }
    }

    #[inline]
    fn check_app_id(&self) -> Result<(), Error> {
        self.check_open()?;
        if self.page.app_id.is_empty() {
            return Err(Error::option("appId", "is missing: the page needs it for wx.config"));
        }
        Ok(())
    }

    #[inline]
    fn check_page<'a>(&self, url: &'a str) -> Result<&'a str, Error> {
        self.check_app_id()?;
        page_url::check(url, self.allowed_hosts.as_ref())
    }

    fn get(&self, kind: Kind, timeout: Duration) -> Result<Secret, Error> {
        self.check_kind(kind)?;
        self.refresher.get(kind, self.id, timeout, || self.leave_if_closed())
    }

    fn try_get(&self, kind: Kind) -> Result<Secret, Error> {
        self.check_kind(kind)?;
        self.refresher.try_get(kind)
    }

    fn get_then(
        &self,
        kind: Kind,
        timeout: Duration,
        done: impl FnOnce(Result<Secret, Error>) + Send + 'static,
    ) {
        match self.check_kind(kind) {
            Ok(()) => {
                self.refresher.get_then(kind, self.id, timeout, Box::new(done));
                self.leave_if_closed();
            }
            Err(error) => self.call_back(move || done(Err(error))),
        }
    }

    /// If the client was closed between a call's check and its waiting, `close` did not see the
    /// waiter.
    fn leave_if_closed(&self) {
        if self.closed.load(Ordering::SeqCst) {
            self.refresher.leave(self.id);
        }
    }

    /// Runs a callback on this thread, or later if this thread is inside a callback: a callback
    /// that asks again must not grow the stack.
    fn call_back(&self, done: impl FnOnce() + Send + 'static) {
        // After a fork the refresher must not be touched.
        if self.check_fork().is_ok() {
            self.refresher.call_back(done);
        } else {
            call_back_here(Box::new(done));
        }
    }

    #[inline]
    fn check_open(&self) -> Result<(), Error> {
        self.check_fork()?;
        if self.closed.load(Ordering::Relaxed) {
            return Err(Error::new(Code::Closed, "the client was closed"));
        }
        Ok(())
    }

    /// Fails if the client is closed, or can never have a credential of this kind.
    fn check_kind(&self, kind: Kind) -> Result<(), Error> {
        self.check_open()?;
        self.refresher.check_kind(kind)
    }

    /// After `fork` the refresher's threads are gone and its locks may be held for ever, so it must
    /// not be touched.
    #[inline]
    pub(crate) fn check_fork(&self) -> Result<(), Error> {
        if self.generation == fork::generation() {
            return Ok(());
        }
        Err(Error::new(Code::Forked, "the client was made before this process was forked"))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.check_fork().is_ok() {
            self.close();
        } else {
            // Dropping the refresher would take the parent's locks. One more reference keeps it for
            // ever.
            std::mem::forget(Arc::clone(&self.refresher));
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("app_id", &self.page.app_id).finish_non_exhaustive()
    }
}

#[allow(clippy::needless_pass_by_value)] // Result::map passes it by value
fn reveal(secret: Secret) -> String {
    secret.reveal().to_owned()
}

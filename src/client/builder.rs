//! The options of a client, and the client made of them. All are checked before the client does
//! anything.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::account::{AccountOptions, Corp, Credentials};
use super::config::PageOptions;
use super::options::{AccessToken, OwnTicket, StoreChoice};
use super::{Client, DEFAULT_TIMEOUT};
use crate::clock::System;
use crate::credential::Account;
use crate::error::Error;
use crate::event::Event;
use crate::http::{Http, HttpProxy};
use crate::page_url::AllowedHosts;
use crate::refresh::{Listener, Parts, Refresher, TokenSource};
use crate::roots::Roots;
use crate::secret::Secret;
#[cfg(feature = "redis")]
use crate::store::RedisStore;
use crate::store::{FileStore, MemoryStore, Store, default_dir};
use crate::threads::of_this_process;
use crate::upstream::{Family, Hosts, PlainHttp, TokenApi, Upstream};

/// Options of a [`Client`]. [`Builder::build`] checks all of them.
#[derive(Clone, Default)]
#[must_use]
pub struct Builder {
    account: AccountOptions,
    base_urls: Vec<String>,
    store: StoreChoice,
    allowed_hosts: Option<Vec<String>>,
    timeout: Option<Duration>,
    proxy: Option<String>,
    ca_file: Option<PathBuf>,
    extra_ca_file: Option<PathBuf>,
    allow_http: bool,
    listener: Option<Listener>,
    tutorial_file: Option<PathBuf>,
    page: PageOptions,
}

impl Builder {
    /// The account's appId.
    pub fn app_id(mut self, app_id: impl Into<String>) -> Self {
        self.account.app_id = app_id.into();
        self
    }

    /// An app of 企业微信, instead of [`Builder::app_id`]: the corp's id, and the app's agentId.
    /// The [`Builder::app_secret`] is then the Secret of this app. [`Client::config`] signs with
    /// the corp's ticket and [`Client::agent_config`] with the app's.
    pub fn corp(mut self, corp_id: impl Into<String>, agent_id: impl Into<String>) -> Self {
        self.account.corp = Some(Corp { corp_id: corp_id.into(), agent_id: agent_id.into() });
        self
    }

    /// The account's AppSecret.
    pub fn app_secret(mut self, secret: impl Into<String>) -> Self {
        self.account.app_secret = Some(Secret::new(secret));
        self
    }

    /// The service's address, with or without `/cgi-bin`. Each further call adds a host to fall
    /// back on. Plain http to another machine needs [`Builder::allow_http`].
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_urls.push(url.into());
        self
    }

    /// Which interface the token is fetched from. The default is `stable_token`.
    pub fn token_api(mut self, api: TokenApi) -> Self {
        self.account.token_api = api;
        self
    }

    /// The caller's own access token, instead of an AppSecret.
    pub fn access_token(mut self, token: AccessToken) -> Self {
        self.account.access_token = Some(token);
        self
    }

    /// The caller's own tickets, instead of an AppSecret or an access token.
    pub fn ticket(mut self, ticket: OwnTicket) -> Self {
        self.account.ticket = Some(ticket);
        self
    }

    /// Where processes share credentials and keep them across restarts.
    pub fn store(mut self, store: StoreChoice) -> Self {
        self.store = store;
        self
    }

    /// The only hosts whose pages are signed: `example.com`, `example.com:8443`, `*.example.com` or
    /// `*`.
    pub fn allowed_hosts<S: Into<String>>(mut self, hosts: impl IntoIterator<Item = S>) -> Self {
        self.allowed_hosts = Some(hosts.into_iter().map(Into::into).collect());
        self
    }

    /// The interfaces that the client's pages call: `jsApiList` in `wx.config`.
    /// [`Config::with_js_api_list`] names others for one page.
    ///
    /// [`Config::with_js_api_list`]: crate::Config::with_js_api_list
    pub fn js_api_list<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.page.js_api_list = names.into_iter().map(Into::into).collect();
        self
    }

    /// The open tags that the client's pages use: `openTagList` in `wx.config`.
    pub fn open_tag_list<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.page.open_tag_list = names.into_iter().map(Into::into).collect();
        self
    }

    /// Whether WeChat shows the pages what each call returns, for developing: `debug` in
    /// `wx.config`.
    pub fn debug(mut self, debug: bool) -> Self {
        self.page.debug = debug;
        self
    }

    /// How long calls wait at most. The default is ten seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// An HTTP proxy, `http://host:port`. wxsign never reads a proxy from the environment.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Allows plain http to other machines than this one, for a relay in your own network. Anyone
    /// who can read that network's traffic can then read the secrets. An AppSecret is never sent to
    /// one of WeChat's hosts without TLS.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.allow_http = allow;
        self
    }

    /// PEM certificates of authorities to trust besides the system's, for WeChat and for a
    /// `rediss://` store. The first request reads the file. The variables `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` replace the system's authorities.
    pub fn ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.ca_file = Some(path.as_ref().to_owned());
        self
    }

    /// Like [`Builder::ca_file`], for a file that the user named to the host program and not to
    /// wxsign, such as `NODE_EXTRA_CA_CERTS`. If it cannot be read, only the error of an untrusted
    /// certificate mentions it.
    pub fn extra_ca_file(mut self, path: impl AsRef<Path>) -> Self {
        self.extra_ca_file = Some(path.as_ref().to_owned());
        self
    }

    /// Called with each [`Event`], on wxsign's own threads.
    pub fn on_event(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Imports the ticket of the tutorial's `jsapiTicket.json` if it has not expired and the store
    /// has no ticket. The first call reads the file. wxsign never changes it, and ignores one that
    /// is missing or damaged.
    pub fn import_ticket_file(mut self, path: impl AsRef<Path>) -> Self {
        self.tutorial_file = Some(path.as_ref().to_owned());
        self
    }

    /// Checks the options and makes the client. No request is made before the first call.
    pub fn build(self) -> Result<Client, Error> {
        self.check_paths_and_pairs()?;
        let credentials = self.account.credentials()?;
        let timeout = self.timeout.unwrap_or(DEFAULT_TIMEOUT);
        if timeout.is_zero() || timeout > Duration::from_secs(600) {
            return Err(Error::option("timeoutMs", "is not between 1 ms and 600 s"));
        }
        let allowed_hosts = self.allowed_hosts.as_deref().map(AllowedHosts::parse).transpose()?;
        let plain = PlainHttp { allowed: self.allow_http, has_secret: self.account.app_secret.is_some() };
        let hosts = Hosts::chosen(&self.base_urls, self.account.corp.is_some(), plain)?;
        let proxy = self.proxy.as_deref().map(HttpProxy::parse).transpose()?;
        let roots = Roots::new(self.ca_file.as_deref(), self.extra_ca_file.as_deref());
        let (store, degraded) = self.open_store(&roots)?;
        let Credentials { app_id, token_source, secret, mode, identity, fixed_ticket } = credentials;
        let agent_id = self.account.agent_id()?;
        // Each app of a corp has its own token, and therefore its own records.
        let account = match &agent_id {
            Some(agent_id) => {
                Account::new([hosts.primary(), &format!("{app_id}/{agent_id}"), "work", identity.reveal()])
            }
            None => Account::new([hosts.primary(), &app_id, mode, identity.reveal()]),
        };
        let private = !matches!(token_source, TokenSource::Fetched);
        let key = [
            store.id(),
            account.as_str().to_owned(),
            hosts.joined(),
            self.proxy.clone().unwrap_or_default(),
            roots.id(),
        ]
        .join("\n");
        let family = match &agent_id {
            Some(_) => Family::work(app_id.clone(), secret),
            None => Family::official_account(app_id.clone(), secret, self.account.token_api),
        };
        let upstream = Upstream::new(hosts, family, Box::new(Http::new(roots, proxy)));
        let (clock, runtime) = (Arc::new(System), of_this_process());
        let parts = move || Parts { account, clock, runtime, store, token_source, upstream };
        let listener = self.listener;
        let tutorial = self.tutorial_file;
        let page = PageOptions { app_id, agent_id, ..self.page };
        Client::new(page, timeout, allowed_hosts, degraded, |id| {
            // Two clients with the caller's own token share nothing: their tokens may belong to
            // different accounts.
            let refresher = if private { Refresher::new(parts()) } else { Refresher::shared(&key, parts) };
            if let Some(ticket) = fixed_ticket {
                refresher.set_ticket(ticket)?;
            }
            if let Some(path) = tutorial {
                refresher.import_ticket_file(path);
            }
            if let Some(listener) = listener {
                refresher.listen(id, listener);
                if let Some(reason) = degraded {
                    refresher.report(id, Event::StoreDegraded { reason: reason.to_owned() });
                }
            }
            Ok(refresher)
        })
    }

    /// Checks the paths, and the options that exclude each other although each is fine.
    fn check_paths_and_pairs(&self) -> Result<(), Error> {
        let dir = if let StoreChoice::Dir(dir) = &self.store { Some(dir) } else { None };
        let paths = [
            ("store", dir),
            ("caFile", self.ca_file.as_ref()),
            ("importTicketFile", self.tutorial_file.as_ref()),
        ];
        for (option, path) in paths {
            if path.is_some_and(|path| path.as_os_str().as_encoded_bytes().contains(&0)) {
                return Err(Error::option(option, "contains a NUL character, which no path can have"));
            }
        }
        if self.tutorial_file.is_some() {
            if self.account.corp.is_some() {
                return Err(Error::option("importTicketFile", "concerns 公众号 alone"));
            }
            if self.account.ticket.is_some() {
                return Err(Error::option("ticket", "and `importTicketFile` exclude each other"));
            }
        }
        let is_own = self.account.ticket.is_some();
        if is_own && !matches!(self.store, StoreChoice::Default | StoreChoice::Memory) {
            return Err(Error::option("store", "has no use with `ticket`: your own tickets stay in memory"));
        }
        Ok(())
    }

    /// The store, and the reason if it is memory although the caller did not choose memory.
    #[cfg_attr(not(feature = "redis"), allow(unused_variables))] // Redis alone speaks TLS
    fn open_store(&self, roots: &Arc<Roots>) -> Result<(Box<dyn Store>, Option<&'static str>), Error> {
        Ok(match &self.store {
            _ if self.account.ticket.is_some() => (Box::new(MemoryStore), None),
            StoreChoice::Memory => (Box::new(MemoryStore), None),
            StoreChoice::Dir(dir) if is_redis(dir) => {
                return Err(Error::option("store", "is a directory that looks like the address of a Redis"));
            }
            StoreChoice::Dir(dir) => (Box::new(FileStore::new(dir)), None),
            #[cfg(feature = "redis")]
            StoreChoice::Redis(url) => (Box::new(RedisStore::new(url, Arc::clone(roots))?), None),
            #[cfg(not(feature = "redis"))]
            StoreChoice::Redis(_) => {
                return Err(Error::option("storeRedis", "is a Redis, and this build has no Redis in it"));
            }
            StoreChoice::Default => match default_dir() {
                Some(dir) => (Box::new(FileStore::new(&dir)), None),
                None => (Box::new(MemoryStore), Some(NO_HOME)),
            },
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("app_id", &self.account.app_id)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

const NO_HOME: &str = "this user has no home directory (HOME is unset or not an absolute path). Name a dir. 当前用户没有主目录，请指定 dir。";

fn is_redis(dir: &Path) -> bool {
    dir.to_str().is_some_and(|dir| dir.starts_with("redis:") || dir.starts_with("rediss:"))
}

//! The options of a client. They are checked once, before the client does anything.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::config::PageOptions;
use super::{Client, DEFAULT_TIMEOUT};
use crate::clock::System;
use crate::credential::{Account, Kind, fingerprint};
use crate::error::Error;
use crate::event::Event;
use crate::http::{Http, HttpProxy};
use crate::page_url::AllowedHosts;
use crate::refresh::{
    Listener, OwnTickets, Parts, Process, Refresher, TicketFn, TicketReply, TokenFn, TokenReply, TokenSource,
    usable,
};
use crate::roots::Roots;
use crate::secret::Secret;
#[cfg(feature = "redis")]
use crate::store::RedisStore;
use crate::store::{FileStore, MemoryStore, Store, default_dir};
use crate::upstream::{Family, Hosts, PlainHttp, TokenMode, Upstream};

/// Which interface the access token is fetched from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum TokenApi {
    /// `stable_token`, which Tencent recommends: repeated calls return the same token.
    #[default]
    Stable,
    /// `token`: each call makes a new token and invalidates the one before.
    Classic,
}

/// The caller's own access token, instead of an AppSecret.
#[derive(Clone)]
#[non_exhaustive]
pub enum AccessToken {
    /// Used until [`Client::set_access_token`] replaces it. wxsign never fetches another.
    Fixed(String),
    /// Called when a ticket is fetched, with the token that WeChat has just refused, if any. It may
    /// answer later and from any thread, but within the nine seconds of a flight.
    Function(TokenFn),
}

impl AccessToken {
    /// A function that may answer at once or later.
    pub fn function(function: impl Fn(Option<&str>, TokenReply) + Send + Sync + 'static) -> Self {
        Self::Function(Arc::new(function))
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "Fixed([redacted])",
            Self::Function(_) => "Function",
        })
    }
}

/// The caller's own tickets, instead of an AppSecret or an access token: from a central service, or
/// of a kind that wxsign does not fetch, such as those of a suite's login.
///
/// wxsign makes no request for such a client and stores nothing. If several processes ask one
/// central service, that service must let them share.
#[derive(Clone)]
#[non_exhaustive]
pub enum OwnTicket {
    /// The ticket of `wx.config`, used until [`Client::set_ticket`] replaces it.
    Fixed(String),
    /// Called for each kind of ticket when one is needed, with the ticket of this kind that was
    /// invalidated, if any. It may answer later and from any thread, but within nine seconds. Until
    /// its ticket ends wxsign serves it from memory, and asks again ahead of that.
    Function(TicketFn),
}

impl OwnTicket {
    /// A function that may answer at once or later.
    pub fn function(function: impl Fn(Kind, Option<&str>, TicketReply) + Send + Sync + 'static) -> Self {
        Self::Function(Arc::new(function))
    }
}

impl fmt::Debug for OwnTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "Fixed([redacted])",
            Self::Function(_) => "Function",
        })
    }
}

/// Where processes share credentials and keep them across restarts.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum StoreChoice {
    /// Files in `wxsign` below `$STATE_DIRECTORY`, else below the platform's state directory;
    /// memory without a home.
    #[default]
    Default,
    /// Files in this directory, which the process's user must own.
    Dir(PathBuf),
    /// Only memory: the process keeps nothing when it ends.
    Memory,
    /// A Redis that several machines share: `redis://user:password@host:6379/0`, or `rediss://`
    /// with TLS. [`Builder::ca_file`] applies to it too. Without the feature `redis` this is an
    /// `INVALID_ARGUMENT`.
    Redis(String),
}

impl fmt::Debug for StoreChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("Default"),
            Self::Dir(dir) => f.debug_tuple("Dir").field(dir).finish(),
            Self::Memory => f.write_str("Memory"),
            // The address may hold a password.
            Self::Redis(_) => f.write_str("Redis([redacted])"),
        }
    }
}

/// Options of a [`Client`]. [`Builder::build`] checks all of them.
#[derive(Clone, Default)]
#[must_use]
pub struct Builder {
    app_id: String,
    corp: Option<Corp>,
    app_secret: Option<Secret>,
    base_urls: Vec<String>,
    token_api: TokenApi,
    access_token: Option<AccessToken>,
    ticket: Option<OwnTicket>,
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
        self.app_id = app_id.into();
        self
    }

    /// An app of 企业微信, instead of [`Builder::app_id`]: the corp's id, and the app's agentId.
    /// The [`Builder::app_secret`] is then the Secret of this app. [`Client::config`] signs with
    /// the corp's ticket and [`Client::agent_config`] with the app's.
    pub fn corp(mut self, corp_id: impl Into<String>, agent_id: impl Into<String>) -> Self {
        self.corp = Some(Corp { corp_id: corp_id.into(), agent_id: agent_id.into() });
        self
    }

    /// The account's AppSecret.
    pub fn app_secret(mut self, secret: impl Into<String>) -> Self {
        self.app_secret = Some(Secret::new(secret));
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
        self.token_api = api;
        self
    }

    /// The caller's own access token, instead of an AppSecret.
    pub fn access_token(mut self, token: AccessToken) -> Self {
        self.access_token = Some(token);
        self
    }

    /// The caller's own tickets, instead of an AppSecret or an access token.
    pub fn ticket(mut self, ticket: OwnTicket) -> Self {
        self.ticket = Some(ticket);
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
        let credentials = self.credentials()?;
        let timeout = self.timeout.unwrap_or(DEFAULT_TIMEOUT);
        if timeout.is_zero() || timeout > Duration::from_secs(600) {
            return Err(Error::option("timeoutMs", "is not between 1 ms and 600 s"));
        }
        let allowed_hosts = self.allowed_hosts.as_deref().map(AllowedHosts::parse).transpose()?;
        let plain = PlainHttp { allowed: self.allow_http, has_secret: self.app_secret.is_some() };
        let hosts = match self.base_urls.as_slice() {
            [] if self.corp.is_some() => Hosts::work(),
            [] => Hosts::wechat(),
            urls => Hosts::new(urls, plain)?,
        };
        let proxy = self.proxy.as_deref().map(HttpProxy::parse).transpose()?;
        let roots = Roots::new(self.ca_file.as_deref(), self.extra_ca_file.as_deref());
        let (store, degraded) = self.open_store(&roots)?;
        let Credentials { app_id, token_source, secret, mode, mark } = credentials;
        let agent_id = self.agent_id()?;
        // Each app of a corp has its own token, and therefore its own records.
        let account = match &agent_id {
            Some(agent_id) => {
                Account::new([hosts.primary(), &format!("{app_id}/{agent_id}"), "work", mark.reveal()])
            }
            None => Account::new([hosts.primary(), &app_id, mode, mark.reveal()]),
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
        let mode = match self.token_api {
            TokenApi::Stable => TokenMode::Stable,
            TokenApi::Classic => TokenMode::Classic,
        };
        let family = match &agent_id {
            Some(_) => Family::work(app_id.clone(), secret),
            None => Family::official_account(app_id.clone(), secret, mode),
        };
        let upstream = Upstream::new(hosts, family, Box::new(Http::new(roots, proxy)));
        let process = Process::current();
        let runtime = Arc::clone(&process) as _;
        let parts =
            move || Ok(Parts { account, clock: Arc::new(System), runtime, store, token_source, upstream });
        let listener = self.listener;
        let tutorial = self.tutorial_file;
        let page = PageOptions { app_id, agent_id, ..self.page };
        Client::new(page, timeout, allowed_hosts, |id| {
            // Two clients with the caller's own token share nothing: their tokens may belong to
            // different accounts.
            let refresher =
                if private { Ok(Refresher::new(parts()?)) } else { process.refresher(&key, parts) }?;
            if let Some(path) = tutorial {
                refresher.import_ticket_file(path);
            }
            if let Some(listener) = listener {
                if let Some(reason) = degraded {
                    listener(&Event::StoreDegraded { reason: reason.to_owned() });
                }
                refresher.listen(id, listener);
            }
            Ok(refresher)
        })
    }

    fn credentials(&self) -> Result<Credentials, Error> {
        let (option, app_id) = match &self.corp {
            Some(_) if !self.app_id.is_empty() => {
                return Err(Error::option("appId", "and `corpId` exclude each other"));
            }
            Some(_) if self.token_api != TokenApi::Stable => {
                return Err(Error::option("tokenApi", "concerns 公众号 alone: 企业微信 has one interface"));
            }
            Some(_) if self.tutorial_file.is_some() => {
                return Err(Error::option("importTicketFile", "concerns 公众号 alone"));
            }
            Some(corp) => ("corpId", &corp.corp_id),
            None => ("appId", &self.app_id),
        };
        let app_id = check_word(option, app_id)?;
        let named = |app_id: &str| {
            if app_id.is_empty() { Err(Error::option(option, "is missing")) } else { Ok(app_id.to_owned()) }
        };
        if self.corp.is_some() {
            named(app_id)?;
        }
        if let Some(ticket) = &self.ticket {
            return self.own_tickets(named(app_id)?, ticket);
        }
        match (&self.app_secret, &self.access_token) {
            (Some(_), Some(_)) => Err(Error::option("appSecret", "and `accessToken` exclude each other")),
            (None, None) => Err(Error::option(
                "appSecret",
                "is missing (or `accessToken` or `ticket`, if you keep them yourself)",
            )),
            (Some(secret), None) => {
                let app_id = named(app_id)?;
                let secret = check_word("appSecret", secret.reveal())?;
                if secret.is_empty() {
                    return Err(Error::option("appSecret", "is empty"));
                }
                let secret = Secret::new(secret);
                Ok(Credentials {
                    app_id,
                    token_source: TokenSource::Fetched,
                    secret: secret.clone(),
                    mode: match self.token_api {
                        TokenApi::Stable => "stable",
                        TokenApi::Classic => "classic",
                    },
                    mark: secret,
                })
            }
            (None, Some(AccessToken::Fixed(token))) => {
                let token = usable("accessToken", token)?;
                // Without an appId the token itself identifies the account.
                let mark =
                    Secret::new(if app_id.is_empty() { fingerprint(token.reveal()) } else { String::new() });
                let token_source = TokenSource::Fixed(Mutex::new(token));
                Ok(Credentials {
                    app_id: app_id.to_owned(),
                    token_source,
                    secret: Secret::new(""),
                    mode: "own",
                    mark,
                })
            }
            // The function's token may change; the appId names the account.
            (None, Some(AccessToken::Function(function))) => Ok(Credentials {
                app_id: named(app_id)?,
                token_source: TokenSource::Function(Arc::clone(function)),
                secret: Secret::new(""),
                mode: "own",
                mark: Secret::new(""),
            }),
        }
    }

    fn own_tickets(&self, app_id: String, ticket: &OwnTicket) -> Result<Credentials, Error> {
        if self.app_secret.is_some() {
            return Err(Error::option("ticket", "and `appSecret` exclude each other"));
        }
        if self.access_token.is_some() {
            return Err(Error::option("ticket", "and `accessToken` exclude each other"));
        }
        if self.tutorial_file.is_some() {
            return Err(Error::option("ticket", "and `importTicketFile` exclude each other"));
        }
        if !matches!(self.store, StoreChoice::Default | StoreChoice::Memory) {
            return Err(Error::option("store", "has no use with `ticket`: your own tickets stay in memory"));
        }
        let tickets = match ticket {
            OwnTicket::Fixed(ticket) => OwnTickets::Fixed(Mutex::new(usable("ticket", ticket)?)),
            OwnTicket::Function(function) => OwnTickets::Function(Arc::clone(function)),
        };
        Ok(Credentials {
            app_id,
            token_source: TokenSource::Unneeded(tickets),
            secret: Secret::new(""),
            mode: "own",
            mark: Secret::new(""),
        })
    }

    /// The agentId if this is an app of 企业微信.
    fn agent_id(&self) -> Result<Option<String>, Error> {
        let Some(corp) = &self.corp else { return Ok(None) };
        let agent_id = check_word("agentId", &corp.agent_id)?;
        if agent_id.is_empty() {
            return Err(Error::option("agentId", "is missing"));
        }
        Ok(Some(agent_id.to_owned()))
    }

    /// The store, and the reason if it is memory although the caller did not choose memory.
    #[cfg_attr(not(feature = "redis"), allow(unused_variables))] // Redis alone speaks TLS
    fn open_store(&self, roots: &Arc<Roots>) -> Result<(Box<dyn Store>, Option<&'static str>), Error> {
        Ok(match &self.store {
            _ if self.ticket.is_some() => (Box::new(MemoryStore), None),
            StoreChoice::Memory => (Box::new(MemoryStore), None),
            StoreChoice::Dir(dir) if is_redis(dir) => {
                return Err(Error::option("store", "is a directory that looks like the address of a Redis"));
            }
            StoreChoice::Dir(dir) => (Box::new(FileStore::new(dir)), None),
            #[cfg(feature = "redis")]
            StoreChoice::Redis(url) => (Box::new(RedisStore::new(url, Arc::clone(roots))?), None),
            #[cfg(not(feature = "redis"))]
            StoreChoice::Redis(_) => {
                return Err(Error::option("store", "is a Redis, and this build has no Redis in it"));
            }
            StoreChoice::Default => match default_dir() {
                Some(dir) => (Box::new(FileStore::new(&dir)), None),
                None => (Box::new(MemoryStore), Some("this user has no home dir")),
            },
        })
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("app_id", &self.app_id)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

/// An app of 企业微信.
#[derive(Clone)]
struct Corp {
    corp_id: String,
    agent_id: String,
}

/// The account that asks, after the checks.
struct Credentials {
    app_id: String,
    token_source: TokenSource,
    secret: Secret,
    mode: &'static str,
    /// Distinguishes two accounts of one appId. Only its hash is kept.
    mark: Secret,
}

/// An appId or AppSecret without the spaces and line breaks around it, which files and environments
/// leave there. Empty if it is missing.
fn check_word<'a>(option: &'static str, text: &'a str) -> Result<&'a str, Error> {
    let word = text.trim();
    let why = if word.len() > 256 {
        "is longer than 256 characters"
    } else if word.starts_with(['"', '\'']) || word.ends_with(['"', '\'']) {
        "is in quotes: leave the quotes out"
    } else if ["undefined", "null", "[object Object]"].contains(&word) {
        "is the text of a missing value"
    } else if !word.bytes().all(|byte| byte.is_ascii_graphic()) {
        "has a space, a control character or a letter beyond ASCII in it"
    } else {
        return Ok(word);
    };
    Err(Error::option(option, why))
}

fn is_redis(dir: &Path) -> bool {
    dir.to_str().is_some_and(|dir| dir.starts_with("redis:") || dir.starts_with("rediss:"))
}

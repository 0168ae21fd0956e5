//! A client's options as the facade hands them over: types checked there, meaning checked in the
//! core.

use std::time::Duration;

use napi_derive::napi;
use wxsign::{AccessToken, Builder, Client, OwnTicket, Store, TokenApi};

/// The public names, for errors that name one.
pub const NAMES: &[&str] = &[
    "appId",
    "corpId",
    "agentId",
    "appSecret",
    "baseUrl",
    "allowHttp",
    "tokenApi",
    "accessToken",
    "ticket",
    "store",
    "allowedHosts",
    "timeoutMs",
    "proxy",
    "caFile",
    "importTicketFile",
    "onEvent",
];

/// Each one as the public option of that name, one by one and flat.
#[napi(object, object_to_js = false)]
pub struct Options {
    /// The account.
    pub app_id: Option<String>,
    /// The corp, if this is an app of 企业微信.
    pub corp_id: Option<String>,
    /// The app of the corp.
    pub agent_id: Option<String>,
    /// The secret of the account or of the app.
    pub app_secret: Option<String>,
    /// The service, primary first.
    pub base_urls: Option<Vec<String>>,
    /// Whether a base URL may be plain http.
    pub allow_http: Option<bool>,
    /// Whether to fetch tokens from `/token`.
    pub classic: Option<bool>,
    /// The caller's token.
    pub access_token: Option<String>,
    /// The caller's ticket.
    pub ticket: Option<String>,
    /// The directory of the store.
    pub store_dir: Option<String>,
    /// Whether nothing is to outlive the process.
    pub store_memory: Option<bool>,
    /// The address of a Redis.
    pub store_redis: Option<String>,
    /// The only hosts to sign for.
    pub allowed_hosts: Option<Vec<String>>,
    /// How long calls wait.
    pub timeout_ms: Option<f64>,
    /// An HTTP proxy.
    pub proxy: Option<String>,
    /// PEM certificates.
    pub ca_file: Option<String>,
    /// More of them: the file that `NODE_EXTRA_CA_CERTS` names.
    pub extra_ca_file: Option<String>,
    /// The tutorial's file.
    pub import_ticket_file: Option<String>,
}

/// The core's builder with these options.
pub fn builder(options: Options) -> Builder {
    let mut builder = Client::builder();
    if let Some(app_id) = options.app_id {
        builder = builder.app_id(app_id);
    }
    if let Some(corp_id) = options.corp_id {
        // The core refuses a corp without an app.
        builder = builder.corp(corp_id, options.agent_id.unwrap_or_default());
    }
    if let Some(secret) = options.app_secret {
        builder = builder.app_secret(secret);
    }
    for url in options.base_urls.unwrap_or_default() {
        builder = builder.base_url(url);
    }
    if let Some(allow) = options.allow_http {
        builder = builder.allow_http(allow);
    }
    if options.classic == Some(true) {
        builder = builder.token_api(TokenApi::Classic);
    }
    if let Some(token) = options.access_token {
        builder = builder.access_token(AccessToken::Fixed(token));
    }
    if let Some(ticket) = options.ticket {
        builder = builder.ticket(OwnTicket::Fixed(ticket));
    }
    if let Some(dir) = options.store_dir {
        builder = builder.store(Store::Dir(dir.into()));
    } else if let Some(url) = options.store_redis {
        builder = builder.store(Store::Redis(url));
    } else if options.store_memory == Some(true) {
        builder = builder.store(Store::Memory);
    }
    if let Some(hosts) = options.allowed_hosts {
        builder = builder.allowed_hosts(hosts);
    }
    if let Some(ms) = options.timeout_ms {
        // Out of a duration's range is out of the core's range too: it refuses the zero.
        builder = builder.timeout(Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default());
    }
    if let Some(proxy) = options.proxy {
        builder = builder.proxy(proxy);
    }
    if let Some(path) = options.ca_file {
        builder = builder.ca_file(path);
    }
    if let Some(path) = options.extra_ca_file {
        builder = builder.extra_ca_file(path);
    }
    if let Some(path) = options.import_ticket_file {
        builder = builder.import_ticket_file(path);
    }
    builder
}

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
    let store = match (options.store_dir, options.store_redis, options.store_memory) {
        (Some(dir), _, _) => Some(Store::Dir(dir.into())),
        (None, Some(url), _) => Some(Store::Redis(url)),
        (None, None, memory) => memory.filter(|memory| *memory).map(|_| Store::Memory),
    };
    let classic = options.classic.filter(|classic| *classic).map(|_| TokenApi::Classic);
    // Out of a duration's range is out of the core's range too: it refuses the zero.
    let timeout = |ms: f64| Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default();
    let mut builder = Client::builder();
    builder = set(builder, options.app_id, Builder::app_id);
    // The core refuses a corp without an app.
    let agent_id = options.agent_id.unwrap_or_default();
    builder = set(builder, options.corp_id, |builder, corp_id| builder.corp(corp_id, agent_id));
    builder = set(builder, options.app_secret, Builder::app_secret);
    for url in options.base_urls.unwrap_or_default() {
        builder = builder.base_url(url);
    }
    builder = set(builder, options.allow_http, Builder::allow_http);
    builder = set(builder, classic, Builder::token_api);
    builder = set(builder, options.access_token.map(AccessToken::Fixed), Builder::access_token);
    builder = set(builder, options.ticket.map(OwnTicket::Fixed), Builder::ticket);
    builder = set(builder, store, Builder::store);
    builder = set(builder, options.allowed_hosts, Builder::allowed_hosts);
    builder = set(builder, options.timeout_ms.map(timeout), Builder::timeout);
    builder = set(builder, options.proxy, Builder::proxy);
    builder = set(builder, options.ca_file, Builder::ca_file);
    builder = set(builder, options.extra_ca_file, Builder::extra_ca_file);
    set(builder, options.import_ticket_file, Builder::import_ticket_file)
}

/// The builder with one option, if it was given.
fn set<T>(builder: Builder, option: Option<T>, set: impl FnOnce(Builder, T) -> Builder) -> Builder {
    match option {
        Some(value) => set(builder, value),
        None => builder,
    }
}

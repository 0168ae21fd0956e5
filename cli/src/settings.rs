//! The client's options from the environment, as the Node binding reads them.

use std::fs;
use std::time::Duration;

use wxsign::{Builder, Client, Store, TokenApi};

use crate::console::{Console, Failure};

/// What the environment says of the account.
pub(crate) struct Settings {
    pub(crate) app_id: Option<String>,
    pub(crate) secret: Option<String>,
    pub(crate) base_urls: Vec<String>,
    pub(crate) store: Option<String>,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) is_classic: bool,
    pub(crate) proxy: Option<String>,
    pub(crate) ca_file: Option<String>,
    pub(crate) allow_http: bool,
}

impl Settings {
    pub(crate) fn read(console: &Console<'_>) -> Result<Self, Failure> {
        let get = console.variable;
        let list = |name| {
            let text: String = get(name).unwrap_or_default();
            text.split(',').map(str::trim).filter(|each| !each.is_empty()).map(str::to_owned).collect()
        };
        let secret = match (get("WX_APP_SECRET"), get("WX_APP_SECRET_FILE")) {
            (Some(_), Some(_)) => {
                return Err(Failure::usage(
                    "WX_APP_SECRET and WX_APP_SECRET_FILE exclude each other",
                    "WX_APP_SECRET 和 WX_APP_SECRET_FILE 只能设置一个",
                ));
            }
            (Some(secret), None) => Some(secret.trim().to_owned()),
            (None, Some(path)) => Some(read_secret("WX_APP_SECRET_FILE", &path)?),
            (None, None) => None,
        };
        Ok(Self {
            app_id: get("WX_APP_ID").map(|id| id.trim().to_owned()),
            secret,
            base_urls: list("WX_BASE_URL"),
            store: get("WXSIGN_STORE"),
            allowed_hosts: list("WX_ALLOWED_HOSTS"),
            is_classic: get("WX_TOKEN_API").is_some_and(|api| api == "classic"),
            proxy: get("WX_PROXY"),
            ca_file: get("WX_CA_FILE"),
            allow_http: get("WX_ALLOW_HTTP").is_some_and(|allow| allow == "1" || allow == "true"),
        })
    }

    /// Whether there is an account at all.
    pub(crate) fn has_account(&self) -> bool {
        self.app_id.is_some() && self.secret.is_some()
    }

    pub(crate) fn client(&self, timeout: Option<Duration>) -> Result<Client, Failure> {
        let (Some(app_id), Some(secret)) = (&self.app_id, &self.secret) else {
            return Err(Failure::usage(
                "set WX_APP_ID, and WX_APP_SECRET or WX_APP_SECRET_FILE",
                "请设置 WX_APP_ID，以及 WX_APP_SECRET 或 WX_APP_SECRET_FILE",
            ));
        };
        let mut builder: Builder = Client::builder().app_id(app_id).app_secret(secret);
        for url in &self.base_urls {
            builder = builder.base_url(url);
        }
        if let Some(store) = &self.store {
            builder = builder.store(match store.as_str() {
                "memory" => Store::Memory,
                url if url.contains("://") => Store::Redis(url.to_owned()),
                dir => Store::Dir(dir.into()),
            });
        }
        if !self.allowed_hosts.is_empty() {
            builder = builder.allowed_hosts(self.allowed_hosts.clone());
        }
        if self.is_classic {
            builder = builder.token_api(TokenApi::Classic);
        }
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy);
        }
        if let Some(file) = &self.ca_file {
            builder = builder.ca_file(file);
        }
        if self.allow_http {
            builder = builder.allow_http(true);
        }
        if let Some(timeout) = timeout {
            builder = builder.timeout(timeout);
        }
        Ok(builder.build()?)
    }
}

/// Reads a secret from a file that holds nothing else.
pub(crate) fn read_secret(name: &str, path: &str) -> Result<String, Failure> {
    let text = fs::read_to_string(path).map_err(|error| {
        Failure::usage(
            &format!("the file that {name} names cannot be read: {path}: {error}"),
            &format!("无法读取 {name} 指定的文件：{path}：{error}"),
        )
    })?;
    Ok(text.trim().to_owned())
}

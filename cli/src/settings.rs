//! The client's options from the environment, as the Node binding reads them.

use std::fs;
use std::time::Duration;

use wxsign::{Builder, Client, Store, TokenApi};

use crate::console::{Console, Failure};

const OTHER_PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Whose pages are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    /// A 公众号.
    Official { app_id: String },
    /// An app of 企业微信.
    Work { corp_id: String, agent_id: String },
}

/// What the environment says of the account.
pub(crate) struct Settings {
    pub(crate) account: Option<Account>,
    pub(crate) secret: Option<String>,
    pub(crate) base_urls: Vec<String>,
    pub(crate) store: Option<String>,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) is_classic: bool,
    pub(crate) proxy: Option<String>,
    /// A variable that names a proxy for other programs, if one is set. wxsign does not read it.
    pub(crate) other_proxy: Option<&'static str>,
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
            account: Account::read(console)?,
            secret,
            base_urls: list("WX_BASE_URL"),
            store: get("WXSIGN_STORE"),
            allowed_hosts: list("WX_ALLOWED_HOSTS"),
            is_classic: get("WX_TOKEN_API").is_some_and(|api| api == "classic"),
            proxy: get("WX_PROXY"),
            other_proxy: OTHER_PROXIES.into_iter().find(|name| get(name).is_some()),
            ca_file: get("WX_CA_FILE"),
            allow_http: get("WX_ALLOW_HTTP").is_some_and(|allow| allow == "1" || allow == "true"),
        })
    }

    /// Whether there is an account at all.
    pub(crate) fn has_account(&self) -> bool {
        self.account.is_some() && self.secret.is_some()
    }

    /// Whether this is an app of 企业微信.
    pub(crate) fn is_work(&self) -> bool {
        matches!(self.account, Some(Account::Work { .. }))
    }

    pub(crate) fn client(&self, timeout: Option<Duration>) -> Result<Client, Failure> {
        let (Some(account), Some(secret)) = (&self.account, &self.secret) else {
            return Err(Failure::usage(
                "set WX_APP_ID (WX_CORP_ID and WX_AGENT_ID for 企业微信 apps), and WX_APP_SECRET or WX_APP_SECRET_FILE",
                "请设置 WX_APP_ID（企业微信：WX_CORP_ID 和 WX_AGENT_ID），以及 WX_APP_SECRET 或 WX_APP_SECRET_FILE",
            ));
        };
        let builder = Client::builder().app_secret(secret);
        let mut builder: Builder = match account {
            Account::Official { app_id } => builder.app_id(app_id),
            Account::Work { corp_id, agent_id } => builder.corp(corp_id, agent_id),
        };
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

impl Account {
    fn read(console: &Console<'_>) -> Result<Option<Self>, Failure> {
        let get = |name| (console.variable)(name).map(|id| id.trim().to_owned());
        Ok(match (get("WX_APP_ID"), get("WX_CORP_ID"), get("WX_AGENT_ID")) {
            (Some(_), Some(_), _) => {
                return Err(Failure::usage(
                    "WX_APP_ID and WX_CORP_ID exclude each other",
                    "WX_APP_ID 和 WX_CORP_ID 只能设置一个",
                ));
            }
            (_, Some(corp_id), Some(agent_id)) => Some(Self::Work { corp_id, agent_id }),
            (_, Some(_), None) => {
                return Err(Failure::usage("WX_AGENT_ID is not set", "没有设置 WX_AGENT_ID"));
            }
            (_, None, Some(_)) => {
                return Err(Failure::usage("WX_CORP_ID is not set", "没有设置 WX_CORP_ID"));
            }
            (Some(app_id), None, None) => Some(Self::Official { app_id }),
            (None, None, None) => None,
        })
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

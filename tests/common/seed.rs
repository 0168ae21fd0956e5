//! Writes the records of the file store, so that a client starts with credentials of a chosen age.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::children::now_ms;
use super::{APP, APP_ID, APP_SECRET, Sandbox};

/// The lifetime of the seeded credentials, in milliseconds.
pub const LIFE: i64 = 7_200_000;

/// A directory with the token and the ticket that a sandbox has in force.
pub struct Seeded {
    _home: tempfile::TempDir,
    /// The store for a client.
    pub dir: PathBuf,
    /// The valid token.
    pub token: String,
    /// The valid ticket.
    pub ticket: String,
    /// The valid ticket of the app of 企业微信; empty for 公众号.
    pub agent_ticket: String,
    account: String,
}

impl Seeded {
    /// Gets them from the sandbox, for an account of `mode` (`stable`, `classic`, or `work` for an
    /// app of 企业微信), and writes none yet.
    pub fn new(sandbox: &Sandbox, mode: &str) -> Self {
        Self::behind(sandbox, &sandbox.url, mode)
    }

    /// Like [`Seeded::new`], for clients that know the sandbox by another address.
    pub fn behind(sandbox: &Sandbox, base_url: &str, mode: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("s");
        fs::create_dir(&dir).unwrap();
        restrict(&dir, 0o700);
        if mode == "work" {
            return Self::work(sandbox, home, dir);
        }
        let who = format!("grant_type=client_credential&appid={APP_ID}&secret={APP_SECRET}");
        let token = if mode == "classic" {
            get(&format!("{}/cgi-bin/token?{who}", sandbox.url))
        } else {
            let body = json!({ "grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET });
            let answer = ureq::post(format!("{}/cgi-bin/stable_token", sandbox.url)).send(body.to_string());
            serde_json::from_reader(answer.unwrap().into_body().into_reader()).unwrap()
        };
        let token = token["access_token"].as_str().unwrap().to_owned();
        let ticket =
            get(&format!("{}/cgi-bin/ticket/getticket?type=jsapi&access_token={token}", sandbox.url));
        let ticket = ticket["ticket"].as_str().unwrap().to_owned();
        let account = account([&format!("{base_url}/cgi-bin"), APP_ID, mode, APP_SECRET]);
        Self { _home: home, dir, token, ticket, agent_ticket: String::new(), account }
    }

    fn work(sandbox: &Sandbox, home: tempfile::TempDir, dir: PathBuf) -> Self {
        let [corp_id, agent_id, secret] = APP;
        let base = format!("{}/cgi-bin", sandbox.url);
        let value =
            |call: &str, name: &str| get(&format!("{base}/{call}"))[name].as_str().unwrap().to_owned();
        let token = value(&format!("gettoken?corpid={corp_id}&corpsecret={secret}"), "access_token");
        let ticket = value(&format!("get_jsapi_ticket?access_token={token}"), "ticket");
        let agent_ticket = value(&format!("ticket/get?type=agent_config&access_token={token}"), "ticket");
        let account = account([&base, &format!("{corp_id}/{agent_id}"), "work", secret]);
        Self { _home: home, dir, token, ticket, agent_ticket, account }
    }

    /// The value of `kind` (`token`, `ticket` or `agent_ticket`).
    pub fn value(&self, kind: &str) -> &str {
        match kind {
            "token" => &self.token,
            "agent_ticket" => &self.agent_ticket,
            _ => &self.ticket,
        }
    }

    /// Writes `kind` with this remaining lifetime.
    pub fn write(&self, kind: &str, left_ms: i64) {
        let value = self.value(kind);
        let expires_at = i64::try_from(now_ms()).unwrap() + left_ms;
        let start = expires_at - LIFE;
        let record = json!({ "format": 2, "generation": 1, "value": value, "fetched_at": start,
            "first_seen": start, "age_known": true, "expires_at": expires_at, "grace_until": 0,
            "next_check": 0, "life": LIFE, "boot_id": "another boot", "offset": 0 });
        fs::write(self.path(kind), record.to_string()).unwrap();
        restrict(&self.path(kind), 0o600);
    }

    /// The value in the file of `kind`.
    pub fn read(&self, kind: &str) -> Option<Value> {
        serde_json::from_slice(&fs::read(self.path(kind)).ok()?).ok()
    }

    /// The file of `kind` (`token`, `ticket` or `failures`).
    pub fn path(&self, kind: &str) -> PathBuf {
        self.dir.join(format!("{}.{kind}.json", self.account))
    }
}

fn get(url: &str) -> Value {
    serde_json::from_reader(ureq::get(url).call().unwrap().into_body().into_reader()).unwrap()
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) {}

/// The name of an account's files, as src/credential/account.rs makes it.
fn account(parts: [&str; 4]) -> String {
    let mut hash = Sha1::new();
    hash.update(b"wxsign/1");
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut name = hex::encode(hash.finalize());
    name.truncate(20);
    name
}

//! The checks of the account and of this machine: settings, store, clock, network, credentials.

use std::time::Duration;

use serde_json::{Value, json};
use wxsign::{Client, Code, Error, Stored};

use super::{Check, Status};
use crate::settings::{Account, Settings};
use crate::sign;
use crate::web::{self, Web};

/// How far the clocks may differ before an answer's `Date` is a warning, in seconds.
const MAX_CLOCK_DIFFERENCE: i64 = 60;
/// What `createClient` asks if no host is named.
const HOSTS: [&str; 2] = ["https://api.weixin.qq.com", "https://api2.weixin.qq.com"];
const WORK_HOST: &str = "https://qyapi.weixin.qq.com";

/// What the client knows after it was asked for a token and a ticket.
pub(super) struct Facts {
    outcome: Option<Outcome>,
    /// With `classic`: what the store has.
    stored: Option<Stored>,
    pub(super) state: Option<Value>,
    build_failure: Option<Error>,
}

struct Outcome {
    token: Result<String, Error>,
    ticket: Result<String, Error>,
    /// The ticket of an app of 企业微信, which signs `wx.agentConfig`.
    agent_ticket: Option<Result<String, Error>>,
}

impl Facts {
    /// Asks for both credentials. With `classic` it only reads the store, because a new token would
    /// end the one that other programs use. Without an account it does nothing.
    pub(super) fn gather(settings: &Settings) -> Self {
        let mut facts = Self { outcome: None, stored: None, state: None, build_failure: None };
        if !settings.has_account() {
            return facts;
        }
        let client = match settings.client(Some(Duration::from_secs(12))) {
            Ok(client) => client,
            Err(crate::console::Failure::Call(error)) => {
                facts.build_failure = Some(error);
                return facts;
            }
            Err(_) => return facts,
        };
        if settings.is_classic {
            facts.stored = client.read_store().ok();
        } else {
            let ticket = client.ticket();
            let agent_ticket = settings.is_work().then(|| client.agent_ticket());
            facts.outcome = Some(Outcome { token: client.access_token(), ticket, agent_ticket });
        }
        facts.state = state(&client);
        client.close();
        facts
    }

    pub(super) fn ticket(&self) -> Option<String> {
        let fetched = self.outcome.as_ref().and_then(|outcome| outcome.ticket.as_ref().ok());
        fetched.or_else(|| self.stored.as_ref()?.ticket.as_ref()).cloned()
    }

    pub(super) fn agent_ticket(&self) -> Option<String> {
        self.outcome.as_ref()?.agent_ticket.as_ref()?.as_ref().ok().cloned()
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.state.as_ref()?.pointer(pointer)?.as_str()
    }
}

fn state(client: &Client) -> Option<Value> {
    serde_json::from_str(&client.state().ok()?.to_json()).ok()
}

/// 1: are the settings plausible?
pub(super) fn settings(settings: &Settings) -> Check {
    let check =
        |status, code, english: &str, chinese: &str| Check::new("settings", status, code, english, chinese);
    let Some(account) = &settings.account else {
        return check(Status::Skipped, "no_account", "WX_APP_ID is not set", "没有设置 WX_APP_ID").next(
            "Set WX_APP_ID (企业微信: WX_CORP_ID and WX_AGENT_ID) and WX_APP_SECRET (or WX_APP_SECRET_FILE), and run wxsign doctor again.",
            "设置 WX_APP_ID（企业微信：WX_CORP_ID 和 WX_AGENT_ID）以及 WX_APP_SECRET（或 WX_APP_SECRET_FILE）后重新运行 wxsign doctor。",
        );
    };
    let Some(secret) = &settings.secret else {
        return check(Status::Failure, "no_secret", "WX_APP_SECRET is not set", "没有设置 WX_APP_SECRET")
            .next(
                "Set WX_APP_SECRET, or WX_APP_SECRET_FILE with the path of a file that holds nothing else.",
                "设置 WX_APP_SECRET，或用 WX_APP_SECRET_FILE 指定只含 AppSecret 的文件。",
            );
    };
    match account {
        Account::Official { app_id } => official_settings(app_id, secret),
        Account::Work { corp_id, agent_id } => work_settings(corp_id, agent_id, secret),
    }
}

fn official_settings(app_id: &str, secret: &str) -> Check {
    let check =
        |status, code, english: &str, chinese: &str| Check::new("settings", status, code, english, chinese);
    if app_id.starts_with("gh_") {
        return check(
            Status::Failure,
            "app_id_malformed",
            "WX_APP_ID begins with gh_: that is the account's original id",
            "WX_APP_ID 以 gh_ 开头：那是原始 ID",
        )
        .next(
            "Copy the AppID: developers.weixin.qq.com/platform → 我的业务 → 公众号/服务号 → 基础信息.",
            "复制 AppID：微信开发者平台 → 我的业务 → 公众号/服务号 → 基础信息。",
        );
    }
    let is_hex =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_official = app_id.strip_prefix("wx").is_some_and(|digits| is_hex(digits, 16));
    if app_id.starts_with("ww") {
        return check(
            Status::Failure,
            "app_id_malformed",
            "WX_APP_ID begins with ww: that is a corpId of 企业微信",
            "WX_APP_ID 以 ww 开头：那是企业微信的 CorpID",
        )
        .next(
            "Set WX_CORP_ID and WX_AGENT_ID instead, and the app's Secret as WX_APP_SECRET.",
            "改为设置 WX_CORP_ID 和 WX_AGENT_ID，并把应用的 Secret 设为 WX_APP_SECRET。",
        );
    }
    if !is_official {
        return check(
            Status::Warning,
            "app_id_malformed",
            "WX_APP_ID is not wx followed by 16 hexadecimal digits",
            "WX_APP_ID 不是 wx 加 16 位十六进制",
        )
        .next("Compare it with the developer platform.", "请与微信开发者平台上的 AppID 核对。");
    }
    if !is_hex(secret, 32) {
        let length = secret.chars().count();
        return check(
            Status::Warning,
            "secret_malformed",
            &format!("the AppSecret has {length} characters, and should be 32 hexadecimal digits"),
            &format!("AppSecret 有 {length} 个字符，应为 32 位十六进制"),
        )
        .next("Look for a truncated or quoted value.", "检查是否被截断或带了引号。");
    }
    check(Status::Ok, "ok", "appId and AppSecret have the right form", "appId 和 AppSecret 的格式正确")
}

fn work_settings(corp_id: &str, agent_id: &str, secret: &str) -> Check {
    let check =
        |status, code, english: &str, chinese: &str| Check::new("settings", status, code, english, chinese);
    if !corp_id.starts_with("ww") && !corp_id.starts_with("wx") {
        return check(
            Status::Warning,
            "corp_id_malformed",
            "WX_CORP_ID does not begin with ww",
            "WX_CORP_ID 不是以 ww 开头",
        )
        .next(
            "Copy it: work.weixin.qq.com → 我的企业 → 企业信息 → 企业ID.",
            "复制企业 ID：企业微信管理后台 → 我的企业 → 企业信息 → 企业ID。",
        );
    }
    if !agent_id.bytes().all(|byte| byte.is_ascii_digit()) {
        return check(
            Status::Warning,
            "agent_id_malformed",
            "WX_AGENT_ID is not a number",
            "WX_AGENT_ID 不是数字",
        )
        .next(
            "Copy it: work.weixin.qq.com → 应用管理 → the app → AgentId.",
            "复制 AgentId：企业微信管理后台 → 应用管理 → 该应用 → AgentId。",
        );
    }
    let length = secret.chars().count();
    if length != 43 {
        return check(
            Status::Warning,
            "secret_malformed",
            &format!("the Secret has {length} characters, and should have 43"),
            &format!("Secret 有 {length} 个字符，应为 43 个"),
        )
        .next(
            "Take the Secret of this app (应用管理 → the app → Secret), not that of 通讯录 or of a 公众号.",
            "请使用该应用的 Secret（应用管理 → 该应用 → Secret），不是通讯录或公众号的。",
        );
    }
    check(
        Status::Ok,
        "ok",
        "corpId, agentId and Secret have the right form",
        "corpId、agentId 和 Secret 的格式正确",
    )
}

/// 2: can the store be used, and does its lock exclude other processes?
pub(super) fn store(facts: &Facts) -> Check {
    let check =
        |status, code, english: &str, chinese: &str| Check::new("store", status, code, english, chinese);
    if let Some(error) = &facts.build_failure {
        return Check::of_error("store", error);
    }
    let (Some(kind), Some(lock)) = (facts.text("/store"), facts.text("/lock")) else {
        return check(Status::Skipped, "no_account", "no client", "没有客户端");
    };
    if let Some(why) = facts.text("/storeFailure") {
        return check(Status::Failure, "STORE", why, why).next(
            "Name a directory that this user owns in WXSIGN_STORE; wxsign creates it.",
            "用 WXSIGN_STORE 指定一个属于当前用户的目录，wxsign 会自动创建。",
        );
    }
    let (english, chinese) = (format!("{kind}, lock: {lock}"), format!("{kind}，锁：{lock}"));
    if lock == "none" {
        return check(Status::Warning, "no_lock", &english, &chinese).next(
            "The file system has no reliable lock: processes may fetch at the same time. Use a local disk or Redis.",
            "该文件系统没有可靠的锁，多个进程可能同时请求。请改用本地磁盘或 Redis。",
        );
    }
    check(Status::Ok, "ok", &english, &chinese)
}

/// 3: is this machine's clock right?
pub(super) fn clock(settings: &Settings, web: &Web) -> Check {
    let check =
        |status, code, english: &str, chinese: &str| Check::new("clock", status, code, english, chinese);
    let answer = hosts(settings).first().and_then(|host| web.get(&format!("{host}/")).ok());
    let Some(server) = answer.and_then(|answer| answer.date).and_then(|date| web::http_date(&date)) else {
        return check(Status::Skipped, "no_date", "no answer with a Date", "没有收到带 Date 的响应");
    };
    let difference = i64::try_from(sign::now()).unwrap_or(i64::MAX) - server;
    let (english, chinese) =
        (format!("{difference} s from the server's"), format!("与服务器相差 {difference} 秒"));
    if difference.abs() > MAX_CLOCK_DIFFERENCE {
        return check(Status::Warning, "clock_wrong", &english, &chinese)
            .next("Turn on NTP (timedatectl set-ntp true).", "打开时间同步（timedatectl set-ntp true）。");
    }
    check(Status::Ok, "ok", &english, &chinese)
}

/// 4: can WeChat's hosts be reached?
pub(super) fn network(settings: &Settings, web: &Web) -> Check {
    let check =
        |status, code, english: &str, chinese: &str| Check::new("network", status, code, english, chinese);
    let hosts = hosts(settings);
    let failures: Vec<_> =
        hosts.iter().filter_map(|host| Some((host, web.get(&format!("{host}/")).err()?))).collect();
    let proxy = if settings.proxy.is_some() { " (WX_PROXY)" } else { "" };
    let Some((host, why)) = failures.first() else {
        let list = hosts.join(", ");
        return check(
            Status::Ok,
            "ok",
            &format!("{list} can be reached{proxy}"),
            &format!("{list} 可以访问{proxy}"),
        );
    };
    let is_all = failures.len() == hosts.len();
    let status = if is_all { Status::Failure } else { Status::Warning };
    let check = check(status, "NETWORK", &format!("{host}: {why}{proxy}"), &format!("{host}：{why}{proxy}"));
    if let (Some(name), None) = (settings.other_proxy, &settings.proxy) {
        return check.next(
            &format!("{name} is set, and wxsign does not read it: set WX_PROXY (the option proxy)."),
            &format!("设置了 {name}，但 wxsign 不读取它：请设置 WX_PROXY（选项 proxy）。"),
        );
    }
    check.next(
        &format!("Check DNS, the firewall and the proxy; then: curl -v {host}/"),
        &format!("检查 DNS、防火墙和代理，然后运行：curl -v {host}/"),
    )
}

fn hosts(settings: &Settings) -> Vec<String> {
    if settings.base_urls.is_empty() {
        return if settings.is_work() {
            vec![WORK_HOST.to_owned()]
        } else {
            HOSTS.map(str::to_owned).to_vec()
        };
    }
    settings.base_urls.iter().map(|url| url.trim_end_matches('/').to_owned()).collect()
}

/// Why neither credential was asked for, or the outcome.
fn outcome<'a>(name: &'static str, settings: &Settings, facts: &'a Facts) -> Result<&'a Outcome, Box<Check>> {
    let check = |code, english: &str, chinese: &str| {
        Box::new(Check::new(name, Status::Skipped, code, english, chinese))
    };
    if settings.is_classic && settings.has_account() {
        return Err(Box::new(stored(name, facts)));
    }
    facts.outcome.as_ref().ok_or_else(|| check("no_account", "no account", "没有账号"))
}

/// With `classic`: the credential that the store has, and the failure that another process has
/// recorded.
fn stored(name: &'static str, facts: &Facts) -> Check {
    let check = |status, code, english: &str, chinese: &str| Check::new(name, status, code, english, chinese);
    let failure = facts.stored.as_ref().and_then(|stored| match name {
        "token" => stored.token_failure.as_ref(),
        "ticket" => stored.ticket_failure.as_ref(),
        _ => None,
    });
    if let Some(error) = failure {
        return Check::of_error(name, error);
    }
    if name == "quota" {
        return check(
            Status::Skipped,
            "classic",
            "WX_TOKEN_API=classic: the quota needs a token, and none is fetched",
            "WX_TOKEN_API=classic：查询额度需要 token，而 doctor 不会去获取",
        );
    }
    let remaining = facts.state.as_ref().and_then(|state| state.pointer(&format!("/{name}/remainingMs")));
    match remaining.and_then(Value::as_i64) {
        Some(remaining) if remaining > 0 => {
            let minutes = remaining / 60_000;
            let (english, chinese) = (
                format!("in the store, for {minutes} more minutes"),
                format!("存储中有，还有 {minutes} 分钟"),
            );
            check(Status::Ok, "stored", &english, &chinese)
        }
        _ => check(
            Status::Skipped,
            "not_stored",
            "the store has none; with WX_TOKEN_API=classic none is fetched, because that would end the token of \
             other programs",
            "存储中没有；WX_TOKEN_API=classic 时不去获取，否则其他程序的 token 会失效",
        ),
    }
}

/// 5: does WeChat give a token?
pub(super) fn token(settings: &Settings, facts: &Facts) -> Check {
    match outcome("token", settings, facts).map(|outcome| &outcome.token) {
        Err(skipped) => *skipped,
        Ok(Err(error)) => Check::of_error("token", error),
        Ok(Ok(_)) => {
            Check::new("token", Status::Ok, "ok", "WeChat gives an access_token", "可以取得 access_token")
        }
    }
}

/// 6: does WeChat give a ticket, and of the right kind?
pub(super) fn ticket(settings: &Settings, facts: &Facts) -> Check {
    let outcome = match outcome("ticket", settings, facts) {
        Err(skipped) => return *skipped,
        Ok(outcome) => outcome,
    };
    let ticket = match (&outcome.ticket, &outcome.agent_ticket) {
        (Err(error), _) | (_, Some(Err(error))) => return Check::of_error("ticket", error),
        (Ok(ticket), _) => ticket,
    };
    let check =
        |status, code, english: &str, chinese: &str| Check::new("ticket", status, code, english, chinese);
    if ticket.len() != 86 {
        return check(
            Status::Warning,
            "ticket_shape",
            &format!("the ticket has {} characters, and a jsapi_ticket has 86", ticket.len()),
            &format!("ticket 有 {} 个字符，jsapi_ticket 应为 86 个", ticket.len()),
        )
        .next(
            "Is WX_BASE_URL a stand-in or a relay? Then this is no fault.",
            "WX_BASE_URL 是替身或转发服务吗？如果是，可以忽略。",
        );
    }
    let known =
        facts.state.as_ref().and_then(|state| state.pointer("/ticket/ageKnown")).and_then(Value::as_bool);
    let (english, chinese) = match known {
        Some(false) => (
            "WeChat gives a ticket of unknown age; wxsign asks again until it changes",
            "可以取得 ticket，但签发时间未知，wxsign 会定期重新获取",
        ),
        _ if settings.is_work() => {
            ("企业微信 gives the corp's ticket and the app's ticket", "可以取得企业和应用的 jsapi_ticket")
        }
        _ => ("WeChat gives a jsapi_ticket", "可以取得 jsapi_ticket"),
    };
    check(Status::Ok, "ok", english, chinese)
}

/// 7: how much of today's quota is left? Only on request, because it costs a call.
pub(super) fn quota(settings: &Settings, facts: &Facts, web: &Web, is_wanted: bool) -> Check {
    let check =
        |status, code, english: &str, chinese: &str| Check::new("quota", status, code, english, chinese);
    if !is_wanted {
        return check(
            Status::Skipped,
            "not_asked",
            "--quota asks for it (one call)",
            "用 --quota 查询（消耗一次调用）",
        );
    }
    if settings.is_work() {
        return check(
            Status::Skipped,
            "no_interface",
            "企业微信 has no interface for quotas",
            "企业微信没有查询额度的接口",
        );
    }
    let token = match outcome("quota", settings, facts).map(|outcome| &outcome.token) {
        Err(skipped) => return *skipped,
        Ok(Err(error)) => return Check::of_error("quota", error),
        Ok(Ok(token)) => token,
    };
    let host = hosts(settings).into_iter().next().unwrap_or_default();
    let mut lists = (Vec::new(), Vec::new());
    let mut is_low = false;
    let token_path = if settings.is_classic { "/cgi-bin/token" } else { "/cgi-bin/stable_token" };
    for path in ["/cgi-bin/ticket/getticket", token_path] {
        let (limit, remain) = match quota_of(&host, token, path, web) {
            Ok(found) => found,
            Err(why) => return check(Status::Warning, "no_quota", &why, &why),
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        lists.0.push(format!("{name}: {remain} of {limit} left today"));
        lists.1.push(format!("{name}：今日剩余 {remain} / {limit}"));
        is_low |= remain.saturating_mul(10) < limit;
    }
    let (english, chinese) = (lists.0.join("; "), lists.1.join("；"));
    if is_low {
        return check(Status::Warning, "QUOTA_EXCEEDED", &english, &chinese).next(
            "Look for a program that does not cache its ticket; the quota is reset at midnight in Beijing.",
            "找出没有缓存 ticket 的程序；额度在北京时间零点重置。",
        );
    }
    check(Status::Ok, "ok", &english, &chinese)
}

/// Today's limit of an interface and what is left of it, or why that is not known.
fn quota_of(host: &str, token: &str, path: &str, web: &Web) -> Result<(i64, i64), String> {
    let url = format!("{host}/cgi-bin/openapi/quota/get?access_token={token}");
    // The failure's text could contain the address, and with it the token.
    let answer =
        web.post(&url, &json!({"cgi_path": path}).to_string()).map_err(|_| "no answer".to_owned())?;
    let value: Value = serde_json::from_str(&answer.body).map_err(|_| "the answer is not JSON".to_owned())?;
    let number = |name| value.pointer(&format!("/quota/{name}")).and_then(Value::as_i64);
    let found = number("daily_limit").zip(number("remain"));
    let errcode = || value.get("errcode").and_then(Value::as_i64).unwrap_or_default();
    found.ok_or_else(|| format!("errcode {}", errcode()))
}

/// 8: does another program end our tokens?
pub(super) fn other_programs(settings: &Settings, facts: &Facts) -> Check {
    let check = |status, code, english: &str, chinese: &str| {
        Check::new("other_programs", status, code, english, chinese)
    };
    let Some(outcome) = &facts.outcome else {
        return check(Status::Skipped, "not_asked", "no token was asked for", "没有请求 token");
    };
    let is_invalidated = outcome.ticket.as_ref().is_err_and(|error| error.code() == Code::TokenInvalidated);
    let failures = facts.state.as_ref().and_then(|state| state.get("failures")).and_then(Value::as_object);
    let was_refused = outcome.token.is_ok()
        && failures.is_some_and(|failures| {
            ["40001", "40014", "42001"].iter().any(|code| failures.contains_key(*code))
        });
    let status = if is_invalidated { Status::Failure } else { Status::Warning };
    if (is_invalidated || was_refused) && settings.is_work() {
        return check(
            status,
            "TOKEN_INVALIDATED",
            "企业微信 refused a token that it had just given",
            "刚取得的 token 就被企业微信拒绝",
        )
        .next(
            "Look whether the app was disabled, or its Secret was reset: 应用管理 → the app.",
            "检查应用是否被停用，或 Secret 是否被重置：应用管理 → 该应用。",
        );
    }
    if is_invalidated || was_refused {
        return check(
            status,
            "TOKEN_INVALIDATED",
            "WeChat refused a token that it had just given: another program replaces it",
            "刚取得的 token 就被微信拒绝：有其他程序在刷新它",
        )
        .next(
            "Let every program of this account use stable_token (the default of wxsign), or one shared store.",
            "让该账号的所有程序都用 stable_token（wxsign 的默认方式），或共用一个存储。",
        );
    }
    check(Status::Ok, "ok", "no token was refused", "没有 token 被拒绝")
}

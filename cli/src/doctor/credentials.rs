//! The checks of token, ticket and quota, and of programs that end each other's tokens.

use serde_json::{Value, json};
use wxsign::{Code, doctor};

use super::facts::{Facts, Outcome};
use super::machine::hosts;
use super::{Check, Status};
use crate::settings::Settings;
use crate::web::Web;

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
            let (old, old_zh) = age(name, facts);
            let (english, chinese) = (
                format!("in the store, {old}, for {minutes} more minutes"),
                format!("存储中有，{old_zh}，还有 {minutes} 分钟"),
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

/// How old the credential is.
fn age(name: &str, facts: &Facts) -> (String, String) {
    let age = facts.state.as_ref().and_then(|state| state.pointer(&format!("/{name}/ageMs")));
    match age.and_then(Value::as_i64).unwrap_or_default() / 1_000 {
        seconds @ ..120 => (format!("{seconds} seconds old"), format!("{seconds} 秒前取得")),
        seconds => (format!("{} minutes old", seconds / 60), format!("{} 分钟前取得", seconds / 60)),
    }
}

/// The finding, and that no request was made if the store had the credential: WeChat may have ended
/// it since.
fn with_origin(name: &str, facts: &Facts, english: &str, chinese: &str) -> (String, String) {
    if facts.text(&format!("/{name}/source")) != Some("store") {
        return (english.to_owned(), chinese.to_owned());
    }
    let (old, old_zh) = age(name, facts);
    (format!("{english}; it comes from the store and is {old}"), format!("{chinese}；来自存储，{old_zh}"))
}

/// 5: does WeChat give a token?
pub(super) fn token(settings: &Settings, facts: &Facts) -> Check {
    match outcome("token", settings, facts).map(|outcome| &outcome.token) {
        Err(skipped) => *skipped,
        Ok(Err(error)) => Check::of_error("token", error),
        Ok(Ok(_)) => {
            let (english, chinese) =
                with_origin("token", facts, "there is an access_token", "可以取得 access_token");
            Check::new("token", Status::Ok, "ok", &english, &chinese)
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
            "WX_BASE_URL 指向模拟服务或中转服务吗？如果是，可以忽略。",
        );
    }
    let known =
        facts.state.as_ref().and_then(|state| state.pointer("/ticket/ageKnown")).and_then(Value::as_bool);
    let (english, chinese) = match known {
        Some(false) => (
            "there is a ticket of unknown age; wxsign asks again until it changes",
            "可以取得 ticket，但签发时间未知，wxsign 会定期重新获取",
        ),
        _ if settings.is_work() => {
            ("there are the corp's ticket and the app's ticket", "可以取得企业和应用的 jsapi_ticket")
        }
        _ => ("there is a jsapi_ticket", "可以取得 jsapi_ticket"),
    };
    let (english, chinese) = with_origin("ticket", facts, english, chinese);
    check(Status::Ok, "ok", &english, &chinese)
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
    let host = match hosts(settings) {
        Ok(hosts) => hosts.into_iter().next().unwrap_or_default(),
        Err(error) => return Check::of_error("quota", &error),
    };
    let mut lists = (Vec::new(), Vec::new());
    let mut is_low = false;
    let token_path = if settings.is_classic { "/cgi-bin/token" } else { "/cgi-bin/stable_token" };
    for path in ["/cgi-bin/ticket/getticket", token_path] {
        let (limit, remain) = match quota_of(&host, token, path, web) {
            Ok(found) => found,
            Err((english, chinese)) => return check(Status::Warning, "no_quota", &english, &chinese),
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
fn quota_of(host: &str, token: &str, path: &str, web: &Web) -> Result<(i64, i64), (String, String)> {
    let why = |english: &str, chinese: &str| (english.to_owned(), chinese.to_owned());
    let url = format!("{host}/cgi-bin/openapi/quota/get?access_token={token}");
    // The failure's text could contain the address, and with it the token.
    let answer =
        web.post(&url, &json!({"cgi_path": path}).to_string()).map_err(|_| why("no answer", "没有响应"))?;
    let value: Value =
        serde_json::from_str(&answer.body).map_err(|_| why("the answer is not JSON", "响应不是 JSON"))?;
    let number = |pointer| value.pointer(pointer).and_then(doctor::integer);
    let found = number("/quota/daily_limit").zip(number("/quota/remain"));
    found.ok_or_else(|| match number("/errcode") {
        Some(errcode) if errcode != 0 => (format!("errcode {errcode}"), format!("errcode {errcode}")),
        _ => why("the answer has no quota in whole numbers", "响应里没有整数的额度"),
    })
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

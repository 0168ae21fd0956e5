//! The checks of this machine: its store, its clock, its way to WeChat.

use wxsign::doctor;

use super::facts::Facts;
use super::{Check, Status};
use crate::settings::Settings;
use crate::sign;
use crate::web::{self, Web};

/// How far the clocks may differ before an answer's `Date` is a warning, in seconds.
const MAX_CLOCK_DIFFERENCE: i64 = 60;

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
            "Do as the line above says, or name another directory or a Redis in WXSIGN_STORE.",
            "请按上一行的建议处理，或用 WXSIGN_STORE 指定其他目录或 Redis。",
        );
    }
    let (name, name_zh) = match kind {
        "file" => ("files", "文件"),
        "redis" => ("Redis", "Redis"),
        _ => ("memory", "内存"),
    };
    let (scope, scope_zh) = match lock {
        "file" => ("covers all processes of this machine", "对本机所有进程有效"),
        "redis" => ("covers all clients of this Redis", "对这个 Redis 的所有客户端有效"),
        "process" => ("covers this process alone", "只对本进程有效"),
        _ => ("does not work", "不可用"),
    };
    let (english, chinese) = (format!("{name}; the lock {scope}"), format!("{name_zh}；锁{scope_zh}"));
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
    let host = hosts(settings).ok().and_then(|hosts| hosts.into_iter().next());
    let answer = host.and_then(|host| web.get(&format!("{host}/")).ok());
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
    let hosts = match hosts(settings) {
        Ok(hosts) => hosts,
        Err(error) => return Check::of_error("network", &error),
    };
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

/// The addresses that the client asks, without the `/cgi-bin` of its interfaces.
pub(super) fn hosts(settings: &Settings) -> Result<Vec<String>, wxsign::Error> {
    let urls = doctor::base_urls(&settings.base_urls, settings.is_work())?;
    Ok(urls.iter().map(|url| url.trim_end_matches("/cgi-bin").to_owned()).collect())
}

//! The first check: the form of the account's settings.

use super::{Check, Status};
use crate::settings::{Account, Settings};

/// 1: are the settings plausible?
pub(super) fn check(settings: &Settings) -> Check {
    let check =
        |status, code, english: &str, chinese: &str| Check::new("settings", status, code, english, chinese);
    let Some(account) = &settings.account else {
        return check(Status::Skipped, "no_account", "WX_APP_ID is not set", "没有设置 WX_APP_ID").next(
            "Set WX_APP_ID (WX_CORP_ID and WX_AGENT_ID for 企业微信 apps) and WX_APP_SECRET (or WX_APP_SECRET_FILE), and run wxsign doctor again.",
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
            "Take the Secret of this app under 应用管理 → the app → Secret, not that of 通讯录 or of a 公众号.",
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

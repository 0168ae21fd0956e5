//! What to do next, in English and Chinese, for each code and for the errcodes that deserve words of their own.

use super::Code;

/// The hint for a failure: English, then Chinese.
pub(super) fn of(code: Code, errcode: Option<i64>) -> (&'static str, &'static str) {
    errcode.and_then(|errcode| for_errcode(code, errcode)).unwrap_or_else(|| for_code(code))
}

fn for_errcode(code: Code, errcode: i64) -> Option<(&'static str, &'static str)> {
    Some(match (code, errcode) {
        (Code::CredentialRejected, 40013) => (
            "The appId is wrong: copy it from the account's console (Settings and Development > Basic Configuration).",
            "appId 不正确:请到公众号后台「设置与开发 > 基本配置」重新复制。",
        ),
        (Code::CredentialRejected, 40001 | 40125) => (
            "The AppSecret is wrong or belongs to another appId: copy or reset it in the account's console.",
            "AppSecret 错误或不属于该 appId:请到公众号后台核对或重置。",
        ),
        (Code::CredentialRejected, 40243) => (
            "The AppSecret is frozen: unfreeze it in the account's console.",
            "AppSecret 已被冻结:请到公众号后台解冻。",
        ),
        (Code::CredentialRejected, 41002 | 41004) => {
            ("The appId or the AppSecret is empty: set both.", "appId 或 AppSecret 为空:请同时配置二者。")
        }
        (Code::IpNotAllowed, 89501 | 89503 | 89506 | 89507) => (
            "The account's admin must confirm this machine's IP address; wxsign asks again once an hour.",
            "需要公众号管理员确认本机 IP;wxsign 每小时重试一次。",
        ),
        (Code::PermissionDenied, 48001) => (
            "The account lacks this permission: JS-SDK needs a verified account with the interface enabled.",
            "该账号没有此接口权限:JS-SDK 需要已认证且已开通接口的公众号。",
        ),
        (Code::PermissionDenied, 48004 | 50002) => (
            "The interface or the account is banned or limited: see the notices in the account's console.",
            "接口被封禁或账号受限:请查看公众号后台的通知。",
        ),
        (Code::QuotaExceeded, 45011) => {
            ("Too many calls this minute: wait a minute.", "本分钟调用过于频繁:请等待一分钟。")
        }
        (Code::UpstreamRejected, 48017) => (
            "A retired fixed IP address was used: remove the entry for api.weixin.qq.com from the hosts file.",
            "使用了已下线的固定 IP:请删除 hosts 文件中 api.weixin.qq.com 的条目。",
        ),
        (Code::UpstreamRejected, 43002 | 43003) => (
            "baseUrl leads to something that changes the request (POST or https was lost): check proxies.",
            "baseUrl 指向的服务改变了请求方法或协议(要求 POST/https):请检查代理。",
        ),
        _ => return None,
    })
}

fn for_code(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::InvalidArgument => {
            ("Correct the option or parameter that the message names.", "请修正错误信息中指出的选项或参数。")
        }
        Code::InvalidUrl => (
            "Pass the page's own location.href; when a page sends it, use encodeURIComponent.",
            "请传入页面自身的 location.href;由页面传来时请使用 encodeURIComponent 编码。",
        ),
        Code::HostNotAllowed => (
            "Add the page's host to allowedHosts if the page is yours.",
            "如果该页面属于你,请把它的域名加入 allowedHosts。",
        ),
        Code::CredentialRejected => (
            "Check the appId and the AppSecret in the account's console.",
            "请在公众号后台核对 appId 与 AppSecret。",
        ),
        Code::IpNotAllowed => (
            "Add this machine's public IP address to the account's IP whitelist; it takes effect within minutes.",
            "请把本机公网 IP 加入公众号后台的「IP 白名单」,几分钟内生效。",
        ),
        Code::PermissionDenied => (
            "The account may not use this interface: check its permissions in the console.",
            "该账号无权使用此接口:请在公众号后台检查接口权限。",
        ),
        Code::QuotaExceeded => (
            "The quota of calls is used up: wait until it resets, and let all processes share one store.",
            "接口调用次数已用完:请等待重置,并让所有进程共用同一个 store。",
        ),
        Code::TokenInvalidated => (
            "Another service refreshed the access token: let it use stable_token, or hand over its current token.",
            "access_token 已被其他服务刷新:请让其改用 stable_token,或传入其当前的 token。",
        ),
        Code::UpstreamBusy => {
            ("WeChat is busy: wxsign tries again by itself.", "微信服务繁忙:wxsign 会自动重试。")
        }
        Code::UpstreamRejected => (
            "Look the errcode up in WeChat's documentation and give the rid to Tencent's support.",
            "请在微信文档中查询该 errcode,并把 rid 提供给微信客服。",
        ),
        Code::BadResponse => (
            "The answer is not WeChat's: check baseUrl, proxies and captive portals.",
            "返回内容不是微信的应答:请检查 baseUrl、代理与网络认证页面。",
        ),
        Code::NotReady => (
            "Wait for the asynchronous call once before asking without waiting.",
            "请先完成一次异步调用,再使用不等待的调用。",
        ),
        Code::Network => (
            "Check DNS, the firewall and the proxy of this machine, and that baseUrl is right.",
            "请检查本机的 DNS、防火墙与代理,并确认 baseUrl 正确。",
        ),
        Code::Timeout => (
            "The service is slow: try again, or allow a longer timeout.",
            "服务响应过慢:请重试或加长超时时间。",
        ),
        Code::Store => (
            "Name a dir for the store that you own and that no one else may write to (mode 0700).",
            "请为 store 指定一个归你所有且他人不可写的目录(权限 0700)。",
        ),
        Code::Closed => ("Make a new client: this one was closed.", "该 client 已关闭:请新建一个。"),
        Code::Aborted => {
            ("The caller gave up waiting; call again when needed.", "调用方已放弃等待;需要时请重新调用。")
        }
        Code::Forked => (
            "Make a new client after fork; signing itself goes on working.",
            "fork 之后请新建 client;签名函数仍可使用。",
        ),
        Code::Internal => (
            "This is a defect of wxsign: please report it with the message.",
            "这是 wxsign 的缺陷:请附上错误信息反馈给我们。",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_says_what_to_do_next_in_two_languages() {
        for &code in Code::ALL {
            let (en, zh) = of(code, None);
            assert!(en.is_ascii() && en.len() > 20 && en.ends_with('.'), "{code}: {en}");
            assert!(
                zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) && zh.ends_with('。'),
                "{code}: {zh}"
            );
        }
    }

    #[test]
    fn an_errcode_of_its_own_changes_the_advice_but_never_another_code() {
        assert_ne!(of(Code::CredentialRejected, Some(40013)), of(Code::CredentialRejected, Some(40125)));
        assert_eq!(of(Code::TokenInvalidated, Some(40001)), of(Code::TokenInvalidated, None));
    }
}

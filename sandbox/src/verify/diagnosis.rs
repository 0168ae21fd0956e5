//! The usual mistakes behind an invalid signature, with hints in English and Chinese.

/// The mistake behind a signature that a page sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Diagnosis {
    AppidHashedIn,
    FragmentKept,
    UrlReserialised,
    TicketUndefined,
    UrlEncoded,
    UrlDecoded,
    AmpEntity,
    NonceStrKey,
    DeadTicket,
    OtherAppTicket,
    CardTicket,
    AgentTicket,
    CorpTicket,
    JsapiTicket,
    UntrustedDomain,
    TimestampMilliseconds,
    UnknownApp,
    NoTicket,
    MissingParameter,
    Unknown,
}

impl Diagnosis {
    /// For tests and programs.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// What to do, in English.
    pub fn hint(self) -> &'static str {
        self.row().1
    }

    /// What to do, in Chinese.
    pub fn hint_zh(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (&'static str, &'static str, &'static str) {
        let row = TABLE.iter().find(|row| row.0 == self);
        row.map_or(("unknown", "", ""), |row| (row.1, row.2, row.3))
    }
}

/// Each diagnosis with its name and its hints.
const TABLE: [(Diagnosis, &str, &str, &str); 20] = [
    (
        Diagnosis::AppidHashedIn,
        "appid_hashed_in",
        "The appId was hashed in. Sign jsapi_ticket, noncestr, timestamp and url, nothing else.",
        "签名里混入了 appId。只应对 jsapi_ticket、noncestr、timestamp、url 四个字段签名。",
    ),
    (
        Diagnosis::FragmentKept,
        "fragment_kept",
        "The fragment was signed too. Cut the url at the first '#'.",
        "url 带着 # 后面的部分一起签名了。应从第一个 # 处截断。",
    ),
    (
        Diagnosis::UrlReserialised,
        "url_reserialised",
        "A '/' after the host was added or lost. Sign location.href as it is, never through a URL parser.",
        "域名后面的斜杠被加上或丢掉了。应对 location.href 原样签名，不要经过 URL 解析器再拼回来。",
    ),
    (
        Diagnosis::TicketUndefined,
        "ticket_undefined",
        "The ticket was a placeholder such as the text \"undefined\". Wait for the ticket before signing.",
        "参与签名的 ticket 是 \"undefined\" 之类的占位文字。应等拿到 ticket 之后再签名。",
    ),
    (
        Diagnosis::UrlEncoded,
        "url_encoded",
        "The url was signed in percent-encoded form. Decode the parameter once before signing.",
        "对编码过的 url 签名了。签名前应把参数解码一次（decodeURIComponent）。",
    ),
    (
        Diagnosis::UrlDecoded,
        "url_decoded",
        "The url was decoded once too often. Send it through encodeURIComponent and decode it once.",
        "url 多解码了一次。页面上传时用 encodeURIComponent，服务端只解码一次。",
    ),
    (
        Diagnosis::AmpEntity,
        "amp_entity",
        "The url was signed with \"&amp;\" for \"&\": an HTML or XSS filter changed it.",
        "url 里的 & 变成了 &amp;：被 HTML 转义或 XSS 过滤器改动了。",
    ),
    (
        Diagnosis::NonceStrKey,
        "nonceStr_key",
        "The key in the signed text was nonceStr. It is noncestr there, and nonceStr in wx.config only.",
        "签名串里的键写成了 nonceStr。签名串里应全小写 noncestr，只有 wx.config 里才用 nonceStr。",
    ),
    (
        Diagnosis::DeadTicket,
        "dead_ticket",
        "The ticket has expired or was replaced. Check how the ticket is cached.",
        "用了已经过期或已被替换的 ticket。请检查 ticket 的缓存。",
    ),
    (
        Diagnosis::OtherAppTicket,
        "other_app_ticket",
        "The ticket belongs to another appId than the one in wx.config.",
        "ticket 属于另一个公众号，与 wx.config 里的 appId 不一致。",
    ),
    (
        Diagnosis::CardTicket,
        "card_ticket",
        "The ticket is of type wx_card. Ask getticket for type=jsapi.",
        "用了卡券的 ticket（type=wx_card）。应取 type=jsapi 的 ticket。",
    ),
    (
        Diagnosis::AgentTicket,
        "agent_ticket",
        "The ticket is the app's (agent_config). wx.config needs the corp's, from get_jsapi_ticket.",
        "用了应用的 ticket（agent_config）。wx.config 应使用 get_jsapi_ticket 取得的企业 ticket。",
    ),
    (
        Diagnosis::CorpTicket,
        "corp_ticket",
        "The ticket is the corp's. wx.agentConfig needs the app's, from ticket/get?type=agent_config.",
        "用了企业的 ticket。wx.agentConfig 应使用 ticket/get?type=agent_config 取得的应用 ticket。",
    ),
    (
        Diagnosis::JsapiTicket,
        "jsapi_ticket",
        "The ticket is for pages. Cards and invoices need the one of type=wx_card.",
        "用了页面签名的 ticket。卡券和发票应使用 type=wx_card 的 ticket。",
    ),
    (
        Diagnosis::UntrustedDomain,
        "untrusted_domain",
        "The page's host is not on the list: JS接口安全域名 of the account, 可信域名 of the app.",
        "页面域名不在名单里：公众号的 JS接口安全域名，企业微信应用的可信域名。",
    ),
    (
        Diagnosis::TimestampMilliseconds,
        "timestamp_milliseconds",
        "The timestamp is in milliseconds. Use seconds, the same in the signature and in wx.config.",
        "timestamp 用了毫秒。应使用秒，并且签名与 wx.config 里保持一致。",
    ),
    (
        Diagnosis::UnknownApp,
        "unknown_app",
        "The sandbox has no such account: check appId, or corpid and agentid.",
        "沙箱里没有这个账号：请检查 appId，或 corpid 与 agentid。",
    ),
    (
        Diagnosis::NoTicket,
        "no_ticket",
        "No ticket of this account has been fetched yet.",
        "这个账号还没有取过 ticket。",
    ),
    (
        Diagnosis::MissingParameter,
        "missing_parameter",
        "Needed: url, timestamp, nonceStr, signature, and appId or corpid with agentid.",
        "url、timestamp、nonceStr、signature、appId（或 corpid 和 agentid）缺一不可。",
    ),
    (
        Diagnosis::Unknown,
        "unknown",
        "None of the usual mistakes. Compare url, nonceStr and timestamp of the signature with those of the page.",
        "不属于常见错误。请逐一核对签名用的 url、nonceStr、timestamp 与页面上的是否一致。",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_diagnosis_has_its_own_row() {
        for (diagnosis, name, hint, hint_zh) in TABLE {
            assert_eq!((diagnosis.name(), diagnosis.hint(), diagnosis.hint_zh()), (name, hint, hint_zh));
            assert!(hint.ends_with('.') && hint_zh.ends_with('。'), "{name}");
        }
    }
}

//! The usual mistakes behind an invalid signature, with hints in English and Chinese.

/// Which mistake gives the signature that a page sent.
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
        match self {
            Self::AppidHashedIn => (
                "appid_hashed_in",
                "The appId was hashed in. Sign jsapi_ticket, noncestr, timestamp and url, nothing else.",
                "签名里混入了 appId。只应对 jsapi_ticket、noncestr、timestamp、url 四个字段签名。",
            ),
            Self::FragmentKept => (
                "fragment_kept",
                "The fragment was signed too. Cut the url at the first '#'.",
                "url 带着 # 后面的部分一起签名了。应从第一个 # 处截断。",
            ),
            Self::UrlReserialised => (
                "url_reserialised",
                "A '/' after the host was added or lost. Sign location.href as it is, never through a URL parser.",
                "域名后面的斜杠被加上或丢掉了。应对 location.href 原样签名，不要经过 URL 解析器再拼回来。",
            ),
            Self::TicketUndefined => (
                "ticket_undefined",
                "The ticket was a placeholder such as the text \"undefined\". Wait for the ticket before signing.",
                "参与签名的 ticket 是 \"undefined\" 之类的占位文字。应等拿到 ticket 之后再签名。",
            ),
            Self::UrlEncoded => (
                "url_encoded",
                "The url was signed in percent-encoded form. Decode the parameter once before signing.",
                "对编码过的 url 签名了。签名前应把参数解码一次（decodeURIComponent）。",
            ),
            Self::UrlDecoded => (
                "url_decoded",
                "The url was decoded once too often. Send it through encodeURIComponent and decode it once.",
                "url 多解码了一次。页面上传时用 encodeURIComponent，服务端只解码一次。",
            ),
            Self::AmpEntity => (
                "amp_entity",
                "The url was signed with \"&amp;\" for \"&\": an HTML or XSS filter changed it.",
                "url 里的 & 变成了 &amp;：被 HTML 转义或 XSS 过滤器改动了。",
            ),
            Self::NonceStrKey => (
                "nonceStr_key",
                "The key in the signed text was nonceStr. It is noncestr there, and nonceStr in wx.config only.",
                "签名串里的键写成了 nonceStr。签名串里应全小写 noncestr，只有 wx.config 里才用 nonceStr。",
            ),
            Self::DeadTicket => (
                "dead_ticket",
                "The ticket has expired or was replaced. Check how the ticket is cached.",
                "用了已经过期或已被替换的 ticket。请检查 ticket 的缓存。",
            ),
            Self::OtherAppTicket => (
                "other_app_ticket",
                "The ticket belongs to another appId than the one in wx.config.",
                "ticket 属于另一个公众号，与 wx.config 里的 appId 不一致。",
            ),
            Self::CardTicket => (
                "card_ticket",
                "The ticket is of type wx_card. Ask getticket for type=jsapi.",
                "用了卡券的 ticket（type=wx_card）。应取 type=jsapi 的 ticket。",
            ),
            Self::TimestampMilliseconds => (
                "timestamp_milliseconds",
                "The timestamp is in milliseconds. Use seconds, the same in the signature and in wx.config.",
                "timestamp 用了毫秒。应使用秒，并且签名与 wx.config 里保持一致。",
            ),
            Self::UnknownApp => {
                ("unknown_app", "The sandbox has no account with this appId.", "沙箱里没有这个 appId。")
            }
            Self::NoTicket => (
                "no_ticket",
                "Nobody has asked getticket for a ticket of this appId yet.",
                "这个 appId 还没有取过 ticket。",
            ),
            Self::MissingParameter => (
                "missing_parameter",
                "url, timestamp, nonceStr, signature and appId are all needed.",
                "url、timestamp、nonceStr、signature、appId 缺一不可。",
            ),
            Self::Unknown => (
                "unknown",
                "None of the usual mistakes. Compare url, nonceStr and timestamp of the signature with those of the page.",
                "不属于常见错误。请逐一核对签名用的 url、nonceStr、timestamp 与页面上的是否一致。",
            ),
        }
    }
}

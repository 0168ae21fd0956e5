//! Why a page's signature is refused. The core names what was done wrong with the signature; what
//! only the server knows, such as an account that does not exist, is named here.

use wxsign::CauseCode;

/// One reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Diagnosis {
    /// A mistake that `wxsign explain` knows too.
    Known(CauseCode),
    UnknownApp,
    NoTicket,
    MissingParameter,
    Unknown,
}

impl Diagnosis {
    /// A stable word, for tests and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Known(code) => code.as_str(),
            Self::UnknownApp => "unknown_app",
            Self::NoTicket => "no_ticket",
            Self::MissingParameter => "missing_parameter",
            Self::Unknown => "unknown",
        }
    }

    /// What happened and what to do, in English.
    pub fn hint(self) -> String {
        match self {
            Self::Known(code) => format!("{} {}", code.title(), code.fix()),
            Self::UnknownApp => "The sandbox has no such account: check appId, or corpid and agentid.".into(),
            Self::NoTicket => "No ticket of this account has been fetched yet.".into(),
            Self::MissingParameter => {
                "Needed: url, timestamp, nonceStr, signature, and appId or corpid with agentid.".into()
            }
            Self::Unknown => {
                "None of the usual mistakes. Compare url, nonceStr and timestamp with those of the page."
                    .into()
            }
        }
    }

    /// What happened and what to do, in Chinese.
    pub fn hint_zh(self) -> String {
        match self {
            Self::Known(code) => format!("{}{}", code.title_zh(), code.fix_zh()),
            Self::UnknownApp => "模拟服务里没有这个账号：请检查 appId，或 corpid 与 agentid。".into(),
            Self::NoTicket => "这个账号还没有取过 ticket。".into(),
            Self::MissingParameter => {
                "url、timestamp、nonceStr、signature、appId（或 corpid 和 agentid）缺一不可。".into()
            }
            Self::Unknown => {
                "不属于常见错误。请逐一核对签名用的 url、nonceStr、timestamp 与页面上的是否一致。".into()
            }
        }
    }
}

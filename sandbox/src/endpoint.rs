//! WeChat's endpoints that the sandbox answers, by path and by the names that tests use.

/// One endpoint of 公众号 or 企业微信.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    Token,
    StableToken,
    GetTicket,
    /// How much of today's quota is left.
    Quota,
    /// 企业微信: the token of one app.
    GetToken,
    /// 企业微信: the corp's ticket, for `wx.config`.
    GetJsapiTicket,
    /// 企业微信: the app's own ticket, for `wx.agentConfig`, and the invoice ticket.
    TicketGet,
}

impl Endpoint {
    pub const ALL: [Self; 7] = [
        Self::Token,
        Self::StableToken,
        Self::GetTicket,
        Self::Quota,
        Self::GetToken,
        Self::GetJsapiTicket,
        Self::TicketGet,
    ];

    pub fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.row().1 == path)
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.name() == name)
    }

    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Whether 企业微信 has it. Its errors have other texts.
    pub fn is_work(self) -> bool {
        matches!(self, Self::GetToken | Self::GetJsapiTicket | Self::TicketGet)
    }

    pub fn is_ticket(self) -> bool {
        matches!(self, Self::GetTicket | Self::GetJsapiTicket | Self::TicketGet)
    }

    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::Token => ("token", "/cgi-bin/token"),
            Self::StableToken => ("stable_token", "/cgi-bin/stable_token"),
            Self::GetTicket => ("getticket", "/cgi-bin/ticket/getticket"),
            Self::Quota => ("quota_get", "/cgi-bin/openapi/quota/get"),
            Self::GetToken => ("gettoken", "/cgi-bin/gettoken"),
            Self::GetJsapiTicket => ("get_jsapi_ticket", "/cgi-bin/get_jsapi_ticket"),
            Self::TicketGet => ("ticket_get", "/cgi-bin/ticket/get"),
        }
    }
}

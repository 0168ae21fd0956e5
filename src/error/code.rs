//! The codes of the error table: the same words at every binding.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $word:literal, $anchor:literal;)*) => {
        /// Which kind of failure an [`Error`](crate::Error) is. The word, as [`Code::as_str`] gives
        /// it, is the same in Rust, JavaScript, C and Go.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant = $number,)*
        }

        impl Code {
            /// Every code, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word that all bindings share, such as `QUOTA_EXCEEDED`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The page that explains this code.
            pub fn docs_url(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!("https://github.com/wxsign/wxsign/blob/main/docs/errors.md#", $anchor),)*
                }
            }
        }
    };
}

codes! {
    /// A wrong option or parameter.
    InvalidArgument = 1, "INVALID_ARGUMENT", "invalid_argument";
    /// The page's URL is not http(s), is over 8,192 bytes long, or has user information, a
    /// backslash before its query, or a character that browsers never have in `location.href`.
    InvalidUrl = 2, "INVALID_URL", "invalid_url";
    /// There is a list of allowed hosts, and the page's host is not on it.
    HostNotAllowed = 3, "HOST_NOT_ALLOWED", "host_not_allowed";
    /// WeChat refuses the appId or the AppSecret.
    CredentialRejected = 4, "CREDENTIAL_REJECTED", "credential_rejected";
    /// WeChat refuses the address that this machine calls from.
    IpNotAllowed = 5, "IP_NOT_ALLOWED", "ip_not_allowed";
    /// The account may not use the interface.
    PermissionDenied = 6, "PERMISSION_DENIED", "permission_denied";
    /// A quota of calls is used up.
    QuotaExceeded = 7, "QUOTA_EXCEEDED", "quota_exceeded";
    /// The access token is dead, and stayed so after the one refetch.
    TokenInvalidated = 8, "TOKEN_INVALIDATED", "token_invalidated";
    /// WeChat is busy or failing.
    UpstreamBusy = 9, "UPSTREAM_BUSY", "upstream_busy";
    /// WeChat refused with an errcode for which this table has no other code.
    UpstreamRejected = 10, "UPSTREAM_REJECTED", "upstream_rejected";
    /// The answer is not one of WeChat's: a proxy's page, cut short, of wrong types, or too large.
    BadResponse = 11, "BAD_RESPONSE", "bad_response";
    /// Asked without waiting, and nothing fresh is in memory.
    NotReady = 12, "NOT_READY", "not_ready";
    /// The service could not be reached.
    Network = 13, "NETWORK", "network";
    /// A deadline passed.
    Timeout = 14, "TIMEOUT", "timeout";
    /// The store cannot be used.
    Store = 15, "STORE", "store";
    /// The client is closed.
    Closed = 16, "CLOSED", "closed";
    /// The caller gave up waiting.
    Aborted = 17, "ABORTED", "aborted";
    /// The client was made in the parent of this forked process.
    Forked = 18, "FORKED", "forked";
    /// A defect of wxsign, caught before it could harm the program.
    Internal = 19, "INTERNAL", "internal";
}

impl Code {
    /// Whether the same call can succeed later without any change.
    pub fn retryable(self) -> bool {
        matches!(
            self,
            Self::QuotaExceeded
                | Self::TokenInvalidated
                | Self::UpstreamBusy
                | Self::BadResponse
                | Self::NotReady
                | Self::Network
                | Self::Timeout
        )
    }

    /// The HTTP status that a handler answers with, except for a wrong option: see
    /// [`Error::http_status`](crate::Error::http_status).
    pub fn http_status(self) -> u16 {
        match self {
            Self::InvalidArgument | Self::InvalidUrl => 400,
            Self::HostNotAllowed => 403,
            Self::CredentialRejected
            | Self::IpNotAllowed
            | Self::PermissionDenied
            | Self::UpstreamRejected => 502,
            Self::QuotaExceeded
            | Self::TokenInvalidated
            | Self::UpstreamBusy
            | Self::BadResponse
            | Self::NotReady
            | Self::Network
            | Self::Timeout
            | Self::Closed
            | Self::Aborted => 503,
            Self::Store | Self::Forked | Self::Internal => 500,
        }
    }

    /// What a visitor may see about a failure of this kind.
    pub fn public_message(self) -> &'static str {
        match self {
            Self::InvalidArgument => "A parameter is missing or malformed.",
            Self::InvalidUrl => "The page's URL cannot be signed.",
            Self::HostNotAllowed => "Pages of this host are not signed here.",
            Self::CredentialRejected | Self::IpNotAllowed | Self::PermissionDenied => {
                "WeChat refuses this server; its operator must correct the account's settings."
            }
            Self::QuotaExceeded => "The quota of calls to WeChat is used up; try again later.",
            Self::TokenInvalidated => "WeChat has invalidated the access token; try again later.",
            Self::UpstreamBusy => "WeChat is busy; try again later.",
            Self::UpstreamRejected => "WeChat refused the request.",
            Self::BadResponse => "WeChat's answer could not be used; try again later.",
            Self::NotReady => "No ticket is ready yet; try again.",
            Self::Network => "WeChat cannot be reached; try again later.",
            Self::Timeout => "WeChat did not answer in time; try again later.",
            Self::Store => "The store cannot be used.",
            Self::Closed => "This server is shutting down; try again.",
            Self::Aborted => "The request was given up; try again.",
            Self::Forked | Self::Internal => "An internal error occurred.",
        }
    }

    /// The code that a stored word names.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! The codes of the error table: the same words at every binding.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $word:literal;)*) => {
        /// Which kind of failure an [`Error`](crate::Error) is. The word, as [`Code::as_str`] gives it, is the same in
        /// Rust, JavaScript, C and Go.
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
        }
    };
}

codes! {
    /// A wrong option or parameter.
    InvalidArgument = 1, "INVALID_ARGUMENT";
    /// The page's URL is not http(s), or has a control character, a backslash before its query, user information, or
    /// over 2048 bytes.
    InvalidUrl = 2, "INVALID_URL";
    /// There is a list of allowed hosts, and the page's host is not on it.
    HostNotAllowed = 3, "HOST_NOT_ALLOWED";
    /// WeChat refuses the appId or the AppSecret.
    CredentialRejected = 4, "CREDENTIAL_REJECTED";
    /// WeChat refuses the address that this machine calls from.
    IpNotAllowed = 5, "IP_NOT_ALLOWED";
    /// The account may not use the interface.
    PermissionDenied = 6, "PERMISSION_DENIED";
    /// A quota of calls is used up.
    QuotaExceeded = 7, "QUOTA_EXCEEDED";
    /// The access token is dead, and stayed so after the one refetch.
    TokenInvalidated = 8, "TOKEN_INVALIDATED";
    /// WeChat is busy or failing.
    UpstreamBusy = 9, "UPSTREAM_BUSY";
    /// WeChat refused with an errcode that has no code of its own.
    UpstreamRejected = 10, "UPSTREAM_REJECTED";
    /// The answer is not one of WeChat's: a proxy's page, cut short, of wrong types, or too large.
    BadResponse = 11, "BAD_RESPONSE";
    /// Asked without waiting, and nothing fresh is in memory.
    NotReady = 12, "NOT_READY";
    /// The service could not be reached.
    Network = 13, "NETWORK";
    /// A deadline passed.
    Timeout = 14, "TIMEOUT";
    /// The directory that was named for the store is unsafe.
    Store = 15, "STORE";
    /// The client is closed.
    Closed = 16, "CLOSED";
    /// The caller gave up waiting.
    Aborted = 17, "ABORTED";
    /// The client was made in the parent of this forked process.
    Forked = 18, "FORKED";
    /// A defect of wxsign, caught before it could harm the program.
    Internal = 19, "INTERNAL";
}

impl Code {
    /// Whether the same call can succeed later without anybody changing anything.
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

    /// What to do next about a failure of this kind, in English. An [`Error`](crate::Error) may know better words.
    pub fn hint(self) -> &'static str {
        super::hint::of(self, None).0
    }

    /// The same in Chinese.
    pub fn hint_zh(self) -> &'static str {
        super::hint::of(self, None).1
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

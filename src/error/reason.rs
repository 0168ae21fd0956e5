//! The cause below a code: it chooses the hint, and bindings show its word.

use std::io::{Error, ErrorKind};

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $word:literal;)*) => {
        /// Why a request or its answer failed. docs/errors.md lists the words.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Reason {
            $($(#[$doc])* $variant,)*
        }

        impl Reason {
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word that is shown and recorded.
            pub(crate) fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The reason that a recorded word names.
            pub(crate) fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

reasons! {
    ConnectionRefused = "ECONNREFUSED";
    HostNotFound = "ENOTFOUND";
    /// The name server failed, so the name may exist.
    LookupFailed = "EAI_AGAIN";
    LookupTimeout = "DNS_TIMEOUT";
    Unreachable = "EHOSTUNREACH";
    ConnectTimeout = "CONNECT_TIMEOUT";
    TlsTimeout = "TLS_TIMEOUT";
    ReadTimeout = "READ_TIMEOUT";
    Reset = "ECONNRESET";
    /// The peer closed the connection before it answered.
    ClosedEarly = "CLOSED_EARLY";
    ProxyUnreachable = "PROXY_UNREACHABLE";
    ProxyTimeout = "PROXY_TIMEOUT";
    ProxyAuthentication = "PROXY_407";
    ProxyForbidden = "PROXY_403";
    /// Any other answer to CONNECT that is no success.
    ProxyRefused = "PROXY_REFUSED";
    CertificateUntrusted = "CERTIFICATE_UNTRUSTED";
    CertificateExpired = "CERTIFICATE_EXPIRED";
    CertificateNotYetValid = "CERTIFICATE_NOT_YET_VALID";
    CertificateWrongName = "CERTIFICATE_WRONG_NAME";
    CertificateInvalid = "CERTIFICATE_INVALID";
    NoRoots = "NO_ROOTS";
    CaFile = "CA_FILE";
    /// The peer does not speak TLS, or no version that we speak.
    TlsFailed = "TLS_FAILED";
    /// No certificate is shown for the host's name.
    TlsUnknownName = "TLS_UNKNOWN_NAME";
    /// The peer demands a client certificate, which wxsign does not have.
    TlsClientCertificate = "TLS_CLIENT_CERTIFICATE";
    Redirect = "REDIRECT";
    Compressed = "COMPRESSED";
    Html = "HTML";
    Truncated = "TRUNCATED";
    Empty = "EMPTY";
    TooLarge = "TOO_LARGE";
    NotHttp = "NOT_HTTP";
    NotJson = "NOT_JSON";
    /// JSON, but not with the fields of an answer of WeChat's.
    Malformed = "MALFORMED";
    HttpStatus = "HTTP_STATUS";
    NoThreads = "NO_THREADS";
    NoDescriptors = "EMFILE";
    NoSpace = "ENOSPC";
    NoMemory = "ENOMEM";
    /// The caller's own function for tokens or tickets gave none.
    Function = "FUNCTION";
    /// The page's URL has a character that browsers always escape.
    UrlDecoded = "URL_DECODED";
    UrlNotEncoded = "URL_NOT_ENCODED";
    UrlEncodedTwice = "URL_ENCODED_TWICE";
}

impl Reason {
    /// Whether the host itself could not be reached or trusted, so that another host may be asked
    /// instead.
    pub(crate) fn is_unreachable(self) -> bool {
        matches!(
            self,
            Self::ConnectionRefused
                | Self::HostNotFound
                | Self::LookupFailed
                | Self::LookupTimeout
                | Self::Unreachable
                | Self::ConnectTimeout
                | Self::TlsTimeout
                | Self::Reset
                | Self::ClosedEarly
                | Self::CertificateUntrusted
                | Self::CertificateExpired
                | Self::CertificateNotYetValid
                | Self::CertificateWrongName
                | Self::CertificateInvalid
                | Self::NoRoots
                | Self::TlsFailed
                | Self::TlsUnknownName
                | Self::TlsClientCertificate
        )
    }

    /// Whether this process lacks something that another one may have.
    pub(crate) fn is_of_process(self) -> bool {
        matches!(self, Self::NoThreads | Self::NoDescriptors | Self::NoSpace | Self::NoMemory | Self::CaFile)
    }
}

/// The reason if the system lacks something, whatever was asked of it.
pub(crate) fn io_reason(error: &Error) -> Option<Reason> {
    // The numbers that Linux and macOS share: too many open files in the system, or in this
    // process; no buffers.
    match (error.raw_os_error(), error.kind()) {
        (Some(23 | 24), _) if cfg!(unix) => Some(Reason::NoDescriptors),
        (Some(10_024), _) if cfg!(windows) => Some(Reason::NoDescriptors),
        (_, ErrorKind::OutOfMemory) => Some(Reason::NoMemory),
        (Some(105), _) if cfg!(target_os = "linux") => Some(Reason::NoMemory),
        (_, ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => Some(Reason::NoSpace),
        _ => None,
    }
}

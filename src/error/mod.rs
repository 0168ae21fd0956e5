//! The one error type of all bindings: a code, what WeChat said, when to try again, and what to do next.

mod code;
mod hint;

pub use code::Code;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Why a call failed. Cheap to clone: everyone who waited for the same flight gets the same error.
///
/// It never carries a secret, a token or a ticket.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    message: String,
    errcode: Option<i64>,
    rid: Option<String>,
    ip: Option<IpAddr>,
    /// Unix milliseconds.
    retry_at: Option<i64>,
    cause: Option<Error>,
}

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            code,
            message: message.into(),
            errcode: None,
            rid: None,
            ip: None,
            retry_at: None,
            cause: None,
        }))
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    pub(crate) fn with_answer(self, errcode: i64, rid: Option<String>, ip: Option<IpAddr>) -> Self {
        self.with(|e| (e.errcode, e.rid, e.ip) = (Some(errcode), rid, ip))
    }

    pub(crate) fn with_retry_at(self, unix_ms: i64) -> Self {
        self.with(|e| e.retry_at = Some(unix_ms))
    }

    pub(crate) fn with_cause(self, cause: Self) -> Self {
        self.with(|e| e.cause = Some(cause))
    }

    /// Which kind of failure this is.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What happened, in English and in one line; WeChat's own words where it was WeChat that refused.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// WeChat's `errcode`, where WeChat answered with one.
    pub fn errcode(&self) -> Option<i64> {
        self.0.errcode
    }

    /// The request's id in Tencent's logs, which Tencent's support asks for.
    pub fn rid(&self) -> Option<&str> {
        self.0.rid.as_deref()
    }

    /// The address that WeChat saw and refused (`IP_NOT_ALLOWED`).
    pub fn ip(&self) -> Option<IpAddr> {
        self.0.ip
    }

    /// Whether the same call can succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        self.0.code.retryable()
    }

    /// When wxsign will ask WeChat again at the earliest; calls until then get this error at once.
    pub fn retry_at(&self) -> Option<SystemTime> {
        let ms = u64::try_from(self.retry_at_ms()?).ok()?;
        UNIX_EPOCH.checked_add(Duration::from_millis(ms))
    }

    /// [`Error::retry_at`] in Unix milliseconds, as the bindings hand it on.
    pub fn retry_at_ms(&self) -> Option<i64> {
        self.0.retry_at
    }

    /// The failure behind this one: a `TIMEOUT` carries the last error of the flight it waited for.
    pub fn cause(&self) -> Option<&Self> {
        self.0.cause.as_ref()
    }

    /// What to do next, in English.
    pub fn hint(&self) -> &'static str {
        hint::of(self.0.code, self.0.errcode).0
    }

    /// What to do next, in Chinese.
    pub fn hint_zh(&self) -> &'static str {
        hint::of(self.0.code, self.0.errcode).1
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { code, message, errcode, rid, .. } = &*self.0;
        write!(f, "{code}: {message}")?;
        if let Some(errcode) = errcode {
            write!(f, " (errcode {errcode}")?;
            if let Some(rid) = rid {
                write!(f, ", rid {rid}")?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("code", &self.0.code).field("message", &self.0.message);
        out.field("errcode", &self.0.errcode).field("rid", &self.0.rid).field("ip", &self.0.ip);
        out.field("retry_at_ms", &self.0.retry_at).field("cause", &self.0.cause).finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(|cause| cause as _)
    }
}

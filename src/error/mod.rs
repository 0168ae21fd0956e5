//! The one error type of all bindings: a code, what WeChat said, when to try again, and what to do
//! next.

mod binding;
mod code;
mod hint;
mod json;
mod reason;
#[cfg(test)]
mod tests;
mod time;

pub use binding::Binding;
pub use code::Code;
pub(crate) use hint::Hint;
pub(crate) use reason::{Reason, io_reason};
pub(crate) use time::utc;

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a visitor is asked to wait if wxsign does not know when it asks WeChat again.
const DEFAULT_RETRY_SECONDS: u64 = 5;

/// The thing that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Subject {
    /// A host, with its port if it is not the scheme's own: WeChat's, the proxy's, the store's or
    /// the page's.
    Host(String),
    /// A file or a directory.
    Path(String),
    /// An option of the client, by its name in Node; [`Binding::name_of`] gives the other names.
    Option(&'static str),
    /// A parameter of the call.
    Parameter(&'static str),
}

/// Why a call failed. Cheap to clone: all callers that waited for the same flight get the same
/// error.
///
/// It never carries a secret, a token or a ticket.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    /// With option names in backticks, as the table of [`Binding`] has them.
    raw: String,
    /// The same with Rust's names, and with the times if the failure was recorded earlier.
    message: String,
    reason: Option<Reason>,
    subject: Option<Subject>,
    errcode: Option<i64>,
    rid: Option<String>,
    ip: Option<IpAddr>,
    /// Unix milliseconds.
    retry_at: Option<i64>,
    /// Unix milliseconds; only if this is a failure that was remembered.
    recorded_at: Option<i64>,
    cause: Option<Error>,
}

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        let raw = message.into();
        Self(Arc::new(Inner {
            code,
            message: binding::render(&raw, Binding::Rust).into_owned(),
            raw,
            reason: None,
            subject: None,
            errcode: None,
            rid: None,
            ip: None,
            retry_at: None,
            recorded_at: None,
            cause: None,
        }))
    }

    /// A wrong option of the client: `name` is its name in Node.
    pub(crate) fn option(name: &'static str, why: impl fmt::Display) -> Self {
        Self::new(Code::InvalidArgument, format!("`{name}` {why}")).with_subject(Subject::Option(name))
    }

    /// A wrong parameter of a call.
    #[doc(hidden)]
    pub fn parameter(name: &'static str, why: impl fmt::Display) -> Self {
        Self::new(Code::InvalidArgument, format!("{name} {why}")).with_subject(Subject::Parameter(name))
    }

    /// A failure that a binding found by itself.
    #[doc(hidden)]
    pub fn of_binding(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, message)
    }

    /// The same about an option of the client that a binding refused: `name` is its name in Node.
    #[doc(hidden)]
    #[must_use]
    pub fn about_option(self, name: &'static str) -> Self {
        self.with_subject(Subject::Option(name))
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    pub(crate) fn with_answer(self, errcode: i64, rid: Option<String>, ip: Option<IpAddr>) -> Self {
        self.with(|e| (e.errcode, e.rid, e.ip) = (Some(errcode), rid, ip))
    }

    pub(crate) fn with_subject(self, subject: Subject) -> Self {
        self.with(|e| e.subject = Some(subject))
    }

    pub(crate) fn with_reason(self, reason: Reason) -> Self {
        self.with(|e| e.reason = Some(reason))
    }

    pub(crate) fn with_retry_at(self, unix_ms: i64) -> Self {
        self.with(|e| {
            e.retry_at = Some(unix_ms);
            e.message = e.words(Binding::Rust);
        })
    }

    /// The failure is older than this call: it was recorded at this time, in Unix milliseconds.
    pub(crate) fn with_recorded_at(self, unix_ms: i64) -> Self {
        self.with(|e| {
            e.recorded_at = Some(unix_ms);
            e.message = e.words(Binding::Rust);
        })
    }

    pub(crate) fn with_cause(self, cause: Self) -> Self {
        self.with(|e| e.cause = Some(cause))
    }

    /// The message as it was first made, to record it: without times, with option names in
    /// backticks.
    pub(crate) fn raw_message(&self) -> &str {
        &self.0.raw
    }

    /// The cause below the code, to record it.
    pub(crate) fn raw_reason(&self) -> Option<Reason> {
        self.0.reason
    }

    /// Which kind of failure this is.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What happened, in English and in one line; WeChat's own words if WeChat refused. If the
    /// failure was recorded before this call, the message ends with when, and when wxsign asks
    /// again.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Like [`Error::message`], with the option names of another binding.
    pub fn message_for(&self, binding: Binding) -> Cow<'_, str> {
        match binding {
            Binding::Rust => Cow::Borrowed(self.message()),
            other => Cow::Owned(self.0.words(other)),
        }
    }

    /// The cause below the code, as one word: `ECONNREFUSED`, `ENOTFOUND`, `PROXY_407`,
    /// `CERTIFICATE_EXPIRED`, `NO_ROOTS` and so on. Each of them is in docs/errors.md.
    pub fn reason(&self) -> Option<&'static str> {
        self.0.reason.map(Reason::word)
    }

    /// The thing that failed: a host, a path, an option or a parameter.
    pub fn subject(&self) -> Option<&Subject> {
        self.0.subject.as_ref()
    }

    /// The HTTP status that a handler answers with.
    pub fn http_status(&self) -> u16 {
        match (self.0.code, &self.0.subject) {
            // The visitor can do nothing about the operator's mistake.
            (Code::InvalidArgument, Some(Subject::Option(_))) => 500,
            (code, _) => code.http_status(),
        }
    }

    /// What a handler puts into `Retry-After` if its status is 503: the seconds until wxsign asks
    /// WeChat again, at least 1; 5 if that time is not known. Any other status gives none.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        if self.http_status() != 503 {
            return None;
        }
        let Some(at) = self.retry_at() else { return Some(DEFAULT_RETRY_SECONDS) };
        let left = at.duration_since(SystemTime::now()).unwrap_or_default();
        Some(left.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX).max(1))
    }

    /// What a visitor may see: one fixed sentence per code, without WeChat's text, host, path,
    /// option or address.
    pub fn public_message(&self) -> &'static str {
        self.0.code.public_message()
    }

    /// When this failure happened, in Unix milliseconds, if it was recorded before this call.
    pub fn recorded_at_ms(&self) -> Option<i64> {
        self.0.recorded_at
    }

    /// The page that explains the code.
    pub fn docs_url(&self) -> &'static str {
        self.0.code.docs_url()
    }

    /// WeChat's `errcode`, if WeChat answered with one.
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

    /// Whether the same call can succeed later without any change.
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

    /// What to do next, in English, for the cause at hand.
    pub fn hint(&self) -> String {
        self.hint_for(Binding::Rust)
    }

    /// Like [`Error::hint`], with the option names of another binding.
    pub fn hint_for(&self, binding: Binding) -> String {
        self.0.hint(binding).0
    }

    /// What to do next, in Chinese.
    pub fn hint_zh(&self) -> String {
        self.hint_zh_for(Binding::Rust)
    }

    /// Like [`Error::hint_zh`], with the option names of another binding.
    pub fn hint_zh_for(&self, binding: Binding) -> String {
        self.0.hint(binding).1
    }
}

impl Inner {
    fn hint(&self, binding: Binding) -> (String, String) {
        let argument = match &self.subject {
            Some(Subject::Option(name)) => Some(("option", "选项", binding.name_of(name))),
            Some(Subject::Parameter(name)) => Some(("parameter", "参数", *name)),
            _ => None,
        };
        if let (Code::InvalidArgument, None, Some((en, zh, name))) = (self.code, self.reason, argument) {
            return (
                format!("Correct the {en} {name} as the message says."),
                format!("请按错误信息修正{zh} {name}。"),
            );
        }
        let (en, zh) = hint::of(self.code, self.errcode, self.reason);
        (binding::render(en, binding).into_owned(), binding::render(zh, binding).into_owned())
    }

    fn words(&self, binding: Binding) -> String {
        let mut words = binding::render(&self.raw, binding).into_owned();
        if let Some(at) = self.recorded_at {
            words.push_str("; recorded at ");
            words.push_str(&time::of_day(at));
            if let Some(again) = self.retry_at {
                words.push_str(", asked again at ");
                words.push_str(&time::of_day(again));
            }
        }
        words
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
        out.field("reason", &self.reason()).field("subject", &self.0.subject);
        out.field("errcode", &self.0.errcode).field("rid", &self.0.rid).field("ip", &self.0.ip);
        out.field("retry_at_ms", &self.0.retry_at)
            .field("recorded_at_ms", &self.0.recorded_at)
            .field("cause", &self.0.cause)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(|cause| cause as _)
    }
}

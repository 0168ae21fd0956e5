//! What crosses to JavaScript: the text that was asked for, or a chain of failures.

use napi::Either;
use napi_derive::napi;
use wxsign::{Binding, Code, Error, Subject};

/// The text that was asked for, or why there is none.
pub type Answer = Either<String, Failure>;

/// A failure and the failures that caused it. Plain data: any thread may make it, and it becomes
/// JavaScript objects on the thread of the environment that asked.
pub type Failure = Vec<Link>;

/// One failure of a chain, as [`wxsign::Error`] describes it.
#[napi(object, object_from_js = false)]
pub struct Link {
    /// A word of the error table.
    pub code: String,
    /// What happened.
    pub message: String,
    /// The cause below the code, as one word.
    pub reason: Option<String>,
    /// WeChat's.
    pub errcode: Option<i64>,
    /// WeChat's id of the request.
    pub rid: Option<String>,
    /// The address that WeChat refused.
    pub ip: Option<String>,
    /// The host that failed.
    pub host: Option<String>,
    /// The file or directory that failed.
    pub path: Option<String>,
    /// The option of the client that is wrong.
    pub option: Option<String>,
    /// The parameter of the call that is wrong.
    pub parameter: Option<String>,
    /// Whether the same call can succeed later.
    pub retryable: bool,
    /// Unix milliseconds.
    pub retry_at: Option<i64>,
    /// When the failure happened, in Unix milliseconds, if that was before this call.
    pub recorded_at: Option<i64>,
    /// The HTTP status of a handler.
    pub http_status: u32,
    /// What a handler puts into `Retry-After`.
    pub retry_after_seconds: Option<i64>,
    /// What a visitor may see.
    pub public_message: String,
    /// What to do next.
    pub hint: String,
    /// The same in Chinese.
    pub hint_zh: String,
    /// The page that explains the code.
    pub docs: String,
}

impl Link {
    fn of(error: &Error) -> Self {
        let subject = error.subject();
        let text = |value: &str| Some(value.to_owned());
        Self {
            code: error.code().as_str().to_owned(),
            message: error.message_for(Binding::Node).into_owned(),
            reason: error.reason().map(str::to_owned),
            errcode: error.errcode(),
            rid: error.rid().map(str::to_owned),
            ip: error.ip().map(|ip| ip.to_string()),
            host: subject.and_then(|it| if let Subject::Host(host) = it { text(host) } else { None }),
            path: subject.and_then(|it| if let Subject::Path(path) = it { text(path) } else { None }),
            option: subject.and_then(|it| if let Subject::Option(name) = it { text(name) } else { None }),
            parameter: subject
                .and_then(|it| if let Subject::Parameter(name) = it { text(name) } else { None }),
            retryable: error.retryable(),
            retry_at: error.retry_at_ms(),
            recorded_at: error.recorded_at_ms(),
            http_status: error.http_status().into(),
            retry_after_seconds: error.retry_after_seconds().and_then(|seconds| i64::try_from(seconds).ok()),
            public_message: error.public_message().to_owned(),
            hint: error.hint_for(Binding::Node),
            hint_zh: error.hint_zh_for(Binding::Node),
            docs: error.docs_url().to_owned(),
        }
    }
}

/// The core's error with its causes.
pub fn failure(error: &Error) -> Failure {
    std::iter::successors(Some(error), |error| error.cause()).map(Link::of).collect()
}

/// A failure that this binding found by itself.
pub fn failure_of(code: Code, message: &str) -> Failure {
    failure(&Error::of_binding(code, message))
}

/// The core's result as an answer.
pub fn answer(result: Result<String, Error>) -> Answer {
    either(result)
}

/// The core's result, whatever it holds, as what crosses.
pub fn either<T>(result: Result<T, Error>) -> Either<T, Failure> {
    match result {
        Ok(value) => Either::A(value),
        Err(error) => Either::B(failure(&error)),
    }
}

//! What crosses to JavaScript: the text that was asked for, or a chain of failures.

use napi::Either;
use napi_derive::napi;
use wxsign::{Binding, Code, Error};

/// The text that was asked for, or why there is none.
pub type Answer = Either<String, Failure>;

/// A failure, and behind it the failures that caused it. Plain data: it may be made on any thread, and becomes
/// JavaScript objects on the thread of the environment that asked.
pub type Failure = Vec<Link>;

/// One failure of a chain.
#[napi(object, object_from_js = false)]
pub struct Link {
    /// A word of the error table.
    pub code: String,
    /// What happened.
    pub message: String,
    /// WeChat's.
    pub errcode: Option<i64>,
    /// WeChat's id of the request.
    pub rid: Option<String>,
    /// The address that WeChat refused.
    pub ip: Option<String>,
    /// Whether the same call can succeed later.
    pub retryable: bool,
    /// Unix milliseconds.
    pub retry_at: Option<i64>,
    /// What to do next.
    pub hint: String,
    /// The same in Chinese.
    pub hint_zh: String,
}

/// The core's error with its causes.
pub fn failure(error: &Error) -> Failure {
    std::iter::successors(Some(error), |error| error.cause())
        .map(|error| Link {
            code: error.code().as_str().to_owned(),
            message: error.message_for(Binding::Node).into_owned(),
            errcode: error.errcode(),
            rid: error.rid().map(str::to_owned),
            ip: error.ip().map(|ip| ip.to_string()),
            retryable: error.retryable(),
            retry_at: error.retry_at_ms(),
            hint: error.hint_for(Binding::Node),
            hint_zh: error.hint_zh_for(Binding::Node),
        })
        .collect()
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

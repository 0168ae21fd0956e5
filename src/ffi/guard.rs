//! Surrounds every entry that can fail: a failure, or a caught panic, becomes a status and an
//! error.

use std::mem::MaybeUninit;

use super::boundary::{catch, quietly};
use super::error::Error;
use super::status::WxsignStatus;
use crate::Code;

/// Runs the body of an entry that can fail and returns its status.
pub(super) fn guard(
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
    body: impl FnOnce() -> Result<(), crate::Error>,
) -> WxsignStatus {
    let outcome = catch(None, || Some(body()));
    let failure = match outcome {
        Some(Ok(())) => return WxsignStatus::Ok,
        Some(Err(failure)) => failure,
        None => crate::Error::new(Code::Internal, "a panic inside wxsign was caught"),
    };
    if let Some(place) = error {
        // Also written if making the error panics, because the caller reads it after a failure.
        place.write(quietly(None, || Some(Box::new(Error::new(&failure)))));
    }
    failure.code().into()
}

/// An argument that must not be NULL.
pub(super) fn given<T>(argument: Option<T>, name: &'static str) -> Result<T, crate::Error> {
    argument.ok_or_else(|| invalid(name, "is NULL"))
}

/// The error of a wrong argument.
pub(super) fn invalid(name: &'static str, why: &str) -> crate::Error {
    crate::Error::parameter(name, why)
}

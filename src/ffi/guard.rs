//! What stands around every entry: a panic never crosses into C, and a failure becomes a status and an error.

use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::error::Error;
use super::status::WxsignStatus;
use crate::Code;

/// Runs the body of an entry that can fail, and says what became of it.
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
    if let Some(slot) = error {
        // Written also where making the error panics: the caller is going to read it.
        slot.write(quietly(None, || Some(Box::new(Error::new(&failure)))));
    }
    failure.code().into()
}

/// Runs the body of an entry that cannot fail; a panic gives `otherwise`.
pub(super) fn catch<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    quietly(otherwise, || {
        #[cfg(test)]
        super::tests::panic_if_asked();
        body()
    })
}

fn quietly<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        // A payload may panic when it is dropped, outside of any guard: leaking it is the lesser evil.
        std::mem::forget(payload);
        otherwise
    })
}

/// An argument that must be there.
pub(super) fn given<T>(argument: Option<T>, name: &str) -> Result<T, crate::Error> {
    argument.ok_or_else(|| invalid(name, "is NULL"))
}

/// A wrong argument.
pub(super) fn invalid(name: &str, why: &str) -> crate::Error {
    crate::Error::new(Code::InvalidArgument, format!("{name} {why}"))
}

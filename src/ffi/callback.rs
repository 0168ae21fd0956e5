//! What C hands over to be called later: a context, who frees it, and a promise to call exactly once.

use std::ffi::c_void;

use crate::{Code, Error};

/// How a context is freed.
pub(super) type FreeFn = Option<unsafe extern "C" fn(context: *mut c_void)>;

/// A pointer of the caller's that wxsign passes back and never looks into.
pub(super) struct Context {
    pointer: *mut c_void,
    free: FreeFn,
}

// SAFETY: the header asks for contexts that may be used and freed on any thread.
unsafe impl Send for Context {}
// SAFETY: as above; and it asks for functions that several threads may call at once with the same context.
unsafe impl Sync for Context {}

impl Context {
    /// A context that stays the caller's.
    pub(super) fn lent(pointer: *mut c_void) -> Self {
        Self { pointer, free: None }
    }

    /// A context that is freed when nobody can be called with it any more.
    pub(super) fn owned(pointer: *mut c_void, free: FreeFn) -> Self {
        Self { pointer, free }
    }

    pub(super) fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: the caller passed this function for this context; it is called once, here.
            unsafe { free(self.pointer) };
        }
    }
}

/// A caller who waits for a call back. Dropped unanswered, it is answered: nobody may wait for ever.
pub(super) struct Waiting<T, F: FnOnce(Result<T, Error>)> {
    tell: Option<F>,
    kind: std::marker::PhantomData<fn(T)>,
}

impl<T, F: FnOnce(Result<T, Error>)> Waiting<T, F> {
    pub(super) fn new(tell: F) -> Self {
        Self { tell: Some(tell), kind: std::marker::PhantomData }
    }

    pub(super) fn settle(mut self, outcome: Result<T, Error>) {
        if let Some(tell) = self.tell.take() {
            tell(outcome);
        }
    }
}

impl<T, F: FnOnce(Result<T, Error>)> Drop for Waiting<T, F> {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take() {
            tell(Err(Error::new(Code::Closed, "the client went away")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_is_told_exactly_once_also_when_forgotten() {
        let mut told = Vec::new();
        Waiting::new(|outcome: Result<u8, Error>| told.push(outcome.map_err(|e| e.code()))).settle(Ok(1));
        drop(Waiting::new(|outcome: Result<u8, Error>| told.push(outcome.map_err(|e| e.code()))));
        assert_eq!(told, [Ok(1), Err(Code::Closed)]);
    }
}

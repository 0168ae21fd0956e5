//! Calls from wxsign into the program: contexts, who frees them, and a guarantee of exactly one
//! call.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::boundary::never_cancel_this_thread;
use super::error::Error as CError;
use super::status::WxsignStatus;
use crate::fork;
use crate::sync::lock;
use crate::{Code, Error};

thread_local! {
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
}

/// Calls a function of the program. Before and after, this thread cannot be cancelled: on a thread
/// of wxsign there are Rust frames below, and on another one the entry restores the state.
pub(super) fn call_out(call: impl FnOnce()) {
    never_cancel_this_thread();
    let before = IN_CALLBACK.replace(true);
    call();
    IN_CALLBACK.set(before);
    never_cancel_this_thread();
}

/// The callbacks of a client that have not returned yet, so that closing it can wait for them.
pub(super) struct Outstanding {
    /// Of the process that made the client. In a forked child a thread that it does not have may
    /// hold the lock for ever, so the child counts nothing.
    generation: u64,
    count: Mutex<usize>,
    none: Condvar,
}

/// One such callback. Dropped when it has returned.
pub(super) struct OutstandingOne(Arc<Outstanding>);

impl Default for Outstanding {
    fn default() -> Self {
        Self { generation: fork::generation(), count: Mutex::default(), none: Condvar::new() }
    }
}

impl Outstanding {
    pub(super) fn add(self: &Arc<Self>) -> OutstandingOne {
        if !self.is_of_parent() {
            *lock(&self.count) += 1;
        }
        OutstandingOne(Arc::clone(self))
    }

    fn is_of_parent(&self) -> bool {
        self.generation != fork::generation()
    }

    /// Waits until all have returned, at most for `most`. A callback cannot wait for itself, so
    /// inside one this returns at once.
    pub(super) fn wait(&self, most: Duration) {
        if IN_CALLBACK.get() || self.is_of_parent() {
            return;
        }
        let count = lock(&self.count);
        drop(self.none.wait_timeout_while(count, most, |count| *count > 0));
    }
}

impl Drop for OutstandingOne {
    fn drop(&mut self) {
        if self.0.is_of_parent() {
            return;
        }
        *lock(&self.0.count) -= 1;
        self.0.none.notify_all();
    }
}

/// How a context is freed.
pub(super) type FreeFn = Option<unsafe extern "C" fn(context: *mut c_void)>;

/// A pointer of the program, which wxsign passes back and never dereferences.
pub(super) struct UserContext {
    pointer: *mut c_void,
    free: FreeFn,
}

// SAFETY: the header requires contexts that may be used and freed on any thread.
unsafe impl Send for UserContext {}
// SAFETY: as above. The header also requires functions that several threads may call at once.
unsafe impl Sync for UserContext {}

impl UserContext {
    /// A context that the program keeps and frees.
    fn lent(pointer: *mut c_void) -> Self {
        Self { pointer, free: None }
    }

    /// A context that wxsign frees after the last call with it.
    pub(super) fn owned(pointer: *mut c_void, free: FreeFn) -> Self {
        Self { pointer, free }
    }

    pub(super) fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for UserContext {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: the caller passed this function for this context; this is its only call.
            call_out(|| unsafe { free(self.pointer) });
        }
    }
}

/// Makes a callback of the program callable for the core. `call` calls it with the status and either
/// the value or the error.
pub(super) fn calling_back<T: Send + 'static>(
    outstanding: OutstandingOne,
    context: *mut c_void,
    call: impl FnOnce(*mut c_void, WxsignStatus, Option<T>, Option<&CError>) + Send + 'static,
) -> impl FnOnce(Result<T, Error>) + Send + 'static {
    let context = UserContext::lent(context);
    let waiting = Waiting::new(move |outcome: Result<T, Error>| {
        let (status, value, error) = match outcome {
            Ok(value) => (WxsignStatus::Ok, Some(value), None),
            Err(error) => (error.code().into(), None, Some(CError::new(&error))),
        };
        call_out(|| call(context.pointer(), status, value, error.as_ref()));
    });
    move |outcome| {
        waiting.settle(outcome);
        drop(outstanding);
    }
}

/// A caller that waits for its callback. If it is dropped unsettled, the callback gets CLOSED, so
/// that no caller waits for ever.
struct Waiting<T, F: FnOnce(Result<T, Error>)> {
    callback: Option<F>,
    kind: std::marker::PhantomData<fn(T)>,
}

impl<T, F: FnOnce(Result<T, Error>)> Waiting<T, F> {
    fn new(callback: F) -> Self {
        Self { callback: Some(callback), kind: std::marker::PhantomData }
    }

    fn settle(mut self, outcome: Result<T, Error>) {
        if let Some(callback) = self.callback.take() {
            callback(outcome);
        }
    }
}

impl<T, F: FnOnce(Result<T, Error>)> Drop for Waiting<T, F> {
    fn drop(&mut self) {
        if let Some(callback) = self.callback.take() {
            callback(Err(Error::new(Code::Closed, "the client was closed")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_waits_for_outstanding_callbacks() {
        let outstanding = Arc::new(Outstanding::default());
        outstanding.wait(Duration::from_secs(60));
        let one = outstanding.add();
        call_out(|| outstanding.wait(Duration::from_secs(60)));
        outstanding.wait(Duration::from_millis(1));
        let other = std::thread::spawn(move || drop(one));
        outstanding.wait(Duration::from_secs(60));
        assert!(other.join().is_ok());
        assert_eq!(*outstanding.count.lock().unwrap(), 0);
    }

    #[test]
    fn a_waiting_caller_is_called_exactly_once() {
        let mut calls = Vec::new();
        Waiting::new(|outcome: Result<u8, Error>| calls.push(outcome.map_err(|e| e.code()))).settle(Ok(1));
        drop(Waiting::new(|outcome: Result<u8, Error>| calls.push(outcome.map_err(|e| e.code()))));
        assert_eq!(calls, [Ok(1), Err(Code::Closed)]);
    }
}

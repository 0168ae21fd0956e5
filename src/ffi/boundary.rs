//! The outermost layer of every entry: no panic crosses into C, none is printed, and no thread is
//! cancelled while Rust frames are on its stack.

use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(not(test))]
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs the body of an entry that cannot fail. If the body panics, returns `otherwise`.
pub(super) fn catch<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    let _uncancelled = Uncancelled::new();
    silence_panics();
    quietly(otherwise, || {
        #[cfg(test)]
        injected::panic_if_asked();
        body()
    })
}

/// Like [`catch`], for code that runs after the entry's own body.
pub(super) fn quietly<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        // Dropping a payload may panic again, outside of any guard. Leaking it is the lesser evil.
        std::mem::forget(payload);
        otherwise
    })
}

/// Makes panics print nothing. The C library contains its own copy of std, so this hook concerns
/// no other code of the program. A Rust program never calls an entry, so its hook stays.
#[cfg(not(test))]
fn silence_panics() {
    // No `Once`: a child that is forked while a thread sets the hook would wait for it at every
    // entry.
    static IS_SET: AtomicBool = AtomicBool::new(false);
    if !IS_SET.load(Ordering::Relaxed) && !IS_SET.swap(true, Ordering::Relaxed) {
        std::panic::set_hook(Box::new(|_| ()));
    }
}

/// Unit tests share their std with the test runner, which wants to print panics.
#[cfg(test)]
fn silence_panics() {}

/// While it lives, `pthread_cancel` does not end this thread: unwinding by cancellation through
/// Rust frames would abort the program.
pub(super) struct Uncancelled(cancellation::CancelState);

impl Uncancelled {
    pub(super) fn new() -> Self {
        Self(cancellation::disable())
    }
}

impl Drop for Uncancelled {
    fn drop(&mut self) {
        cancellation::restore(self.0);
    }
}

/// Called on wxsign's own threads, which are never cancelled: there is nothing to restore.
pub(super) fn never_cancel_this_thread() {
    cancellation::disable();
}

#[cfg(all(unix, not(target_os = "android")))]
mod cancellation {
    use std::ffi::c_int;

    pub(super) type CancelState = c_int;

    const DISABLE: c_int = if cfg!(target_vendor = "apple") { 0 } else { 1 };

    pub(super) fn disable() -> CancelState {
        set(DISABLE)
    }

    pub(super) fn restore(old: CancelState) {
        set(old);
    }

    fn set(state: c_int) -> CancelState {
        // Inside of a function: the header would declare it too.
        unsafe extern "C" {
            fn pthread_setcancelstate(state: c_int, old: *mut c_int) -> c_int;
        }
        let mut old = DISABLE;
        // SAFETY: the state is POSIX's or came from this function on this thread, and `old` is a
        // valid place.
        unsafe { pthread_setcancelstate(state, &raw mut old) };
        old
    }
}

/// Here no thread can be cancelled.
#[cfg(not(all(unix, not(target_os = "android"))))]
mod cancellation {
    pub(super) type CancelState = ();

    pub(super) fn disable() -> CancelState {}

    pub(super) fn restore((): CancelState) {}
}

/// Lets a test make the body of an entry panic.
#[cfg(test)]
pub(super) mod injected {
    use std::cell::Cell;

    thread_local! {
        static PANIC: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn panic_if_asked() {
        assert!(!PANIC.get(), "an injected panic");
    }

    pub(in crate::ffi) fn set(panic: bool) {
        PANIC.set(panic);
    }
}

//! What a panic inside any entry does to its C caller: nothing but a status.

use std::cell::Cell;

thread_local! {
    static PANIC: Cell<bool> = const { Cell::new(false) };
}

/// Called by the guard on the way into an entry's body.
pub(super) fn panic_if_asked() {
    assert!(!PANIC.get(), "an injected panic");
}

//! Has the system tell of forks, so that no call has to ask for the process id.

#[cfg(unix)]
pub(super) fn hook() {
    use std::ffi::c_int;
    use std::sync::Once;

    type Handler = Option<unsafe extern "C" fn()>;

    unsafe extern "C" {
        fn pthread_atfork(prepare: Handler, parent: Handler, child: Handler) -> c_int;
    }

    unsafe extern "C" fn child() {
        crate::fork::forked();
    }

    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        // SAFETY: the handler adds to an atomic and does nothing else, which is allowed in a forked child; it stays
        // loaded, because the shared library is linked with -z nodelete.
        if unsafe { pthread_atfork(None, None, Some(child)) } == 0 {
            crate::fork::hooked();
        }
    });
}

/// Elsewhere nothing forks.
#[cfg(not(unix))]
pub(super) fn hook() {}

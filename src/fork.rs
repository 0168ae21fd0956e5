//! Which process this is, since the last fork: a child must neither repeat its parent's nonces nor
//! use its clients.
//!
//! A word of memory holds the generation. Where the kernel can, it hands every child that page
//! filled with zeros, however the child was made: by `fork`, `_Fork` or a raw `clone`, in the same
//! or another pid namespace. Elsewhere a handler that the C library calls in every child of `fork`
//! clears the word. So a call reads memory and never asks the system for its process id.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use once_cell::race::OnceRef;

/// The number of the next generation. Children inherit it, so that none gets a number of its
/// ancestors'.
static NEXT: AtomicU64 = AtomicU64::new(1);
/// The generation if no page could be had, and always outside Linux.
static FALLBACK: AtomicU64 = AtomicU64::new(0);
/// Made without a lock: a child that is forked meanwhile must not wait for a thread that it does not
/// have.
static WORD: OnceRef<'static, AtomicU64> = OnceRef::new();

/// Differs between a process and the processes that it was forked from; never 0.
#[inline]
pub(crate) fn generation() -> u64 {
    let word = WORD.get_or_init(install);
    match word.load(Ordering::Relaxed) {
        0 => begin(word),
        generation => generation,
    }
}

/// A value that each process makes for itself: a forked child has none of the parent's threads, and
/// the parent's locks may be held for ever.
pub(crate) struct PerProcess<T>(ArcSwapOption<(u64, Arc<T>)>);

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self(ArcSwapOption::const_empty())
    }
}

impl<T: Default> PerProcess<T> {
    /// This process's value.
    pub(crate) fn get(&self) -> Arc<T> {
        let generation = generation();
        loop {
            let found = self.0.load_full();
            if let Some((_, value)) = found.as_deref().filter(|(made_in, _)| *made_in == generation) {
                return Arc::clone(value);
            }
            let mine = Arc::new((generation, Arc::default()));
            // The parent's value is leaked, not dropped: dropping would take its locks.
            std::mem::forget(self.0.compare_and_swap(&found, Some(mine)));
            std::mem::forget(found);
        }
    }
}

/// Numbers a process at its first call. If several threads come here at once, the first one
/// decides.
#[cold]
fn begin(word: &AtomicU64) -> u64 {
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    word.compare_exchange(0, next, Ordering::Relaxed, Ordering::Relaxed).map_or_else(|seen| seen, |_| next)
}

/// Several threads may come here at once. Only the first one's word is used; the others leave a page
/// and a second handler, which do no harm.
#[cold]
fn install() -> &'static AtomicU64 {
    let word = wiped_page().unwrap_or(&FALLBACK);
    // Also with a page: some emulators accept the advice and ignore it. Before the word is in use: a
    // child that is forked meanwhile must not find its parent's number there.
    call_in_children();
    word
}

/// A word on a page that the kernel clears in every child.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn wiped_page() -> Option<&'static AtomicU64> {
    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous};

    let (length, access) = (rustix::param::page_size(), ProtFlags::READ | ProtFlags::WRITE);
    // SAFETY: the kernel chooses the address, so no memory in use is replaced.
    let page = unsafe { mmap_anonymous(std::ptr::null_mut(), length, access, MapFlags::PRIVATE) }.ok()?;
    // SAFETY: the mapping has this length, and nothing is on it yet.
    if unsafe { madvise(page, length, Advice::LinuxWipeOnFork) }.is_err() {
        // SAFETY: as above, and nothing refers to it.
        let _ = unsafe { rustix::mm::munmap(page, length) };
        return None;
    }
    // SAFETY: the page is aligned, filled with zeros, which is a valid value, and never unmapped.
    Some(unsafe { AtomicU64::from_ptr(page.cast()) })
}

#[cfg(not(target_os = "linux"))]
fn wiped_page() -> Option<&'static AtomicU64> {
    None
}

/// Has the word cleared in every child of `fork`. If the handler cannot be registered (no memory),
/// the page is still there.
#[cfg(unix)]
#[allow(unsafe_code)]
fn call_in_children() {
    use std::ffi::c_int;

    type Handler = Option<unsafe extern "C" fn()>;

    unsafe extern "C" {
        fn pthread_atfork(prepare: Handler, parent: Handler, child: Handler) -> c_int;
    }

    unsafe extern "C" fn child() {
        if let Some(word) = WORD.get() {
            word.store(0, Ordering::Relaxed);
        }
    }

    // SAFETY: the handler stores to an atomic, which is allowed in a forked child. It stays loaded:
    // the shared library is linked with -z nodelete, and glibc drops the handlers of a library that
    // it unloads.
    let _ = unsafe { pthread_atfork(None, None, Some(child)) };
}

#[cfg(not(unix))]
fn call_in_children() {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without a fork the generation never changes, and it is never the one that means "unknown".
    #[test]
    fn a_generation_stays_in_a_process() {
        assert_eq!(generation(), generation());
        assert_ne!(generation(), 0);
        let other = std::thread::spawn(generation).join().unwrap();
        assert_eq!(generation(), other);
    }

    /// A child finds a cleared word, and the next call gives it a new number.
    #[test]
    fn a_cleared_word_gets_a_new_number() {
        let word = AtomicU64::new(0);
        let first = begin(&word);
        assert_eq!(word.swap(0, Ordering::Relaxed), first);
        assert!(begin(&word) > first);
        assert!(begin(&word) > first, "who comes second takes the number that is there");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_kernel_wipes_the_page_in_children() {
        assert!(wiped_page().is_some());
    }
}

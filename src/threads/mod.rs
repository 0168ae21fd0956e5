//! The threads of wxsign. Knows nothing of credentials.
//!
//! Four kinds of work may hang: a flight (in the network), a step (in the store's file system or in
//! a name lookup), a call of the program's token or ticket function, and a callback. Each runs on a
//! thread that its caller can give up on, and the threads of each kind are counted, so that what
//! hangs for one account starves no other. A thread that was given up on counts as hung until it
//! returns.
//!
//! * [`Runtime`] is what a refresher needs of its process; [`process`] is the real one.
//! * [`permit`] counts and limits flights, steps, calls and notifier threads.
//! * [`AccountThreads`] starts the flights, steps and calls of one account.
//! * [`aside()`] runs a step that has no account, such as a name lookup.
//! * [`Queue`] runs callbacks and listeners.
//! * [`background`] runs timers, and refreshes what is due; [`watchdog`] ends what hangs. Each has
//!   one thread in a process, which runs no user code and does no I/O.

mod account;
mod aside;
mod background;
mod permit;
mod process;
mod queue;
mod runtime;
mod watchdog;

pub(crate) use account::AccountThreads;
pub(crate) use aside::{AsideError, aside};
#[cfg(test)]
pub(crate) use permit::Counters;
pub(crate) use permit::{Full, Job, Permit, ThreadHandle};
pub(crate) use process::of_this_process;
pub(crate) use queue::{Queue, call_back_here};
pub(crate) use runtime::{RefreshAhead, Runtime};

/// The stack of every thread, on which callbacks of the program run as well. Without it the
/// standard library would take the size from the environment: `RUST_MIN_STACK` may be meant for
/// another program, and too small a stack ends this one.
const STACK: usize = 2 << 20;

fn builder(name: &str) -> std::thread::Builder {
    std::thread::Builder::new().name(name.to_owned()).stack_size(STACK)
}

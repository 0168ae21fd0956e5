//! The Refresher: decides when to fetch, which caller fetches, and which callers wait.
//!
//! One refresher serves all clients of a process that use the same account and store. Per kind of
//! credential it has an [`entry::Entry`]: the credential in memory, a phase (idle, or a flight
//! under way with its waiters) and an epoch. A call takes one of two ways:
//!
//! * The fast one: the credential is fresh. One atomic load, no lock ([`Refresher::with_ticket`]).
//! * Every other: [`decide::decide`] takes how the caller asks and the situation, and returns what
//!   the call does: serve, wait for a flight, start one, or fail. It is a pure function, tested
//!   over all its situations, and the only place of this policy. [`entry::Entry::ask`] applies it
//!   in one critical section, so two callers never start two flights.
//!
//! A flight ([`flight`]) has its own thread and reads from top to bottom: read the store, adopt
//! what another process has fetched, check the cooldown, get a token if a ticket needs one, take
//! the store's lock, read again, ask WeChat ([`requests`]), publish to memory and waiters, write to
//! the store, release the lock. Its failures set cooldowns ([`cooldowns`]), which all processes of
//! a store share. The background thread asks like a caller that does not wait, when a credential in
//! use is due. Events and callbacks go through [`notify`] to notifier threads, so user code
//! delays nothing.
//!
//! Nothing that hangs may take a credential down. A flight has nine seconds; each step in the store
//! ([`store_access`]) has one, on a thread that is given up on if it overruns. A flight's [`guard`]
//! settles its waiters, even after a panic. If the flight has not ended a second after its deadline,
//! the watchdog declares it lost: it raises the entry's epoch, so that nothing which the old flight
//! does counts any more, settles the waiters and releases the store's lock. An account whose threads
//! hang gets no further ones. At the process's limit a flight waits for a place. All threads come
//! from [`crate::threads`].
//!
//! What may change the state: callers, flights and the watchdog change an [`entry`] only through
//! its methods; flights and the watchdog change cooldowns. All that one account shares stands in a
//! [`context`]. Each owner in it has its own lock, and no lock is held across I/O, a sleep, user
//! code or another lock.

mod cached;
mod context;
mod cooldowns;
mod decide;
mod entry;
mod flight;
mod guard;
mod notify;
mod refresher;
mod requests;
mod store_access;
mod supplied;
#[cfg(test)]
mod tests;

pub(crate) use context::Parts;
pub(crate) use notify::Listener;
pub(crate) use refresher::Refresher;
pub(crate) use supplied::{OwnTickets, TicketFn, TokenFn, TokenSource, usable};
pub use supplied::{TicketReply, TokenReply};

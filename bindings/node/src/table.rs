//! The clients and stand-ins of this JavaScript thread, by number.
//!
//! The main environment and each worker have their own threads, so they share nothing. If the addon
//! is loaded twice on one thread, as under Jest, both copies share the thread's table. Each number
//! still means one client, and the copy that ends first closes all clients.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::{Either, Env};
use wxsign::{Client, Code, SignedPage, Ticket};
use wxsign_sandbox::Mock;

use crate::answer::{Failure, failure_of};
use crate::wait::Wait;

#[derive(Default)]
struct Table {
    clients: Vec<Option<Client>>,
    /// The ticket that was signed with last, under its key; the next one's is one less.
    ticket: Option<(i32, Ticket)>,
    /// Waits that an `AbortSignal` may end.
    waits: HashMap<u32, Wait>,
    last_wait: u32,
    mocks: HashMap<u32, Mock>,
    last_mock: u32,
    /// Whether the environment's end empties this table.
    hooked: bool,
}

impl Table {
    fn hook(&mut self, env: Env) -> napi::Result<()> {
        if !self.hooked {
            env.add_env_cleanup_hook((), |()| empty())?;
            self.hooked = true;
        }
        Ok(())
    }
}

thread_local! {
    static TABLE: RefCell<Table> = RefCell::default();
}

/// Keeps a client and gives its number.
pub fn add(env: Env, client: Client) -> napi::Result<u32> {
    TABLE.with_borrow_mut(|table| {
        table.hook(env)?;
        let free = table.clients.iter().position(Option::is_none);
        let place = free.unwrap_or(table.clients.len());
        let id = u32::try_from(place).map_err(|_| napi::Error::from_reason("too many clients"))?;
        match table.clients.get_mut(place) {
            Some(free) => *free = Some(client),
            None => table.clients.push(Some(client)),
        }
        Ok(id)
    })
}

/// Calls `ask` with the client of that number.
pub fn with<T>(id: u32, ask: impl FnOnce(&Client) -> Either<T, Failure>) -> Either<T, Failure> {
    TABLE.with_borrow(|table| match table.clients.get(id as usize) {
        Some(Some(client)) => ask(client),
        _ => Either::B(failure_of(Code::Closed, "the client was closed")),
    })
}

/// Signs with the client of that number, or with the ticket of that key, if nothing is out of the
/// ordinary.
pub fn sign_if_fresh(key: i32, url: &str) -> Option<SignedPage> {
    TABLE.with_borrow(|table| match (usize::try_from(key), &table.ticket) {
        (Ok(id), _) => table.clients.get(id)?.as_ref()?.signed_if_fresh(url),
        (Err(_), Some((own, ticket))) if *own == key => Some(ticket.sign(url)),
        _ => None,
    })
}

/// Keeps a ticket in the place of the one before.
pub fn prepare(ticket: &str) -> i32 {
    TABLE.with_borrow_mut(|table| {
        // After two thousand million tickets the keys begin again.
        let key = match &table.ticket {
            None | Some((i32::MIN, _)) => -1,
            Some((key, _)) => key - 1,
        };
        table.ticket = Some((key, Ticket::new(ticket)));
        key
    })
}

/// Forgets a client that JavaScript can no longer reach.
pub fn remove(id: u32) {
    let client = TABLE.with_borrow_mut(|table| table.clients.get_mut(id as usize).and_then(Option::take));
    // Outside the borrow: dropping a client settles its waiters.
    drop(client);
}

/// A number for a wait, never zero. The facade may be loaded several times on one thread, in several
/// bundles or contexts, so that no copy of it can count by itself.
pub fn new_wait() -> u32 {
    TABLE.with_borrow_mut(|table| {
        table.last_wait = table.last_wait % u32::MAX + 1;
        table.last_wait
    })
}

/// Notes a wait that may be given up.
pub fn note(number: u32, wait: Wait) {
    TABLE.with_borrow_mut(|table| table.waits.insert(number, wait));
}

/// Takes a wait out again.
pub fn forget(number: u32) -> Option<Wait> {
    TABLE.with_borrow_mut(|table| table.waits.remove(&number))
}

/// Keeps a stand-in and gives its number.
pub fn add_mock(env: Env, mock: Mock) -> napi::Result<u32> {
    TABLE.with_borrow_mut(|table| {
        table.hook(env)?;
        table.last_mock += 1;
        table.mocks.insert(table.last_mock, mock);
        Ok(table.last_mock)
    })
}

/// Calls `ask` with the stand-in of that number.
pub fn with_mock<T>(id: u32, ask: impl FnOnce(&Mock) -> Either<T, Failure>) -> Either<T, Failure> {
    TABLE.with_borrow(|table| match table.mocks.get(&id) {
        Some(mock) => ask(mock),
        None => Either::B(failure_of(Code::Closed, "the mock was closed")),
    })
}

/// Forgets a stand-in; dropping it stops it.
pub fn remove_mock(id: u32) -> Option<Mock> {
    TABLE.with_borrow_mut(|table| table.mocks.remove(&id))
}

/// The environment ends: its clients close, so that no flight calls back into it.
fn empty() {
    // A panic must not reach Node, whose frame called this.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let table =
            TABLE.try_with(|table| table.try_borrow_mut().ok().map(|mut table| std::mem::take(&mut *table)));
        drop(table);
    }));
}

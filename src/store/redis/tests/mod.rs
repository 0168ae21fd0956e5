//! The promises of the Redis store, on a real server; and of its arithmetic with time, on clocks that tests move.

mod address;
mod hosts;
mod records;
mod server;
mod trouble;

use std::sync::Arc;

use super::*;
use crate::clock::tests::Manual;
use crate::credential::{Begun, Grant};
use crate::deadline::soon;
use crate::secret::Secret;

const T0: i64 = 1_700_000_000_000;
const LIFE: i64 = 7_200_000;

fn account() -> Account {
    Account::new(["https://api", "wx1", "stable", "CANARY"])
}

/// A ticket fetched at this moment.
fn record(value: &str, generation: u64, clock: &dyn Clock) -> Record {
    let grant = Grant { value: Secret::new(value), life: LIFE };
    Record { generation, ..Record::next(Kind::Ticket, None, grant, &Begun::now(clock), 0.0).unwrap() }
}

fn store(url: &str) -> RedisStore {
    RedisStore::new(url, None).unwrap()
}

/// The store of a machine with a clock of its own.
fn store_of(url: &str, clock: &Arc<Manual>) -> RedisStore {
    RedisStore { clock: clock.clone(), ..store(url) }
}

fn why<T>(outcome: Result<T, StoreError>) -> String {
    outcome.err().expect("a failure").to_string()
}

fn value(store: &RedisStore) -> Option<String> {
    store.read(soon(), &account(), Kind::Ticket).unwrap().map(|record| record.value.reveal().to_owned())
}

fn ticket_key() -> String {
    key(&account(), "ticket")
}

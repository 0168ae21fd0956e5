//! The promises of the Redis store on a real server, against servers that misbehave, and of its
//! arithmetic with time on clocks that tests move.

mod hostile;
mod hosts;
mod records;
mod server;
mod trouble;
mod urls;

use std::sync::Arc;

use super::*;
use crate::clock::tests::Manual;
use crate::credential::{Grant, RequestStart};
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
    Record { generation, ..Record::next(Kind::Ticket, None, grant, &RequestStart::now(clock), 0.0).unwrap() }
}

fn store(url: &str) -> RedisStore {
    RedisStore::new(url, Roots::new(None, None)).unwrap()
}

/// The store of a machine with this clock.
fn store_of(url: &str, clock: &Arc<Manual>) -> RedisStore {
    RedisStore { clock: clock.clone(), ..store(url) }
}

fn why<T>(outcome: Result<T, StoreError>) -> String {
    let error = outcome.err().expect("a failure");
    assert!(error.hint().ends_with('.') && error.hint_zh().ends_with('。'), "no next step in {error}");
    error.to_string()
}

fn value(store: &RedisStore) -> Option<String> {
    store.read(soon(), &account(), Kind::Ticket).unwrap().map(|record| record.value.reveal().to_owned())
}

fn ticket_key() -> String {
    key(&account(), "ticket")
}

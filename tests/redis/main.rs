//! Clients of several machines on one Redis: a real `redis-server` for each test, and the sandbox.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

#[cfg(feature = "redis")]
#[path = "../../src/store/redis/tests/server.rs"]
mod server;
#[cfg(feature = "redis")]
mod sharing;
#[cfg(feature = "redis")]
mod tls;
#[cfg(feature = "redis")]
mod trouble;

use wxsign::{Builder, Client, Code, Store};

/// A client of the sandbox at `sandbox` that keeps its records in the Redis at `url`. Each address
/// makes it another process, for the refresher: clients share their memory only if they name the
/// same address.
fn builder(sandbox: &str, url: &str) -> Builder {
    Client::builder()
        .app_id(common::APP_ID)
        .app_secret(common::APP_SECRET)
        .base_url(sandbox)
        .store(Store::Redis(url.to_owned()))
}

#[test]
fn an_address_is_taken_if_redis_is_built_in() {
    let client = |url| builder("http://127.0.0.1:1", url).build();
    for url in ["redis://127.0.0.1", "rediss://:CANARY@redis.example.com:6380/2"] {
        let built = client(url);
        if cfg!(feature = "redis") {
            let state = built.unwrap().state().unwrap();
            assert_eq!((state.store, state.lock), (wxsign::StoreKind::Redis, wxsign::LockMode::Redis));
        } else {
            assert_eq!(built.unwrap_err().code(), Code::InvalidArgument);
        }
    }
    let error = client("redis://CANARY:CANARY").unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(!format!("{error:?}{:?}", Store::Redis("redis://:CANARY@h".into())).contains("CANARY"));
}

//! The list of behaviours that every binding shares, through the Rust binding and against the
//! sandbox.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod arguments;
#[path = "../common/mod.rs"]
mod common;
mod failures;
mod fetching;
mod watching;
mod work;

use serde_json::Value;

const PAGE: &str = "https://example.com/%E6%96%87%E7%AB%A0?id=1&from=timeline#top";

#[test]
fn every_behaviour_of_the_shared_list_has_a_test_here() {
    let list: Value = serde_json::from_str(include_str!("../behaviours.json")).unwrap();
    let sources = [
        include_str!("arguments.rs"),
        include_str!("failures.rs"),
        include_str!("fetching.rs"),
        include_str!("watching.rs"),
        include_str!("work.rs"),
    ];
    for name in list["behaviours"].as_object().unwrap().keys() {
        let test = format!("\nfn {name}() {{");
        assert!(sources.iter().any(|source| source.contains(&test)), "no test of {name}");
    }
}

//! The committed header is the one that the sources give. `WXSIGN_BLESS=1` rewrites it.
#![cfg(feature = "capi")]

use std::error::Error;
use std::{env, fs};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/include/wxsign.h");
const GENERATED: &str = concat!(env!("OUT_DIR"), "/wxsign.h");

#[test]
fn the_committed_header_is_what_the_sources_give() -> Result<(), Box<dyn Error>> {
    let generated = fs::read_to_string(GENERATED)?;
    if env::var_os("WXSIGN_BLESS").is_some_and(|bless| bless == "1") {
        fs::write(COMMITTED, &generated)?;
    }
    let committed = fs::read_to_string(COMMITTED)?;
    let differs = committed.lines().zip(generated.lines()).position(|(old, new)| old != new);
    assert!(
        committed == generated,
        "include/wxsign.h differs from src/ffi, first near line {}: \
         WXSIGN_BLESS=1 cargo test --features capi --test header",
        differs.map_or(0, |line| line + 1),
    );
    Ok(())
}

/// C programs and the system have these names too, with declarations of their own.
#[test]
fn the_header_declares_only_names_of_ours() -> Result<(), Box<dyn Error>> {
    let header = fs::read_to_string(GENERATED)?;
    let functions: Vec<_> = header.lines().filter_map(name_of_a_function).collect();
    assert!(functions.len() > 50, "{functions:?}");
    let foreign: Vec<_> = functions.iter().filter(|name| !name.starts_with("wxsign_")).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    Ok(())
}

/// The name of the function that a line begins to declare.
fn name_of_a_function(line: &str) -> Option<&str> {
    let is_code = line.starts_with(|first: char| first.is_ascii_lowercase()) && !line.starts_with("typedef");
    let before = line.split_once('(').filter(|_| is_code)?.0;
    before.rsplit([' ', '*']).next()
}

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

//! The store's files of credentials.
#![no_main]

mod seeds;

use wxsign::fuzz::record;

libfuzzer_sys::fuzz_target!(init: seeds::plant("record", record::seeds()), |data: &[u8]| {
    record::check(data);
});

//! The store's files of failed failures.
#![no_main]

mod seeds;

use wxsign::fuzz::failures;

libfuzzer_sys::fuzz_target!(init: seeds::plant("failures", failures::seeds()), |data: &[u8]| {
    failures::check(data);
});

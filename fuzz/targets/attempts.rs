//! The store's files of failed attempts.
#![no_main]

mod seeds;

use wxsign::fuzz::attempts;

libfuzzer_sys::fuzz_target!(init: seeds::plant("attempts", attempts::seeds()), |data: &[u8]| {
    attempts::check(data);
});

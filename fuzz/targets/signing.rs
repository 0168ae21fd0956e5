//! Signing, against another SHA-1.
#![no_main]

mod seeds;

use wxsign::fuzz::signing;

libfuzzer_sys::fuzz_target!(init: seeds::plant("signing", signing::seeds()), |data: &[u8]| {
    signing::check(data);
});

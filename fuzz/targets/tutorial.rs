//! The tutorial's file.
#![no_main]

mod seeds;

use wxsign::fuzz::tutorial;

libfuzzer_sys::fuzz_target!(init: seeds::plant("tutorial", tutorial::seeds()), |data: &[u8]| {
    tutorial::check(data);
});

//! The article's file.
#![no_main]

mod seeds;

use wxsign::fuzz::article;

libfuzzer_sys::fuzz_target!(init: seeds::plant("article", article::seeds()), |data: &[u8]| {
    article::check(data);
});

//! Answers to the call for a token.
#![no_main]

mod seeds;

use wxsign::fuzz::token_answer;

libfuzzer_sys::fuzz_target!(init: seeds::plant("token_answer", token_answer::seeds()), |data: &[u8]| {
    token_answer::check(data);
});

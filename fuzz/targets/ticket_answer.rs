//! Answers to the call for a ticket.
#![no_main]

mod seeds;

use wxsign::fuzz::ticket_answer;

libfuzzer_sys::fuzz_target!(init: seeds::plant("ticket_answer", ticket_answer::seeds()), |data: &[u8]| {
    ticket_answer::check(data);
});

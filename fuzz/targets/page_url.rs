//! Page URLs, against a browser's parser.
#![no_main]

#[path = "../../src/page_url/browser.rs"]
mod browser;
mod seeds;

use wxsign::fuzz::page_url;

libfuzzer_sys::fuzz_target!(init: seeds::plant("page_url", page_url::seeds()), |data: &[u8]| {
    page_url::check(data, browser::parse);
});

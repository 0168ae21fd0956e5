//! Signing through the C binding: texts of exactly their length, which a sanitizer watches, and
//! whatever bytes.
#![no_main]

mod seeds;

use std::ffi::{c_char, c_void};
use std::ptr;

use wxsign::fuzz::signing;

// As include/wxsign.h declares them; the crate's own functions are in private modules.
unsafe extern "C" {
    fn wxsign_sign(
        ticket: *const c_char,
        ticket_len: usize,
        nonce: *const c_char,
        nonce_len: usize,
        timestamp: u64,
        url: *const c_char,
        url_len: usize,
        signature: *mut c_char,
        error: *mut *mut c_void,
    ) -> u32;
    fn wxsign_error_message(error: *const c_void) -> *const c_char;
    fn wxsign_error_free(error: *mut c_void);
}

fn pointer(text: &[u8]) -> *const c_char {
    text.as_ptr().cast()
}

libfuzzer_sys::fuzz_target!(init: seeds::plant("c_sign", signing::seeds()), |data: &[u8]| {
    let Some((timestamp, texts)) = signing::split(data) else { return };
    let [ticket, nonce, url] = texts.map(Box::<[u8]>::from);
    let mut signature = Box::new([0xff_u8; 41]);
    let mut error = ptr::null_mut();
    // SAFETY: each text is passed with its length, and the buffer has the size that the header
    // names.
    let status = unsafe {
        wxsign_sign(
            pointer(&ticket),
            ticket.len(),
            pointer(&nonce),
            nonce.len(),
            timestamp,
            pointer(&url),
            url.len(),
            signature.as_mut_ptr().cast(),
            &raw mut error,
        )
    };
    if let [Ok(ticket), Ok(nonce), Ok(url)] = [&ticket, &nonce, &url].map(|text| str::from_utf8(text)) {
        assert!(status == 0 && error.is_null());
        let want = wxsign::sign(ticket, nonce, timestamp, url);
        assert_eq!(signature.split_last(), Some((&0, want.as_str().as_bytes())));
    } else {
        assert!(status != 0 && *signature == [0xff; 41], "a text that is not UTF-8 was signed");
        // SAFETY: the call failed, and so there is an error, which is ours to free.
        unsafe {
            assert!(!wxsign_error_message(error).is_null());
            wxsign_error_free(error);
        }
    }
});

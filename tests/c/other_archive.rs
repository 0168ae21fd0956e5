//! A second Rust library for tests/c/two_archives.c: its own copy of Rust's runtime, and a panic
//! that it catches.
#![allow(missing_docs)]

#[unsafe(no_mangle)]
pub extern "C" fn other_catches(number: i32) -> i32 {
    std::panic::set_hook(Box::new(|_| {}));
    std::panic::catch_unwind(|| {
        let text: String = number.to_string();
        assert!(text.is_empty(), "{text}");
    })
    .map_or(number, |()| -1)
}

//! The C ABI: what `include/wxsign.h` declares, and nothing else.
//!
//! The header is written from these files by cbindgen (build.rs), so their doc comments speak to C
//! programmers. Who owns what is said by types: `Option<Box<T>>` comes in where a call takes its argument
//! over, `Option<&T>` where it borrows, `Option<&mut MaybeUninit<T>>` where it writes; a mix-up does not
//! compile. No enum comes in, because a number that it does not have would be undefined behaviour. Every
//! entry runs inside `guard`.

// An entry's contract towards its C caller stands in the header's own words.
#![allow(clippy::missing_safety_doc)]
// The doc comments are the header's text: C spells its names without backticks.
#![allow(clippy::doc_markdown)]

// cbindgen keeps this order in the header; the empty lines keep rustfmt from sorting it.
mod version;

mod sign;

mod options;

mod token;

mod client;

mod event;

mod error;
mod status;
mod text;

mod callback;
mod guard;

#[cfg(test)]
mod tests;

//! The C ABI: exactly what `include/wxsign.h` declares.
//!
//! cbindgen writes the header from these files (see build.rs), so their doc comments address C
//! programmers. Types express ownership: `Option<Box<T>>` is an argument that the call takes over,
//! `Option<&T>` one that it borrows, `Option<&mut MaybeUninit<T>>` a place that it writes to. A
//! mix-up does not compile. No parameter is an enum, because a number outside the enum would be
//! undefined behaviour.
//!
//! Layers, each of which uses only those before it: `boundary` (panics, cancellation), `status`,
//! `error`, `guard` (a failure becomes a status and an error), `text`, `callback`; then the
//! entries.

// The header states each entry's contract in its own words.
#![allow(clippy::missing_safety_doc)]
// The doc comments are the header's text, and C spells names without backticks.
#![allow(clippy::doc_markdown)]

// The header keeps this order. The empty lines keep rustfmt from sorting it.
mod version;

mod sign;

mod url;

mod explain;

mod options;

mod token;

mod ticket;

mod client;

mod event;

mod error;
mod error_json;
mod status;
mod text;

mod boundary;
mod callback;
mod guard;

#[cfg(test)]
mod tests;

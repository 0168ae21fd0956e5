//! wxsign signs WeChat JS-SDK pages and keeps the `access_token` and `jsapi_ticket` that signing
//! needs.
//!
//! Two levels: [`sign`] is pure and takes a ticket that you have; [`Client`] fetches and keeps the
//! ticket for you.
//!
//! ```
//! let signature = wxsign::sign(
//!     "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
//!     "Wm3WZYTPz0wzccnW",
//!     1_414_587_457,
//!     "http://mp.weixin.qq.com?params=value",
//! );
//! assert_eq!(signature.as_str(), "0f9de62fce790f9a083d5c99e95740ceb90c27ed");
//! ```
//!
//! ```no_run
//! let client = wxsign::Client::builder().app_id("wx…").app_secret("…").build()?;
//! let config = client.config("https://example.com/page?from=timeline")?;
//! println!("{} {} {}", config.timestamp, config.nonce, config.signature);
//! # Ok::<(), wxsign::Error>(())
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]
// except the hook in src/fork.rs and, with the feature `capi`, src/ffi
// Standard output and standard error are the program's.
#![deny(clippy::print_stdout, clippy::print_stderr, clippy::dbg_macro)]
// A check panics if a promise was broken.
#![cfg_attr(any(test, fuzzing), allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]
#![cfg_attr(any(test, fuzzing), allow(clippy::panic, clippy::missing_panics_doc))]
#![cfg_attr(any(test, fuzzing), allow(clippy::print_stdout, clippy::print_stderr))]

mod base64;
mod card;
mod client;
mod clock;
mod credential;
mod deadline;
mod diagnosis;
#[doc(hidden)]
pub mod doctor;
mod error;
mod event;
mod fork;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod http;
mod jitter;
#[cfg(test)]
mod mutants;
mod nonce;
mod page_url;
mod percent;
mod refresh;
mod roots;
mod secret;
mod signature;
mod small_file;
#[cfg(test)]
mod soak;
mod store;
mod surrogate;
mod sync;
mod threads;
mod upstream;

#[cfg(feature = "capi")]
#[allow(unsafe_code)] // the C boundary
pub mod ffi;

pub use card::card_sign;
pub use client::{
    AccessToken, AgentConfig, Builder, Client, Config, CredentialState, DEFAULT_TIMEOUT, InvoiceConfig,
    OwnTicket, State, StoreChoice as Store, StoreKind, Stored,
};
pub use credential::{Freshness, Kind as CredentialKind, Source};
pub use diagnosis::{Cause, CauseCode, Certainty, Evidence, Report, Verdict, explain};
pub use error::{Binding, Code, Error, Subject};
pub use event::Event;
pub use nonce::{Nonce, nonce};
pub use page_url::url_from_query;
pub use refresh::{TicketReply, TokenReply};
pub use signature::{Signature, SignedPage, Ticket, sign};
pub use store::LockMode;
pub use upstream::TokenApi;

/// The version of this library, as in its manifest.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The Rust examples of README.md.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of docs/rust.md.
#[cfg(doctest)]
#[doc = include_str!("../docs/rust.md")]
struct RustPage;

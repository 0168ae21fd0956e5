//! The Node addon: converts between JavaScript and the core. It contains no rules.
//!
//! No function throws a failure of wxsign: it returns the value, or the chain of failures as plain
//! data, from which the TypeScript facade makes its one error class. An exception is a defect.

mod answer;
mod client;
mod hot;
mod listen;
mod mock;
mod options;
mod table;
mod wait;

use napi_derive::napi;

use answer::{Answer, Failure, answer};

/// The nonce, the timestamp and forty hexadecimal digits in one flat string: making an object here
/// would cost more than signing. A nonce or timestamp that is not given is made here.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)] // napi hands over owned values
pub fn sign(ticket: String, url: String, nonce: Option<String>, timestamp: Option<i64>) -> String {
    let nonce = nonce.unwrap_or_else(wxsign::nonce);
    let timestamp = timestamp.and_then(|given| u64::try_from(given).ok()).unwrap_or_else(now);
    let signature = wxsign::sign(&ticket, &nonce, timestamp, &url);
    pack(&nonce, timestamp, signature.as_str())
}

/// Signs the values of a card or of `chooseInvoice`.
#[napi(catch_unwind)]
pub fn card_sign(values: Vec<String>) -> String {
    wxsign::card_sign(values)
}

/// Keeps a ticket ready for [`hot`] and gives the key to sign with it: below zero, and never given
/// for another ticket.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)]
pub fn prepare(ticket: String) -> i32 {
    table::prepare(&ticket)
}

/// The URL to sign, out of a raw query string or form body; the rules are the core's.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)]
pub fn url_from_query(query: String) -> Answer {
    answer(wxsign::url_from_query(&query))
}

/// A failure that the facade itself found, in the words of the core's table; `option` is the
/// client's option that is wrong.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)]
pub fn failure(code: String, message: String, option: Option<String>) -> Failure {
    let known = wxsign::Code::ALL.iter().copied().find(|known| known.as_str() == code);
    let error = wxsign::Error::of_binding(known.unwrap_or(wxsign::Code::Internal), message);
    let name = option.and_then(|name| options::NAMES.iter().copied().find(|known| *known == name));
    answer::failure(&match name {
        Some(name) => error.about_option(name),
        None => error,
    })
}

/// Explains a failed signature: evidence as JSON in, a report as JSON out.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value)]
pub fn explain_evidence(evidence: String) -> Answer {
    answer(wxsign::Evidence::from_json(&evidence).map(|evidence| wxsign::explain(&evidence).to_json()))
}

/// Runs the command `wxsign` to its end on this thread, and gives its exit code.
#[napi(catch_unwind)]
pub fn run_command(arguments: Vec<String>) -> u32 {
    wxsign_cli::run(arguments).into()
}

/// The version of the core that is inside.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    wxsign::VERSION
}

fn pack(nonce: &str, timestamp: u64, signature: &str) -> String {
    format!("{nonce}{timestamp}{signature}")
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

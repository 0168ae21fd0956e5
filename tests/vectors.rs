//! The shared vectors through the Rust binding.
#![allow(missing_docs, dead_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

mod common;

use serde_json::Value;

fn file() -> Value {
    serde_json::from_str(include_str!("vectors/signature.json")).unwrap()
}

fn signed(vector: &Value) -> String {
    let text = |name: &str| vector[name].as_str().unwrap();
    let timestamp = vector["timestamp"].as_u64().unwrap();
    wxsign::sign(text("ticket"), text("nonceStr"), timestamp, text("url")).to_string()
}

#[test]
fn every_shared_vector_is_met() {
    let file = file();
    let vectors = file["vectors"].as_array().unwrap();
    assert!(vectors.len() > 1_000);
    for vector in vectors {
        assert_eq!(signed(vector), vector["signature"], "{}", vector["name"]);
    }
}

#[test]
fn no_usual_mistake_is_made() {
    for wrong in file()["wrong"].as_array().unwrap() {
        assert_ne!(signed(wrong), wrong["signature"], "{}", wrong["name"]);
    }
}

#[test]
fn every_card_vector_is_met() {
    let file = file();
    let cards = file["cards"].as_array().unwrap();
    assert!(cards.len() > 10);
    for card in cards {
        let values = card["values"].as_array().unwrap().iter().map(|value| value.as_str().unwrap());
        assert_eq!(wxsign::card_sign(values), card["signature"], "{}", card["name"]);
    }
}

/// The text as `encodeURIComponent` returns it.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match char::from(byte) {
            c if c.is_ascii_alphanumeric() || "-_.!~*'()".contains(c) => c.to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// A `location.href` from a browser is signed as it is, up to the `#`, also if it comes through a
/// handler's query. `tests/browser/urls.mjs` has the URLs from a real browser.
#[test]
fn what_browsers_have_is_signed_verbatim() {
    let file: Value = serde_json::from_str(include_str!("vectors/browser_urls.json")).unwrap();
    let urls = file["urls"].as_array().unwrap();
    assert!(urls.len() > 500);
    let sandbox = common::Sandbox::start();
    let client = sandbox.builder().allowed_hosts(["*"]).build().unwrap();
    let ticket = client.ticket().unwrap();
    for url in urls {
        let href = url["href"].as_str().unwrap();
        let config = client.config(href).unwrap_or_else(|error| panic!("{href}: {error}"));
        let page = href.split('#').next().unwrap();
        let want = wxsign::sign(&ticket, &config.nonce, config.timestamp, page);
        assert_eq!(config.signature, want, "{href}");
        assert_eq!(wxsign::url_from_query(&format!("url={}", encoded(href))).unwrap(), href);
    }
}

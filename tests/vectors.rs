//! The shared vectors through the Rust binding.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)] // a test says why it fails by failing

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

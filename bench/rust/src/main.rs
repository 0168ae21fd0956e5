//! The Rust binding against the SHA-1 blocks alone, and against `format!` and the sha1 crate.
//! Prints JSON.

mod rounds;

use std::hint::black_box;

use rounds::{contender, interleave};
use sha1::Digest;
use sha1::block_api::compress;

const TICKET: &str = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
const NONCE: &str = "abcdefghijklmnopqrstuvwxyz234567";
const TIMESTAMP: u64 = 1_414_587_457;
const URL: &str = "https://example.com/shop/item?id=1000&from=timeline&isappinstalled=0";
const INITIAL: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

fn text(ticket: &str, nonce: &str, timestamp: u64, url: &str) -> String {
    let page = url.split('#').next().unwrap_or_default();
    format!("jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}")
}

/// What a careful program does that has only a hash function: one allocation for the text, one for
/// the digits.
fn format_and_sha1(ticket: &str, nonce: &str, timestamp: u64, url: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = String::with_capacity(40);
    for byte in sha1::Sha1::digest(text(ticket, nonce, timestamp, url).as_bytes()) {
        hex.push(char::from(DIGITS[usize::from(byte >> 4)]));
        hex.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    hex
}

/// The text that is signed, padded to whole blocks: what no signature of this length can do
/// without.
fn padded() -> Vec<u8> {
    let mut text = text(TICKET, NONCE, TIMESTAMP, URL).into_bytes();
    let bits = text.len() as u64 * 8;
    text.push(0x80);
    text.resize((text.len() + 8).div_ceil(64) * 64 - 8, 0);
    text.extend(bits.to_be_bytes());
    text
}

fn main() {
    let address = std::env::var("BENCH_SANDBOX").expect("BENCH_SANDBOX is the address of a sandbox");
    let client = wxsign::Client::builder()
        .app_id("wx5823bf96d3bd56c7")
        .app_secret("0123456789abcdef0123456789abcdef")
        .base_url(address)
        .store(wxsign::Store::Memory)
        .allowed_hosts(["example.com"])
        .build()
        .expect("the options are right");
    let _ = client.config(URL).expect("the sandbox has a ticket");
    let ticket = wxsign::Ticket::new(TICKET);
    let padded = padded();
    let right = wxsign::sign(TICKET, NONCE, TIMESTAMP, URL);
    assert_eq!(
        format_and_sha1(TICKET, NONCE, TIMESTAMP, URL),
        right.as_str(),
        "only right signatures are measured"
    );

    let (nonce, url) = (|| black_box(NONCE), || black_box(URL));
    let (given, at) = (|| black_box(TICKET), || black_box(TIMESTAMP));
    let times = interleave(vec![
        contender("Client::config", move || drop(black_box(client.config(url())))),
        contender("Ticket::sign", move || {
            black_box(ticket.sign(url()));
        }),
        contender("sign", move || {
            black_box(wxsign::sign(given(), nonce(), at(), url()));
        }),
        contender("format! and sha1", move || {
            drop(black_box(format_and_sha1(given(), nonce(), at(), url())))
        }),
        contender("the SHA-1 blocks alone", move || {
            let mut state = INITIAL;
            compress(&mut state, black_box(&padded[..]).as_chunks().0);
            black_box(&state);
        }),
    ]);
    println!("{{\"groups\":{{\"rust.config\":{times}}}}}");
}

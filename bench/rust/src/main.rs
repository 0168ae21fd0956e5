//! The Rust binding against the SHA-1 blocks alone, and against the same text hashed by other libraries. Prints JSON.

mod peers;
mod rounds;

use std::hint::black_box;

use rounds::{Contender, contender, interleave};
use sha1::block_api::compress;

const TICKET: &str = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
const NONCE: &str = "abcdefghijklmnopqrstuvwxyz234567";
const TIMESTAMP: u64 = 1_414_587_457;
const URL: &str = "https://example.com/shop/item?id=1000&from=timeline&isappinstalled=0";
const INITIAL: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
const BLOCKS: &str = "the SHA-1 blocks alone";

/// The text that is signed, padded to whole blocks: what no signature of this length can do without.
fn padded() -> Vec<u8> {
    let mut text = peers::text(TICKET, NONCE, TIMESTAMP, URL).into_bytes();
    let bits = text.len() as u64 * 8;
    text.push(0x80);
    text.resize((text.len() + 8).div_ceil(64) * 64 - 8, 0);
    text.extend(bits.to_be_bytes());
    text
}

/// Each call's nonce is out of the signature before, so that no call can begin before the last has ended: what is
/// measured is how long a page waits, and not how many signatures a processor can work at side by side.
fn chained<T: AsRef<str>>(
    name: &'static str,
    sign: impl Fn(&str, &str, u64, &str) -> T + 'static,
) -> Contender {
    let known = wxsign::sign(TICKET, NONCE, TIMESTAMP, URL);
    assert_eq!(sign(TICKET, NONCE, TIMESTAMP, URL).as_ref(), known.as_str(), "{name} signs wrongly");
    let mut nonce = NONCE.to_owned();
    contender(name, move || {
        let signature = sign(black_box(TICKET), &nonce, black_box(TIMESTAMP), black_box(URL));
        nonce.clear();
        nonce.push_str(&signature.as_ref()[..NONCE.len()]);
    })
}

fn chained_blocks() -> Contender {
    let padded = padded();
    let mut state = INITIAL;
    contender(BLOCKS, move || compress(&mut state, black_box(&padded[..]).as_chunks().0))
}

fn blocks() -> Contender {
    let padded = padded();
    contender(BLOCKS, move || {
        let mut state = INITIAL;
        compress(&mut state, black_box(&padded[..]).as_chunks().0);
        black_box(&state);
    })
}

/// A signature on the stack, as text.
struct Ours(wxsign::Signature);

impl AsRef<str> for Ours {
    fn as_ref(&self) -> &str {
        self.0.as_str()
    }
}

fn main() {
    let url = std::env::var("BENCH_SANDBOX").expect("BENCH_SANDBOX is the address of a sandbox");
    let client = wxsign::Client::builder()
        .app_id("wx5823bf96d3bd56c7")
        .app_secret("0123456789abcdef0123456789abcdef")
        .base_url(url)
        .store(wxsign::Store::Memory)
        .allowed_hosts(["example.com"])
        .build()
        .expect("the options are right");
    let _ = client.config(URL).expect("the sandbox has a ticket");

    let sign = interleave(vec![
        chained("wxsign::sign", |ticket, nonce, at, url| Ours(wxsign::sign(ticket, nonce, at, url))),
        chained_blocks(),
        chained("format! and sha1", |ticket, nonce, at, url| {
            peers::sign(ticket, nonce, at, url, peers::sha1)
        }),
        chained("format! and ring", |ticket, nonce, at, url| {
            peers::sign(ticket, nonce, at, url, peers::ring)
        }),
        chained("format! and aws-lc-rs", |ticket, nonce, at, url| {
            peers::sign(ticket, nonce, at, url, peers::aws_lc_rs)
        }),
        chained("format! and openssl", |ticket, nonce, at, url| {
            peers::sign(ticket, nonce, at, url, peers::openssl)
        }),
    ]);
    let apart = interleave(vec![
        contender("wxsign::sign", || {
            black_box(wxsign::sign(
                black_box(TICKET),
                black_box(NONCE),
                black_box(TIMESTAMP),
                black_box(URL),
            ));
        }),
        blocks(),
        contender("Client::config, with nonce, clock and checks", move || {
            let _ = black_box(client.config(black_box(URL)));
        }),
    ]);

    let ticket = wxsign::Ticket::new(TICKET);
    let kept = interleave(vec![
        contender("a kept ticket, with nonce and clock", move || {
            black_box(ticket.sign(black_box(URL)));
        }),
        contender("format! and sha1", || {
            let nonce = black_box(NONCE);
            black_box(peers::sign(
                black_box(TICKET),
                nonce,
                black_box(TIMESTAMP),
                black_box(URL),
                peers::sha1,
            ));
        }),
        blocks(),
    ]);
    println!("{{\"groups\":{{\"rust.sign\":{sign},\"rust.apart\":{apart},\"rust.kept\":{kept}}}}}");
}

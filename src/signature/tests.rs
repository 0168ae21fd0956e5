//! Every way to a signature gives what the crate's own hasher gives over the text that WeChat hashes.

use std::collections::HashSet;

use sha1::{Digest, Sha1};

use super::*;
use crate::nonce::Nonce;

fn plain(ticket: &str, nonce: &str, timestamp: u64, page: &str) -> String {
    let text = format!("jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}");
    hex::encode(Sha1::digest(text.as_bytes()))
}

struct Now {
    nonce: Nonce,
    timestamp: u64,
    signature: Signature,
    packed: Vec<u8>,
}

fn sign_now(ticket: &Ticket, url: &str) -> Now {
    ticket.sign(url, |signed| Now {
        nonce: signed.nonce(),
        timestamp: signed.timestamp(),
        signature: signed.signature(),
        packed: signed.packed().unwrap().to_vec(),
    })
}

fn text(length: usize) -> String {
    (0..length).map(|n| char::from(b'!' + u8::try_from(n * 7 % 90).unwrap())).filter(|&c| c != '#').collect()
}

#[test]
fn the_official_vector_is_met() {
    let ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
    let got = sign(ticket, "Wm3WZYTPz0wzccnW", 1_414_587_457, "http://mp.weixin.qq.com?params=value#x");
    assert_eq!(got.as_str(), "0f9de62fce790f9a083d5c99e95740ceb90c27ed");
}

#[test]
fn every_length_of_every_part_is_hashed_as_it_is() {
    for length in 0..1_200 {
        let (long, short) = (text(length), text(length % 130));
        for (ticket, nonce, timestamp, page) in [
            (&*long, "n", 1, "p"),
            (&*short, &*long, 12_345, "http://a.cn"),
            ("t", &*short, u64::MAX, &*long),
        ] {
            let want = plain(ticket, nonce, timestamp, page);
            assert_eq!(sign(ticket, nonce, timestamp, page).as_str(), want, "length {length}");
        }
    }
}

#[test]
fn a_prepared_ticket_of_every_length_signs_pages_of_every_length() {
    for ticket_length in 0..=512 {
        let ticket = text(ticket_length);
        let prepared = Ticket::new(&ticket);
        // From the third signature on, the nonce was begun ahead.
        for page_length in [0, 30, 68, 200, 210 + ticket_length % 64, 2_048, ticket_length] {
            let page = text(page_length);
            let signed = sign_now(&prepared, &page);
            let (nonce, timestamp) = (signed.nonce, signed.timestamp);
            let want = plain(&ticket, &nonce, timestamp, &page);
            assert_eq!(signed.signature.as_str(), want, "ticket of {ticket_length}, page of {page_length}");
            let seconds = u32::try_from(timestamp).unwrap().to_be_bytes();
            assert_eq!(signed.packed, [nonce.as_bytes().as_slice(), &seconds, want.as_bytes()].concat());
        }
    }
    let prepared = Ticket::new("ticket");
    for page_length in 0..=2_100 {
        let page = text(page_length);
        let signed = sign_now(&prepared, &page);
        let want = plain("ticket", &signed.nonce, signed.timestamp, &page);
        assert_eq!(signed.signature.as_str(), want, "page of {page_length}");
    }
}

#[test]
fn tickets_that_take_turns_on_one_thread_never_mix() {
    let tickets: Vec<_> =
        (0..4).map(|n| "t".repeat(20 + 30 * n)).map(|text| (Ticket::new(&text), text)).collect();
    let mut nonces = HashSet::new();
    for turn in 0..2_000_usize {
        // One at a time, and several times the same.
        let (prepared, ticket) = &tickets[if turn % 2 == 0 { turn % 4 } else { turn / 16 % 4 }];
        let signed = sign_now(prepared, "http://a.cn/?x#y");
        let want = plain(ticket, &signed.nonce, signed.timestamp, "http://a.cn/?x");
        assert_eq!(signed.signature.as_str(), want);
        assert!(nonces.insert(signed.nonce));
    }
}

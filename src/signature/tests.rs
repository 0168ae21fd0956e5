//! Every way to a signature gives what the crate's own hasher gives over the text that WeChat hashes.

use std::collections::HashSet;

use sha1::{Digest, Sha1};

use super::*;
use crate::nonce::Nonce;

fn plain(ticket: &str, nonce: &str, timestamp: u64, page: &str) -> String {
    let text = format!("jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}");
    hex::encode(Sha1::digest(text.as_bytes()))
}

/// As long as WeChat's are.
const TICKET: &str = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";

struct Now {
    nonce: Nonce,
    timestamp: u64,
    signature: Signature,
    packed: Vec<u8>,
}

fn sign_now(ticket: &mut Ticket, url: &str) -> Now {
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
    let got = sign(TICKET, "Wm3WZYTPz0wzccnW", 1_414_587_457, "http://mp.weixin.qq.com?params=value#x");
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
        let mut prepared = Ticket::new(&ticket);
        for page_length in [0, 30, 68, 200, 210 + ticket_length % 64, 2_048, ticket_length] {
            let page = text(page_length);
            let signed = sign_now(&mut prepared, &page);
            let (nonce, timestamp) = (signed.nonce, signed.timestamp);
            let want = plain(&ticket, &nonce, timestamp, &page);
            assert_eq!(signed.signature.as_str(), want, "ticket of {ticket_length}, page of {page_length}");
            let seconds = u32::try_from(timestamp).unwrap().to_be_bytes();
            assert_eq!(signed.packed, [nonce.as_bytes().as_slice(), &seconds, want.as_bytes()].concat());
        }
    }
    let mut prepared = Ticket::new("ticket");
    for page_length in 0..=2_100 {
        let page = text(page_length);
        let signed = sign_now(&mut prepared, &page);
        let want = plain("ticket", &signed.nonce, signed.timestamp, &page);
        assert_eq!(signed.signature.as_str(), want, "page of {page_length}");
    }
}

#[test]
fn tickets_that_take_turns_with_one_pen_never_mix() {
    let tickets: Vec<_> =
        (0..4).map(|n| "t".repeat(20 + 30 * n)).map(|text| (Prepared::new(&text), text)).collect();
    let (mut pen, mut nonces) = (Pen::new(), HashSet::new());
    for turn in 0..4_000_usize {
        // One at a time, several times the same, and so often the same that signatures are begun ahead.
        let at = if turn < 1_000 {
            turn % 4
        } else if turn < 2_000 {
            turn / 16 % 4
        } else {
            turn / 200 % 4
        };
        let (prepared, ticket) = &tickets[at];
        let (nonce, signature) = sign_with(&mut pen, prepared, "http://a.cn/?a-page-that-is-long-enough");
        let want = plain(ticket, &nonce, 1_414_587_457, "http://a.cn/?a-page-that-is-long-enough");
        assert_eq!(signature.as_str(), want, "turn {turn}");
        assert!(nonces.insert(nonce), "a nonce came twice");
    }
}

#[test]
fn a_forked_child_takes_nothing_of_what_its_parent_had_begun() {
    let (mut pen, prepared, page) =
        (Pen::new(), Prepared::new(TICKET), b"https://example.com/shop/item?id=1000");
    let mut own =
        |mark| pen.sign_in(mark, &prepared, 1_414_587_457, page, |signed| signed.nonce().to_string());
    let shared =
        |nonces: &[String]| nonces.iter().map(|nonce| nonce[..19].to_owned()).collect::<HashSet<_>>();
    let parent: Vec<_> = (0..100).map(|_| own(1)).collect();
    let child: Vec<_> = (0..100).map(|_| own(2)).collect();
    // What was begun ahead would have the parent's first nineteen characters.
    assert!(shared(&parent).is_disjoint(&shared(&child)));
}

/// Signs with the pen itself, at a second that does not pass.
fn sign_with(pen: &mut Pen, ticket: &Prepared, page: &str) -> (Nonce, Signature) {
    pen.sign(ticket, 1_414_587_457, page, |signed| (signed.nonce(), signed.signature()))
}

#[test]
fn signatures_that_were_begun_ahead_are_right_for_tickets_and_pages_of_every_length() {
    for ticket_length in 0..=140 {
        let ticket = text(ticket_length);
        let (mut pen, prepared) = (Pen::new(), Prepared::new(&ticket));
        // Beyond a few hundred, a page takes the way of all long ones.
        for page_length in (0..300).rev() {
            let page = text(page_length);
            let (nonce, signature) = sign_with(&mut pen, &prepared, &page);
            let want = plain(&ticket, &nonce, 1_414_587_457, &page);
            assert_eq!(signature.as_str(), want, "ticket of {ticket_length}, page of {page_length}");
        }
    }
}

#[test]
fn pages_that_begin_differently_at_any_place_are_signed_right_among_those_that_do_not() {
    let (mut pen, prepared, mut nonces) = (Pen::new(), Prepared::new(TICKET), HashSet::new());
    let usual = "https://example.com/shop/item?id=1000&from=timeline&isappinstalled=0";
    for turn in 0..4_000 {
        let mut page = usual.to_owned();
        // Rarely at first, then every other one, then rarely again.
        if turn % if (1_000..2_000).contains(&turn) { 2 } else { 50 } == 0 {
            let at = turn / 2 % page.len();
            page.replace_range(at..=at, "~");
        }
        let (nonce, signature) = sign_with(&mut pen, &prepared, &page);
        assert_eq!(signature.as_str(), plain(TICKET, &nonce, 1_414_587_457, &page), "turn {turn}");
        assert!(nonces.insert(nonce), "a nonce came twice");
    }
}

#[test]
fn a_new_second_or_ticket_leaves_nothing_of_what_was_begun_before() {
    let (mut pen, page) = (Pen::new(), "https://example.com/shop/item?id=1000&from=timeline");
    let tickets = [TICKET, "another"].map(|ticket| (ticket, Prepared::new(ticket)));
    for turn in 0..2_000_u64 {
        let (ticket, prepared) = &tickets[usize::from(turn % 700 > 500)];
        let second = 1_414_587_457 + turn / 300;
        let (nonce, timestamp, signature) = pen
            .sign(prepared, second, page, |signed| (signed.nonce(), signed.timestamp(), signed.signature()));
        assert_eq!(timestamp, second);
        assert_eq!(signature.as_str(), plain(ticket, &nonce, second, page), "turn {turn}");
    }
}

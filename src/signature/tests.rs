//! Both ways to compute a signature agree with the `sha1` crate over the text that WeChat hashes.

use std::collections::HashSet;

use super::*;

fn plain(ticket: &str, nonce: &str, timestamp: u64, page: &str) -> String {
    let text = format!("jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}");
    ::hex::encode(Sha1::digest(text.as_bytes()))
}

/// As long as WeChat's are.
const TICKET: &str = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";

fn text(length: usize) -> String {
    (0..length).map(|n| char::from(b'!' + u8::try_from(n * 7 % 90).unwrap())).filter(|&c| c != '#').collect()
}

fn check(ticket: &str, signed: &SignedPage, page: &str) {
    let want = plain(ticket, &signed.nonce, signed.timestamp, page);
    assert_eq!(signed.signature.as_str(), want, "ticket of {}, page of {}", ticket.len(), page.len());
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

/// Tickets of every length with pages around the ends of blocks, and pages of every length up to
/// far beyond the buffer.
#[test]
fn a_kept_ticket_signs_every_length() {
    for ticket_length in 0..=512 {
        let ticket = text(ticket_length);
        let kept = Ticket::new(&ticket);
        for page_length in [0, 15, 16, 17, 30, 68, 200, 210 + ticket_length % 64, 2_048, ticket_length] {
            let page = text(page_length);
            check(&ticket, &kept.sign(&page), &page);
        }
    }
    let kept = Ticket::new(TICKET);
    for page_length in 0..=2_100 {
        let page = text(page_length);
        check(TICKET, &kept.sign(&page), &page);
    }
    for fragment in ["#", "#a#b"] {
        check(TICKET, &kept.sign(&format!("http://a.cn/{fragment}")), "http://a.cn/");
    }
}

/// A short page must not hash the bytes that a long page before it wrote into the buffer.
#[test]
fn a_shorter_page_leaves_no_trace_of_a_longer() {
    let kept = Ticket::new(TICKET);
    for page_length in (0..900).rev() {
        let page = "~".repeat(page_length);
        check(TICKET, &kept.sign(&page), &page);
    }
}

#[test]
fn tickets_that_take_turns_never_mix() {
    let tickets = [0, 20, 20, 50, 51, 80, 110, 174].map(|n| "abcdefgh"[n % 8..].repeat(n / 4 + 1));
    let kept = tickets.each_ref().map(|ticket| TicketMidstate::new(ticket));
    let mut nonces = HashSet::new();
    for turn in 0..4_000_usize {
        let at = if turn < 2_000 { turn % 8 } else { turn / 16 % 8 };
        let timestamp = [1, 1_414_587_457, 1_414_587_458, u64::MAX][turn / 3 % 4];
        let page = "http://a.cn/?a-page-that-is-long-enough";
        let signed = sign_page(&kept[at], timestamp, page);
        assert_eq!(signed.timestamp, timestamp);
        check(&tickets[at], &signed, page);
        assert!(nonces.insert(signed.nonce), "a nonce came twice");
    }
}

/// Time passes while pages are signed.
#[test]
fn every_second_has_its_own_text() {
    let kept = TicketMidstate::new(TICKET);
    for timestamp in 0..2_000 {
        let timestamp = timestamp * 7_919_111;
        check(TICKET, &sign_page(&kept, timestamp, "https://a.cn/x?y"), "https://a.cn/x?y");
    }
}

#[test]
fn a_ticket_signs_on_many_threads_at_once() {
    let kept = Ticket::new(TICKET);
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| (0..500).for_each(|n| check(TICKET, &kept.sign(&text(n)), &text(n))));
        }
    });
}

#[test]
fn no_output_shows_a_ticket() {
    let kept = Ticket::new(TICKET);
    assert_eq!(format!("{kept:?}"), "Ticket([redacted])");
}

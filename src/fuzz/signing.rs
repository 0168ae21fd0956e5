//! Signing takes every text, cuts it at its first `#`, and gives what SHA-1 over the four fields
//! gives.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::{Ticket, sign};

/// Where the ticket, the nonce and the URL begin in an input: behind a timestamp and the lengths of
/// the first two.
const HEAD: usize = 11;

/// An input that [`check`] takes apart into these.
fn input(timestamp: u64, ticket: &str, nonce: &str, url: &str) -> Vec<u8> {
    let ticket_len = u16::try_from(ticket.len()).unwrap().to_le_bytes();
    let nonce_len = u8::try_from(nonce.len()).unwrap();
    [
        &timestamp.to_le_bytes(),
        &ticket_len[..],
        &[nonce_len],
        ticket.as_bytes(),
        nonce.as_bytes(),
        url.as_bytes(),
    ]
    .concat()
}

/// Tickets of several lengths, and pages around the sizes of SHA-1's blocks.
pub fn seeds() -> Vec<Vec<u8>> {
    let ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
    let mut seeds = vec![
        input(1_414_587_457, ticket, "Wm3WZYTPz0wzccnW", "http://mp.weixin.qq.com?params=value"),
        input(u64::MAX, "", "", ""),
        input(0, "中文", "é", "https://例子.cn/#路径#"),
    ];
    seeds.extend([8, 55, 56, 63, 64, 119, 300, 512].map(|n| {
        let page = format!("https://example.com/{}#x", "p".repeat(n));
        input(1_700_000_000, &"t".repeat(n), "nonce", &page)
    }));
    seeds
}

/// The timestamp, the ticket, the nonce and the URL in an input, which need not be text.
pub fn split(data: &[u8]) -> Option<(u64, [&[u8]; 3])> {
    let (head, texts) = data.split_first_chunk::<HEAD>()?;
    let [.., low, high, nonce_len] = *head;
    let (ticket, rest) = texts.split_at(usize::from(u16::from_le_bytes([low, high])).min(texts.len()));
    let (nonce, url) = rest.split_at(usize::from(nonce_len).min(rest.len()));
    Some((u64::from_le_bytes(*head.first_chunk()?), [ticket, nonce, url]))
}

/// Signs what the input holds, in every way there is, and compares with the SHA-1 of ring, which
/// shares nothing with ours.
pub fn check(data: &[u8]) -> bool {
    let Some((timestamp, texts)) = split(data) else { return false };
    let [ticket, nonce, url] = texts.map(String::from_utf8_lossy);
    let page = url.split('#').next().unwrap();
    let by_the_book = |nonce: &str, timestamp: u64| {
        let text = format!("jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}");
        hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()))
    };
    assert_eq!(sign(&ticket, &nonce, timestamp, &url).as_str(), by_the_book(&nonce, timestamp));
    let kept = Ticket::new(&ticket);
    for page in [kept.sign(&url), kept.sign(&url)] {
        assert_eq!(page.signature.as_str(), by_the_book(&page.nonce, page.timestamp));
    }
    true
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::mutants::rounds;

    /// Characters from every part of Unicode, with what means something to URLs more often.
    fn characters(rng: &mut StdRng) -> Vec<char> {
        let one = |_| match rng.random_range(0..4) {
            0 => char::from(b"#&=?/:%@\\\0\n\r\t "[rng.random_range(0..14)]),
            1 => rng.random::<char>(),
            _ => rng.random_range('!'..='~'),
        };
        (0..50_000).map(one).collect()
    }

    #[test]
    fn every_text_is_signed_as_sha1_signs_it() {
        let mut rng = StdRng::seed_from_u64(20_261_122);
        let pool = characters(&mut rng);
        let text = |rng: &mut StdRng, most: usize| -> String {
            let from = rng.random_range(0..pool.len() - most);
            pool[from..from + rng.random_range(0..=most)].iter().collect()
        };
        for n in 0..rounds() {
            // Around the sizes of SHA-1's blocks, and now and then far beyond.
            let most = if n % 1_000 == 0 { 5_000 } else { 90 };
            let (ticket, nonce, url) =
                (text(&mut rng, most.min(300)), text(&mut rng, 40), text(&mut rng, most));
            let timestamp = if n % 3 == 0 { rng.random() } else { rng.random_range(0..2_000_000_000) };
            assert!(check(&input(timestamp, &ticket, &nonce, &url)));
        }
    }
}

//! Signing takes every text, cuts it at its first `#`, and gives what SHA-1 over the four fields gives.
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test may panic

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sha1::{Digest, Sha1};

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
    let rounds = if std::env::var_os("WXSIGN_SOAK").is_some() { 10_000_000 } else { 200_000 };
    for n in 0..rounds {
        // Around the sizes of SHA-1's blocks, and now and then far beyond.
        let most = if n % 1_000 == 0 { 5_000 } else { 90 };
        let (ticket, nonce, url) = (text(&mut rng, most.min(300)), text(&mut rng, 40), text(&mut rng, most));
        let timestamp = if n % 3 == 0 { rng.random() } else { rng.random_range(0..2_000_000_000) };
        let page = url.split('#').next().unwrap();
        let string1 = format!("jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}");
        let want = hex::encode(Sha1::digest(&string1));
        assert_eq!(wxsign::sign(&ticket, &nonce, timestamp, &url).as_str(), want, "{string1:?}");
    }
}

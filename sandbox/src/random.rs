//! Random-looking text. It is for tests, never for real secrets.
#![allow(clippy::disallowed_types)] // the sandbox never forks

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use sha1::{Digest, Sha1};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A token of the usual length. Tests search logs and errors for its marker.
pub fn token() -> String {
    format!("90_TOKEN{}", text(128))
}

/// A ticket of 86 characters, as WeChat's are.
pub fn ticket() -> String {
    format!("TICKET{}", text(80))
}

/// The ticket of an app of 企业微信: 24 characters of standard base64, for 16 bytes. It always has
/// `+`, `/` and `==`, which a careless encoder of URLs changes.
pub fn agent_ticket() -> String {
    let plain = text(14).replace('-', "0").replace('_', "1");
    let (front, last) = plain.split_at_checked(13).unwrap_or_default();
    // The last character carries two bits only.
    let last = if last < "V" { 'A' } else { 'g' };
    format!("TICKET+/{front}{last}==")
}

/// The invoice ticket of 企业微信: 27 characters.
pub fn card_ticket() -> String {
    format!("TICKET{}", text(21))
}

/// The number that 企业微信's error messages carry as `hint`.
pub fn hint() -> String {
    block().iter().chain(&block()).take(25).map(|byte| char::from(b'0' + byte % 10)).collect()
}

/// The request id that ends WeChat's error messages: three groups of 8 hex digits.
pub fn rid() -> String {
    let hex = hex::encode(block());
    let group = |from: usize| hex.get(from..from + 8).unwrap_or_default();
    format!("{}-{}-{}", group(0), group(8), group(16))
}

fn text(length: usize) -> String {
    let bytes = std::iter::repeat_with(block).flatten();
    bytes
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 63)))
        .map(|byte| char::from(*byte))
        .take(length)
        .collect()
}

fn block() -> [u8; 20] {
    static SEED: OnceLock<u64> = OnceLock::new();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let seed = SEED.get_or_init(|| RandomState::new().hash_one(std::process::id()));
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    Sha1::new().chain_update(seed.to_le_bytes()).chain_update(count.to_le_bytes()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_shape_and_never_repeat() {
        let (one, two) = (ticket(), ticket());
        assert_ne!(one, two);
        assert_eq!(one.len(), 86);
        assert!(one.starts_with("TICKET") && one.bytes().all(|byte| ALPHABET.contains(&byte)));
        assert!(token().contains("TOKEN"));
        let agent = agent_ticket();
        assert!(agent.len() == 24 && agent.starts_with("TICKET+/") && agent.ends_with("=="), "{agent}");
        assert!(hint().len() == 25 && hint().bytes().all(|byte| byte.is_ascii_digit()));
        let rid = rid();
        assert!(rid.split('-').all(|group| group.len() == 8 && group.bytes().all(|b| b.is_ascii_hexdigit())));
        assert_eq!(rid.len(), 26);
    }
}

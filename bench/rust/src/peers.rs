//! What a careful program does that has only a hash function: one allocation for the text, one for the digits.

/// The text that is signed.
pub fn text(ticket: &str, nonce: &str, timestamp: u64, url: &str) -> String {
    let page = url.split('#').next().unwrap_or_default();
    format!("jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}")
}

pub fn sign(ticket: &str, nonce: &str, timestamp: u64, url: &str, hash: fn(&[u8]) -> [u8; 20]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = String::with_capacity(40);
    for byte in hash(text(ticket, nonce, timestamp, url).as_bytes()) {
        hex.push(char::from(DIGITS[usize::from(byte >> 4)]));
        hex.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    hex
}

pub fn sha1(text: &[u8]) -> [u8; 20] {
    use sha1::Digest;
    sha1::Sha1::digest(text).into()
}

pub fn ring(text: &[u8]) -> [u8; 20] {
    use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    twenty(digest(&SHA1_FOR_LEGACY_USE_ONLY, text).as_ref())
}

pub fn aws_lc_rs(text: &[u8]) -> [u8; 20] {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    twenty(digest(&SHA1_FOR_LEGACY_USE_ONLY, text).as_ref())
}

pub fn openssl(text: &[u8]) -> [u8; 20] {
    openssl::sha::sha1(text)
}

fn twenty(digest: &[u8]) -> [u8; 20] {
    digest.try_into().expect("SHA-1 has 20 bytes")
}

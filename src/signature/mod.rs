//! The signature of `wx.config`: SHA-1 over ticket, nonce, timestamp and page URL, as WeChat recomputes it.

mod hasher;

use std::fmt;

use crate::page_url;
use hasher::{Hasher, Midstate};

/// Forty lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; Self::LEN]);

impl Signature {
    /// The number of digits.
    pub const LEN: usize = 40;

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        // Hex digits are ASCII, so the empty text is never given.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

/// Signs a page: `url` is cut at its first `#` and otherwise hashed as it is, never parsed or re-serialised.
///
/// `timestamp` is in seconds and is the number that the page hands to `wx.config`, as is `nonce` (there
/// spelled `nonceStr`). Every text is taken: this function has no opinion about what a URL is.
pub fn sign(ticket: &str, nonce: &str, timestamp: u64, url: &str) -> Signature {
    Prepared::new(ticket).sign(nonce, timestamp, page_url::without_fragment(url))
}

/// A ticket with the hash of everything that comes before the nonce: a client signs many pages with one ticket.
#[derive(Clone)]
pub(crate) struct Prepared(Midstate);

impl Prepared {
    pub(crate) fn new(ticket: &str) -> Self {
        Self(Midstate::of(&[b"jsapi_ticket=", ticket.as_bytes(), b"&noncestr="]))
    }

    /// Signs `page`, which is already without its fragment.
    pub(crate) fn sign(&self, nonce: &str, timestamp: u64, page: &str) -> Signature {
        let mut hasher = Hasher::resume(&self.0);
        hasher.add(nonce.as_bytes());
        hasher.add(b"&timestamp=");
        hasher.add(decimal(timestamp, &mut [0; 20]));
        hasher.add(b"&url=");
        hasher.add(page.as_bytes());
        let mut digits = [b'0'; Signature::LEN];
        // The buffer is exactly twice the digest, so this cannot fail.
        let _ = hex::encode_to_slice(hasher.finish(), &mut digits);
        Signature(digits)
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The decimal digits of `number`, without an allocation.
fn decimal(mut number: u64, digits: &mut [u8; 20]) -> &[u8] {
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        #[allow(clippy::cast_possible_truncation)] // below ten
        let last = (number % 10) as u8;
        *digit = b'0' + last;
        used += 1;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    digits.get(digits.len() - used..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_are_read() {
        for number in [0, 1, 9, 10, 99, 1_414_587_457, 9_007_199_254_740_991, u64::MAX] {
            assert_eq!(decimal(number, &mut [0; 20]), number.to_string().as_bytes());
        }
    }

    #[test]
    fn the_official_vector_is_met() {
        let ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
        let got = sign(ticket, "Wm3WZYTPz0wzccnW", 1_414_587_457, "http://mp.weixin.qq.com?params=value#x");
        assert_eq!(got.as_str(), "0f9de62fce790f9a083d5c99e95740ceb90c27ed");
    }
}

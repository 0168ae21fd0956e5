//! The signature of `wx.config`: SHA-1 over ticket, nonce, timestamp and page URL, as WeChat recomputes it.

use std::fmt;

use sha1::{Digest, Sha1};

use crate::page_url;

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
    sign_bytes(ticket.as_bytes(), nonce.as_bytes(), timestamp, page_url::without_fragment(url).as_bytes())
}

/// The same for fields that are bytes already and a page URL that is already cut.
fn sign_bytes(ticket: &[u8], nonce: &[u8], timestamp: u64, page: &[u8]) -> Signature {
    let mut hash = Sha1::new();
    hash.update(b"jsapi_ticket=");
    hash.update(ticket);
    hash.update(b"&noncestr=");
    hash.update(nonce);
    hash.update(b"&timestamp=");
    hash.update(timestamp.to_string());
    hash.update(b"&url=");
    hash.update(page);
    let mut digits = [b'0'; Signature::LEN];
    // The buffer is exactly twice the digest, so this cannot fail.
    let _ = hex::encode_to_slice(hash.finalize(), &mut digits);
    Signature(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_official_vector_is_met() {
        let ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
        let got = sign(ticket, "Wm3WZYTPz0wzccnW", 1_414_587_457, "http://mp.weixin.qq.com?params=value#x");
        assert_eq!(got.as_str(), "0f9de62fce790f9a083d5c99e95740ceb90c27ed");
    }
}

//! Base64 as RFC 4648 defines it, for a proxy's login and for secrets that a service quotes so.

use zeroize::Zeroizing;

/// The value in base64. It may be a secret, so it is wiped when it is dropped.
pub(crate) fn encode(bytes: &[u8]) -> Zeroizing<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Zeroizing::new(String::with_capacity(bytes.len().div_ceil(3) * 4));
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let index = bits >> (18 - 6 * at) & 63;
            let letter = ALPHABET.get(index as usize).filter(|_| at <= chunk.len());
            out.push(letter.map_or('=', |&letter| char::from(letter)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_has_its_padding() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(encode(bytes.as_bytes()).as_str(), text);
        }
        assert_eq!(encode(&[0xfb, 0xff]).as_str(), "+/8=");
    }
}

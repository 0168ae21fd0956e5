//! The signature as it was given, and the SHA-1 that candidates are compared with.

use ring::hmac;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

/// The twenty bytes of a SHA-1.
pub(super) type Hash = [u8; 20];

/// What a signature is, by its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Missing,
    Sha1 {
        hash: Hash,
        spelling: Spelling,
    },
    /// As long as the digest of another function: MD5, SHA-224, SHA-256, SHA-384 or SHA-512.
    OtherFunction(Vec<u8>),
    Malformed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    Right,
    UpperCase,
    Base64,
}

impl Given {
    pub(super) fn of(signature: &str) -> Self {
        if signature.is_empty() {
            return Self::Missing;
        }
        if signature.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let mut hash = [0; 20];
            if hex::decode_to_slice(signature, &mut hash).is_ok() {
                let upper = signature.bytes().any(|byte| byte.is_ascii_uppercase());
                let spelling = if upper { Spelling::UpperCase } else { Spelling::Right };
                return Self::Sha1 { hash, spelling };
            }
            return match hex::decode(signature) {
                Ok(digest) if matches!(digest.len(), 16 | 28 | 32 | 48 | 64) => Self::OtherFunction(digest),
                _ => Self::Malformed,
            };
        }
        match base64(signature) {
            Some(hash) => Self::Sha1 { hash, spelling: Spelling::Base64 },
            None => Self::Malformed,
        }
    }
}

/// Twenty bytes in base64, of either alphabet, with or without padding.
fn base64(text: &str) -> Option<Hash> {
    let mut bits = 0_u32;
    let mut count = 0;
    let mut bytes = Vec::with_capacity(21);
    for byte in text.strip_suffix('=').unwrap_or(text).bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff).try_into().ok()?);
        }
    }
    bytes.try_into().ok()
}

pub(super) fn sha1(text: &[u8]) -> Hash {
    Sha1::digest(text).into()
}

/// HMAC-SHA1, which some take for "SHA-1 with the ticket".
pub(super) fn hmac(key: &[u8], text: &[u8]) -> Hash {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let mut hash = [0; 20];
    hash.copy_from_slice(hmac::sign(&key, text).as_ref());
    hash
}

/// Whether another function than SHA-1 makes this digest of the text, with or without the ticket as
/// the key. Of SHA-224 only the length is known.
pub(super) fn is_other_digest(digest: &[u8], text: &[u8], ticket: &[u8]) -> bool {
    use ring::digest::{SHA256, SHA384, SHA512, digest as hash};
    let (function, mac) = match digest.len() {
        16 => return md5(text) == digest,
        32 => (&SHA256, hmac::HMAC_SHA256),
        48 => (&SHA384, hmac::HMAC_SHA384),
        64 => (&SHA512, hmac::HMAC_SHA512),
        _ => return false,
    };
    hash(function, text).as_ref() == digest
        || hmac::sign(&hmac::Key::new(mac, ticket), text).as_ref() == digest
}

/// MD5, after RFC 1321. It protects nothing here: it only names a mistake.
fn md5(text: &[u8]) -> [u8; 16] {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    // It holds the ticket, so it is wiped, and never grows.
    let length = (text.len() + 9).next_multiple_of(64);
    let mut padded = Zeroizing::new(Vec::with_capacity(length));
    padded.extend_from_slice(text);
    padded.push(0x80);
    padded.resize(length - 8, 0);
    padded.extend_from_slice(&(text.len() as u64 * 8).to_le_bytes());
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded.as_chunks::<64>().0 {
        let words: Vec<u32> = block.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64_usize {
            let (mixed, at) = match step / 16 {
                0 => (b & c | !b & d, step),
                1 => (d & b | !d & c, 5 * step + 1),
                2 => (b ^ c ^ d, 3 * step + 5),
                _ => (c ^ (b | !d), 7 * step),
            };
            // The table of RFC 1321: the sine's bits after the point.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let constant = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let word = words.get(at % 16).copied().unwrap_or_default();
            let shift = SHIFTS.get(step / 16).and_then(|row| row.get(step % 4)).copied().unwrap_or_default();
            let sum = a.wrapping_add(mixed).wrapping_add(constant).wrapping_add(word);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shift)));
        }
        for (sum, part) in state.iter_mut().zip([a, b, c, d]) {
            *sum = sum.wrapping_add(part);
        }
    }
    let mut digest = [0; 16];
    for (to, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *to = word.to_le_bytes();
    }
    digest
}

/// Everything that stands before the URL, hashed once for many URLs.
pub(super) struct Front(Sha1);

impl Front {
    pub(super) fn new(ticket: &[u8], nonce: &[u8], timestamp: &[u8]) -> Self {
        let state = Sha1::new()
            .chain_update(b"jsapi_ticket=")
            .chain_update(ticket)
            .chain_update(b"&noncestr=")
            .chain_update(nonce)
            .chain_update(b"&timestamp=")
            .chain_update(timestamp)
            .chain_update(b"&url=");
        Self(state)
    }

    pub(super) fn hash(&self, url: &[u8]) -> Hash {
        self.0.clone().chain_update(url).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 1321 (MD5) and RFC 4231 (HMAC), and NIST's of "abc".
    #[test]
    fn other_functions_fit_their_vectors() {
        for (text, digest) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abc",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            ),
        ] {
            assert!(is_other_digest(&hex::decode(digest).unwrap(), text.as_bytes(), b"key"), "{digest}");
        }
        let mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert!(is_other_digest(&hex::decode(mac).unwrap(), b"what do ya want for nothing?", b"Jefe"));
        assert!(!is_other_digest(&[0; 28], b"", b""));
    }
}

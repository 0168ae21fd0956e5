//! The signature as it was given, and the SHA-1 that candidates are compared with.

use sha1::{Digest, Sha1};

/// The twenty bytes of a SHA-1.
pub(super) type Hash = [u8; 20];

/// What a signature is, by its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Missing,
    Sha1 {
        hash: Hash,
        spelling: Spelling,
    },
    /// As long as the digest of another function: MD5, SHA-224, SHA-256, SHA-384 or SHA-512.
    OtherFunction,
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
            let is_other = matches!(signature.len(), 32 | 56 | 64 | 96 | 128);
            return if is_other { Self::OtherFunction } else { Self::Malformed };
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
    let mut block = [0; 64];
    if key.len() > block.len() {
        block.iter_mut().zip(sha1(key)).for_each(|(to, from)| *to = from);
    } else {
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    }
    let inner = Sha1::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(text).finalize();
    Sha1::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
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

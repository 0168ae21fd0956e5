//! The signature of a page, written from WeChat's documentation alone: nothing here comes from `wxsign`.

use sha1::{Digest, Sha1};

/// What goes into the signature, byte for byte. The fields that a twin gets wrong are open to change.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// In front of everything; rightly empty.
    pub front: &'a [u8],
    pub ticket: &'a [u8],
    /// Rightly `noncestr`.
    pub nonce_key: &'a str,
    pub nonce: &'a [u8],
    pub timestamp: &'a [u8],
    pub url: &'a [u8],
}

impl Text<'_> {
    /// Lowercase hex of SHA-1.
    pub fn signature(&self) -> String {
        let parts: [&[u8]; 9] = [
            self.front,
            b"jsapi_ticket=",
            self.ticket,
            b"&",
            self.nonce_key.as_bytes(),
            b"=",
            self.nonce,
            b"&timestamp=",
            self.timestamp,
        ];
        let mut hash = Sha1::new();
        for part in parts {
            hash.update(part);
        }
        hex::encode(hash.chain_update(b"&url=").chain_update(self.url).finalize())
    }
}

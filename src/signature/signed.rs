//! What was signed beside ticket and page, with the signature, in a form that needs no further work.

use super::Signature;
use crate::nonce::Nonce;

/// Where the timestamp stands, and where the signature.
const TIMESTAMP_AT: usize = Nonce::LEN;
const SIGNATURE_AT: usize = TIMESTAMP_AT + 4;

/// Nonce, timestamp and signature, side by side.
#[doc(hidden)]
#[repr(align(64))] // a line of the cache
pub struct Signed {
    timestamp: u64,
    packed: [u8; Self::LEN],
}

impl Signed {
    /// The length of the packed form.
    pub const LEN: usize = SIGNATURE_AT + Signature::LEN;

    pub(super) const fn new() -> Self {
        Self { timestamp: 0, packed: [b'0'; Self::LEN] }
    }

    pub(super) fn begin(&mut self, nonce: &[u8; Nonce::LEN], timestamp: u64) {
        self.timestamp = timestamp;
        self.put(0, nonce);
        let [.., a, b, c, d] = timestamp.to_be_bytes();
        self.put(TIMESTAMP_AT, &[a, b, c, d]);
    }

    /// Writes the part of the nonce that is `new`, which stands `at` that place of it.
    #[inline]
    pub(super) fn put_nonce<const N: usize>(&mut self, at: usize, new: &[u8; N]) {
        self.put(at, new);
    }

    #[inline]
    pub(super) fn put_signature(&mut self, digits: &[u8; Signature::LEN]) {
        self.put(SIGNATURE_AT, digits);
    }

    #[inline]
    fn put<const N: usize>(&mut self, at: usize, piece: &[u8; N]) {
        if let Some(place) = self.packed.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *place = *piece;
        }
    }

    /// Unix time in seconds.
    pub fn timestamp(&self) -> u64 {
        self.timestamp
    }

    /// The nonce.
    pub fn nonce(&self) -> Nonce {
        Nonce::of(self.packed.first_chunk().copied().unwrap_or([b'0'; Nonce::LEN]))
    }

    /// The signature.
    pub fn signature(&self) -> Signature {
        Signature(self.packed.last_chunk().copied().unwrap_or([b'0'; Signature::LEN]))
    }

    /// 32 characters of nonce, the timestamp in four bytes, the highest first, and 40 digits of signature. Nothing from
    /// 2106 on, when a timestamp has five bytes.
    pub fn packed(&self) -> Option<&[u8; Self::LEN]> {
        u32::try_from(self.timestamp).is_ok().then_some(&self.packed)
    }
}

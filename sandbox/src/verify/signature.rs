//! The signature of a page, written from WeChat's documentation alone: nothing here comes from `wxsign`.

use sha1::{Digest, Sha1};

/// What goes into the signature, byte for byte. A search for mistakes changes single fields.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// In front of everything. Empty in a right signature.
    pub front: &'a [u8],
    pub ticket: &'a [u8],
    /// `noncestr` in a right signature.
    pub nonce_key: &'a str,
    pub nonce: &'a [u8],
    pub timestamp: &'a [u8],
    pub url: &'a [u8],
}

/// The `cardSign` of these values: sorted as bytes, joined with nothing between, SHA-1 as hex.
pub fn card_sign(values: &[&[u8]]) -> String {
    let mut values = values.to_vec();
    values.sort_unstable();
    hex::encode(Sha1::digest(values.concat()))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The official vector, whose ticket ends with a space, and one of wechatpy's tests.
    #[test]
    fn card_signs_fit_the_public_vectors() {
        let official: [&[u8]; 5] = [
            b"jonyqin_1434008071",
            b"1404896688",
            b"pjZ8Yt1XGILfi-FUsewpnnolGgZk",
            b"ojZ8YtyVyr30HheH3CM73y7h4jJE ",
            b"jonyqin",
        ];
        assert_eq!(card_sign(&official), "6b81fbf6af16e856334153b39737556063c82689");
        let ticket =
            b"sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg";
        let minimal: [&[u8]; 4] = [b"1414587457", b"Wm3WZYTPz0wzccnW", ticket, b"random_card_id"];
        assert_eq!(card_sign(&minimal), "22dce6bad4db532d4a2ef82ca2ca7bbe1e10ef28");
    }
}

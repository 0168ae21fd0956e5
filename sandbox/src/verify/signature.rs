//! The signatures of pages and cards, written from WeChat's documentation alone: nothing here comes
//! from `wxsign`.

use sha1::{Digest, Sha1};

/// The signature of a page: SHA-1 as lower-case hex.
pub fn signature(ticket: &str, nonce: &[u8], timestamp: &[u8], url: &[u8]) -> String {
    let parts: [&[u8]; 8] =
        [b"jsapi_ticket=", ticket.as_bytes(), b"&noncestr=", nonce, b"&timestamp=", timestamp, b"&url=", url];
    hex::encode(Sha1::digest(parts.concat()))
}

/// The `cardSign` of these values: sorted as bytes, joined with nothing between, SHA-1 as hex.
pub fn card_sign(values: &[&[u8]]) -> String {
    let mut values = values.to_vec();
    values.sort_unstable();
    hex::encode(Sha1::digest(values.concat()))
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

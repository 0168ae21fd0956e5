//! SHA-1 as its standard describes it (RFC 3174), step by step: slow, and nothing in common with
//! what signing uses.

pub(super) fn hex(text: &[u8]) -> String {
    let mut padded = text.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 8).next_multiple_of(64) - 8, 0);
    padded.extend_from_slice(&(text.len() as u64 * 8).to_be_bytes());
    let mut hash: [u32; 5] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
    for block in padded.as_chunks().0 {
        add_block(&mut hash, block);
    }
    format!("{:08x}{:08x}{:08x}{:08x}{:08x}", hash[0], hash[1], hash[2], hash[3], hash[4])
}

#[allow(clippy::many_single_char_names)] // as the standard names them
fn add_block(hash: &mut [u32; 5], block: &[u8; 64]) {
    let mut words = [0_u32; 80];
    for (t, bytes) in block.as_chunks().0.iter().enumerate() {
        words[t] = u32::from_be_bytes(*bytes);
    }
    for t in 16..80 {
        words[t] = (words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16]).rotate_left(1);
    }
    let [mut a, mut b, mut c, mut d, mut e] = *hash;
    for (t, word) in words.into_iter().enumerate() {
        let (mixed, constant) = match t {
            0..20 => ((b & c) | (!b & d), 0x5A82_7999),
            20..40 => (b ^ c ^ d, 0x6ED9_EBA1),
            40..60 => ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC),
            _ => (b ^ c ^ d, 0xCA62_C1D6_u32),
        };
        let sum =
            a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(word).wrapping_add(constant);
        (a, b, c, d, e) = (sum, a, b.rotate_left(30), c, d);
    }
    for (whole, part) in hash.iter_mut().zip([a, b, c, d, e]) {
        *whole = whole.wrapping_add(part);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_standards_own_samples_are_met() {
        for (text, want) in [
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
            ),
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ] {
            assert_eq!(super::hex(text.as_bytes()), want);
        }
    }
}

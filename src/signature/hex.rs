//! SHA-1's state as forty hexadecimal digits, computed sixteen bytes at a time.

use wide::{u8x16, u32x4};

use super::midstate::HashState;
use super::midstate::Lane;

/// Forty lowercase hexadecimal digits.
#[inline]
pub(super) fn hex(state: HashState) -> [u8; 40] {
    let [front @ .., last] = state;
    let [first, second] = digits_of(front);
    let [third, _] = digits_of([last, 0, 0, 0]);
    let mut digits = [0; 40];
    digits[..16].copy_from_slice(&first);
    digits[16..32].copy_from_slice(&second);
    digits[32..].copy_from_slice(&third[..8]);
    digits
}

/// The digits of the first two numbers, and those of the other two.
#[inline]
fn digits_of(numbers: [u32; 4]) -> [Lane; 2] {
    let bytes = u32x4::from(numbers.map(u32::to_be));
    let nibble = u32x4::splat(0x0f0f_0f0f);
    let (high, low) = (as_digits((bytes >> 4_u32) & nibble), as_digits(bytes & nibble));
    [u8x16::unpack_low(high, low).to_array(), u8x16::unpack_high(high, low).to_array()]
}

/// Each byte, which is below sixteen, as a digit.
#[inline]
fn as_digits(nibbles: u32x4) -> u8x16 {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(nibbles.to_array().map(u32::to_ne_bytes).as_flattened());
    let numbers = u8x16::from(bytes);
    numbers + u8x16::splat(b'0') + (numbers.simd_gt(u8x16::splat(9)) & u8x16::splat(b'a' - b'9' - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_written_in_lowercase() {
        let state = [0x0123_4567, 0x89ab_cdef, 0xfedc_ba98, 0x7654_3210, 0x0f1e_2d3c];
        assert_eq!(hex(state), *b"0123456789abcdeffedcba98765432100f1e2d3c");
        for byte in 0..=u8::MAX {
            let word = u32::from_be_bytes([byte; 4]);
            let text = String::from_utf8(hex([word, !word, 0, word, word]).to_vec()).unwrap();
            assert_eq!(text, format!("{word:08x}{:08x}{:08x}{word:08x}{word:08x}", !word, 0));
        }
    }
}

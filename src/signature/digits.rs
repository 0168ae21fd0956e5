//! Numbers and digests as text, without an allocation.

use wide::{u8x16, u32x4};

use super::text::State;

/// A timestamp's decimal digits, from the left; zeros behind.
#[derive(Clone, Copy)]
pub(super) struct Decimal {
    text: [u8; Self::MAX],
    len: usize,
}

impl Decimal {
    /// The digits of the largest number.
    pub(super) const MAX: usize = 20;

    pub(super) fn of(mut number: u64) -> Self {
        let mut text = [0; Self::MAX];
        let len = number.checked_ilog10().map_or(1, |log| log as usize + 1);
        for digit in text.iter_mut().take(len).rev() {
            #[allow(clippy::cast_possible_truncation)] // below ten
            let last = (number % 10) as u8;
            *digit = b'0' + last;
            number /= 10;
        }
        Self { text, len }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }
}

/// A hash in lowercase hexadecimal digits, computed and not looked up.
#[inline]
pub(super) fn hex(state: State) -> [u8; 40] {
    let [front @ .., last] = state;
    let [first, second] = digits_of(front);
    let [third, _] = digits_of([last, 0, 0, 0]);
    let mut all = [0; 40];
    let (chunks, rest) = all.as_chunks_mut();
    for (place, digits) in chunks.iter_mut().zip([first, second]) {
        *place = digits;
    }
    for (place, digit) in rest.iter_mut().zip(third) {
        *place = digit;
    }
    all
}

/// The digits of the first two numbers, and those of the others.
#[inline]
fn digits_of(numbers: [u32; 4]) -> [[u8; 16]; 2] {
    let bytes = u32x4::from(numbers.map(u32::to_be));
    let half = u32x4::splat(0x0f0f_0f0f);
    let (high, low) = (as_digits((bytes >> 4_u32) & half), as_digits(bytes & half));
    [u8x16::unpack_low(high, low).to_array(), u8x16::unpack_high(high, low).to_array()]
}

/// Each byte, which is below sixteen, as a digit.
#[inline]
fn as_digits(halves: u32x4) -> u8x16 {
    let mut bytes = [0; 16];
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(halves.to_array()) {
        *bytes = word.to_ne_bytes();
    }
    let numbers = u8x16::from(bytes);
    numbers + u8x16::splat(b'0') + (numbers.simd_gt(u8x16::splat(9)) & u8x16::splat(b'a' - b'9' - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_are_read() {
        for number in [0, 1, 9, 10, 99, 100, 999_999_999, 1_414_587_457, 9_007_199_254_740_991, u64::MAX] {
            let decimal = Decimal::of(number);
            assert_eq!(decimal.as_bytes(), number.to_string().as_bytes());
            assert!(decimal.text[decimal.len..].iter().all(|&byte| byte == 0));
        }
    }

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

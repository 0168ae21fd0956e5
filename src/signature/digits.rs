//! Numbers and digests as text, without an allocation.

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

/// A hash in lowercase hexadecimal digits. Computed and not looked up, eight digits at a time.
#[inline]
pub(super) fn hex(state: State) -> [u8; 40] {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let mut digits = [0; 40];
    for (eight, word) in digits.as_chunks_mut().0.iter_mut().zip(state) {
        // Four bits to a byte, in the same order.
        let mut spread = u64::from(word);
        spread = (spread | spread << 16) & 0x0000_ffff_0000_ffff;
        spread = (spread | spread << 8) & 0x00ff_00ff_00ff_00ff;
        spread = (spread | spread << 4) & (15 * EACH);
        // From ten on, adding six carries into the upper half.
        let letters = ((spread + 6 * EACH) >> 4) & EACH;
        *eight = (spread + 48 * EACH + letters * 39).to_be_bytes();
    }
    digits
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
        for byte in 0..=u8::MAX {
            let word = u32::from_be_bytes([byte; 4]);
            let text = String::from_utf8(hex([word, !word, 0, word, word]).to_vec()).unwrap();
            assert_eq!(text, format!("{word:08x}{:08x}{:08x}{word:08x}{word:08x}", !word, 0));
        }
    }
}

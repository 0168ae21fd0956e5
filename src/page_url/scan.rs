//! Questions about every byte of a text, answered eight bytes at a time: what compilers make of tests byte by byte costs
//! twice as much.

const EACH: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x80 * EACH;

/// Whether all of it is ASCII without control characters, `#` and backslashes: what nearly every URL is. Says no to a text of
/// less than eight bytes.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    all(bytes, |word| !word & no_control(word) & is_not(b'#', word) & is_not(b'\\', word))
}

/// Whether there is no such byte.
#[inline]
#[allow(clippy::needless_bitwise_bool)] // the lazy operator would end a chunk early, byte by byte
pub(super) fn has_no(byte: u8, bytes: &[u8]) -> bool {
    // Sixteen at a time: a test as plain as this becomes two vector instructions.
    let has = |chunk: &[u8; 16]| chunk.iter().fold(false, |found, &b| found | (b == byte));
    match bytes.last_chunk() {
        Some(last) => !has(last) && !bytes.as_chunks().0.iter().any(has),
        None => !bytes.contains(&byte),
    }
}

/// Whether the top bit of each byte is set in what `look` makes of it.
#[inline]
fn all(bytes: &[u8], look: impl Fn(u64) -> u64) -> bool {
    let Some(&last) = bytes.last_chunk() else { return false };
    // What fills no word is in the last one, which is looked at once more where they overlap.
    let last = look(u64::from_ne_bytes(last));
    bytes.as_chunks().0.iter().fold(last, |tops, &word| tops & look(u64::from_ne_bytes(word))) & TOPS == TOPS
}

/// For ASCII: where another byte is among them, its addition may carry into the next one.
#[inline]
fn no_control(word: u64) -> u64 {
    // One more than a control character is 1 to 32, or 128; 95 and the lower bits of anything greater have a top bit.
    (word.wrapping_add(EACH) & (0x7f * EACH)).wrapping_add(0x5f * EACH)
}

/// For ASCII, as well.
#[inline]
fn is_not(byte: u8, word: u64) -> u64 {
    (word ^ (u64::from(byte) * EACH)).wrapping_add(0x7f * EACH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_judged_right_at_every_place_of_every_length() {
        for length in 8..100 {
            let mut bytes = vec![b'a'; length];
            assert!(is_plain(&bytes));
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    bytes[at] = byte;
                    let plain = byte.is_ascii() && !byte.is_ascii_control() && byte != b'#' && byte != b'\\';
                    assert_eq!(is_plain(&bytes), plain, "{byte:#x} at {at} of {length}");
                    assert_eq!(has_no(b'#', &bytes), byte != b'#', "{byte:#x} at {at} of {length}");
                }
                bytes[at] = b'a';
            }
        }
    }

    #[test]
    fn odd_bytes_beside_each_other_do_not_cover_for_each_other() {
        for first in 0..=u8::MAX {
            for second in [0, 0x1f, 0x20, b'#', b'\\', 0x7e, 0x7f, 0x80, 0x81, 0xa2, 0xdb, 0xff] {
                let bytes = [first, second, b'a', b'a', b'a', b'a', second, first];
                let plain = |b: u8| b.is_ascii() && !b.is_ascii_control() && b != b'#' && b != b'\\';
                assert_eq!(is_plain(&bytes), plain(first) && plain(second), "{first:#x} {second:#x}");
                assert_eq!(has_no(b'#', &bytes), first != b'#' && second != b'#', "{first:#x} {second:#x}");
            }
        }
    }
}

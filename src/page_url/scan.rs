//! Questions about every byte of a text, answered sixteen bytes at a time: what compilers make of tests byte by byte
//! costs several times as much.

use wide::u8x16;

const EACH: usize = 16;

/// Whether all of it is ASCII without control characters, `#` and backslashes: what nearly every URL is. Says no to a text of
/// less than sixteen bytes.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    all(bytes, |chunk| {
        let is = |byte| chunk.simd_eq(u8x16::splat(byte));
        let is_control = chunk.simd_lt(u8x16::splat(b' ')) | is(0x7f);
        let is_ascii = chunk.simd_lt(u8x16::splat(0x80));
        is_ascii & !(is_control | is(b'#') | is(b'\\'))
    })
}

/// Whether there is no such byte.
#[inline]
pub(super) fn has_no(byte: u8, bytes: &[u8]) -> bool {
    if bytes.len() < EACH {
        !bytes.contains(&byte)
    } else {
        all(bytes, |chunk| !chunk.simd_eq(u8x16::splat(byte)))
    }
}

/// Whether every lane is set in what `look` makes of each sixteen bytes.
#[inline]
fn all(bytes: &[u8], look: impl Fn(u8x16) -> u8x16) -> bool {
    let Some(&last) = bytes.last_chunk::<EACH>() else { return false };
    // What fills no chunk is in the last one, which is looked at once more where they overlap.
    let chunks = bytes.as_chunks::<EACH>().0.iter();
    chunks.fold(look(last.into()), |all, &chunk| all & look(chunk.into())).all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_judged_right_at_every_place_of_every_length() {
        for length in EACH..100 {
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
    fn what_fills_no_chunk_is_not_called_plain_and_still_searched() {
        for length in 0..EACH {
            let mut bytes = vec![b'a'; length];
            assert!(!is_plain(&bytes) && has_no(b'#', &bytes));
            for at in 0..length {
                bytes[at] = b'#';
                assert!(!has_no(b'#', &bytes), "at {at} of {length}");
                bytes[at] = b'a';
            }
        }
    }

    #[test]
    fn odd_bytes_beside_each_other_do_not_cover_for_each_other() {
        for first in 0..=u8::MAX {
            for second in [0, 0x1f, 0x20, b'#', b'\\', 0x7e, 0x7f, 0x80, 0x81, 0xa2, 0xdb, 0xff] {
                let mut bytes = [b'a'; EACH];
                [bytes[0], bytes[1], bytes[14], bytes[15]] = [first, second, second, first];
                let plain = |b: u8| b.is_ascii() && !b.is_ascii_control() && b != b'#' && b != b'\\';
                assert_eq!(is_plain(&bytes), plain(first) && plain(second), "{first:#x} {second:#x}");
                assert_eq!(has_no(b'#', &bytes), first != b'#' && second != b'#', "{first:#x} {second:#x}");
            }
        }
    }
}

//! Tests of every byte of a text, sixteen bytes at a time: what compilers make of tests byte by
//! byte takes several times as long.

use wide::u8x16;

const EACH: usize = 16;

/// Whether all of it may stand in `location.href` before a `#`, backslashes aside: printable ASCII
/// without space, `"`, `#`, `<`, `>` and `\\`. False for a text of less than sixteen bytes.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    all(bytes, |chunk| {
        let is = |byte| chunk.simd_eq(u8x16::splat(byte));
        // `"` and `#` differ in their last bit, `<` and `>` in the one before.
        let is_quote_or_hash = (chunk | u8x16::splat(1)).simd_eq(u8x16::splat(b'#'));
        let is_angle = (chunk | u8x16::splat(2)).simd_eq(u8x16::splat(b'>'));
        let is_printable = chunk.simd_gt(u8x16::splat(b' ')) & chunk.simd_lt(u8x16::splat(0x7f));
        is_printable & !(is_quote_or_hash | is_angle | is(b'\\'))
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
    // The bytes that fill no chunk are in the last sixteen, which overlap the chunk before.
    let chunks = bytes.as_chunks::<EACH>().0.iter();
    chunks.fold(look(last.into()), |all, &chunk| all & look(chunk.into())).all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(b: u8) -> bool {
        b.is_ascii_graphic() && !matches!(b, b'"' | b'#' | b'<' | b'>' | b'\\')
    }

    #[test]
    fn every_byte_is_judged_right_at_every_place() {
        for length in EACH..100 {
            let mut bytes = vec![b'a'; length];
            assert!(is_plain(&bytes));
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    bytes[at] = byte;
                    assert_eq!(is_plain(&bytes), plain(byte), "{byte:#x} at {at} of {length}");
                    assert_eq!(has_no(b'#', &bytes), byte != b'#', "{byte:#x} at {at} of {length}");
                }
                bytes[at] = b'a';
            }
        }
    }

    /// A text of less than sixteen bytes is never called plain, and still searched.
    #[test]
    fn a_short_text_is_not_plain_and_still_searched() {
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
    fn odd_bytes_side_by_side_are_both_seen() {
        for first in 0..=u8::MAX {
            for second in [0, 0x1f, 0x20, b'#', b'"', b'<', b'\\', 0x7e, 0x7f, 0x80, 0x81, 0xa2, 0xdb, 0xff] {
                let mut bytes = [b'a'; EACH];
                [bytes[0], bytes[1], bytes[14], bytes[15]] = [first, second, second, first];
                assert_eq!(is_plain(&bytes), plain(first) && plain(second), "{first:#x} {second:#x}");
                assert_eq!(has_no(b'#', &bytes), first != b'#' && second != b'#', "{first:#x} {second:#x}");
            }
        }
    }
}

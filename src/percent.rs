//! Percent-encoding: how a value stands in a query, and what stands behind `%40` and its like.

use zeroize::Zeroizing;

/// The value as it stands in a query. It may be a secret, so it is wiped when it is dropped.
pub(crate) fn encode(value: &str) -> Zeroizing<String> {
    // Large enough to grow never: what it leaves behind in memory would not be wiped.
    let mut out = Zeroizing::new(String::with_capacity(value.len() * 3));
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend(escape(byte).map(char::from));
        }
    }
    out
}

/// Undoes every escape; nothing if a `%` begins none. The value may be a secret, so it is wiped
/// when it is dropped.
pub(crate) fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    // It never grows, as above.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' { digit(rest.next()?)? << 4 | digit(rest.next()?)? } else { byte });
    }
    Some(bytes)
}

/// The escape of a byte.
pub(crate) fn escape(byte: u8) -> [u8; 3] {
    let digit = |half: u8| if half < 10 { b'0' + half } else { b'A' + half - 10 };
    [b'%', digit(byte >> 4), digit(byte & 15)]
}

/// What a hexadecimal digit of an escape stands for.
pub(crate) fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_cannot_break_out_of_the_query() {
        assert_eq!(*encode("a-_.~Z9&=#+ 中"), "a-_.~Z9%26%3D%23%2B%20%E4%B8%AD");
    }

    #[test]
    fn every_escape_is_undone() {
        for byte in 0..=255 {
            let escape = escape(byte).map(char::from).iter().collect::<String>();
            assert_eq!(escape, format!("%{byte:02X}"));
            for text in [escape.to_ascii_lowercase(), escape] {
                assert_eq!(decode(&format!("a{text}+")).unwrap().as_slice(), [b'a', byte, b'+']);
            }
        }
        for text in ["%", "%2", "a%2", "%g0", "%0g", "%%41", "%+1", "% 1"] {
            assert!(decode(text).is_none(), "{text}");
        }
    }
}

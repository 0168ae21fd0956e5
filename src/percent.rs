//! Percent-encoding of a query parameter's value.

use std::fmt::Write;

use zeroize::Zeroizing;

/// The value as it stands in a query. It may be a secret, so it is wiped when it is dropped.
pub(crate) fn encode(value: &str) -> Zeroizing<String> {
    // Large enough to grow never: what it leaves behind in memory would not be wiped.
    let mut out = Zeroizing::new(String::with_capacity(value.len() * 3));
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(*out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn parameters_cannot_break_out_of_the_query() {
        assert_eq!(*encode("a-_.~Z9&=#+ 中"), "a-_.~Z9%26%3D%23%2B%20%E4%B8%AD");
    }
}

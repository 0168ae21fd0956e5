//! Percent-encoding: reads queries.

/// The pairs of a query, decoded once. A `+` is a space, as every form encoder means it.
pub fn pairs(query: &str) -> Vec<(String, Vec<u8>)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let form = |text: &str| decode(text.replace('+', " ").as_bytes());
        (String::from_utf8_lossy(&form(name)).into_owned(), form(value))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// Decodes once. A `%` without two hex digits after it stays as it is.
pub fn decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let byte = match after.split_at_checked(2) {
            Some((digits, beyond)) if first == b'%' => hex::decode(digits).ok().map(|bytes| (bytes, beyond)),
            _ => None,
        };
        match byte {
            Some((bytes, beyond)) => {
                out.extend(bytes);
                rest = beyond;
            }
            None => out.push(first),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_once_and_keeps_what_is_no_escape() {
        assert_eq!(decode(b"a%20b%2520c%zz%4"), b"a b%20c%zz%4");
        assert_eq!(decode("%E4%B8%AD".as_bytes()), "中".as_bytes());
        assert_eq!(decode(b"%ff"), [0xff]);
    }

    #[test]
    fn reads_a_query() {
        let expected = [("url", "http://a/?b=1&c=+ "), ("x", ""), ("y", "")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        assert_eq!(pairs("url=http%3A%2F%2Fa%2F%3Fb%3D1%26c%3D%2B+&x&&y="), expected);
    }
}

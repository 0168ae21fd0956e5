//! A URL taken apart at its first marks, byte by byte; joined again it is the same URL.

use super::codec::find;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UrlParts<'a> {
    /// Without `://`.
    pub scheme: &'a [u8],
    pub host: &'a [u8],
    /// With its colon, or empty.
    pub port: &'a [u8],
    /// With its first slash, or empty.
    pub path: &'a [u8],
    /// Without the question mark.
    pub query: Option<&'a [u8]>,
}

impl<'a> UrlParts<'a> {
    pub(super) fn of(url: &'a [u8]) -> Option<Self> {
        let (scheme, rest) = url.split_at_checked(find(url, b"://")?)?;
        let rest = rest.get(3..)?;
        let end = rest.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        let colon = authority.iter().rposition(|byte| *byte == b':').filter(|&at| {
            authority.get(at + 1..).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
        });
        let (host, port) = authority.split_at_checked(colon.unwrap_or(authority.len()))?;
        let (path, query) = match rest.iter().position(|byte| *byte == b'?') {
            Some(at) => (rest.get(..at)?, Some(rest.get(at + 1..)?)),
            None => (rest, None),
        };
        Some(Self { scheme, host, port, path, query })
    }

    /// The other one of http and https.
    pub(super) fn with_other_scheme(self) -> Self {
        Self { scheme: if self.scheme == b"https" { b"http" } else { b"https" }, ..self }
    }

    pub(super) fn join(&self) -> Vec<u8> {
        let mut url = [self.scheme, b"://", self.host, self.port, self.path].concat();
        if let Some(query) = self.query {
            url.push(b'?');
            url.extend_from_slice(query);
        }
        url
    }

    /// Scheme, host and port.
    pub(super) fn origin(&self) -> Vec<u8> {
        [self.scheme, b"://", self.host, self.port].concat()
    }

    /// The parameters, each with its name and the whole of it.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let query = self.query.filter(|query| !query.is_empty());
        query.into_iter().flat_map(|query| query.split(|byte| *byte == b'&')).map(|whole| {
            let name = whole.split(|byte| *byte == b'=').next().unwrap_or_default();
            (name, whole)
        })
    }
}

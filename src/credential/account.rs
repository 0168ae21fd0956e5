//! The account that a credential belongs to: a name that two accounts never share and that reveals
//! no secret.

use std::fmt;

use sha1::{Digest, Sha1};

/// Names the records of one account: a truncated one-way hash over the service, the appId, the way
/// to get a token and the secret. Two secrets of one appId are two accounts, so a wrong secret
/// never adopts or blocks the records of the right one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Account(String);

impl Account {
    /// `parts` are the base URL, the appId, the token mode and the secret (or the text that
    /// replaces it).
    pub(crate) fn new(parts: [&str; 4]) -> Self {
        Self(digest(&parts))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A short one-way fingerprint of a token, to compare two tokens without keeping either.
pub(crate) fn fingerprint(token: &str) -> String {
    digest(&["token", token])
}

/// Eighty bits of SHA-1 over the parts, each led by its length so that no two lists of parts
/// collide.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha1::new();
    hash.update(b"wxsign/1");
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut name = hex::encode(hash.finalize());
    name.truncate(20);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_differ_in_every_part_and_name_none() {
        let base = Account::new(["https://a", "wx1", "stable", "secret"]);
        for other in [
            ["https://b", "wx1", "stable", "secret"],
            ["https://a", "wx2", "stable", "secret"],
            ["https://a", "wx1", "classic", "secret"],
            ["https://a", "wx1", "stable", "secre"],
            ["https://aw", "x1", "stable", "secret"],
        ] {
            assert_ne!(base, Account::new(other));
        }
        assert_eq!(base.as_str().len(), 20);
        assert!(base.as_str().bytes().all(|b| b.is_ascii_hexdigit()));
    }
}

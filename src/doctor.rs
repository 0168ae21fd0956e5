//! What the command's doctor shares with the client, so that both read WeChat alike. It is not part
//! of the public interface.

use serde_json::Value;

use crate::credential::check;
use crate::error::Error;
use crate::roots;
use crate::upstream::{Hosts, PlainHttp};

/// The base URLs that a client asks if it was given these, each ending in `/cgi-bin`.
pub fn base_urls(given: &[String], is_work: bool) -> Result<Vec<String>, Error> {
    // The client itself refuses plain http that it was not allowed.
    let plain = PlainHttp { allowed: true, has_secret: false };
    Ok(Hosts::chosen(given, is_work, plain)?.urls().map(str::to_owned).collect())
}

/// A whole number in any spelling that WeChat's answers may have after a relay.
pub fn integer(value: &Value) -> Option<i64> {
    check::integer(value)
}

/// Whether this machine has no root certificates, so that a client uses the built-in ones.
pub fn is_bare_machine() -> bool {
    roots::is_bare_machine()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_are_those_of_a_client() {
        assert_eq!(base_urls(&[], true).unwrap(), ["https://qyapi.weixin.qq.com/cgi-bin"]);
        let two = ["https://api.weixin.qq.com/cgi-bin", "https://api2.weixin.qq.com/cgi-bin"];
        assert_eq!(base_urls(&[], false).unwrap(), two);
        for given in ["http://relay.test", "http://relay.test/", "http://relay.test/cgi-bin/"] {
            assert_eq!(base_urls(&[given.into()], false).unwrap(), ["http://relay.test/cgi-bin"]);
        }
        assert!(base_urls(&["relay.test".into()], false).is_err());
    }
}

//! What a browser's parser makes of a URL, by the `url` crate: for tests, and for the fuzz target,
//! which compiles this file in.

use url::{Host, Url};

/// The host, whether it is an address, and the port; nothing where the parser refuses.
pub(crate) fn parse(page: &str) -> Option<(String, bool, Option<u16>)> {
    let url = Url::parse(page).ok()?;
    let numeric = url.host().is_some_and(|host| !matches!(host, Host::Domain(_)));
    Some((url.host_str()?.to_owned(), numeric, url.port_or_known_default()))
}

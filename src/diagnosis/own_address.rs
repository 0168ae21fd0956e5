//! The addresses of a signing route: a careless server signs that of the request instead of the
//! page's.

use super::codec::{cut, escape, is_component};
use super::url_parts::UrlParts;

/// Usual addresses of a signing API.
const ROUTES: [&str; 16] = [
    "/wx/config",
    "/config",
    "/legacy/config",
    "/api/wx/config",
    "/api/config",
    "/wechat/config",
    "/api/wechat/config",
    "/wx/sign",
    "/sign",
    "/api/wx/sign",
    "/api/sign",
    "/api/wechat/sign",
    "/jssdk",
    "/api/jssdk",
    "/signature",
    "/api/signature",
];

/// The addresses at which this page's server may be asked for the signature of `page`.
pub(super) fn own_addresses(page: &[u8]) -> Vec<Vec<u8>> {
    let Some(parts) = UrlParts::of(cut(page)) else { return Vec::new() };
    let escaped = escape(page, is_component);
    // Behind a proxy that ends TLS, the server's own address has the other scheme.
    let mut list = Vec::with_capacity(6 * ROUTES.len());
    for origin in [parts.origin(), parts.with_other_scheme().origin()] {
        for route in ROUTES {
            let own = [origin.as_slice(), route.as_bytes()].concat();
            list.push([&own, b"?url=".as_slice(), &escaped].concat());
            list.push([&own, b"?url=".as_slice(), page].concat());
            list.push(own);
        }
    }
    list
}

//! HTTP to WeChat: one request, one bounded answer, one deadline, and no secret in what anything
//! says or logs.
//!
//! [`connect`] makes the connection, [`stream`] holds it to the deadline, [`wire`] puts the secret
//! in, and ureq speaks HTTP over it.

mod authority;
mod connect;
mod proxy;
mod request;
mod stream;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use authority::Authority;
#[cfg(feature = "redis")]
pub(crate) use connect::{reach, resolve, trust};
pub(crate) use proxy::HttpProxy;
pub(crate) use request::{Hidden, Request};
#[cfg(feature = "redis")]
pub(crate) use stream::{Stream, TimedStream};

use std::fmt;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use zeroize::Zeroizing;

use crate::deadline::Deadline;
use crate::error::{Code, Error, Reason};
use crate::roots::Roots;
use connect::{Target, failed, open};
use wire::Ready;

/// The longest body that is read: 64 KiB.
const MAX_BODY: u64 = 65_536;
/// For the longest body, and for the reader that looks whether there is more.
const BODY_ROOM: usize = 65_536 + 1_024;

/// A whole answer.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

/// How a request is carried; tests have other ways.
pub(crate) trait Transport: Send + Sync {
    /// The error names the host and the cause, and never the secret.
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, Error>;
}

/// The failure that a test's transport gives.
#[cfg(test)]
pub(crate) fn fault(reason: Reason) -> Error {
    let code = match reason {
        Reason::ReadTimeout => Code::Timeout,
        Reason::TooLarge => Code::BadResponse,
        _ => Code::Network,
    };
    failed(code, reason, "wx.example", "wx.example: a fault")
}

/// HTTP over ureq, on connections of our own.
pub(crate) struct Http {
    roots: Arc<Roots>,
    proxy: Option<HttpProxy>,
}

impl Http {
    /// Does no I/O. Never takes a proxy from the environment: a CGI host's `HTTP_PROXY` comes from
    /// its visitors.
    pub(crate) fn new(roots: Arc<Roots>, proxy: Option<HttpProxy>) -> Self {
        Self { roots, proxy }
    }
}

impl Transport for Http {
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, Error> {
        let deadline = Deadline::after(timeout);
        let target = target(&request.url)?;
        // What this machine asks of itself is not for the proxy to read.
        let proxy = self.proxy.as_ref().filter(|_| !authority::is_loopback(&target.host));
        let stream = open(&target, proxy, &self.roots, deadline)?;
        let host = target.name();
        let ready = Ready::new(stream, host.clone(), &request.hidden);
        ask(ready, request).map_err(|error| explain(&host, error))
    }
}

fn target(url: &str) -> Result<Target, Error> {
    let wrong = || Error::option("baseUrl", "is malformed");
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let read = Authority::parse(authority).map_err(|_| wrong())?;
    let tls = scheme == "https";
    Ok(Target { tls, host: read.host, port: read.port.unwrap_or(if tls { 443 } else { 80 }) })
}

/// Has ureq speak HTTP over a connection that stands.
fn ask(ready: Ready, request: &Request) -> Result<Response, ureq::Error> {
    let config = Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        // A redirect is handed back as it is: the next address must not see the secret.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .user_agent(concat!("wxsign/", env!("CARGO_PKG_VERSION")))
        .build();
    let agent = Agent::with_parts(config, ready, Nowhere);
    let mut answer = match &request.body {
        None => agent.get(&request.url).call()?,
        Some(body) => agent.post(&request.url).content_type("application/json").send(body)?,
    };
    let status = answer.status().as_u16();
    // Large enough to grow never: what it leaves behind in memory would not be wiped.
    let mut body = Zeroizing::new(Vec::with_capacity(BODY_ROOM));
    // The limit refuses a body of exactly its size, hence one more.
    answer.body_mut().with_config().limit(MAX_BODY + 1).reader().read_to_end(&mut body)?;
    Ok(Response { status, body })
}

/// What ureq could not do. Its words are not passed on: they may hold the URL.
fn explain(host: &str, error: ureq::Error) -> Error {
    let bad = |reason, why: &str| failed(Code::BadResponse, reason, host, format!("{host}: {why}"));
    match error {
        // Ours, on its way through.
        ureq::Error::Other(ours) => match ours.downcast::<Error>() {
            Ok(error) => *error,
            Err(_) => bad(Reason::NotHttp, "the answer is not HTTP"),
        },
        ureq::Error::BodyExceedsLimit(_) => bad(Reason::TooLarge, "the answer is larger than 64 KiB"),
        // The connection ended before the body did.
        ureq::Error::Io(_) => bad(Reason::Truncated, "the answer is cut short"),
        _ => bad(Reason::NotHttp, "the answer is not HTTP"),
    }
}

/// The address of a connection that stands already.
struct Nowhere;

impl fmt::Debug for Nowhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nowhere")
    }
}

impl Resolver for Nowhere {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        addresses.push(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
        Ok(addresses)
    }
}

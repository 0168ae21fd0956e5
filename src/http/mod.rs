//! The only file that touches the network: one request, one bounded answer, no secret in what it says.

mod authority;
mod proxy;

pub(crate) use authority::Authority;
pub(crate) use proxy::HttpProxy;

use std::fmt;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy, Timeout};
use zeroize::Zeroizing;

use crate::error::{Code, Error};
use crate::small_file;

/// The longest body that is read: 64 KiB.
const MAX_BODY: u64 = 65_536;
/// More than all public roots together.
const MAX_CA_FILE: u64 = 4 << 20;
const CONNECT: Duration = Duration::from_secs(3);
const RESOLVE: Duration = Duration::from_secs(2);

/// A request whose URL or body carries a secret.
pub(crate) struct Request {
    pub(crate) url: Zeroizing<String>,
    /// JSON to POST; none makes it a GET.
    pub(crate) body: Option<Zeroizing<String>>,
}

/// A whole answer.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

/// Why there is no answer. The words are ours: what the HTTP library says may hold the URL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    Timeout,
    Resolve,
    Connect,
    Tls,
    Broken,
    TooLarge,
    NotHttp,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "no answer in time",
            Self::Resolve => "the host name does not resolve",
            Self::Connect => "no connection",
            Self::Tls => {
                "the TLS handshake failed: the certificate is not trusted or the peer does not speak TLS"
            }
            Self::Broken => "the connection broke",
            Self::TooLarge => "the answer is larger than 64 KiB",
            Self::NotHttp => "the answer is not HTTP",
        })
    }
}

/// How a request is carried; tests put their own in its place.
pub(crate) trait Transport: Send + Sync {
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, Fault>;
}

/// HTTP over ureq, TLS by rustls with the system's roots.
pub(crate) struct Http {
    roots: Option<Vec<Certificate<'static>>>,
    proxy: Option<Proxy>,
    agent: OnceLock<Agent>,
    /// For a machine that has no roots of its own, such as a bare container.
    bundled: OnceLock<Agent>,
}

impl Http {
    /// `ca_file` holds PEM certificates that replace the system's roots; `proxy` is `http://host:port`.
    pub(crate) fn new(ca_file: Option<&Path>, proxy: Option<&str>) -> Result<Self, Error> {
        let wrong = |why: &str| Error::new(Code::InvalidArgument, why);
        let roots = match ca_file {
            None => None,
            Some(path) => {
                let pem = small_file::read(path, MAX_CA_FILE).ok_or_else(|| {
                    wrong("caFile is no regular file that can be read, or is larger than 4 MiB")
                })?;
                let roots: Vec<_> = parse_pem(&pem)
                    .filter_map(|item| match item {
                        Ok(PemItem::Certificate(certificate)) => Some(certificate),
                        _ => None,
                    })
                    .collect();
                if roots.is_empty() {
                    return Err(wrong("caFile holds no PEM certificate"));
                }
                Some(roots)
            }
        };
        let proxy = match proxy {
            None => None,
            Some(url) => {
                HttpProxy::parse(url)?;
                let proxy = Proxy::new(url);
                Some(proxy.map_err(|_| Error::option("proxy", "is not of the form http://host:port"))?)
            }
        };
        Ok(Self { roots, proxy, agent: OnceLock::new(), bundled: OnceLock::new() })
    }

    fn agent(&self, roots: RootCerts) -> Agent {
        Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            // Never from the environment: a CGI host's HTTP_PROXY comes from its visitors.
            .proxy(self.proxy.clone())
            .http_status_as_error(false)
            // A redirect is handed back as it is: the next address must not see the secret.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_resolve(Some(RESOLVE))
            .max_idle_connections(0)
            .user_agent(concat!("wxsign/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent()
    }

    fn ask(agent: &Agent, request: &Request, timeout: Duration) -> Result<Response, ureq::Error> {
        // What this machine asks of itself is not for the proxy to read.
        let is_own = is_own(&request.url);
        let mut answer = match &request.body {
            None => {
                let config = agent.get(request.url.as_str()).config().timeout_global(Some(timeout));
                if is_own { config.proxy(None) } else { config }.build().call()?
            }
            Some(body) => {
                let post = agent.post(request.url.as_str()).content_type("application/json");
                let config = post.config().timeout_global(Some(timeout));
                if is_own { config.proxy(None) } else { config }.build().send(body.as_str())?
            }
        };
        let status = answer.status().as_u16();
        // The limit refuses a body of exactly its size, hence one more.
        let body = answer.body_mut().with_config().limit(MAX_BODY + 1).read_to_vec()?;
        Ok(Response { status, body: Zeroizing::new(body) })
    }
}

impl Transport for Http {
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, Fault> {
        let agent = self.agent.get_or_init(|| {
            self.agent(match &self.roots {
                Some(roots) => RootCerts::new_with_certs(roots),
                None => RootCerts::PlatformVerifier,
            })
        });
        match Self::ask(agent, request, timeout) {
            Err(ureq::Error::Rustls(error)) if self.roots.is_none() && no_system_roots(&error) => {
                let bundled = self.bundled.get_or_init(|| self.agent(RootCerts::WebPki));
                Self::ask(bundled, request, timeout)
            }
            outcome => outcome,
        }
        .map_err(|error| fault(&error))
    }
}

/// Whether a URL leads to this machine itself.
fn is_own(url: &str) -> bool {
    let authority = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?']).next());
    authority.and_then(|text| Authority::parse(text).ok()).is_some_and(|read| read.is_loopback())
}

/// Whether TLS failed before it began, for want of any root on this machine. The verifier has no variant for it.
fn no_system_roots(error: &impl fmt::Display) -> bool {
    error.to_string().contains("No CA certificates were loaded")
}

fn fault(error: &ureq::Error) -> Fault {
    use ureq::Error;
    match error {
        // A host that cannot be reached, and not one that is slow to answer: another one may be asked instead.
        Error::HostNotFound | Error::Timeout(Timeout::Resolve) => Fault::Resolve,
        Error::Timeout(Timeout::Connect)
        | Error::ConnectionFailed
        | Error::InvalidProxyUrl
        | Error::ConnectProxyFailed(_) => Fault::Connect,
        Error::Timeout(_) => Fault::Timeout,
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) => Fault::Tls,
        Error::BodyExceedsLimit(_) => Fault::TooLarge,
        Error::Io(error) => match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Fault::Timeout,
            ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable => Fault::Connect,
            // rustls hands its failures up as invalid data.
            ErrorKind::InvalidData => Fault::Tls,
            _ => Fault::Broken,
        },
        Error::Protocol(_) | Error::Http(_) | Error::LargeResponseHeader(..) => Fault::NotHttp,
        _ => Fault::Broken,
    }
}

//! Connecting: the name, TCP, the proxy's CONNECT and TLS, each by one deadline and each with its
//! own error.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConnection;
use rustls::pki_types::ServerName;
use zeroize::Zeroizing;

use super::HttpProxy;
use super::stream::{Stream, TimedStream};
use crate::deadline::Deadline;
use crate::error::{Code, Error, Reason, Subject, io_reason};
use crate::roots::{Roots, Trust};
use crate::threads::{AsideError, aside};

const MAX_CONNECT: Duration = Duration::from_secs(3);
const MAX_RESOLVE: Duration = Duration::from_secs(2);
/// More addresses than these are not tried.
const MAX_ADDRESSES: usize = 8;
/// The longest head of a proxy's answer.
const MAX_PROXY_HEAD: usize = 8_192;

/// Where to connect to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Target {
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
}

impl Target {
    /// The host for messages: with its port, unless that is the scheme's own.
    pub(super) fn name(&self) -> String {
        if self.port == if self.tls { 443 } else { 80 } {
            self.host.clone()
        } else {
            name(&self.host, self.port)
        }
    }
}

fn name(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// A failure with a host to it.
pub(super) fn failed(code: Code, reason: Reason, host: &str, why: impl Into<String>) -> Error {
    Error::new(code, why).with_reason(reason).with_subject(Subject::Host(host.to_owned()))
}

/// Connects, and gives a stream that ends at `deadline`.
pub(super) fn open(
    target: &Target,
    proxy: Option<&HttpProxy>,
    roots: &Arc<Roots>,
    deadline: Deadline,
) -> Result<Stream, Error> {
    // First: without roots no connection is worth its time.
    let trust = if target.tls { Some(trust(roots, deadline)?) } else { None };
    let soon = deadline.min(Deadline::after(MAX_CONNECT));
    let tcp = match proxy {
        None => TimedStream::new(dial(&target.host, target.port, &target.name(), soon)?, soon),
        Some(proxy) => tunnel(target, proxy, soon)?,
    };
    let mut stream = match trust {
        Some(trust) => handshake(target, &trust, tcp)?,
        None => Stream::Plain(tcp),
    };
    // Connecting had less time than the request has.
    stream.begin(deadline);
    Ok(stream)
}

/// A TCP connection to a host.
fn dial(host: &str, port: u16, shown: &str, deadline: Deadline) -> Result<TcpStream, Error> {
    let addresses = resolve(host, port, shown, deadline)?;
    reach(&addresses, deadline).map_err(|error| {
        let (reason, why) = refused(&error);
        failed(Code::Network, reason, shown, format!("{shown}: {why}"))
    })
}

/// A TCP connection to the first address that answers. The addresses share the time.
pub(crate) fn reach(addresses: &[SocketAddr], deadline: Deadline) -> io::Result<TcpStream> {
    let mut last = None;
    for (address, left) in addresses.iter().zip((1..=addresses.len()).rev()) {
        let share = deadline.remaining() / u32::try_from(left).unwrap_or(1);
        if share.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(tcp) => {
                // A request is written at once; a failure costs some milliseconds.
                let _ = tcp.set_nodelay(true);
                return Ok(tcp);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| ErrorKind::TimedOut.into()))
}

/// Why TCP gave no connection.
fn refused(error: &io::Error) -> (Reason, String) {
    if let Some(reason) = io_reason(error) {
        return (reason, format!("no connection could be opened: {}", system_words(reason)));
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => {
            (Reason::ConnectionRefused, "the connection was refused (ECONNREFUSED)".to_owned())
        }
        ErrorKind::TimedOut | ErrorKind::WouldBlock => {
            (Reason::ConnectTimeout, "no answer to the attempt to connect".to_owned())
        }
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => {
            (Reason::Reset, "the connection was reset while connecting (ECONNRESET)".to_owned())
        }
        ErrorKind::PermissionDenied => {
            (Reason::Unreachable, "this machine's firewall or sandbox forbids the connection".to_owned())
        }
        _ => (Reason::Unreachable, format!("no route to the host ({error})")),
    }
}

/// What the system lacks.
pub(super) fn system_words(reason: Reason) -> &'static str {
    match reason {
        Reason::NoDescriptors => "too many open files (EMFILE)",
        Reason::NoThreads => "the system gives no thread",
        Reason::NoSpace => "no space left on the disk",
        _ => "the system has no memory left",
    }
}

/// The addresses of a host, which is an IP address or a name.
pub(crate) fn resolve(
    host: &str,
    port: u16,
    shown: &str,
    deadline: Deadline,
) -> Result<Vec<SocketAddr>, Error> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let deadline = deadline.min(Deadline::after(MAX_RESOLVE));
    let lookup = (host.to_owned(), port);
    let outcome = aside(&format!("dns {host}"), deadline, move || {
        (lookup.0.as_str(), lookup.1).to_socket_addrs().map(|all| all.take(MAX_ADDRESSES).collect::<Vec<_>>())
    });
    let (reason, why) = match outcome {
        Ok(Ok(addresses)) if !addresses.is_empty() => return Ok(addresses),
        Ok(Ok(_)) => (Reason::HostNotFound, "the name has no address (ENOTFOUND)".to_owned()),
        Ok(Err(error)) => lookup_failed(&error),
        Err(AsideError::Late) => (Reason::LookupTimeout, "the name lookup got no answer".to_owned()),
        Err(AsideError::TooMany) => {
            (Reason::LookupTimeout, "earlier name lookups still wait for an answer".to_owned())
        }
        Err(AsideError::NoThread) => {
            (Reason::NoThreads, "the name cannot be looked up: the system gives no thread".to_owned())
        }
        Err(AsideError::Panicked) => (Reason::LookupFailed, "the name lookup failed".to_owned()),
    };
    Err(failed(Code::Network, reason, shown, format!("{shown}: {why}")))
}

/// The library names the resolver's errors in words alone.
fn lookup_failed(error: &io::Error) -> (Reason, String) {
    // A resolver that can open no socket says that the name server failed, or that there is no such
    // name.
    let lacking = io_reason(error)
        .or_else(|| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).err().and_then(|error| io_reason(&error)));
    if let Some(reason) = lacking {
        return (reason, format!("the name cannot be looked up: {}", system_words(reason)));
    }
    let words = error.to_string().to_ascii_lowercase();
    let unknown = ["not known", "does not resolve", "no address", "nodename nor servname", "no such host"];
    if unknown.iter().any(|text| words.contains(text)) {
        (Reason::HostNotFound, "the name does not exist (ENOTFOUND)".to_owned())
    } else {
        (Reason::LookupFailed, "the name server failed (EAI_AGAIN)".to_owned())
    }
}

/// A connection to the target through the proxy.
fn tunnel(target: &Target, proxy: &HttpProxy, deadline: Deadline) -> Result<TimedStream, Error> {
    let at = name(&proxy.host, proxy.port);
    let fail = |reason, why: String| Err(failed(Code::Network, reason, &at, format!("the proxy {at} {why}")));
    let tcp = match dial(&proxy.host, proxy.port, &at, deadline) {
        Ok(tcp) => tcp,
        Err(error) => {
            let reason = match error.raw_reason() {
                Some(lacking @ (Reason::NoDescriptors | Reason::NoThreads | Reason::NoMemory)) => lacking,
                _ => Reason::ProxyUnreachable,
            };
            let why = error.message().trim_start_matches(&at).trim_start_matches(": ");
            return fail(reason, format!("cannot be reached: {why}"));
        }
    };
    let mut stream = TimedStream::new(tcp, deadline);
    let to = name(&target.host, target.port);
    let mut request = Zeroizing::new(format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n"));
    if let Some(authorization) = &proxy.authorization {
        request.push_str("Proxy-Authorization: ");
        request.push_str(authorization);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    let head = stream.write_all(request.as_bytes()).and_then(|()| read_head(&mut stream));
    match head {
        Ok(head) => match status(&head) {
            Some(200..=299) => Ok(stream),
            Some(407) => {
                fail(Reason::ProxyAuthentication, format!("demands a login for {to} (HTTP status 407)"))
            }
            Some(403) => fail(Reason::ProxyForbidden, format!("forbids {to} (HTTP status 403)")),
            Some(other) => {
                fail(Reason::ProxyRefused, format!("made no connection to {to} (HTTP status {other})"))
            }
            None => fail(Reason::ProxyRefused, "does not answer as an HTTP proxy does".to_owned()),
        },
        Err(error) if error.kind() == ErrorKind::TimedOut => {
            fail(Reason::ProxyTimeout, format!("made no connection to {to} in time"))
        }
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            fail(Reason::ProxyRefused, "answers with too long a head".to_owned())
        }
        Err(_) => fail(Reason::ProxyRefused, format!("ended the connection in place of one to {to}")),
    }
}

/// Reads to the empty line and not beyond it: what follows is the target's. Passes over heads that
/// only announce an answer.
fn read_head(stream: &mut TimedStream) -> io::Result<Vec<u8>> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    loop {
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() >= MAX_PROXY_HEAD {
                return Err(ErrorKind::FileTooLarge.into());
            }
            stream.read_exact(&mut byte)?;
            head.extend_from_slice(&byte);
        }
        if !matches!(status(&head), Some(100 | 102..=199)) {
            return Ok(head);
        }
        head.clear();
    }
}

/// The status of `HTTP/1.1 200 …`.
pub(super) fn status(head: &[u8]) -> Option<u16> {
    let rest = head.strip_prefix(b"HTTP/1.")?;
    let [b'0'..=b'9', b' ', digits @ ..] = rest else { return None };
    let (digits, after) = digits.split_at_checked(3)?;
    if after.first().is_none_or(u8::is_ascii_whitespace) {
        str::from_utf8(digits).ok()?.parse().ok().filter(|status| *status >= 100)
    } else {
        None
    }
}

/// TLS with the target on `tcp`.
fn handshake(target: &Target, trust: &Trust, tcp: TimedStream) -> Result<Stream, Error> {
    let host = target.name();
    let server = ServerName::try_from(target.host.clone());
    let server = server.map_err(|_| {
        failed(
            Code::Network,
            Reason::TlsUnknownName,
            &host,
            format!("{host}: no certificate can name this host"),
        )
    })?;
    let connection =
        ClientConnection::new(trust.config(), server).map_err(|error| trust.explain(&host, &error))?;
    Stream::tls(tcp, connection).map_err(|error| handshake_failed(&host, trust, &error))
}

/// The roots. The files that hold them may hang, as any file may.
pub(crate) fn trust(roots: &Arc<Roots>, deadline: Deadline) -> Result<Trust, Error> {
    if let Some(trust) = roots.loaded() {
        return Ok(trust);
    }
    let fail = |reason, why: &str| Err(Error::new(Code::Network, why).with_reason(reason));
    let own = Arc::clone(roots);
    match aside(&format!("roots {}", roots.id()), deadline, move || own.trust()) {
        Ok(outcome) => outcome,
        Err(AsideError::NoThread) => {
            fail(Reason::NoThreads, "no root certificates: the system gives no thread")
        }
        Err(_) => fail(Reason::CaFile, "the files of root certificates could not be read in time"),
    }
}

fn handshake_failed(host: &str, trust: &Trust, error: &io::Error) -> Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if let Some(error) = inner {
        return trust.explain(host, error);
    }
    let (reason, why) = match error.kind() {
        ErrorKind::TimedOut => (Reason::TlsTimeout, "the TLS handshake did not end in time"),
        ErrorKind::UnexpectedEof => {
            (Reason::ClosedEarly, "the connection was closed during the TLS handshake")
        }
        ErrorKind::FileTooLarge => (Reason::TlsFailed, "the TLS handshake is larger than 256 KiB"),
        _ => (Reason::Reset, "the connection was reset during the TLS handshake (ECONNRESET)"),
    };
    failed(Code::Network, reason, host, format!("{host}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_line_is_read_strictly() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.0 407\r\n"), Some(407));
        for bad in [
            "",
            "HTTP/1.1",
            "HTTP/2 200",
            "HTTP/1.1 20",
            "HTTP/1.1 2000 x",
            "HTTP/1.1 +20 x",
            "SSH-2.0-x",
            "HTTP/1.1 020 ",
        ] {
            assert_eq!(status(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn messages_name_the_host_as_people_write_it() {
        let of = |tls, host: &str, port| Target { tls, host: host.to_owned(), port }.name();
        assert_eq!(of(true, "api.weixin.qq.com", 443), "api.weixin.qq.com");
        assert_eq!(of(true, "::1", 80), "[::1]:80");
    }
}

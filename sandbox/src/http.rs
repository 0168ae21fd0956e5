//! One HTTP request, read from its socket within the limits.

use std::io::{self, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use httparse::Status;

const MAX_HEAD: usize = 16 * 1024;
const MAX_BODY: usize = 64 * 1024;
const MAX_TIME: Duration = Duration::from_secs(30);

/// What the client asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// As it came, without the question mark.
    pub query: String,
    pub user_agent: Option<String>,
    pub body: Vec<u8>,
}

/// Why there is no request.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The client left, or took too long.
    Gone,
    /// Answer with this status.
    Status(u16),
}

/// Reads a request except for its last byte. A socket that is closed with an unread byte sends a
/// reset: the fault `reset` needs that. Everything else calls [`take_last_byte`].
pub fn read(stream: &mut TcpStream) -> Result<Request, Refusal> {
    let deadline = Instant::now() + MAX_TIME;
    let mut received = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Refusal::Gone);
        }
        stream.set_read_timeout(Some(left)).map_err(gone)?;
        let seen = match stream.peek(&mut chunk) {
            Ok(0) => return Err(Refusal::Gone),
            Ok(seen) => seen,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(Refusal::Gone),
        };
        received.extend_from_slice(chunk.get(..seen).unwrap_or_default());
        let request = parse(&received)?;
        let taken = if request.is_some() { seen - 1 } else { seen };
        stream.read_exact(chunk.get_mut(..taken).unwrap_or_default()).map_err(gone)?;
        if let Some(request) = request {
            return Ok(request);
        }
    }
}

/// Reads the byte that [`read`] left, so that closing the socket does not reset the connection.
pub fn take_last_byte(stream: &mut TcpStream) {
    // If this fails, the socket is broken and the answer fails too.
    let _ = stream.read_exact(&mut [0]);
}

/// The request if all of it is there, else `None`.
fn parse(received: &[u8]) -> Result<Option<Request>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    let body_at = match parsed.parse(received) {
        Ok(Status::Complete(length)) if length <= MAX_HEAD => length,
        Ok(Status::Partial) if received.len() <= MAX_HEAD => return Ok(None),
        Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(Refusal::Status(431)),
        Err(_) => return Err(Refusal::Status(400)),
    };
    let header = |name: &str| parsed.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    if header("transfer-encoding").is_some() {
        return Err(Refusal::Status(411));
    }
    let length = match header("content-length").map(|header| std::str::from_utf8(header.value)) {
        None => 0,
        Some(text) => text.ok().and_then(|text| text.parse().ok()).ok_or(Refusal::Status(400))?,
    };
    if length > MAX_BODY {
        return Err(Refusal::Status(413));
    }
    let Some(body) = received.get(body_at..body_at + length) else { return Ok(None) };
    let (path, query) = split(parsed.path.unwrap_or_default());
    Ok(Some(Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        user_agent: header("user-agent").map(|header| String::from_utf8_lossy(header.value).into_owned()),
        body: body.to_owned(),
    }))
}

/// Path and query of a target. Proxies get targets with scheme and host; only the path counts.
fn split(target: &str) -> (&str, &str) {
    let target = match target.strip_prefix("http://") {
        Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => target,
    };
    target.split_once('?').unwrap_or((target, ""))
}

fn gone(_: io::Error) -> Refusal {
    Refusal::Gone
}

#[cfg(test)]
mod tests {
    // A test that cannot go on should stop at once.
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_request_is_read_once_it_is_whole() {
        let text = "POST /a/b?c=d&e HTTP/1.1\r\nuser-AGENT: x\r\nContent-Length: 2\r\n\r\n{}";
        for end in 0..text.len() {
            assert_eq!(parse(text.as_bytes().get(..end).unwrap()), Ok(None), "{end}");
        }
        let request = parse(text.as_bytes()).unwrap().unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/a/b"));
        assert_eq!((request.query.as_str(), request.body.as_slice()), ("c=d&e", b"{}".as_slice()));
        assert_eq!(request.user_agent.as_deref(), Some("x"));
    }

    #[test]
    fn a_proxy_request_counts_as_its_path() {
        assert_eq!(split("http://api.example:80/cgi-bin/token?a=b"), ("/cgi-bin/token", "a=b"));
        assert_eq!(split("http://api.example"), ("/", ""));
    }

    #[test]
    fn refuses_what_is_too_long_or_wrong() {
        let status = |text: String| parse(text.as_bytes()).unwrap_err();
        assert_eq!(status(format!("GET /{} HTTP/1.1\r\n", "a".repeat(MAX_HEAD))), Refusal::Status(431));
        assert_eq!(status(format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65))), Refusal::Status(431));
        assert_eq!(status("GET / HTTP/1.1\r\ncontent-length: 65537\r\n\r\n".into()), Refusal::Status(413));
        assert_eq!(status("GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n".into()), Refusal::Status(400));
        assert_eq!(
            status("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n".into()),
            Refusal::Status(411)
        );
        assert_eq!(status("\0\0\0\0".into()), Refusal::Status(400));
    }
}

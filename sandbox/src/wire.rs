//! What a fault does to the socket.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::endpoints::Endpoint;
use crate::errmsg;
use crate::fault::{Fault, Kind};
use crate::http::{self, Request};
use crate::random;
use crate::response::Response;
use crate::world::Flight;

/// Between two looks at whether the client left or the sandbox was reset.
const GLANCE: Duration = Duration::from_millis(20);
const LONGEST_HANG: Duration = Duration::from_secs(3600);

/// Spoils the answer to a request of which the last byte is still unread.
pub fn play(
    fault: &Fault,
    mut stream: TcpStream,
    request: &Request,
    endpoint: Endpoint,
    flight: Flight,
    normal: impl Fn() -> Response,
) -> io::Result<()> {
    if fault.kind == Kind::Reset {
        drop(flight);
        return Ok(());
    }
    http::take_last_byte(&mut stream);
    let echo = if fault.echo { echo(request) } else { String::new() };
    let response = match &fault.kind {
        Kind::Errcode { errcode, errmsg } => Response::json(&error(*errcode, errmsg.as_deref(), &echo)),
        Kind::Status(status) | Kind::Html(status) => Response::html(*status, &format!("nginx{echo}")),
        Kind::Truncated { with_length } => return truncated(*with_length, &mut stream, flight, &normal()),
        Kind::Delay(length) => {
            if !wait(*length, &stream, || flight.is_outdated())? {
                return Ok(());
            }
            normal()
        }
        Kind::Drip(interval) => return drip(*interval, &mut stream, flight, &normal()),
        Kind::Huge(bytes) => huge(*bytes, normal()),
        Kind::Redirect { status, location } => {
            let usual =
                if fault.echo { format!("/redirected?{}", request.query) } else { "/redirected".into() };
            Response::html(*status, &echo).with_header("Location", location.clone().unwrap_or(usual))
        }
        Kind::Empty => Response::empty(200),
        Kind::WrongTypes => Response::json(&wrong_types(endpoint)),
        Kind::Hang => {
            wait(LONGEST_HANG, &stream, || flight.is_cleared())?;
            return Ok(());
        }
        Kind::Reset | Kind::CloseEarly => {
            drop(flight);
            return Ok(());
        }
    };
    drop(flight);
    response.send(&mut stream)
}

/// All that the request carried, secrets included, as a careless server would repeat it.
fn echo(request: &Request) -> String {
    let body = String::from_utf8_lossy(&request.body);
    let decoded = String::from_utf8_lossy(&crate::percent::decode(request.query.as_bytes())).into_owned();
    let mut echo = format!(" request: {} {}?{} {body}", request.method, request.path, request.query);
    if decoded != request.query {
        echo = format!("{echo} decoded: {decoded}");
    }
    echo
}

fn error(errcode: i64, errmsg: Option<&str>, echo: &str) -> Value {
    let errmsg = match errmsg {
        Some(text) => format!("{text}{echo}"),
        None => format!("{}{echo} rid: {}", errmsg::text(errcode), random::rid()),
    };
    json!({"errcode": errcode, "errmsg": errmsg})
}

fn wrong_types(endpoint: Endpoint) -> Value {
    match endpoint {
        Endpoint::GetTicket => json!({"errcode": "zero", "errmsg": null, "ticket": ["x"], "expires_in": {}}),
        _ => json!({"access_token": 12345, "expires_in": [7200]}),
    }
}

/// The normal answer with one more field, so that nothing but its size is wrong.
fn huge(bytes: usize, mut normal: Response) -> Response {
    if normal.body.pop() == Some(b'}') {
        normal.body.extend_from_slice(br#","padding":""#);
        let end = br#""}"#;
        let missing = bytes.saturating_sub(normal.body.len() + end.len());
        normal.body.resize(normal.body.len() + missing, b'x');
        normal.body.extend_from_slice(end);
    }
    normal
}

fn truncated(with_length: bool, stream: &mut TcpStream, flight: Flight, normal: &Response) -> io::Result<()> {
    let mut bytes = normal.head(with_length.then_some(normal.body.len()));
    bytes.extend_from_slice(normal.body.get(..normal.body.len() / 2).unwrap_or_default());
    drop(flight);
    stream.write_all(&bytes)
}

fn drip(interval: Duration, stream: &mut TcpStream, flight: Flight, normal: &Response) -> io::Result<()> {
    stream.write_all(&normal.head(Some(normal.body.len())))?;
    let (last, most) = normal.body.split_last().unwrap_or((&b' ', &[]));
    for byte in most {
        if !wait(interval, stream, || flight.is_outdated())? {
            return Ok(());
        }
        stream.write_all(&[*byte])?;
    }
    if !wait(interval, stream, || flight.is_outdated())? {
        return Ok(());
    }
    drop(flight);
    stream.write_all(&[*last])
}

/// Waits, and says whether it was for the whole length: not if the client left or `stop` came true.
fn wait(length: Duration, stream: &TcpStream, stop: impl Fn() -> bool) -> io::Result<bool> {
    let end = Instant::now() + length;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(true);
        }
        if stop() {
            return Ok(false);
        }
        // A look with a time limit is a sleep that ends when the client leaves.
        stream.set_read_timeout(Some(left.min(GLANCE)))?;
        match stream.peek(&mut [0]) {
            Ok(0) => return Ok(false),
            // More than one request on the connection, which nobody will read: just sleep.
            Ok(_) => std::thread::sleep(left.min(GLANCE)),
            Err(error) if is_timeout(&error) => {}
            Err(_) => return Ok(false),
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

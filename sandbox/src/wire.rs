//! What a fault does to the socket.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::endpoint::Endpoint;
use crate::errmsg;
use crate::fault::{Fault, Kind, Layer};
use crate::http::{self, Request};
use crate::percent;
use crate::response::{Framing, Response};
use crate::spoil;
use crate::world::Flight;

/// How often a request that waits looks whether its client left or the sandbox was reset.
const POLL: Duration = Duration::from_millis(20);
const MAX_HANG: Duration = Duration::from_secs(3600);
const INTERIM: &str = "HTTP/1.1 103 Early Hints\r\n\r\n";

/// Plays a fault on a request whose last byte is still unread.
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
        Kind::Errcode { errcode, errmsg } => {
            let usual = || errmsg::message(*errcode, endpoint, &echo);
            let errmsg = errmsg.as_ref().map_or_else(usual, |text| format!("{text}{echo}"));
            Response::json(&json!({"errcode": errcode, "errmsg": errmsg}))
        }
        Kind::Status(status) | Kind::Html(status) => Response::html(*status, &format!("nginx{echo}")),
        Kind::Truncated { with_length } => return truncated(*with_length, &mut stream, flight, &normal()),
        Kind::Delay(length) => {
            if !wait(*length, &stream, || flight.is_outdated())? {
                return Ok(());
            }
            normal()
        }
        Kind::Drip { layer, pause } => return drip(*layer, *pause, &mut stream, flight, &normal()),
        Kind::Hang(layer) => return hang(*layer, &mut stream, &flight, &normal),
        Kind::Endless(layer) => return endless(*layer, &mut stream, &flight, &normal()),
        Kind::Huge(bytes) => spoil::padded(*bytes, normal()),
        Kind::Redirect { status, location } => {
            let usual =
                if fault.echo { format!("/redirected?{}", request.query) } else { "/redirected".into() };
            Response::html(*status, &echo).with_header("Location", location.clone().unwrap_or(usual))
        }
        Kind::Empty => Response::empty(200),
        Kind::WrongTypes => Response::json(&spoil::wrong_types(endpoint)),
        Kind::Chunked => {
            let [before, rest] = parts(Layer::Chunk, &normal());
            drop(flight);
            return stream.write_all(&[before, rest].concat());
        }
        Kind::Gzip { with_header } => spoil::gzip(*with_header, normal()),
        Kind::Bom => spoil::with_bom(normal()),
        Kind::Numbers(spelling) => spoil::respelled(*spelling, normal()),
        Kind::Reset | Kind::CloseEarly => {
            drop(flight);
            return Ok(());
        }
    };
    drop(flight);
    response.send(&mut stream)
}

/// The request, secrets included, as a careless server would repeat it.
fn echo(request: &Request) -> String {
    let body = String::from_utf8_lossy(&request.body);
    let decoded = String::from_utf8_lossy(&percent::decode(request.query.as_bytes())).into_owned();
    let mut echo = format!(" request: {} {}?{} {body}", request.method, request.path, request.query);
    if decoded != request.query {
        echo = format!("{echo} decoded: {decoded}");
    }
    echo
}

/// The bytes of an answer before a layer, and those from this layer on.
fn parts(layer: Layer, response: &Response) -> [Vec<u8>; 2] {
    let status = response.status_line();
    let headers = response.headers(if layer == Layer::Chunk {
        Framing::Chunked
    } else {
        Framing::Length(response.body.len())
    });
    let body = response.body.as_slice();
    let (status, headers) = (status.as_bytes(), headers.as_bytes());
    match layer {
        Layer::Interim => [Vec::new(), [INTERIM.repeat(40).as_bytes(), status, headers, body].concat()],
        Layer::Status => [Vec::new(), [status, headers, body].concat()],
        Layer::Header => [status.to_vec(), [headers, body].concat()],
        Layer::Body => [[status, headers].concat(), body.to_vec()],
        Layer::Chunk => {
            let size = format!("{:x}\r\n", body.len());
            [[status, headers].concat(), [size.as_bytes(), body, b"\r\n0\r\n\r\n"].concat()]
        }
    }
}

fn truncated(with_length: bool, stream: &mut TcpStream, flight: Flight, normal: &Response) -> io::Result<()> {
    let framing = if with_length { Framing::Length(normal.body.len()) } else { Framing::Close };
    let head = normal.status_line() + &normal.headers(framing);
    let half = normal.body.get(..normal.body.len() / 2).unwrap_or_default();
    drop(flight);
    stream.write_all(&[head.as_bytes(), half].concat())
}

fn drip(
    layer: Layer,
    pause: Duration,
    stream: &mut TcpStream,
    flight: Flight,
    normal: &Response,
) -> io::Result<()> {
    let [before, rest] = parts(layer, normal);
    stream.write_all(&before)?;
    let (last, most) = rest.split_last().unwrap_or((&b' ', &[]));
    for byte in most {
        if !wait(pause, stream, || flight.is_outdated())? {
            return Ok(());
        }
        stream.write_all(&[*byte])?;
    }
    if !wait(pause, stream, || flight.is_outdated())? {
        return Ok(());
    }
    drop(flight);
    stream.write_all(&[*last])
}

/// Sends the answer up to the middle of the layer, and then nothing until the faults are cleared.
fn hang(
    layer: Option<Layer>,
    stream: &mut TcpStream,
    flight: &Flight,
    normal: impl Fn() -> Response,
) -> io::Result<()> {
    if let Some(layer) = layer {
        let [mut before, rest] = parts(layer, &normal());
        // A few bytes are within every layer: an interim answer, a status line, a header, a body
        // and the size line of a chunk.
        before.extend_from_slice(rest.get(..2).unwrap_or_default());
        stream.write_all(&before)?;
    }
    wait(MAX_HANG, stream, || flight.is_cleared())?;
    Ok(())
}

/// Sends a layer without an end, as fast as the client reads.
fn endless(layer: Layer, stream: &mut TcpStream, flight: &Flight, normal: &Response) -> io::Result<()> {
    let status = normal.status_line();
    let (start, more): (String, String) = match layer {
        Layer::Interim => (String::new(), INTERIM.into()),
        Layer::Status => (status.trim_end().into(), " OK".into()),
        Layer::Header => (status, "X-More: 0123456789abcdef\r\n".into()),
        Layer::Body => (status + &normal.headers(Framing::Close), "{\"more\":[".into()),
        Layer::Chunk => (status + &normal.headers(Framing::Chunked) + "10;", "extension=more;".into()),
    };
    stream.write_all(start.as_bytes())?;
    let piece = more.repeat(8192 / more.len());
    let until = Instant::now() + MAX_HANG;
    while Instant::now() < until && !flight.is_cleared() {
        stream.write_all(piece.as_bytes())?;
    }
    Ok(())
}

/// Waits. Returns false if the wait ended early: the client left, or `stop` came true.
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
        // A peek with a time limit is a sleep that ends when the client leaves.
        stream.set_read_timeout(Some(left.min(POLL)))?;
        match stream.peek(&mut [0]) {
            Ok(0) => return Ok(false),
            // The client sent more than one request on the connection. It is never read.
            Ok(_) => std::thread::sleep(left.min(POLL)),
            Err(error) if is_timeout(&error) => {}
            Err(_) => return Ok(false),
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

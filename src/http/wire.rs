//! Between ureq and the connection: the secret is put in on the way out, and the head is pared down
//! on the way in.
//!
//! ureq logs the URL and some headers, at levels that belong to the host program. So it never sees
//! a secret: the request that it writes has a placeholder, and of the answer's head it sees the
//! framing alone.

use std::fmt;
use std::io::ErrorKind;
use std::sync::Mutex;

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport as UreqTransport,
};
use zeroize::{Zeroize, Zeroizing};

use super::connect::{failed, status};
use super::request::Hidden;
use super::stream::Stream;
use crate::error::{Code, Reason, io_reason};
use crate::roots::explain_alert;
use crate::sync::lock;

/// The longest head of an answer.
const MAX_HEAD: usize = 16_384;
/// What is read at once.
const PART: usize = 8_192;
/// Room for the head and the body of a request, and for a part of the answer.
const BUFFER: usize = 65_536;

/// Gives ureq the connection that stands already.
pub(super) struct Ready(Mutex<Option<Wire>>);

impl Ready {
    pub(super) fn new(stream: Stream, host: String, hidden: &Hidden) -> Self {
        let wire = Wire {
            stream,
            host,
            hidden: hidden.clone(),
            // It may hold a whole answer, and growing would leave copies behind that are not wiped.
            head: Some(Zeroizing::new(Vec::with_capacity(MAX_HEAD + PART))),
            received: 0,
            announced: None,
            buffers: LazyBuffers::new(BUFFER, BUFFER),
        };
        Self(Mutex::new(Some(wire)))
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ready")
    }
}

impl Connector for Ready {
    type Out = Wire;

    fn connect(&self, _: &ConnectionDetails, _: Option<()>) -> Result<Option<Wire>, ureq::Error> {
        Ok(lock(&self.0).take())
    }
}

/// One request and its answer.
pub(super) struct Wire {
    stream: Stream,
    /// For messages.
    host: String,
    hidden: Hidden,
    /// What came of the answer's head, until it is whole.
    head: Option<Zeroizing<Vec<u8>>>,
    received: usize,
    /// The last status that only announced an answer.
    announced: Option<u16>,
    buffers: LazyBuffers,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Wire {
    fn fail(&self, code: Code, reason: Reason, why: &str) -> ureq::Error {
        ureq::Error::Other(Box::new(failed(code, reason, &self.host, format!("{}: {why}", self.host))))
    }

    /// Nothing followed a status that announces an answer, or that leaves HTTP.
    fn no_answer(&self, status: u16) -> ureq::Error {
        let why = format!("the answer has HTTP status {status}");
        self.fail(Code::BadResponse, Reason::HttpStatus, &why)
    }

    /// Why the connection gave no more.
    fn broken(&self, error: &std::io::Error) -> ureq::Error {
        if let Some(reason) = io_reason(error) {
            return self.fail(Code::Network, reason, super::connect::system_words(reason));
        }
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        // In TLS 1.3 a server refuses its client after the handshake, which has ended for the client.
        if let Some(rustls::Error::AlertReceived(alert)) = tls {
            let (reason, why) = explain_alert(&self.host, *alert);
            return ureq::Error::Other(Box::new(failed(Code::Network, reason, &self.host, why)));
        }
        match error.kind() {
            ErrorKind::TimedOut if self.received == 0 => {
                self.fail(Code::Timeout, Reason::ReadTimeout, "no answer in time")
            }
            ErrorKind::TimedOut => {
                self.fail(Code::Timeout, Reason::ReadTimeout, "the answer did not end in time")
            }
            ErrorKind::FileTooLarge => {
                self.fail(Code::BadResponse, Reason::TooLarge, "the answer is larger than 64 KiB")
            }
            // rustls hands its failures up as invalid data.
            ErrorKind::InvalidData => self.fail(Code::Network, Reason::TlsFailed, "the TLS connection broke"),
            _ => self.fail(Code::Network, Reason::Reset, "the connection was reset (ECONNRESET)"),
        }
    }

    /// Takes a part of the head. Once it is whole, the pared head and what followed it are ready
    /// for ureq.
    fn take_head(&mut self, part: &[u8]) -> Result<(), ureq::Error> {
        let Some(head) = &mut self.head else { return Ok(()) };
        head.extend_from_slice(part);
        loop {
            let Some(head) = &mut self.head else { return Ok(()) };
            if !b"HTTP/1.".starts_with(head.get(..7).unwrap_or(head)) {
                return Err(self.fail(Code::BadResponse, Reason::NotHttp, "the answer is not HTTP"));
            }
            let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4) else {
                if head.len() > MAX_HEAD {
                    return Err(self.fail(
                        Code::BadResponse,
                        Reason::TooLarge,
                        "the answer's head is larger than 16 KiB",
                    ));
                }
                return Ok(());
            };
            let (own, rest) = head.split_at(end);
            let Some(status) = status(own) else {
                return Err(self.fail(Code::BadResponse, Reason::NotHttp, "the answer is not HTTP"));
            };
            if let 100 | 102..=199 = status {
                // What is only announced is passed over.
                head.drain(..end);
                self.announced = Some(status);
                continue;
            }
            if status == 101 {
                return Err(self.no_answer(status));
            }
            let headers = Headers::of(own);
            if headers.is_compressed {
                return Err(self.fail(Code::BadResponse, Reason::Compressed, "the answer is compressed"));
            }
            let bytes = Zeroizing::new([headers.pared(status).as_bytes(), rest].concat());
            self.head = None;
            self.give(&bytes);
        }
    }

    fn give(&mut self, bytes: &[u8]) {
        let free = self.buffers.input_append_buf();
        let fits = bytes.len().min(free.len());
        if let (Some(free), Some(bytes)) = (free.get_mut(..fits), bytes.get(..fits)) {
            free.copy_from_slice(bytes);
        }
        self.buffers.input_appended(fits);
    }
}

impl UreqTransport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let written = self.buffers.output().get(..amount).unwrap_or_default();
        let bytes = self.hidden.reveal_in(written);
        self.stream.write_all(&bytes).map_err(|error| self.broken(&error))
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        loop {
            let mut part = Zeroizing::new([0; PART]);
            // ureq asks again when it has made room.
            let room = if self.head.is_some() { part.len() } else { self.buffers.input_append_buf().len() };
            let most = room.min(part.len());
            if most == 0 {
                return Ok(false);
            }
            let part = part.get_mut(..most).unwrap_or_default();
            let read = self.stream.read(part).map_err(|error| self.broken(&error))?;
            self.received += read;
            let part = part.get(..read).unwrap_or_default();
            if read == 0 {
                return match &self.head {
                    None => Ok(false),
                    Some(head) if head.is_empty() => Err(match self.announced {
                        Some(status) => self.no_answer(status),
                        None => self.fail(
                            Code::Network,
                            Reason::ClosedEarly,
                            "the connection was closed without an answer",
                        ),
                    }),
                    Some(_) => {
                        Err(self.fail(Code::BadResponse, Reason::Truncated, "the answer ends in its head"))
                    }
                };
            }
            if self.head.is_none() {
                self.give(part);
                return Ok(true);
            }
            self.take_head(part)?;
            if self.head.is_none() {
                return Ok(true);
            }
        }
    }

    fn is_open(&mut self) -> bool {
        // Never used twice.
        false
    }

    fn is_tls(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let unread = self.buffers.input().len();
        self.buffers.input_consume(unread);
        self.buffers.output().zeroize();
        self.buffers.input_append_buf().zeroize();
    }
}

/// The headers that say where the answer ends.
#[derive(Default)]
struct Headers {
    length: Option<u64>,
    is_chunked: bool,
    is_compressed: bool,
}

impl Headers {
    fn of(head: &[u8]) -> Self {
        let mut headers = Self::default();
        let text = String::from_utf8_lossy(head);
        for (name, value) in text.lines().filter_map(|line| line.split_once(':')) {
            let value = value.trim().to_ascii_lowercase();
            match name.trim().to_ascii_lowercase().as_str() {
                "content-length" => headers.length = value.parse().ok(),
                "transfer-encoding" => headers.is_chunked |= value.ends_with("chunked"),
                "content-encoding" => headers.is_compressed |= value.split(',').any(is_compression),
                _ => {}
            }
        }
        headers
    }

    /// The head that ureq sees.
    fn pared(&self, status: u16) -> String {
        let framing = match self.length {
            _ if self.is_chunked => "Transfer-Encoding: chunked\r\n".to_owned(),
            Some(length) => format!("Content-Length: {length}\r\n"),
            None => String::new(),
        };
        format!("HTTP/1.1 {status} \r\nConnection: close\r\n{framing}\r\n")
    }
}

/// Whether it names a compression. Programs also write `utf-8` and the like there, by mistake.
fn is_compression(coding: &str) -> bool {
    let coding = coding.trim();
    let names = ["gzip", "deflate", "compress", "br", "zstd"];
    names.contains(&coding.strip_prefix("x-").unwrap_or(coding))
}

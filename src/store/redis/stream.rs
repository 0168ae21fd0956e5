//! A connection whose reads and writes end by an absolute deadline, even if the other side sends
//! slowly, and which reads a bounded number of bytes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

use rustls::{ClientConnection, StreamOwned};

use crate::deadline::Deadline;

/// TCP that knows when to stop.
pub(super) struct BoundedTcp {
    tcp: TcpStream,
    deadline: Deadline,
    /// How many bytes may still be read.
    left: usize,
}

impl BoundedTcp {
    fn new(tcp: TcpStream, deadline: Deadline, max: usize) -> Self {
        Self { tcp, deadline, left: max }
    }

    fn time_left(&self) -> io::Result<std::time::Duration> {
        match self.deadline.remaining() {
            left if left.is_zero() => Err(ErrorKind::TimedOut.into()),
            left => Ok(left),
        }
    }
}

/// The error of a socket whose time is over differs between systems.
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { error }
}

impl Read for BoundedTcp {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(ErrorKind::FileTooLarge.into());
        }
        self.tcp.set_read_timeout(Some(self.time_left()?))?;
        let wanted = buffer.len().min(self.left);
        let length = self.tcp.read(buffer.get_mut(..wanted).unwrap_or_default()).map_err(timed_out)?;
        self.left -= length;
        Ok(length)
    }
}

impl Write for BoundedTcp {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(Some(self.time_left()?))?;
        self.tcp.write(bytes).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

/// Plain or with TLS.
pub(super) enum RedisStream {
    Plain(BoundedTcp),
    Tls(Box<StreamOwned<ClientConnection, BoundedTcp>>),
}

/// What TLS adds to an answer, and what its handshake takes at most.
const MAX_TLS_BYTES: usize = 65_536;

impl RedisStream {
    pub(super) fn plain(tcp: TcpStream, deadline: Deadline, max: usize) -> Self {
        Self::Plain(BoundedTcp::new(tcp, deadline, max))
    }

    /// Shakes hands.
    pub(super) fn tls(tcp: TcpStream, tls: ClientConnection, deadline: Deadline) -> io::Result<Self> {
        let mut stream = Box::new(StreamOwned::new(tls, BoundedTcp::new(tcp, deadline, MAX_TLS_BYTES)));
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self::Tls(stream))
    }

    /// Whether the other side has sent nothing that was not asked for, and has not closed the
    /// connection.
    pub(super) fn is_quiet(&self) -> bool {
        let tcp = match self {
            Self::Plain(tcp) => &tcp.tcp,
            Self::Tls(tls) => &tls.sock.tcp,
        };
        let looked = tcp.set_nonblocking(true).and_then(|()| tcp.peek(&mut [0]));
        let is_quiet = looked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        tcp.set_nonblocking(false).is_ok() && is_quiet
    }

    /// Allows `max` bytes to be read from now until `deadline`.
    pub(super) fn begin(&mut self, deadline: Deadline, max: usize) {
        let (tcp, max) = match self {
            Self::Plain(tcp) => (tcp, max),
            Self::Tls(tls) => (&mut tls.sock, max + MAX_TLS_BYTES),
        };
        (tcp.deadline, tcp.left) = (deadline, max);
    }
}

impl Read for RedisStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for RedisStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

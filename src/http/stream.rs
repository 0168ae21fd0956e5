//! A connection that obeys one deadline, whatever its peer does, and that reads no more than an
//! answer needs. The store in Redis uses it too.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};

use crate::deadline::Deadline;

/// All that is read for one exchange: the handshakes and an answer of 64 KiB, with its head and its
/// framing.
const MAX_READ: usize = 256 << 10;

/// A TCP connection. The system's time-outs are for one call each, so each call gets the time that
/// is left.
#[derive(Debug)]
pub(crate) struct TimedStream {
    tcp: TcpStream,
    deadline: Deadline,
    /// How much may still be read.
    allowance: usize,
}

impl TimedStream {
    pub(crate) fn new(tcp: TcpStream, deadline: Deadline) -> Self {
        Self { tcp, deadline, allowance: MAX_READ }
    }

    fn time_left(&self) -> io::Result<Duration> {
        let left = self.deadline.remaining();
        // Below a millisecond some systems wait for ever.
        if left < Duration::from_millis(1) { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

/// Repeats a call that a signal interrupts, and has one name for a time-out.
fn settle(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(ErrorKind::TimedOut.into()),
            outcome => return outcome,
        }
    }
}

impl Read for TimedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.allowance);
        let Some(part) = buffer.get_mut(..most).filter(|part| !part.is_empty()) else {
            return Err(ErrorKind::FileTooLarge.into());
        };
        let read = settle(|| {
            self.tcp.set_read_timeout(Some(self.time_left()?))?;
            self.tcp.read(part)
        })?;
        self.allowance -= read;
        Ok(read)
    }
}

impl Write for TimedStream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        settle(|| {
            self.tcp.set_write_timeout(Some(self.time_left()?))?;
            self.tcp.write(buffer)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

/// A connection with or without TLS.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(TimedStream),
    Tls(Box<StreamOwned<ClientConnection, TimedStream>>),
}

impl Stream {
    /// Shakes hands.
    pub(crate) fn tls(tcp: TimedStream, tls: ClientConnection) -> io::Result<Self> {
        let mut stream = Box::new(StreamOwned::new(tls, tcp));
        while stream.conn.is_handshaking() {
            let StreamOwned { conn, sock } = &mut *stream;
            conn.complete_io(sock)?;
        }
        Ok(Self::Tls(stream))
    }

    /// Begins an exchange with its own deadline. Whether the connection may be used for it shows in
    /// [`Stream::is_quiet`].
    pub(crate) fn begin(&mut self, deadline: Deadline) {
        let tcp = match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => &mut tls.sock,
        };
        (tcp.deadline, tcp.allowance) = (deadline, MAX_READ);
    }

    /// Whether the peer has sent nothing that was not asked for, and has not closed the connection.
    #[cfg(feature = "redis")] // a request to WeChat never uses a connection again
    pub(crate) fn is_quiet(&self) -> bool {
        let tcp = match self {
            Self::Plain(tcp) => &tcp.tcp,
            Self::Tls(tls) => &tls.sock.tcp,
        };
        let looked = tcp.set_nonblocking(true).and_then(|()| tcp.peek(&mut [0]));
        let is_quiet = looked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        tcp.set_nonblocking(false).is_ok() && is_quiet
    }

    /// Reads what is there. Nothing means the end, with or without TLS's own sign of it: whether an
    /// answer is whole shows in the answer.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => match stream.read(buffer) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
                outcome => outcome.map_err(|error| alert(stream).unwrap_or(error)),
            },
        }
    }

    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes),
            Self::Tls(stream) => {
                let outcome = stream.write_all(bytes).and_then(|()| stream.flush());
                outcome.map_err(|error| alert(stream).unwrap_or(error))
            }
        }
    }
}

/// The alert that has come, if a connection broke. A server that refuses its client sends one and
/// resets the connection, so that writing fails before the alert was read.
fn alert(stream: &mut StreamOwned<ClientConnection, TimedStream>) -> Option<io::Error> {
    let StreamOwned { conn, sock } = stream;
    loop {
        match conn.process_new_packets() {
            Err(error @ rustls::Error::AlertReceived(_)) => return Some(io::Error::other(error)),
            Err(_) => return None,
            Ok(_) if conn.read_tls(sock).unwrap_or(0) == 0 => return None,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (near, listener.accept().unwrap().0)
    }

    /// A byte now and then restarts the system's time-out, but not the deadline.
    #[test]
    fn a_dripping_peer_ends_at_the_deadline() {
        let (near, mut far) = pair();
        let drip = std::thread::spawn(move || {
            while far.write_all(b"x").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let begun = Instant::now();
        let mut stream = TimedStream::new(near, Deadline::after(Duration::from_millis(200)));
        let error = stream.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(begun.elapsed() < Duration::from_millis(900), "{:?}", begun.elapsed());
        drop(stream);
        drip.join().unwrap();
    }

    #[test]
    fn an_endless_peer_ends_at_the_allowance() {
        let (near, mut far) = pair();
        let flood = std::thread::spawn(move || while far.write_all(&[0; 4_096]).is_ok() {});
        let mut stream = TimedStream::new(near, crate::deadline::soon());
        let mut read = Vec::new();
        assert_eq!(stream.read_to_end(&mut read).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(read.len(), MAX_READ);
        drop(stream);
        flood.join().unwrap();
    }

    #[test]
    fn a_peer_that_takes_nothing_ends_at_the_deadline() {
        let (near, _far) = pair();
        let mut stream = TimedStream::new(near, Deadline::after(Duration::from_millis(100)));
        let error = stream.write_all(&vec![0; 64 << 20]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}

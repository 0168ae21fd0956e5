//! The connections to one Redis. A connection is opened when it is needed, kept for a short while,
//! and opened again if it broke. Connecting, TLS, the login, a command and its answer all end at
//! the step's deadline. No lock is held meanwhile: two steps at a time have two connections.

use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::ClientConnection;
use rustls::pki_types::ServerName;
use zeroize::Zeroizing;

use super::MAX_ANSWER;
use super::failure::{self, ExchangeError};
use super::resp::{Command, Malformed, Reply, parse};
use super::url::RedisServer;
use crate::deadline::Deadline;
use crate::http::{Stream, TimedStream, reach, resolve, trust};
use crate::roots::{Roots, Trust};
use crate::store::StoreError;
use crate::sync::lock;

/// After Redis could not be reached or did not answer, nothing is sent to it for so long. A flight
/// has ten steps and more; without the pause, a Redis that hangs would use up its time.
const PAUSE: Duration = Duration::from_secs(2);
/// A connection that was idle for longer is not used again: a firewall may have dropped it
/// silently.
const MAX_IDLE: Duration = Duration::from_secs(30);

/// A way to one Redis.
pub(super) struct Connector {
    server: RedisServer,
    roots: Arc<Roots>,
    state: Mutex<ConnectorState>,
}

#[derive(Default)]
struct ConnectorState {
    /// A connection, and since when it is idle.
    idle: Option<(Stream, Instant)>,
    /// Until when nothing is sent, and what went wrong.
    pause: Option<(Instant, StoreError)>,
}

impl Connector {
    pub(super) fn new(server: RedisServer, roots: Arc<Roots>) -> Self {
        Self { server, roots, state: Mutex::default() }
    }

    /// Sends `command` and reads the answer, of which `read` takes what it needs; none if it is not
    /// such an answer.
    pub(super) fn run<T>(
        &self,
        deadline: Deadline,
        command: &Command,
        read: impl Fn(Reply) -> Option<T>,
    ) -> Result<T, StoreError> {
        let kept = {
            let mut state = lock(&self.state);
            if let Some((until, why)) = &state.pause
                && Instant::now() < *until
            {
                return Err(why.clone());
            }
            state.idle.take().filter(|(_, since)| since.elapsed() < MAX_IDLE).map(|(stream, _)| stream)
        };
        let ask = |mut stream: Stream| {
            let outcome = exchange(&mut stream, deadline, command)
                .and_then(|reply| read(reply).ok_or(ExchangeError::Malformed(Malformed::NotRedis)));
            if outcome.as_ref().err().is_none_or(ExchangeError::leaves_connection) {
                lock(&self.state).idle = Some((stream, Instant::now()));
            }
            outcome
        };
        if let Some(stream) = kept.filter(Stream::is_quiet) {
            match ask(stream) {
                // The server has closed it since, or was restarted. All our commands may be sent
                // twice.
                Err(failure) if failure.is_closed() => {}
                outcome => return outcome.map_err(|failure| self.note(failure)),
            }
        }
        let stream = self.connect(deadline).map_err(|why| self.pause(why))?;
        ask(stream).map_err(|failure| self.note(failure))
    }

    fn note(&self, failure: ExchangeError) -> StoreError {
        let is_answer = failure.leaves_connection();
        let why = failure.of(&self.server, self.roots.loaded().as_ref());
        if is_answer { why } else { self.pause(why) }
    }

    fn pause(&self, why: StoreError) -> StoreError {
        lock(&self.state).pause = Some((Instant::now() + PAUSE, why.clone()));
        why
    }

    fn connect(&self, deadline: Deadline) -> Result<Stream, StoreError> {
        let RedisServer { is_tls, host, port, .. } = &self.server;
        let addresses = resolve(host, *port, &self.server.name(), deadline)
            .map_err(|error| failure::unresolved(&error))?;
        let trust = is_tls.then(|| trust(&self.roots, deadline)).transpose();
        let trust = trust.map_err(|error| failure::no_roots(&self.server, &error))?;
        let failed = |failure: ExchangeError| failure.of(&self.server, trust.as_ref());
        let tcp = reach(&addresses, deadline).map_err(|error| failed(error.into()))?;
        let mut stream = self.wrap(tcp, trust.as_ref(), deadline).map_err(|error| failed(error.into()))?;
        for command in self.greeting() {
            let reply = exchange(&mut stream, deadline, &command).map_err(failed)?;
            if reply != Reply::Status {
                return Err(failed(ExchangeError::Malformed(Malformed::NotRedis)));
            }
        }
        Ok(stream)
    }

    fn wrap(&self, tcp: TcpStream, trust: Option<&Trust>, deadline: Deadline) -> io::Result<Stream> {
        let tcp = TimedStream::new(tcp, deadline);
        let Some(trust) = trust else { return Ok(Stream::Plain(tcp)) };
        let name = ServerName::try_from(self.server.host.clone()).map_err(io::Error::other)?;
        let tls = ClientConnection::new(trust.config(), name).map_err(io::Error::other)?;
        Stream::tls(tcp, tls)
    }

    /// What is sent before the first command.
    fn greeting(&self) -> Vec<Command> {
        let RedisServer { user, password, database, .. } = &self.server;
        let mut commands = Vec::new();
        if user.is_some() || password.is_some() {
            let mut login = Command::new("AUTH");
            if let Some(user) = user {
                login = login.arg(user.as_str());
            }
            let password = password.as_ref().map_or("", |password| password.as_str());
            commands.push(login.arg(password));
        }
        if *database != 0 {
            commands.push(Command::new("SELECT").arg(database.to_string()));
        }
        commands
    }
}

fn exchange(stream: &mut Stream, deadline: Deadline, command: &Command) -> Result<Reply, ExchangeError> {
    stream.begin(deadline);
    stream.write_all(&command.packed())?;
    let mut answer = Zeroizing::new(Vec::with_capacity(8_192));
    let mut part = Zeroizing::new([0; 4_096]);
    loop {
        match stream.read(&mut *part) {
            Ok(0) => return Err(ExchangeError::Io(ErrorKind::UnexpectedEof.into())),
            Ok(length) => answer.extend_from_slice(part.get(..length).unwrap_or_default()),
            Err(error) => return Err(error.into()),
        }
        match parse(&answer, MAX_ANSWER).map_err(ExchangeError::Malformed)? {
            None => {}
            Some((Reply::Error(text), length)) if length == answer.len() => {
                return Err(ExchangeError::Refused(text));
            }
            Some((reply, length)) if length == answer.len() => return Ok(reply),
            // More than was asked for: which answer is whose cannot be known.
            Some(_) => return Err(ExchangeError::Malformed(Malformed::NotRedis)),
        }
    }
}

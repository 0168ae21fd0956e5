//! The connections to one Redis. A connection is opened when it is needed, kept for a short while,
//! and opened again if it broke. Connecting, TLS, the login, a command and its answer all end at
//! the step's deadline. No lock is held meanwhile: two steps at a time have two connections.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustls::ClientConnection;
use rustls::pki_types::ServerName;
use zeroize::Zeroizing;

use super::MAX_ANSWER;
use super::failure::{self, ExchangeError};
use super::resp::{Command, Malformed, Reply, parse};
use super::stream::RedisStream;
use super::url::RedisServer;
use crate::deadline::Deadline;
use crate::roots::{Roots, Trust};
use crate::store::StoreError;

/// After Redis could not be reached or did not answer, nothing is sent to it for so long. A flight
/// has ten steps and more; without the pause, a Redis that hangs would use up its time.
const PAUSE: Duration = Duration::from_secs(2);
/// A connection that was idle for longer is not used again: a firewall may have dropped it
/// silently.
const MAX_IDLE: Duration = Duration::from_secs(30);
/// How many addresses of a name are tried.
const MAX_ADDRESSES: usize = 8;
/// How many look-ups of names may hang: of one store, and of the process.
const MAX_LOOKUPS: usize = 2;
const MAX_LOOKUPS_OF_PROCESS: usize = 32;

static LOOKUPS_OF_PROCESS: AtomicUsize = AtomicUsize::new(0);

/// A way to one Redis.
pub(super) struct Connector {
    server: RedisServer,
    roots: Arc<Roots>,
    state: Mutex<ConnectorState>,
    lookups: Arc<AtomicUsize>,
}

#[derive(Default)]
struct ConnectorState {
    /// A connection, and since when it is idle.
    idle: Option<(RedisStream, Instant)>,
    /// Until when nothing is sent, and what went wrong.
    pause: Option<(Instant, StoreError)>,
}

impl Connector {
    pub(super) fn new(server: RedisServer, roots: Arc<Roots>) -> Self {
        Self { server, roots, state: Mutex::default(), lookups: Arc::default() }
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
            let mut state = self.state();
            if let Some((until, why)) = &state.pause
                && Instant::now() < *until
            {
                return Err(why.clone());
            }
            state.idle.take().filter(|(_, since)| since.elapsed() < MAX_IDLE).map(|(stream, _)| stream)
        };
        let ask = |mut stream: RedisStream| {
            let outcome = exchange(&mut stream, deadline, command)
                .and_then(|reply| read(reply).ok_or(ExchangeError::Malformed(Malformed::NotRedis)));
            if outcome.as_ref().err().is_none_or(ExchangeError::leaves_connection) {
                self.state().idle = Some((stream, Instant::now()));
            }
            outcome
        };
        if let Some(stream) = kept.filter(RedisStream::is_quiet) {
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

    fn state(&self) -> std::sync::MutexGuard<'_, ConnectorState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, failure: ExchangeError) -> StoreError {
        let is_answer = failure.leaves_connection();
        let why = failure.of(&self.server, self.roots.loaded().as_ref());
        if is_answer { why } else { self.pause(why) }
    }

    fn pause(&self, why: StoreError) -> StoreError {
        self.state().pause = Some((Instant::now() + PAUSE, why.clone()));
        why
    }

    fn connect(&self, deadline: Deadline) -> Result<RedisStream, StoreError> {
        let (addresses, trust) = self.prepare(deadline)?;
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

    fn wrap(&self, tcp: TcpStream, trust: Option<&Trust>, deadline: Deadline) -> io::Result<RedisStream> {
        tcp.set_nodelay(true)?;
        let Some(trust) = trust else { return Ok(RedisStream::plain(tcp, deadline, MAX_ANSWER)) };
        let name = ServerName::try_from(self.server.host.clone()).map_err(io::Error::other)?;
        let tls = ClientConnection::new(trust.config(), name).map_err(io::Error::other)?;
        RedisStream::tls(tcp, tls, deadline)
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

    /// The addresses, and the roots for TLS. A look-up of a name and the files of the roots know no
    /// timeout, so they are for a thread that may be abandoned.
    fn prepare(&self, deadline: Deadline) -> Result<(Vec<SocketAddr>, Option<Trust>), StoreError> {
        let RedisServer { is_tls, host, port, .. } = &self.server;
        let loaded = self.roots.loaded();
        if let Ok(ip) = host.parse::<IpAddr>()
            && (!is_tls || loaded.is_some())
        {
            return Ok((vec![SocketAddr::new(ip, *port)], loaded.filter(|_| *is_tls)));
        }
        let lookup =
            Lookup::begin(&self.lookups).ok_or_else(|| failure::unresolved(&self.server, "hangs"))?;
        let (send, receive) = sync_channel(1);
        let (target, roots) = ((host.clone(), *port), is_tls.then(|| Arc::clone(&self.roots)));
        let work = move || {
            let addresses =
                target.to_socket_addrs().map(|found| found.take(MAX_ADDRESSES).collect::<Vec<_>>());
            let trust = roots.map(|roots| roots.trust()).transpose();
            drop(lookup);
            // The step may have ended.
            let _ = send.send((addresses, trust));
        };
        thread::Builder::new()
            .name("wxsign-lookup".to_owned())
            .spawn(work)
            .map_err(|_| StoreError::new("no thread could be started to look up the host of Redis"))?;
        let (addresses, trust) = receive
            .recv_timeout(deadline.remaining())
            .map_err(|_| failure::unresolved(&self.server, "takes too long"))?;
        let addresses = addresses.map_err(|_| failure::unresolved(&self.server, "failed"))?;
        let trust = trust.map_err(|error| failure::no_roots(&self.server, &error))?;
        Ok((addresses, trust))
    }
}

/// Connects to the first address that answers. Each gets its share of the time.
fn reach(addresses: &[SocketAddr], deadline: Deadline) -> io::Result<TcpStream> {
    let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
    for (n, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len() - n).unwrap_or(1);
        let share = deadline.remaining() / left;
        if share.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(tcp) => return Ok(tcp),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn exchange(stream: &mut RedisStream, deadline: Deadline, command: &Command) -> Result<Reply, ExchangeError> {
    stream.begin(deadline, MAX_ANSWER);
    stream.write_all(&command.packed())?;
    stream.flush()?;
    let mut answer = Zeroizing::new(Vec::with_capacity(8_192));
    let mut part = Zeroizing::new([0; 4_096]);
    loop {
        match stream.read(&mut *part) {
            Ok(0) => return Err(ExchangeError::Io(ErrorKind::UnexpectedEof.into())),
            Ok(length) => answer.extend_from_slice(part.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
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

/// One look-up of a name that has not come back.
struct Lookup(Arc<AtomicUsize>);

impl Lookup {
    fn begin(of_store: &Arc<AtomicUsize>) -> Option<Self> {
        let below = |limit: usize| move |count: usize| (count < limit).then_some(count + 1);
        let (set, get) = (Ordering::SeqCst, Ordering::SeqCst);
        of_store.fetch_update(set, get, below(MAX_LOOKUPS)).ok()?;
        if LOOKUPS_OF_PROCESS.fetch_update(set, get, below(MAX_LOOKUPS_OF_PROCESS)).is_err() {
            of_store.fetch_sub(1, Ordering::SeqCst);
            return None;
        }
        Some(Self(Arc::clone(of_store)))
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
        LOOKUPS_OF_PROCESS.fetch_sub(1, Ordering::SeqCst);
    }
}

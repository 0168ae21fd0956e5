//! The server: accepts connections, starts a thread for each, and routes its one request.

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::answers;
use crate::control;
use crate::endpoint::Endpoint;
use crate::http::{self, Refusal, Request};
use crate::response::Response;
use crate::wire;
use crate::world::World;

const MAX_CONNECTIONS: usize = 256;
/// More connections, for the control endpoints alone, so that a test can clear 256 hanging
/// requests.
const SPARE_CONNECTIONS: usize = 16;
const MAX_WRITE_TIME: Duration = Duration::from_secs(30);

/// Opens the port on 127.0.0.1. An error names the address: the port may be taken.
pub fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on 127.0.0.1:{port}: {error}")))
}

/// Serves until the world is stopped; [`wake`] lets it see that.
pub fn run(listener: &TcpListener, world: &Arc<World>) {
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let accepted = listener.accept();
        if world.is_stopped() {
            return;
        }
        let Ok((stream, _)) = accepted else {
            // The process is probably out of descriptors: let some connections end.
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        let connection = Connection::count(&open);
        if connection.number > MAX_CONNECTIONS + SPARE_CONNECTIONS {
            continue;
        }
        let world = Arc::clone(world);
        let serve = move || {
            // An error here means that the client has left.
            let _ = serve(stream, &world, connection.number > MAX_CONNECTIONS);
            drop(connection);
        };
        // A thread that cannot start drops the connection with its closure.
        let _ = thread::Builder::new().stack_size(512 * 1024).spawn(serve);
    }
}

/// Ends a wait for the next connection by being one.
pub fn wake(address: SocketAddr) {
    let _ = TcpStream::connect(address);
}

fn serve(mut stream: TcpStream, world: &Arc<World>, crowded: bool) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(MAX_WRITE_TIME))?;
    let request = match http::read(&mut stream) {
        Ok(request) => request,
        Err(Refusal::Gone) => return Ok(()),
        Err(Refusal::Status(status)) => return refuse(&mut stream, status),
    };
    if let Some(response) = control::answer(&request, world) {
        http::take_last_byte(&mut stream);
        response.send(&mut stream)?;
        if request.path == control::STOP && response.status == 200 {
            world.stop();
            wake(stream.local_addr()?);
        }
        return Ok(());
    }
    if crowded {
        return refuse(&mut stream, 503);
    }
    wechat(stream, &request, world)
}

fn wechat(mut stream: TcpStream, request: &Request, world: &Arc<World>) -> io::Result<()> {
    let endpoint = Endpoint::at(&request.path);
    let (flight, fault) = world.arrive(request, endpoint);
    let Some(endpoint) = endpoint else {
        http::take_last_byte(&mut stream);
        drop(flight);
        return Response::html(404, "no such path in the sandbox").send(&mut stream);
    };
    let normal = || Response::json(&answers::answer(endpoint, request, &mut world.lock(), Instant::now()));
    if let Some(fault) = fault {
        return wire::play(&fault, stream, request, endpoint, flight, normal);
    }
    http::take_last_byte(&mut stream);
    let response = normal();
    drop(flight);
    response.send(&mut stream)
}

/// Answers a request that was not read to its end. Reads on for a moment: closing a socket with
/// unread bytes resets the connection, and the client would lose the answer.
fn refuse(stream: &mut TcpStream, status: u16) -> io::Result<()> {
    Response::html(status, "refused by the sandbox").send(stream)?;
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut scratch = [0; 8192];
    let until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until && stream.read(&mut scratch)? > 0 {}
    Ok(())
}

/// One of the open connections, counted until it is dropped.
struct Connection {
    open: Arc<AtomicUsize>,
    number: usize,
}

impl Connection {
    fn count(open: &Arc<AtomicUsize>) -> Self {
        Self { open: Arc::clone(open), number: open.fetch_add(1, Ordering::SeqCst) + 1 }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

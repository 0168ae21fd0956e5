//! The server: accepts connections, a thread each, and routes the one request that each may carry.

use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::control;
use crate::endpoints::Endpoint;
use crate::http::{self, Refusal, Request};
use crate::response::Response;
use crate::wire;
use crate::world::World;

const MOST: usize = 256;
/// Beyond the most, only for the control endpoints: 256 requests that hang must not keep a test from clearing.
const SPARE: usize = 16;
const WRITE_LIMIT: Duration = Duration::from_secs(30);

/// Serves for ever.
pub fn run(listener: &TcpListener, world: &Arc<World>) -> ! {
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let Ok((stream, _)) = listener.accept() else {
            // Out of descriptors, most likely: let some connections end.
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        let place = Place::take(&open);
        if place.number > MOST + SPARE {
            continue;
        }
        let world = Arc::clone(world);
        let serve = move || {
            // The other side may leave at any moment; there is nobody to tell.
            let _ = serve(stream, &world, place.number > MOST);
            drop(place);
        };
        // A thread that cannot start drops the connection with its closure.
        let _ = thread::Builder::new().stack_size(512 * 1024).spawn(serve);
    }
}

fn serve(mut stream: TcpStream, world: &Arc<World>, crowded: bool) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_LIMIT))?;
    let request = match http::read(&mut stream) {
        Ok(request) => request,
        Err(Refusal::Gone) => return Ok(()),
        Err(Refusal::Status(status)) => return refuse(&mut stream, status),
    };
    if let Some(response) = control::answer(&request, world) {
        http::take_last_byte(&mut stream);
        response.send(&mut stream)?;
        if request.path == control::STOP && response.status == 200 {
            std::process::exit(0);
        }
        return Ok(());
    }
    if crowded {
        return refuse(&mut stream, 503);
    }
    wechat(stream, &request, world)
}

fn wechat(mut stream: TcpStream, request: &Request, world: &Arc<World>) -> io::Result<()> {
    let endpoint = Endpoint::of(&request.path);
    let (flight, fault) = world.arrive(request, endpoint);
    let Some(endpoint) = endpoint else {
        http::take_last_byte(&mut stream);
        drop(flight);
        return Response::html(404, "no such path in the sandbox").send(&mut stream);
    };
    let normal = || Response::json(&endpoint.answer(request, &mut world.lock(), Instant::now()));
    if let Some(fault) = fault {
        return wire::play(&fault, stream, request, endpoint, flight, normal);
    }
    http::take_last_byte(&mut stream);
    let response = normal();
    drop(flight);
    response.send(&mut stream)
}

/// Answers a request that was not read to its end. What is still to come is read for a moment, since
/// closing with bytes unread would reset the connection and take the answer with it.
fn refuse(stream: &mut TcpStream, status: u16) -> io::Result<()> {
    Response::html(status, "refused by the sandbox").send(stream)?;
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut scratch = [0; 8192];
    let until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until && stream.read(&mut scratch)? > 0 {}
    Ok(())
}

/// One of the open connections, counted until it is dropped.
struct Place {
    open: Arc<AtomicUsize>,
    number: usize,
}

impl Place {
    fn take(open: &Arc<AtomicUsize>) -> Self {
        Self { open: Arc::clone(open), number: open.fetch_add(1, Ordering::SeqCst) + 1 }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

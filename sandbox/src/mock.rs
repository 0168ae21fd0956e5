//! The server on threads of the caller's process, for tests.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use serde_json::Value;

use crate::control;
use crate::http::Request;
use crate::options::{self, Command, Complaint};
use crate::server;
use crate::world::World;

/// A running stand-in. Dropping it stops it: the port is then free, and requests under way end.
#[derive(Debug)]
pub struct Mock {
    address: SocketAddr,
    world: Arc<World>,
    thread: Option<JoinHandle<()>>,
}

/// Why the stand-in did not start.
#[derive(Debug)]
pub enum StartError {
    /// An argument is wrong.
    Argument(String),
    /// The port cannot be opened, or no thread started.
    Io(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(problem) => f.write_str(problem),
            Self::Io(error) => write!(f, "{error}"),
        }
    }
}

impl Mock {
    /// Starts it with the arguments of the command, such as `["--port", "8080"]`.
    pub fn start(arguments: impl IntoIterator<Item = String>) -> Result<Self, StartError> {
        let options = match options::parse(arguments.into_iter())
            .map_err(|Complaint(english, _)| StartError::Argument(english))?
        {
            Command::Serve(options) => *options,
            Command::Help => return Err(StartError::Argument("--help is no option here".to_owned())),
        };
        let listener = server::listen(options.port).map_err(StartError::Io)?;
        let address = listener.local_addr().map_err(StartError::Io)?;
        let world = Arc::new(World::new(options));
        let served = Arc::clone(&world);
        let thread = thread::Builder::new()
            .name("wxsign-mock".into())
            .spawn(move || server::run(&listener, &served))
            .map_err(StartError::Io)?;
        Ok(Self { address, world, thread: Some(thread) })
    }

    /// Where it listens: `http://127.0.0.1:…`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks a control endpoint, such as `/_sandbox/fault` or `/verify`, without a connection.
    /// Returns the answer as JSON, or what is wrong with the request.
    pub fn control(&self, method: &str, target: &str, body: &str) -> Result<String, String> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            user_agent: None,
            body: body.as_bytes().to_vec(),
        };
        let response = control::answer(&request, &self.world)
            .ok_or_else(|| format!("no such control endpoint: {path}"))?;
        let text = String::from_utf8_lossy(&response.body).into_owned();
        if response.status == 200 {
            return Ok(text);
        }
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        Err(value.get("error").and_then(Value::as_str).unwrap_or("the request was refused").to_owned())
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.world.stop();
        server::wake(self.address);
        if let Some(thread) = self.thread.take() {
            // It has caught no panic: there is none to pass on.
            let _ = thread.join();
        }
    }
}

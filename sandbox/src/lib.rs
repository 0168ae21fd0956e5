//! A stand-in WeChat server on loopback, with scripted faults, for offline tests and the demo.
//!
//! [`run`] is the whole command; the binary and `wxsign mock` only call it. [`Mock`] is the same
//! server on threads of the caller's process. `README.md` in this directory has the command line
//! and the control endpoints.

mod account;
mod answers;
mod control;
mod corp;
mod endpoint;
mod errmsg;
mod fault;
mod fields;
mod http;
mod issued;
mod journal;
mod mock;
mod options;
mod percent;
mod random;
mod response;
mod server;
mod settings;
mod spoil;
mod verify;
mod wire;
mod world;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;

pub use mock::{Mock, StartError};
use options::{Command, Options};

/// Runs the command with these arguments (the program's name left out) and returns its exit code:
/// 0 after `--help`, 1 if it cannot listen, 2 if an argument is wrong. Otherwise it serves until
/// it is stopped by its control endpoint, and returns 0.
pub fn run(arguments: impl IntoIterator<Item = String>) -> u8 {
    let served = match options::parse(arguments.into_iter()) {
        Ok(Command::Help) => writeln!(io::stdout(), "{}", options::HELP),
        Ok(Command::Serve(options)) => serve(*options),
        Err(problem) => {
            eprintln!("wxsign-sandbox: {problem}\n{}", options::USAGE);
            return 2;
        }
    };
    match served {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("wxsign-sandbox: {error}");
            1
        }
    }
}

fn serve(options: Options) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
    let address = listener.local_addr()?;
    if options.exit_with_parent {
        thread::Builder::new().name("parent".into()).spawn(exit_at_end_of_stdin)?;
    }
    let mut out = io::stdout();
    writeln!(out, "wxsign-sandbox listening on http://{address}")?;
    out.flush()?;
    server::run(&listener, &Arc::new(world::World::new(options)));
    Ok(())
}

/// A parent that dies closes our standard input, whatever killed it.
fn exit_at_end_of_stdin() {
    let mut scratch = [0; 256];
    let mut input = io::stdin().lock();
    loop {
        match input.read(&mut scratch) {
            Ok(0) => break,
            Err(error) if error.kind() != io::ErrorKind::Interrupted => break,
            _ => {}
        }
    }
    std::process::exit(0);
}

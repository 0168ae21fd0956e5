//! A stand-in WeChat server on loopback, with scripted faults, for the tests and the demo of `wxsign`.
//!
//! `README.md` in this directory has the command line and the control endpoints.

mod account;
mod control;
mod diagnosis;
mod endpoints;
mod errmsg;
mod fault;
mod fields;
mod grant;
mod http;
mod journal;
mod options;
mod percent;
mod random;
mod response;
mod server;
mod settings;
mod signature;
mod verdict;
mod verify;
mod wire;
mod world;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

fn main() -> ExitCode {
    let options = match options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("wxsign-sandbox: {problem}\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wxsign-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: options::Options) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
    let address = listener.local_addr()?;
    if options.exit_with_parent {
        thread::Builder::new().name("parent".into()).spawn(exit_at_end_of_stdin)?;
    }
    let mut out = io::stdout();
    writeln!(out, "wxsign-sandbox listening on http://{address}")?;
    out.flush()?;
    server::run(&listener, &Arc::new(world::World::new(options)))
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

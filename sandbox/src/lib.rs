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
use std::sync::Arc;
use std::thread;

pub use mock::{Mock, StartError};
use options::{Command, Complaint, Options};

/// The command that a user typed, and the language of its help and errors.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// How the user calls it, such as `wxsign mock`.
    pub command: &'static str,
    /// Chinese, if not English.
    pub is_chinese: bool,
}

impl Caller {
    fn pick<'a>(self, english: &'a str, chinese: &'a str) -> &'a str {
        if self.is_chinese { chinese } else { english }
    }

    fn help(self) -> String {
        let (title, usage) = (
            self.pick(
                "A stand-in WeChat server on 127.0.0.1, for tests without the network.",
                "微信的模拟服务，监听 127.0.0.1，不联网也能测试。",
            ),
            self.pick("usage: ", "用法："),
        );
        let (option, list) =
            (self.pick("[OPTION]...", "[选项]..."), self.pick(options::HELP, options::HELP_ZH));
        format!("{title}\n\n{usage}{} {option}\n{list}", self.command)
    }

    /// Why it does not listen.
    fn complaint(self, port: u16, error: &io::Error) -> String {
        if error.kind() != io::ErrorKind::AddrInUse {
            return error.to_string();
        }
        let (english, chinese) = (
            format!("port {port} is in use; choose another one with --port"),
            format!("端口 {port} 已被占用，请用 --port 换一个"),
        );
        self.pick(&english, &chinese).to_owned()
    }
}

/// Runs the command with these arguments (the program's name left out) and returns its exit code:
/// 0 after `--help`, 1 if it cannot listen, 2 if an argument is wrong. Otherwise it serves until
/// it is stopped by its control endpoint, and returns 0.
pub fn run(arguments: impl IntoIterator<Item = String>, caller: Caller) -> u8 {
    let name = caller.command;
    let (port, served) = match options::parse(arguments.into_iter()) {
        Ok(Command::Help) => (0, writeln!(io::stdout(), "{}", caller.help())),
        Ok(Command::Serve(options)) => (options.port, serve(*options)),
        Err(Complaint(english, chinese)) => {
            let problem = caller.pick(&english, &chinese);
            let usage = caller.pick("usage: ", "用法：");
            eprintln!("{name}: {problem}\n{usage}{name} {}", options::USAGE);
            return 2;
        }
    };
    match served {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("{name}: {}", caller.complaint(port, &error));
            1
        }
    }
}

fn serve(options: Options) -> io::Result<()> {
    let listener = server::listen(options.port)?;
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

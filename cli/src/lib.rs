//! The command `wxsign`: one implementation for the binary and for `npx wxsign`.
//!
//! Values go to standard output, everything else to standard error. docs/cli.md lists the commands
//! and the exit codes.
#![allow(clippy::format_push_string)] // a few lines in each run

mod args;
mod console;
mod credentials;
mod doctor;
mod explain;
mod help;
mod paste;
mod settings;
mod sign;
mod web;

use std::io::{self, IsTerminal};

use console::Failure;
pub use console::{Console, Lang};
use wxsign::Binding;

/// It worked: the signature is valid, or the doctor found no failure.
pub const OK: u8 = 0;
/// The signature is invalid, or the doctor found a failure.
pub const WRONG: u8 = 1;
/// An argument, an option of the environment or the input is wrong.
pub const USAGE: u8 = 2;
/// The evidence decides nothing.
pub const UNKNOWN: u8 = 3;
/// WeChat or the set-up refuses, and asking again does not help.
pub const REFUSED: u8 = 4;
/// It failed for now: the network, a deadline, a busy service, a quota.
pub const FAILED: u8 = 5;

/// Runs the command with these arguments (the program's name left out) in this process's
/// environment, and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = String>) -> u8 {
    let (mut stdin, mut stdout, mut stderr) = (io::stdin(), io::stdout(), io::stderr());
    let (is_typed, is_terminal) = (stdin.is_terminal(), stdout.is_terminal());
    let mut console = Console {
        stdin: &mut stdin,
        stdout: &mut stdout,
        stderr: &mut stderr,
        variable: &|name| std::env::var(name).ok().filter(|value| !value.is_empty()),
        is_typed,
        is_color: is_terminal && std::env::var_os("NO_COLOR").is_none(),
        lang: Lang::English,
    };
    run_on(arguments, &mut console)
}

/// Like [`run`], with the console of the caller.
pub fn run_on(arguments: impl IntoIterator<Item = String>, console: &mut Console<'_>) -> u8 {
    let arguments: Vec<String> = arguments.into_iter().collect();
    console.lang = Lang::of_arguments(&arguments).unwrap_or_else(|| Lang::of_environment(console.variable));
    match dispatch(&arguments, console) {
        Ok(code) => code,
        Err(Failure::Output) => FAILED,
        Err(Failure::Usage(english, chinese)) => {
            let text = console.lang.pick(&english, &chinese).to_owned();
            let more = console.lang.pick("see: wxsign help", "用法：wxsign help");
            let _ = console.note(&format!("wxsign: {text}\n{more}"));
            USAGE
        }
        Err(Failure::Call(error)) => {
            let (english, chinese) = hints(&error);
            let hint = console.lang.pick(&english, &chinese).to_owned();
            let _ = console.note(&format!("wxsign: {}\n{hint}\n{}", message(&error), error.docs_url()));
            match error.code() {
                wxsign::Code::InvalidArgument | wxsign::Code::InvalidUrl | wxsign::Code::HostNotAllowed => {
                    USAGE
                }
                _ if error.retryable() => FAILED,
                _ => REFUSED,
            }
        }
    }
}

/// An error in one line, with the variables of the environment for the options.
fn message(error: &wxsign::Error) -> String {
    error.to_string().replacen(error.message(), &error.message_for(Binding::Command), 1)
}

/// What to do, in English and in Chinese.
fn hints(error: &wxsign::Error) -> (String, String) {
    (error.hint_for(Binding::Command), error.hint_zh_for(Binding::Command))
}

fn dispatch(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    let (name, rest) =
        arguments.split_first().map_or(("help", &[][..]), |(name, rest)| (name.as_str(), rest));
    if name == "mock" {
        return Ok(mock(rest, console.lang));
    }
    args::refuse_secrets(arguments)?;
    if rest.iter().any(|argument| matches!(argument.as_str(), "--help" | "-h")) {
        return help::run(&[], console);
    }
    match name {
        "sign" => sign::run(rest, console),
        "config" => credentials::config(rest, console),
        "agent-config" => credentials::agent_config(rest, console),
        "invoice-config" => credentials::invoice_config(rest, console),
        "ticket" => credentials::ticket(rest, console),
        "token" => credentials::token(rest, console),
        "state" => credentials::state(rest, console),
        "explain" => explain::run(rest, console),
        "doctor" => doctor::run(rest, console),
        "help" | "--help" | "-h" => help::run(rest, console),
        "version" | "--version" | "-V" => {
            console.value(wxsign::VERSION)?;
            Ok(OK)
        }
        _ => Err(Failure::usage(&format!("there is no command {name}"), &format!("没有命令 {name}"))),
    }
}

/// The stand-in, which does not take `--lang`.
fn mock(arguments: &[String], lang: Lang) -> u8 {
    let mut own = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--lang" {
            rest.next();
        } else if !argument.starts_with("--lang=") {
            own.push(argument.clone());
        }
    }
    let caller = wxsign_sandbox::Caller { command: "wxsign mock", is_chinese: lang == Lang::Chinese };
    wxsign_sandbox::run(own, caller)
}

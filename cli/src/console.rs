//! Where the command reads and writes: values to standard output, talk to standard error.

use std::io::{Read, Write};

/// The streams and the environment of one run.
pub struct Console<'a> {
    /// What people paste.
    pub stdin: &'a mut dyn Read,
    /// Values alone.
    pub stdout: &'a mut dyn Write,
    /// Everything else.
    pub stderr: &'a mut dyn Write,
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Whether standard input is a terminal, so that its reader waits for a prompt.
    pub is_typed: bool,
    /// Whether standard output takes colours.
    pub is_color: bool,
    /// The reader's language; set from the environment when the command starts.
    pub lang: Lang,
}

/// The reader's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// English.
    English,
    /// Chinese.
    Chinese,
}

impl Lang {
    pub(crate) fn of_environment(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| variable(name));
        if locale.is_some_and(|locale| locale.to_ascii_lowercase().starts_with("zh")) {
            Self::Chinese
        } else {
            Self::English
        }
    }

    /// The language of `--lang`, wherever it stands: also the refusal of an unknown command is in it.
    pub(crate) fn of_arguments(arguments: &[String]) -> Option<Self> {
        let named = arguments.iter().position(|argument| argument == "--lang");
        let next = named.and_then(|at| arguments.get(at + 1)).map(String::as_str);
        let inline = arguments.iter().find_map(|argument| argument.strip_prefix("--lang="));
        match next.or(inline)? {
            lang if lang.starts_with("zh") => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    pub(crate) fn pick<'a>(self, english: &'a str, chinese: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }
}

/// Why a command ends before its end.
pub(crate) enum Failure {
    /// A wrong argument or input, in English and Chinese.
    Usage(String, String),
    /// A call of wxsign failed.
    Call(wxsign::Error),
    /// Standard output is closed or full: it cannot be reported.
    Output,
}

impl Failure {
    pub(crate) fn usage(english: &str, chinese: &str) -> Self {
        Self::Usage(english.to_owned(), chinese.to_owned())
    }
}

impl From<wxsign::Error> for Failure {
    fn from(error: wxsign::Error) -> Self {
        Self::Call(error)
    }
}

/// The colours of a verdict.
#[derive(Clone, Copy)]
pub(crate) enum Color {
    Green,
    Yellow,
    Red,
    Grey,
}

impl Console<'_> {
    /// A line on standard output.
    pub(crate) fn value(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.stdout, "{text}").and_then(|()| self.stdout.flush()).map_err(|_| Failure::Output)
    }

    /// A line on standard error.
    pub(crate) fn note(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.stderr, "{text}").map_err(|_| Failure::Output)
    }

    /// A text in a colour, for standard output, if that takes colours.
    pub(crate) fn colored(&self, color: Color, text: &str) -> String {
        let number = match color {
            Color::Green => 32,
            Color::Yellow => 33,
            Color::Red => 31,
            Color::Grey => 90,
        };
        if self.is_color { format!("\u{1b}[{number}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// The text in the reader's language.
    pub(crate) fn say(&self, english: &str, chinese: &str) -> String {
        self.lang.pick(english, chinese).to_owned()
    }
}

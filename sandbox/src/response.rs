//! One HTTP response, always the last of its connection.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::Value;

/// How the receiver finds the end of the body.
#[derive(Debug, Clone, Copy)]
pub enum Framing {
    Length(usize),
    Chunked,
    /// The end of the connection ends the body.
    Close,
}

/// Status, headers and body.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
    content_type: &'static str,
    headers: Vec<(&'static str, String)>,
}

impl Response {
    pub fn json(value: &Value) -> Self {
        // The media type is WeChat's own, "encoding" included.
        Self::new(200, "application/json; encoding=utf-8", value.to_string().into_bytes())
    }

    pub fn html(status: u16, text: &str) -> Self {
        let title = format!("{status} {}", reason(status));
        let page = format!(
            "<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>\n"
        );
        Self::new(status, "text/html; charset=utf-8", page.into_bytes())
    }

    pub fn empty(status: u16) -> Self {
        Self::new(status, "text/plain; charset=utf-8", Vec::new())
    }

    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status, body, content_type, headers: Vec::new() }
    }

    pub fn status_line(&self) -> String {
        format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status))
    }

    /// The headers, with the empty line that ends them.
    pub fn headers(&self, framing: Framing) -> String {
        let mut headers = String::from("Connection: close\r\n");
        let mut line = |name: &str, value: &str| {
            // A line break in a value that a test chose must not end the header.
            let value: String = value.chars().filter(|character| !character.is_control()).collect();
            headers.extend([name, ": ", &value, "\r\n"]);
        };
        if self.has_body() {
            line("Content-Type", self.content_type);
            match framing {
                Framing::Length(length) => line("Content-Length", &length.to_string()),
                Framing::Chunked => line("Transfer-Encoding", "chunked"),
                Framing::Close => {}
            }
        }
        for (name, value) in &self.headers {
            line(name, value);
        }
        headers + "\r\n"
    }

    fn has_body(&self) -> bool {
        self.status != 204 && self.status != 304
    }

    /// Writes all of it and ends our side of the connection.
    pub fn send(&self, stream: &mut TcpStream) -> io::Result<()> {
        let head = self.status_line() + &self.headers(Framing::Length(self.body.len()));
        let body = if self.has_body() { self.body.as_slice() } else { &[] };
        stream.write_all(&[head.as_bytes(), body].concat())?;
        stream.shutdown(Shutdown::Write)
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}

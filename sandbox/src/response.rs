//! One HTTP response, always the last of its connection.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::Value;

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

    /// The head, with the length that it claims; without one, the end of the connection ends the body.
    pub fn head(&self, length: Option<usize>) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\nConnection: close\r\n", self.status, reason(self.status));
        let mut line = |name: &str, value: &str| {
            // A line break in a value that a test chose must not end the header.
            let value: String = value.chars().filter(|character| !character.is_control()).collect();
            head.extend([name, ": ", &value, "\r\n"]);
        };
        if self.status != 204 && self.status != 304 {
            line("Content-Type", self.content_type);
            if let Some(length) = length {
                line("Content-Length", &length.to_string());
            }
        }
        for (name, value) in &self.headers {
            line(name, value);
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    /// Writes all of it and ends our side of the connection.
    pub fn send(&self, stream: &mut TcpStream) -> io::Result<()> {
        let mut bytes = self.head(Some(self.body.len()));
        if self.status != 204 && self.status != 304 {
            bytes.extend_from_slice(&self.body);
        }
        stream.write_all(&bytes)?;
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

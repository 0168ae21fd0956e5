//! The stand-in on threads of the test's own process.
// A test that cannot go on should stop at once.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use wxsign_sandbox::{Mock, StartError};

fn start(arguments: &[&str]) -> Result<Mock, StartError> {
    Mock::start(arguments.iter().map(|argument| (*argument).to_owned()))
}

fn host(mock: &Mock) -> String {
    mock.base_url().strip_prefix("http://").unwrap().to_owned()
}

fn ask(host: &str, target: &str) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn it_answers_and_is_controlled_without_http() {
    let mock = start(&["--app", "wxmine:secret"]).unwrap();
    let target = "/cgi-bin/token?grant_type=client_credential&appid=wxmine&secret=secret";
    assert!(ask(&host(&mock), target).contains("access_token"));
    assert!(mock.control("GET", "/_sandbox/counts", "").unwrap().contains("\"total\":1"));
    mock.control("POST", "/_sandbox/fault", r#"{"endpoint":"any","kind":"status"}"#).unwrap();
    assert!(ask(&host(&mock), target).starts_with("HTTP/1.1 502"));
    let problem = mock.control("POST", "/_sandbox/fault", r#"{"endpoint":"any","kind":"x"}"#).unwrap_err();
    assert_eq!(problem, "unknown kind x");
    assert!(mock.control("GET", "/cgi-bin/token", "").unwrap_err().contains("no such control"));
}

/// The port can be opened again at once, and a request that hangs has ended.
#[test]
fn dropping_it_frees_the_port() {
    let mock = start(&[]).unwrap();
    let host = host(&mock);
    mock.control("POST", "/_sandbox/fault", r#"{"endpoint":"any","kind":"hang"}"#).unwrap();
    let mut hanging = TcpStream::connect(&host).unwrap();
    write!(hanging, "GET /cgi-bin/token HTTP/1.1\r\n\r\n").unwrap();
    while !mock.control("GET", "/_sandbox/counts", "").unwrap().contains("\"in_flight\":1") {
        std::thread::yield_now();
    }
    drop(mock);
    assert_eq!(hanging.read(&mut [0; 16]).unwrap_or_default(), 0);
    drop(TcpListener::bind(&host).unwrap());
}

#[test]
fn a_request_to_stop_does_not_end_the_process() {
    let mock = start(&[]).unwrap();
    let host = host(&mock);
    let mut stream = TcpStream::connect(&host).unwrap();
    write!(stream, "POST /_sandbox/stop HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("true"));
    drop(mock);
}

#[test]
fn wrong_arguments_and_taken_ports_differ() {
    assert!(matches!(start(&["--nonsense"]), Err(StartError::Argument(_))));
    assert!(matches!(start(&["--help"]), Err(StartError::Argument(_))));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    assert!(matches!(start(&["--port", &port]), Err(StartError::Io(_))));
}

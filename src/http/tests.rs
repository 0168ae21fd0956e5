//! What a request meets at each layer of its connection: it ends in time, with an error that names
//! host and cause.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::*;
use crate::secret::Secret;

const PATIENCE: Duration = Duration::from_millis(700);
/// What a busy machine may add to it.
const SLACK: Duration = Duration::from_millis(900);
const GOOD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// A server of one behaviour; its threads end with the process.
fn serve(meet: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let meet = Arc::new(meet);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let meet = Arc::clone(&meet);
            std::thread::spawn(move || meet(stream));
        }
    });
    port
}

/// Reads a request's head.
fn hear(stream: &mut TcpStream) -> String {
    let (mut heard, mut byte) = (Vec::new(), [0]);
    while !heard.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        heard.push(byte[0]);
    }
    String::from_utf8_lossy(&heard).into_owned()
}

/// A server that answers every request with `answer` and closes.
fn answering(answer: impl Into<Vec<u8>>) -> u16 {
    let answer = answer.into();
    serve(move |mut stream| {
        hear(&mut stream);
        let _ = stream.write_all(&answer);
    })
}

/// Writes `before`, and then one `x` at a time, more often than the time-out of any one read.
fn drip(mut stream: &TcpStream, before: &str) {
    let _ = stream.write_all(before.as_bytes());
    while stream.write_all(b"x").is_ok() {
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn request(url: &str) -> Request {
    let hidden = Hidden::in_query(&Secret::new("s3cr3t"));
    Request { url: format!("{url}/token?secret={}", hidden.placeholder()), body: None, hidden }
}

fn http(proxy: Option<u16>) -> Http {
    let proxy =
        proxy.map(|port| HttpProxy::parse(&format!("http://user:pass@127.0.0.1:{port}")).ok().unwrap());
    Http::new(Roots::new(None, None), proxy)
}

/// Asks, holds the time and gives the error.
fn refused(http: &Http, url: &str) -> Error {
    let begun = Instant::now();
    let error = http.send(&request(url), PATIENCE).err().unwrap();
    assert!(begun.elapsed() < PATIENCE + SLACK, "{:?}: {error}", begun.elapsed());
    assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
    error
}

fn loopback(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

#[test]
fn the_secret_is_on_the_wire_alone() {
    let (send, receive) = std::sync::mpsc::channel();
    let port = serve(move |mut stream| {
        send.send(hear(&mut stream)).unwrap();
        stream.write_all(GOOD.as_bytes()).unwrap();
    });
    let request = request(&loopback(port));
    assert!(!request.url.contains("s3cr3t"));
    let response = http(None).send(&request, PATIENCE).ok().unwrap();
    assert_eq!((response.status, response.body.as_slice()), (200, b"{}".as_slice()));
    let heard = receive.recv().unwrap();
    assert!(heard.starts_with("GET /token?secret=s3cr3t HTTP/1.1\r\n"), "{heard}");
    assert!(heard.to_ascii_lowercase().contains("\r\nuser-agent: wxsign/"), "{heard}");
}

/// Every layer that drips a byte now and then ends at the one deadline.
#[test]
fn each_layer_that_drips_ends_at_the_deadline() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;";
    let sized = "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n";
    let open_ended = "HTTP/1.0 200 OK\r\n\r\n";
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: ";
    for before in ["HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\nX: ", chunked, sized, open_ended, interim] {
        let port = serve(move |mut stream| {
            hear(&mut stream);
            drip(&stream, before);
        });
        let error = refused(&http(None), &loopback(port));
        assert_eq!((error.code(), error.reason()), (Code::Timeout, Some("READ_TIMEOUT")), "{before:?}");
    }
    let tls = serve(|stream| drip(&stream, "\u{16}\u{3}\u{3}\u{40}\0"));
    assert_eq!(refused(&http(None), &format!("https://127.0.0.1:{tls}")).reason(), Some("TLS_TIMEOUT"));
    let proxy = serve(|stream| drip(&stream, "HTTP/1.1 200 OK\r\nX: "));
    assert_eq!(refused(&http(Some(proxy)), "http://wx.example").reason(), Some("PROXY_TIMEOUT"));
    let proxy = serve(|mut stream| {
        hear(&mut stream);
        drip(&stream, "HTTP/1.1 200 OK\r\n\r\n\u{16}\u{3}\u{3}\u{40}\0");
    });
    assert_eq!(refused(&http(Some(proxy)), "https://wx.example").reason(), Some("TLS_TIMEOUT"));
}

/// A server that sends `before`, then `again` without end, and counts the bytes.
fn endless(hears_first: bool, before: &str, again: Vec<u8>) -> (u16, Arc<AtomicUsize>) {
    let sent = Arc::<AtomicUsize>::default();
    let (count, before) = (Arc::clone(&sent), before.to_owned());
    let port = serve(move |mut stream| {
        if hears_first {
            hear(&mut stream);
        }
        let _ = stream.write_all(before.as_bytes());
        while stream.write_all(&again).is_ok() {
            count.fetch_add(again.len(), Ordering::SeqCst);
        }
    });
    (port, sent)
}

/// A peer that never ends is cut off long before its answer fills the memory: what it could send is
/// what the kernel holds for a connection.
#[test]
fn each_layer_that_never_ends_is_cut_off() {
    const MAX_SENT: usize = 16 << 20;
    let chunk = format!("{:x}\r\n{}\r\n", 4_096, "x".repeat(4_096));
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let cases = [
        ("", "x".repeat(4_096), "NOT_HTTP"),
        ("HTTP/1.1 200 OK\r\nX: ", "x".repeat(4_096), "TOO_LARGE"),
        ("", "HTTP/1.1 100 Continue\r\n\r\n".to_owned(), "TOO_LARGE"),
        ("HTTP/1.0 200 OK\r\n\r\n", "x".repeat(4_096), "TOO_LARGE"),
        (chunked, chunk, "TOO_LARGE"),
    ];
    let mut counts = Vec::new();
    for (before, again, reason) in cases {
        let shown = format!("{before:?} {:?}", &again[..10]);
        let (port, sent) = endless(true, before, again.into_bytes());
        let error = refused(&http(None), &loopback(port));
        assert_eq!((error.code(), error.reason()), (Code::BadResponse, Some(reason)), "{shown}");
        counts.push((shown, sent));
    }
    let (tls, sent) = endless(false, "", vec![0x16, 3, 3, 0x3f, 0xff]);
    assert_eq!(refused(&http(None), &format!("https://127.0.0.1:{tls}")).reason(), Some("TLS_FAILED"));
    counts.push(("TLS".to_owned(), sent));
    let (proxy, sent) = endless(false, "", b"HTTP/1.1 200 OK\r\nX: x".to_vec());
    assert_eq!(refused(&http(Some(proxy)), "http://wx.example").reason(), Some("PROXY_REFUSED"));
    counts.push(("CONNECT".to_owned(), sent));
    let (proxy, sent) = endless(true, "HTTP/1.1 200 OK\r\n\r\n", vec![0x16, 3, 3, 0x3f, 0xff]);
    assert_eq!(refused(&http(Some(proxy)), "https://wx.example").reason(), Some("TLS_FAILED"));
    counts.push(("TLS through CONNECT".to_owned(), sent));
    std::thread::sleep(Duration::from_millis(50));
    for (shown, sent) in counts {
        let sent = sent.load(Ordering::SeqCst);
        assert!(sent < MAX_SENT, "{shown}: {sent} bytes");
    }
}

#[test]
fn a_broken_answer_names_its_fault() {
    for (answer, code, reason) in [
        ("", Code::Network, "CLOSED_EARLY"),
        ("HTTP/1.1 200", Code::BadResponse, "TRUNCATED"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", Code::BadResponse, "TRUNCATED"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}", Code::BadResponse, "TRUNCATED"),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nxx", Code::BadResponse, "COMPRESSED"),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: identity, x-gzip\r\n\r\nxx", Code::BadResponse, "COMPRESSED"),
        (
            "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nxx",
            Code::BadResponse,
            "COMPRESSED",
        ),
        ("SSH-2.0-OpenSSH_9\r\n", Code::BadResponse, "NOT_HTTP"),
        ("HTTP/1.1 OK\r\n\r\n", Code::BadResponse, "NOT_HTTP"),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", Code::BadResponse, "HTTP_STATUS"),
        (
            "HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            Code::BadResponse,
            "HTTP_STATUS",
        ),
        ("HTTP/1.1 100 Continue\r\n\r\n", Code::BadResponse, "HTTP_STATUS"),
        ("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", Code::BadResponse, "HTTP_STATUS"),
        ("HTTP/1.1 199 x\r\n\r\n", Code::BadResponse, "HTTP_STATUS"),
        ("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 2", Code::BadResponse, "TRUNCATED"),
    ] {
        let port = answering(answer);
        let error = refused(&http(None), &loopback(port));
        assert_eq!((error.code(), error.reason()), (code, Some(reason)), "{answer:?}");
        let host = format!("127.0.0.1:{port}");
        assert_eq!(error.subject(), Some(&crate::Subject::Host(host.clone())));
        assert!(error.message().starts_with(&host), "{error}");
        if let ("HTTP_STATUS", Some(status)) = (reason, answer.get(9..12)) {
            assert!(error.message().contains(status), "{error}");
        }
    }
}

#[test]
fn an_answer_is_read_in_any_framing() {
    let long = "y".repeat(65_536);
    for (answer, status, body) in [
        (GOOD.to_owned(), 200, "{}"),
        ("HTTP/1.0 200 OK\r\n\r\n{}".to_owned(), 200, "{}"),
        (
            "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}".to_owned(),
            200,
            "{}",
        ),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: UTF-8\r\nContent-Length: 2\r\n\r\n{}".to_owned(), 200, "{}"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n".to_owned(),
            200,
            "{}",
        ),
        (
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
                .to_owned(),
            200,
            "{}",
        ),
        (
            "HTTP/1.1 302 Found\r\nLocation: https://evil.example/?s3cr3t\r\nContent-Length: 0\r\n\r\n"
                .to_owned(),
            302,
            "",
        ),
        ("HTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\nx".to_owned(), 500, "x"),
        (format!("HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n{long}"), 200, &long),
    ] {
        let port = answering(answer.clone());
        let response = http(None).send(&request(&loopback(port)), Duration::from_secs(5));
        let response =
            response.unwrap_or_else(|error| panic!("{error} for {:?}", &answer[..answer.len().min(80)]));
        assert_eq!((response.status, str::from_utf8(&response.body).unwrap()), (status, body));
    }
}

#[test]
fn a_connection_that_cannot_be_made_names_its_cause() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refused(&http(None), &loopback(closed));
    assert_eq!((error.code(), error.reason()), (Code::Network, Some("ECONNREFUSED")), "{error}");
    assert!(error.message().contains(&closed.to_string()), "{error}");
    // RFC 6761: there is no such name.
    let error =
        http(None).send(&request("http://no-such-host.invalid"), Duration::from_secs(3)).err().unwrap();
    assert!(["ENOTFOUND", "EAI_AGAIN", "DNS_TIMEOUT"].contains(&error.reason().unwrap()), "{error}");
    assert_eq!(error.subject(), Some(&crate::Subject::Host("no-such-host.invalid".to_owned())));
    let plain = serve(|mut stream| {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        hear(&mut stream);
    });
    assert_eq!(refused(&http(None), &format!("https://127.0.0.1:{plain}")).reason(), Some("TLS_FAILED"));
}

#[test]
fn a_failing_proxy_is_not_taken_for_its_target() {
    for (answer, reason) in [
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "PROXY_407"),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "PROXY_403"),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", "PROXY_REFUSED"),
        ("\u{5}\u{1}", "PROXY_REFUSED"),
        ("", "PROXY_REFUSED"),
    ] {
        let port = answering(answer);
        let error = refused(&http(Some(port)), "https://wx.example");
        assert_eq!((error.code(), error.reason()), (Code::Network, Some(reason)), "{answer:?}");
        assert_eq!(error.subject(), Some(&crate::Subject::Host(format!("127.0.0.1:{port}"))));
        assert!(error.message().contains("proxy") && !format!("{error:?}").contains("pass"), "{error:?}");
    }
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refused(&http(Some(closed)), "https://wx.example");
    assert_eq!(error.reason(), Some("PROXY_UNREACHABLE"));
    assert!(error.message().contains("ECONNREFUSED"), "{error}");
}

/// And what only announces the proxy's answer is passed over.
#[test]
fn a_proxy_is_asked_to_connect_with_its_login() {
    let (send, receive) = std::sync::mpsc::channel();
    let proxy = serve(move |mut stream| {
        send.send(hear(&mut stream)).unwrap();
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n").unwrap();
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
        send.send(hear(&mut stream)).unwrap();
        stream.write_all(GOOD.as_bytes()).unwrap();
    });
    http(Some(proxy)).send(&request("http://wx.example"), PATIENCE).ok().unwrap();
    let connect = receive.recv().unwrap();
    assert!(connect.starts_with("CONNECT wx.example:80 HTTP/1.1\r\nHost: wx.example:80\r\n"), "{connect}");
    assert!(connect.contains("Proxy-Authorization: Basic dXNlcjpwYXNz\r\n"), "{connect}");
    assert!(receive.recv().unwrap().starts_with("GET /token?secret=s3cr3t "));
}

/// A secret for this machine itself never goes through the proxy, in clear or not.
#[test]
fn loopback_is_asked_without_the_proxy() {
    let proxy = serve(|_| panic!("the proxy was asked"));
    for host in ["127.0.0.1", "localhost"] {
        let port = answering(GOOD);
        assert!(
            http(Some(proxy)).send(&request(&format!("http://{host}:{port}")), PATIENCE).is_ok(),
            "{host}"
        );
    }
}

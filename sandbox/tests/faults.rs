//! Each fault, seen from the other end of the socket.
// A test that cannot go on should stop at once.
#![allow(clippy::unwrap_used)]

mod common;

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use common::{SECRET, Sandbox, eventually, get_text, number, split, text, token_target};
use serde_json::{Value, json};

/// A sandbox with one fault at the token endpoint.
fn with(fault: &Value) -> Sandbox {
    let sandbox = Sandbox::start();
    let mut fault = fault.clone();
    fault.as_object_mut().unwrap().entry("endpoint").or_insert(json!("token"));
    sandbox.control("fault", &fault);
    sandbox
}

#[test]
fn error_codes_have_their_texts() {
    let sandbox = with(&json!({"kind": "errcode", "errcode": 40164, "times": 1}));
    let body = sandbox.token().json();
    assert_eq!(number(&body, "errcode"), 40164);
    let start = "invalid ip 112.6.196.165 ipv6 ::ffff:112.6.196.165, not in whitelist rid: ";
    assert!(text(&body, "errmsg").starts_with(start), "{body}");
    assert!(sandbox.token().json().get("errcode").is_none(), "used up");
    sandbox.control("fault", &json!({"endpoint": "any", "kind": "errcode", "errcode": -1, "errmsg": "busy"}));
    assert_eq!(sandbox.token().json(), json!({"errcode": -1, "errmsg": "busy"}));
    assert_eq!(sandbox.ticket("x"), json!({"errcode": -1, "errmsg": "busy"}));
    sandbox.control("clear", &json!({}));
    assert!(sandbox.token().json().get("errcode").is_none());
}

#[test]
fn pages_statuses_redirects_and_empty_bodies() {
    let sandbox = with(&json!({"kind": "status", "times": 1}));
    for fault in [
        json!({"endpoint": "token", "kind": "status", "status": 503, "times": 1}),
        json!({"endpoint": "token", "kind": "html", "times": 1}),
        json!({"endpoint": "token", "kind": "redirect", "times": 1}),
        json!({"endpoint": "token", "kind": "redirect", "status": 307, "location": "http://a.cn/\r\nb", "times": 1}),
        json!({"endpoint": "token", "kind": "empty", "times": 1}),
    ] {
        sandbox.control("fault", &fault);
    }
    assert_eq!(sandbox.token().status, 502);
    assert_eq!(sandbox.token().status, 503);
    let page = sandbox.token();
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.text().contains("<html>"));
    let redirect = sandbox.token();
    assert_eq!((redirect.status, redirect.header("location")), (302, Some("/redirected")));
    let redirect = sandbox.token();
    assert_eq!((redirect.status, redirect.header("location")), (307, Some("http://a.cn/b")));
    let empty = sandbox.token();
    assert_eq!((empty.status, empty.header("content-length"), empty.body.len()), (200, Some("0"), 0));
}

#[test]
fn truncated_bodies_in_both_flavours() {
    let sandbox = with(&json!({"kind": "truncated", "times": 1}));
    sandbox.control("fault", &json!({"endpoint": "token", "kind": "truncated", "flavour": "close"}));
    let by_length = sandbox.token();
    let claimed: usize = by_length.header("content-length").unwrap().parse().unwrap();
    assert_eq!(by_length.body.len(), claimed / 2);
    let by_close = sandbox.token();
    assert_eq!(by_close.header("content-length"), None);
    assert!(!by_close.body.is_empty() && serde_json::from_slice::<Value>(&by_close.body).is_err());
}

#[test]
fn a_delay_ends_with_the_normal_answer() {
    let sandbox = with(&json!({"kind": "delay", "ms": 200}));
    let start = Instant::now();
    let body = sandbox.token().json();
    assert!(start.elapsed() >= Duration::from_millis(200));
    assert!(text(&body, "access_token").contains("TOKEN"));
}

#[test]
fn drips_byte_by_byte() {
    let sandbox = with(&json!({"kind": "drip", "ms": 2}));
    let start = Instant::now();
    let answer = sandbox.token();
    assert!(start.elapsed() >= Duration::from_millis(2) * u32::try_from(answer.body.len()).unwrap());
    assert!(text(&answer.json(), "access_token").contains("TOKEN"));
}

/// Each layer: the bytes before it come at once, and nothing is lost.
#[test]
fn a_drip_may_begin_at_each_layer() {
    let sandbox = Sandbox::start();
    for (layer, least) in [("interim", 1000), ("status", 200), ("header", 180), ("chunk", 160)] {
        let fault = json!({"endpoint": "token", "kind": "drip", "layer": layer, "ms": 0, "times": 1});
        sandbox.control("fault", &fault);
        let bytes = sandbox.raw(get_text(&token_target()).as_bytes()).unwrap();
        assert!(bytes.len() > least, "{layer}: {}", bytes.len());
        let whole = String::from_utf8(bytes).unwrap();
        assert_eq!(whole.matches("103 Early Hints").count(), if layer == "interim" { 40 } else { 0 });
        assert_eq!(whole.contains("\r\n0\r\n\r\n"), layer == "chunk");
        assert!(whole.contains("200 OK") && whole.contains("expires_in"), "{whole}");
    }
}

/// The client has the beginning of the layer and nothing else until the faults are cleared.
#[test]
fn a_hang_may_begin_at_each_layer() {
    let sandbox = Sandbox::start();
    for (layer, end) in [
        ("interim", "HT"),
        ("status", "HT"),
        ("header", "200 OK\r\nCo"),
        ("body", "\r\n\r\n{\""),
        ("chunk", "chunked\r\n\r\n"),
    ] {
        sandbox.control("fault", &json!({"endpoint": "token", "kind": "hang", "layer": layer}));
        let mut stream = sandbox.connect();
        stream.write_all(get_text(&token_target()).as_bytes()).unwrap();
        stream.read_exact(&mut [0]).unwrap();
        sandbox.control("clear", &json!({}));
        let mut rest = Vec::from("H");
        stream.read_to_end(&mut rest).unwrap();
        let got = String::from_utf8(rest).unwrap();
        let got = if layer == "chunk" { got.trim_end_matches(|c: char| c.is_ascii_hexdigit()) } else { &got };
        assert!(got.ends_with(end), "{layer}: {got}");
    }
}

#[test]
fn an_endless_layer_goes_on_until_left() {
    let sandbox = Sandbox::start();
    for (layer, piece) in [
        ("interim", "103 Early Hints"),
        ("status", " OK OK"),
        ("header", "X-More"),
        ("body", "\"more\""),
        ("chunk", "extension"),
    ] {
        sandbox
            .control("fault", &json!({"endpoint": "token", "kind": "endless", "layer": layer, "times": 1}));
        let mut stream = sandbox.connect();
        stream.write_all(get_text(&token_target()).as_bytes()).unwrap();
        let mut bytes = vec![0; 300_000];
        stream.read_exact(&mut bytes).unwrap();
        assert!(String::from_utf8(bytes).unwrap().contains(piece), "{layer}");
        drop(stream);
        eventually("it ends with its client", || number(&sandbox.counts(), "in_flight") == 0);
    }
}

/// What programs between WeChat and the client do: chunks, gzip, a byte order mark, other numbers.
#[test]
fn answers_come_in_other_spellings() {
    let sandbox = Sandbox::start();
    let ask = |fault: Value| {
        let mut fault = fault;
        let fields = fault.as_object_mut().unwrap();
        fields.extend([("endpoint".into(), json!("token")), ("times".into(), json!(1))]);
        sandbox.control("fault", &fault);
        sandbox.token()
    };
    assert_eq!(ask(json!({"kind": "chunked"})).header("transfer-encoding"), Some("chunked"));
    let packed = ask(json!({"kind": "gzip"}));
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.body.get(..3), Some(&[0x1f, 0x8b, 8][..]));
    assert_eq!(ask(json!({"kind": "gzip", "header": false})).header("content-encoding"), None);
    assert!(ask(json!({"kind": "bom"})).body.starts_with(b"\xef\xbb\xbf{"));
    for (spelling, written) in
        [("text", "\"7200\""), ("point", "7200.0"), ("exponent", "72e2"), ("fraction", "7200.5")]
    {
        let body = ask(json!({"kind": "numbers", "spelling": spelling})).text();
        assert!(body.contains(&format!("\"expires_in\":{written}")), "{body}");
    }
}

#[test]
fn a_reset_is_a_reset_and_an_early_close_is_not() {
    let sandbox = with(&json!({"kind": "reset", "times": 1}));
    sandbox.control("fault", &json!({"endpoint": "token", "kind": "close_early"}));
    let error = sandbox.raw(get_text(&token_target()).as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(sandbox.raw(get_text(&token_target()).as_bytes()).unwrap(), b"");
}

#[test]
fn a_huge_answer_has_exactly_its_size_and_is_right() {
    let sandbox = with(&json!({"kind": "huge", "bytes": 65537, "times": 1}));
    sandbox.control("fault", &json!({"endpoint": "token", "kind": "huge"}));
    let answer = sandbox.token();
    assert_eq!((answer.body.len(), answer.header("content-length")), (65537, Some("65537")));
    assert_eq!(number(&answer.json(), "expires_in"), 7200);
    assert_eq!(sandbox.token().body.len(), 1_000_000);
}

#[test]
fn wrong_types_are_json() {
    let sandbox = with(&json!({"kind": "wrong_types", "endpoint": "any"}));
    assert!(sandbox.token().json().get("access_token").unwrap().is_number());
    assert!(sandbox.ticket("x").get("ticket").unwrap().is_array());
}

#[test]
fn a_hang_lasts_until_cleared_or_left() {
    let sandbox = with(&json!({"kind": "hang"}));
    let mut left = sandbox.connect();
    left.write_all(get_text(&token_target()).as_bytes()).unwrap();
    eventually("it hangs", || number(&sandbox.counts(), "in_flight") == 1);
    drop(left);
    eventually("it ends with its client", || number(&sandbox.counts(), "in_flight") == 0);
    let mut hanging = sandbox.connect();
    hanging.write_all(get_text(&token_target()).as_bytes()).unwrap();
    eventually("it hangs", || number(&sandbox.counts(), "in_flight") == 1);
    sandbox.control("clear", &json!({}));
    assert_eq!(hanging.read(&mut [0]).unwrap(), 0);
}

#[test]
fn an_echo_repeats_the_secrets() {
    let sandbox =
        with(&json!({"kind": "errcode", "errcode": 40125, "echo": true, "times": 1, "endpoint": "any"}));
    for kind in ["html", "status", "redirect"] {
        sandbox.control("fault", &json!({"endpoint": "token", "kind": kind, "echo": true, "times": 1}));
    }
    let errmsg = text(&sandbox.stable(""), "errmsg");
    assert!(errmsg.contains(SECRET) && errmsg.contains(" rid: "), "{errmsg}");
    for _ in 0..3 {
        let answer = sandbox.token();
        assert!(answer.text().contains(SECRET), "{}", answer.text());
    }
    let fault =
        json!({"endpoint": "getticket", "kind": "errcode", "errcode": 40001, "errmsg": "no", "echo": true});
    sandbox.control("fault", &fault);
    assert!(text(&sandbox.ticket("a-TOKEN"), "errmsg").contains("access_token=a-TOKEN"));
}

#[test]
fn two_hundred_that_hang_do_not_keep_control_out() {
    let sandbox = with(&json!({"kind": "hang"}));
    let request = get_text(&token_target());
    let hanging: Vec<_> = (0..256)
        .map(|_| {
            let mut stream = sandbox.connect();
            stream.write_all(request.as_bytes()).unwrap();
            stream
        })
        .collect();
    eventually("they hang", || number(&sandbox.counts(), "in_flight") == 256);
    assert_eq!(sandbox.token().status, 503, "one too many");
    sandbox.control("reset", &json!({}));
    assert_eq!(number(&sandbox.counts(), "in_flight"), 0);
    drop(hanging);
    eventually("there is room again", || sandbox.token().status == 200);
}

#[test]
fn a_slow_sender_is_read_and_a_rude_one_refused() {
    let sandbox = Sandbox::start();
    let mut stream = sandbox.connect();
    for byte in get_text(&token_target()).bytes() {
        stream.write_all(&[byte]).unwrap();
        thread::sleep(Duration::from_micros(200));
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(split(&answer).status, 200);

    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(20_000));
    assert_eq!(split(&sandbox.raw(long.as_bytes()).unwrap()).status, 431);
    let big = format!("POST / HTTP/1.1\r\nContent-Length: 70000\r\n\r\n{}", "a".repeat(70_000));
    assert_eq!(split(&sandbox.raw(big.as_bytes()).unwrap()).status, 413);
    assert_eq!(split(&sandbox.raw(b"\x16\x03\x01\x02\x00").unwrap()).status, 400, "TLS by mistake");
}

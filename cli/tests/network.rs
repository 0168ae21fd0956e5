//! The way of the doctor's own requests: the proxy, the certificates, and the quota's endpoint.
// A test that cannot go on should stop at once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::io::{BufRead, BufReader, Read, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use common::{APP_ID, SECRET, Sandbox, check, run, serve};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use serde_json::Value;

fn outcome(report: &Value, name: &str) -> (String, String, String) {
    let text = |field: &str| check(report, name)[field].as_str().unwrap_or_default().to_owned();
    (text("status"), text("code"), text("text") + &text("next"))
}

/// Answers each CONNECT by a tunnel to `target`, whatever host it names.
fn proxy(target: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://user:passw0rd@{}", listener.local_addr().unwrap());
    let target = target.trim_start_matches("http://").to_owned();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (target, mut stream) = (target.clone(), stream.unwrap());
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut head, mut line) = (String::new(), String::new());
                while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                    head += &std::mem::take(&mut line);
                }
                if !head.starts_with("CONNECT wechat.test:80 ") || !head.contains("Basic ") {
                    let _ = stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
                    return;
                }
                stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
                let mut there = TcpStream::connect(target).unwrap();
                let (mut back, mut out) = (there.try_clone().unwrap(), stream.try_clone().unwrap());
                let answers = thread::spawn(move || {
                    let _ = copy(&mut back, &mut out);
                    let _ = out.shutdown(Shutdown::Both);
                });
                let _ = copy(&mut reader, &mut there);
                let _ = answers.join();
            });
        }
    });
    address
}

/// A host that only the proxy can reach: every check that needs it takes the way of `WX_PROXY`.
#[test]
fn the_proxy_is_used_by_every_check() {
    let sandbox = Sandbox::start();
    let proxy = proxy(&sandbox.address);
    let through =
        [("WX_BASE_URL", "http://wechat.test"), ("WX_ALLOW_HTTP", "1"), ("WX_PROXY", proxy.as_str())];
    let variables = sandbox.variables(&through);
    let arguments = ["doctor", "--json", "--quota", "--page", "http://wechat.test/"];
    let ran = run(&arguments, &variables, "");
    let report = ran.json();
    for name in ["clock", "network", "token", "ticket", "quota"] {
        let (status, ..) = outcome(&report, name);
        assert!(status == "ok" || name == "clock" && status == "skipped", "{name}: {}", ran.out);
    }
    // The sandbox has no page: it answers 404, and that through the proxy.
    assert_eq!(outcome(&report, "page").1, "http_status", "{}", ran.out);
    assert!(!ran.out.contains("passw0rd"));
}

#[test]
fn a_proxy_for_others_is_named_and_not_used() {
    let sandbox = Sandbox::start();
    let proxy = proxy(&sandbox.address);
    let variables = [("WX_BASE_URL", "http://wechat.test"), ("HTTPS_PROXY", proxy.as_str())];
    let ran = run(&["doctor", "--json"], &variables, "");
    let (status, code, text) = outcome(&ran.json(), "network");
    assert_eq!((status.as_str(), code.as_str()), ("failure", "NETWORK"));
    assert!(text.contains("HTTPS_PROXY is set") && text.contains("WX_PROXY"), "{text}");
}

#[test]
fn a_proxy_that_cannot_be_read_is_named() {
    let variables = [("WX_BASE_URL", "http://wechat.test"), ("WX_PROXY", "http://user:passw0rd@:0:0")];
    let ran = run(&["doctor", "--json"], &variables, "");
    let (_, code, text) = outcome(&ran.json(), "network");
    assert_eq!(code, "NETWORK");
    assert!(text.contains("WX_PROXY") && !ran.out.contains("passw0rd"), "{text}");
}

/// A server that speaks TLS, with a certificate that no machine trusts; and that certificate as
/// PEM.
fn tls_server() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap().self_signed(&key).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (config, mut stream) = (Arc::clone(&config), stream.unwrap());
            thread::spawn(move || {
                let mut connection = ServerConnection::new(config).unwrap();
                let mut tls = Stream::new(&mut connection, &mut stream);
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && tls.read(&mut byte).is_ok_and(|read| read == 1) {
                    head.push(byte[0]);
                }
                let target = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap_or_default().to_owned();
                let body = match target.split('?').next().unwrap_or_default() {
                    "/cgi-bin/stable_token" => r#"{"access_token":"a-token","expires_in":7200}"#.to_owned(),
                    "/cgi-bin/ticket/getticket" => {
                        format!(r#"{{"errcode":0,"ticket":"{}","expires_in":7200}}"#, common::TICKET)
                    }
                    _ => String::new(),
                };
                let length = body.len();
                let _ = write!(
                    tls,
                    "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
                connection.send_close_notify();
                let _ = connection.write_tls(&mut stream);
            });
        }
    });
    (address, certificate.pem())
}

/// The client's certificates are the doctor's: with `WX_CA_FILE` all is well, without it both
/// refuse.
#[test]
fn the_ca_file_is_used_by_every_check() {
    let (address, pem) = tls_server();
    let path = std::env::temp_dir().join(format!("wxsign-cli-ca-{}.pem", std::process::id()));
    std::fs::write(&path, pem).unwrap();
    let file = path.to_str().unwrap();
    let account = [
        ("WX_APP_ID", APP_ID),
        ("WX_APP_SECRET", SECRET),
        ("WX_BASE_URL", &address),
        ("WXSIGN_STORE", "memory"),
    ];
    let page = format!("{address}/page");
    let arguments = ["doctor", "--json", "--page", &page];
    let without = run(&arguments, &account, "").json();
    let with = run(&arguments, &[&account[..], &[("WX_CA_FILE", file)]].concat(), "").json();
    std::fs::remove_file(&path).unwrap();
    for name in ["network", "token", "ticket", "page"] {
        assert_eq!(outcome(&without, name).0, "failure", "{name}: {without}");
        assert_eq!(outcome(&with, name).0, "ok", "{name}: {with}");
    }
}

#[test]
fn a_ca_file_that_cannot_be_read_is_named() {
    let server = serve(|_| (200, vec![], String::new()));
    for file in ["/nonexistent/ca.pem", "/dev/null"] {
        let ran = run(&["doctor", "--json"], &[("WX_BASE_URL", &server), ("WX_CA_FILE", file)], "");
        let (status, code, text) = outcome(&ran.json(), "network");
        assert_eq!((status.as_str(), code.as_str()), ("failure", "NETWORK"));
        assert!(text.contains("WX_CA_FILE") && text.contains(file), "{text}");
    }
}

#[test]
fn the_quota_of_both_interfaces_is_shown() {
    let sandbox = Sandbox::start();
    let ask = || outcome(&run(&["doctor", "--json", "--quota"], &sandbox.variables(&[]), "").json(), "quota");
    let (status, _, text) = ask();
    assert_eq!(status, "ok", "{text}");
    assert!(text.contains("getticket: 99999 of 100000") && text.contains("stable_token: 9999"), "{text}");
    sandbox.post("/_sandbox/settings", r#"{"daily_limit":1}"#);
    let (status, code, _) = ask();
    assert_eq!((status.as_str(), code.as_str()), ("warning", "QUOTA_EXCEEDED"));
    sandbox.post("/_sandbox/fault", r#"{"endpoint":"quota_get","kind":"errcode","errcode":48001}"#);
    let (status, code, text) = ask();
    assert_eq!((status.as_str(), code.as_str(), text.as_str()), ("warning", "no_quota", "errcode 48001"));
    sandbox.post("/_sandbox/clear", "");
    sandbox.post("/_sandbox/fault", r#"{"endpoint":"quota_get","kind":"html"}"#);
    assert_eq!(ask().2, "the answer is not JSON");
    let chinese = run(&["doctor", "--quota", "--lang", "zh"], &sandbox.variables(&[]), "");
    assert!(chinese.out.contains("响应不是 JSON"), "{}", chinese.out);
}

/// A relay may rewrite JSON on the way.
#[test]
fn a_quota_is_read_in_any_spelling() {
    let sandbox = Sandbox::start();
    for fault in [
        r#""kind":"bom""#,
        r#""kind":"numbers","spelling":"text""#,
        r#""kind":"numbers","spelling":"point""#,
        r#""kind":"numbers","spelling":"exponent""#,
    ] {
        sandbox.post("/_sandbox/reset", "");
        let fault = format!(r#"{{"endpoint":"quota_get",{fault}}}"#);
        assert!(sandbox.post("/_sandbox/fault", &fault).contains("true"), "{fault}");
        let ran = run(&["doctor", "--json", "--quota"], &sandbox.variables(&[]), "");
        let (status, _, text) = outcome(&ran.json(), "quota");
        assert_eq!(status, "ok", "{fault}: {text}");
        assert!(text.contains("of 100000"), "{fault}: {text}");
    }
    sandbox.post("/_sandbox/reset", "");
    let fault = r#"{"endpoint":"quota_get","kind":"numbers","spelling":"fraction"}"#;
    sandbox.post("/_sandbox/fault", fault);
    let ran = run(&["doctor", "--json", "--quota"], &sandbox.variables(&[]), "");
    assert_eq!(outcome(&ran.json(), "quota").1, "no_quota", "{}", ran.out);
}

/// The client takes a base URL with or without `/cgi-bin`, and so does the doctor.
#[test]
fn a_base_url_may_end_in_cgi_bin() {
    let sandbox = Sandbox::start();
    for tail in ["/", "/cgi-bin", "/cgi-bin/"] {
        let address = format!("{}{tail}", sandbox.address);
        let variables = sandbox.variables(&[("WX_BASE_URL", &address)]);
        let report = run(&["doctor", "--json", "--quota"], &variables, "").json();
        for name in ["network", "ticket", "quota"] {
            assert_eq!(outcome(&report, name).0, "ok", "{tail}: {report}");
        }
    }
}

#[test]
fn a_base_url_that_is_none_is_named() {
    let ran = run(&["doctor", "--json"], &[("WX_BASE_URL", "api.weixin.qq.com")], "");
    let (status, code, text) = outcome(&ran.json(), "network");
    assert_eq!((status.as_str(), code.as_str()), ("failure", "INVALID_ARGUMENT"), "{text}");
    assert!(text.contains("WX_BASE_URL does not start with"), "{text}");
}

/// Errors name what a user of the command can set, and no option of a binding.
#[test]
fn errors_name_variables_of_the_environment() {
    let variables = [
        ("WX_APP_ID", "wx5823bf96d3bd56c7"),
        ("WX_APP_SECRET", "0123456789abcdef0123456789abcdef"),
        ("WX_BASE_URL", "http://127.0.0.1:1"),
        ("WXSIGN_STORE", "memory"),
    ];
    let ran = run(&["config", "https://example.com/"], &variables, "");
    let report = run(&["doctor"], &variables, "").out;
    for text in [ran.err, report] {
        assert!(text.contains("check host and port of WX_BASE_URL"), "{text}");
        assert!(!text.contains("base_url"), "{text}");
    }
}

/// The doctor looks at the beginning of a page and needs no more.
#[test]
fn a_large_page_is_no_failure() {
    let server = serve(|_| (200, vec![], "x".repeat(600_000)));
    let ran = run(&["doctor", "--json", "--page", &server], &[("WX_BASE_URL", &server)], "");
    let report = ran.json();
    for name in ["network", "page"] {
        assert_eq!(outcome(&report, name).0, "ok", "{report}");
    }
}

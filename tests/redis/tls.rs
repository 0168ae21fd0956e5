//! `rediss://`: the server's certificate is checked, against `caFile` if it is set.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::builder;
use crate::common::Sandbox;
use crate::server::Server;

/// A self-signed certificate of 127.0.0.1, and its key.
fn certificate(dir: &Path) -> Option<(String, String)> {
    let path = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let (key, pem) = (path("key.pem"), path("certificate.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=wxsign", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", &key, "-out", &pem])
        .stderr(Stdio::null())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        crate::common::skipped("there is no openssl here to make a certificate");
        return None;
    }
    Some((key, pem))
}

#[test]
fn a_private_certificate_needs_ca_file() {
    let dir = tempfile::tempdir().unwrap();
    let Some((key, pem)) = certificate(dir.path()) else { return };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    drop(listener);
    let tls =
        ["--tls-port", &port, "--tls-auth-clients", "no", "--tls-cert-file", &pem, "--tls-key-file", &key];
    let ca = ["--tls-ca-cert-file", &pem];
    let Some(server) = Server::with(&[&tls[..], &ca].concat()) else { return };
    let sandbox = Sandbox::start();
    let url = format!("rediss://127.0.0.1:{port}");

    let client = builder(&sandbox.url, &url).build().unwrap();
    client.ticket().unwrap();
    let failure = client.state().unwrap().store_failure.unwrap();
    assert!(failure.contains("TLS"), "{failure}");
    assert_eq!(server.ask::<i64>(&["DBSIZE"]), 0);

    let client = builder(&sandbox.url, &url).ca_file(&pem).build().unwrap();
    client.ticket().unwrap();
    assert_eq!(client.state().unwrap().store_failure, None);
    // Token and ticket, once the lock is released.
    let keys = || server.ask::<i64>(&["DBSIZE"]);
    assert!((0..100).any(|_| keys() == 2 || {
        std::thread::sleep(Duration::from_millis(20));
        false
    }));
}

/// Redis asks for client certificates unless it is configured not to, and its own certificate may
/// be another host's: `caFile` helps with neither.
#[test]
fn each_tls_fault_of_redis_has_its_next_step() {
    let dir = tempfile::tempdir().unwrap();
    let Some((key, pem)) = certificate(dir.path()) else { return };
    let sandbox = Sandbox::start();
    for (clients, host, step) in
        [("yes", "127.0.0.1", "tls-auth-clients no"), ("no", "localhost", "as its certificate names it")]
    {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        drop(listener);
        let tls = ["--tls-port", &port, "--tls-auth-clients", clients];
        let files = ["--tls-cert-file", &pem, "--tls-key-file", &key, "--tls-ca-cert-file", &pem];
        let Some(_server) = Server::with(&[&tls[..], &files].concat()) else { return };
        let url = format!("rediss://{host}:{port}");
        let client = builder(&sandbox.url, &url).ca_file(&pem).build().unwrap();
        client.ticket().unwrap();
        let failure = client.state().unwrap().store_failure.unwrap();
        assert!(failure.contains(step), "{clients} {host}: {failure}");
    }
}

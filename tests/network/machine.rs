//! A machine that lacks something: root certificates, or room for another connection.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use serde_json::json;
use wxsign::{Code, Error, Subject};

use crate::builder;
use crate::common::{Sandbox, children};
use crate::front::Front;

fn refused(url: &str) -> Error {
    builder(url).build().unwrap().ticket().unwrap_err()
}

/// An empty file system hides the system's roots, as in an image without them.
const HIDE: &str = r#"for dir in /etc/ssl /etc/pki /usr/share/ca-certificates /usr/lib/ssl; do
    if [ -d "$dir" ]; then mount -t tmpfs none "$dir" || exit 1; fi; done; exec "$0" "$@""#;

#[test]
fn a_machine_without_roots_says_so() {
    if children::role().is_none() {
        let unset = ["env", "-u", "SSL_CERT_FILE", "-u", "SSL_CERT_DIR"];
        let wrapper = [&unset[..], &["unshare", "--map-root-user", "--mount", "sh", "-c", HIDE]].concat();
        let able = Command::new(wrapper[0]).args(&wrapper[1..]).arg("true").stderr(Stdio::null()).status();
        if !able.is_ok_and(|status| status.success()) {
            crate::common::skipped("it needs unshare and mount, and may not use them");
            return;
        }
        let test = "machine::a_machine_without_roots_says_so";
        children::reported(children::start_under(&wrapper, test, &json!("bare")));
        return;
    }
    let sandbox = Sandbox::start();
    let front = Front::start(&sandbox.url);
    let error = refused(&front.url);
    assert_eq!((error.code(), error.reason()), (Code::Network, Some("NO_ROOTS")), "{error}");
    assert!(error.message().contains("no root certificates were found"), "{error}");
    assert!(error.message().contains("ca-certificates") && error.message().contains("ca_file"), "{error}");
    let trusting = builder(&front.url).ca_file(&front.ca_file).build().unwrap();
    trusting.ticket().unwrap();
    children::report(&json!("done"));
}

/// `SSL_CERT_FILE` replaces the system's roots, as for OpenSSL, Go and curl; one that cannot be
/// read is named.
#[test]
fn ssl_cert_file_replaces_the_roots() {
    let test = "machine::ssl_cert_file_replaces_the_roots";
    match children::role() {
        None => {
            let sandbox = Sandbox::start();
            let front = Front::start(&sandbox.url);
            let good = front.ca_file.to_str().unwrap();
            for (file, works) in [(good, true), ("/nonexistent/roots.pem", false)] {
                let set = format!("SSL_CERT_FILE={file}");
                let role = json!({ "url": front.url, "works": works });
                children::reported(children::start_under(&["env", "-u", "SSL_CERT_DIR", &set], test, &role));
            }
        }
        Some(role) => {
            let outcome = builder(role["url"].as_str().unwrap()).build().unwrap().ticket();
            if role["works"] == true {
                outcome.unwrap();
            } else {
                let error = outcome.unwrap_err();
                assert_eq!((error.code(), error.reason()), (Code::Network, Some("NO_ROOTS")), "{error}");
                let path = "/nonexistent/roots.pem";
                assert_eq!(error.subject(), Some(&Subject::Path(path.to_owned())));
                assert!(
                    error.message().contains("SSL_CERT_FILE") && error.message().contains(path),
                    "{error}"
                );
            }
            children::report(&json!("done"));
        }
    }
}

/// `caFile` adds to the roots that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
#[test]
fn a_ca_file_adds_to_the_environments_roots() {
    let test = "machine::a_ca_file_adds_to_the_environments_roots";
    match children::role() {
        None => {
            let sandbox = Sandbox::start();
            let (named, added) = (Front::start(&sandbox.url), Front::start(&sandbox.url));
            let dir = tempfile::tempdir().unwrap();
            fs::copy(&named.ca_file, dir.path().join("ca.pem")).unwrap();
            for (set, unset, path) in [
                ("SSL_CERT_FILE", "SSL_CERT_DIR", named.ca_file.as_path()),
                ("SSL_CERT_DIR", "SSL_CERT_FILE", dir.path()),
            ] {
                let set = format!("{set}={}", path.display());
                for (url, ca_file, works) in [
                    (&named.url, Some(&added.ca_file), true),
                    (&added.url, Some(&added.ca_file), true),
                    (&added.url, None, false),
                ] {
                    let role = json!({ "url": url, "ca_file": ca_file, "works": works });
                    children::reported(children::start_under(&["env", "-u", unset, &set], test, &role));
                }
            }
        }
        Some(role) => {
            let mut builder = builder(role["url"].as_str().unwrap());
            if let Some(file) = role["ca_file"].as_str() {
                builder = builder.ca_file(file);
            }
            let outcome = builder.build().unwrap().ticket();
            assert_eq!(outcome.is_ok(), role["works"] == true, "{role}: {outcome:?}");
            children::report(&json!("done"));
        }
    }
}

/// The program may use rustls too, and have installed a provider that can do nothing: wxsign uses
/// its own.
#[test]
fn the_tls_provider_of_the_program_is_left_alone() {
    if children::role().is_none() {
        let test = "machine::the_tls_provider_of_the_program_is_left_alone";
        children::reported(children::start(test, &json!("provider")));
        return;
    }
    let ring = rustls::crypto::ring::default_provider();
    let useless = rustls::crypto::CryptoProvider { cipher_suites: Vec::new(), kx_groups: Vec::new(), ..ring };
    useless.install_default().unwrap();
    let sandbox = Sandbox::start();
    let front = Front::start(&sandbox.url);
    let trusting = builder(&front.url).ca_file(&front.ca_file).build().unwrap();
    assert!(trusting.ticket().unwrap().starts_with("TICKET"));
    children::report(&json!("done"));
}

/// With no file descriptor left, each step that needs one says so, and none is INTERNAL.
#[test]
fn too_many_open_files_are_named() {
    if children::role().is_none() {
        let wrapper = ["sh", "-c", r#"ulimit -n 64 && exec "$0" "$@""#];
        let test = "machine::too_many_open_files_are_named";
        children::reported(children::start_under(&wrapper, test, &json!("full")));
        return;
    }
    let mut files: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    for (url, reason) in [
        ("http://127.0.0.1:1", "EMFILE"),
        ("https://127.0.0.1:1", "EMFILE"),
        ("https://no-such-host.invalid", "EMFILE"),
    ] {
        let error = refused(url);
        assert_eq!((error.code(), error.reason()), (Code::Network, Some(reason)), "{url}: {error}");
        assert!(error.hint().contains("ulimit -n"), "{error}");
    }
    files.clear();
    let error = refused("https://127.0.0.1:1");
    assert_eq!(error.reason(), Some("ECONNREFUSED"), "what was missing is looked for again: {error}");
    children::report(&json!("done"));
}

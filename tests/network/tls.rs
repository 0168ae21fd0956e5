//! Certificates that are not to be trusted, handshakes that break, and servers that do not speak
//! TLS at all.

use wxsign::{Code, Subject};

use crate::common::seed::Seeded;
use crate::common::{APP_SECRET, Sandbox};
use crate::front::{Front, Manner};
use crate::{builder, cells, run_all, settle};

const FAULTS: [Manner; 9] = [
    Manner::SelfSigned,
    Manner::Expired,
    Manner::NotYetValid,
    Manner::WrongName,
    Manner::WantsClient,
    Manner::Half,
    Manner::CutOff,
    Manner::Reset,
    Manner::Plain,
];
const SLOW: [Manner; 2] = [Manner::Silent, Manner::Drip];

/// In every state of a client, in time, and without showing a secret to a server that is not to be
/// trusted.
#[test]
fn every_tls_fault_is_typed_and_bounded() {
    run_all(&cells(&FAULTS, &SLOW), |cell| {
        let sandbox = Sandbox::start();
        let front = Front::start(&sandbox.url);
        let seeded = Seeded::behind(&sandbox, &front.url, "stable");
        cell.seed(&seeded);
        front.turn(cell.fault);
        let before = sandbox.counts();
        let mut wrong = cell.ask(builder(&front.url).ca_file(&front.ca_file), &seeded);

        let want = if cell.slow { 1 } else { 3 };
        settle(|| front.connections() >= want);
        if front.connections() != want || sandbox.counts() != before {
            wrong.push(format!("{} connections", front.connections()));
        }
        for secret in [APP_SECRET, &seeded.token, &seeded.ticket] {
            // A server that only wants to know its client is the right one.
            if cell.fault != Manner::WantsClient && front.heard(secret) {
                wrong.push("a server that is not to be trusted received a secret".to_owned());
            }
        }
        wrong
    });
}

#[test]
fn a_private_certificate_needs_its_ca_file() {
    let sandbox = Sandbox::start();
    let front = Front::start(&sandbox.url);
    let trusting = builder(&front.url).ca_file(&front.ca_file).build().unwrap();
    assert!(trusting.ticket().unwrap().starts_with("TICKET"));
    assert_eq!((sandbox.counts(), front.connections()), ((1, 1), 2));
    assert!(front.heard(APP_SECRET));
    drop(trusting);

    front.forget();
    let error = builder(&front.url).build().unwrap().ticket().unwrap_err();
    assert_eq!(error.code(), Code::Network);
    assert!(error.message().contains("certificate"), "{error}");
    assert!(!front.heard(APP_SECRET));
    assert_eq!((sandbox.counts(), front.connections()), ((1, 1), 5));
}

#[test]
fn another_host_takes_over_if_tls_fails() {
    std::thread::scope(|scope| {
        for manner in FAULTS.into_iter().chain(SLOW) {
            scope.spawn(move || {
                let sandbox = Sandbox::start();
                let front = Front::start(&sandbox.url);
                front.turn(manner);
                let client =
                    builder(&front.url).ca_file(&front.ca_file).base_url(&sandbox.url).build().unwrap();
                assert!(client.ticket().unwrap().starts_with("TICKET"), "{manner:?}");
                assert_eq!((sandbox.counts(), front.connections()), ((1, 1), 1), "{manner:?}");
            });
        }
    });
}

/// The reason, the host, and advice that fits this cause and no other.
#[test]
fn each_tls_fault_names_its_cause() {
    let sandbox = Sandbox::start();
    let mut hints = std::collections::HashSet::new();
    for (manner, reason, words) in [
        (
            Manner::Expired,
            "CERTIFICATE_EXPIRED",
            "valid until 2020-01-01 00:00:00 UTC, and this machine's clock says 20",
        ),
        (Manner::NotYetValid, "CERTIFICATE_NOT_YET_VALID", "valid from 2999-01-01 00:00:00 UTC on"),
        (Manner::WrongName, "CERTIFICATE_WRONG_NAME", "wx.example.com"),
        (Manner::SelfSigned, "CERTIFICATE_UNTRUSTED", "is not trusted: the authority"),
        (Manner::CutOff, "CLOSED_EARLY", "closed during the TLS handshake"),
        (Manner::Plain, "TLS_FAILED", "does not speak TLS"),
        (Manner::WantsClient, "TLS_CLIENT_CERTIFICATE", "CertificateRequired"),
    ] {
        let front = Front::start(&sandbox.url);
        front.turn(manner);
        let client = builder(&front.url).ca_file(&front.ca_file).build().unwrap();
        let error = client.ticket().unwrap_err();
        assert_eq!((error.code(), error.reason()), (Code::Network, Some(reason)), "{manner:?}: {error}");
        let host = front.url.trim_start_matches("https://");
        assert!(error.message().contains(words) && error.message().contains(host), "{manner:?}: {error}");
        assert_eq!(error.subject(), Some(&Subject::Host(host.to_owned())));
        hints.insert((error.hint(), error.hint_zh()));
    }
    assert_eq!(hints.len(), 7, "one for each reason");
}

//! Certificates that are not to be trusted, handshakes that break, and servers that do not speak TLS at all.

use wxsign::Code;

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

#[test]
fn every_tls_fault_in_every_state_is_typed_bounded_and_tells_nobody_a_secret() {
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
                wrong.push("a server that is not to be trusted was told a secret".to_owned());
            }
        }
        wrong
    });
}

#[test]
fn a_certificate_is_trusted_by_ca_file_and_not_without() {
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
fn another_host_takes_over_where_tls_fails_breaks_or_hangs() {
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

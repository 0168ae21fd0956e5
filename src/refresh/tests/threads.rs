//! P2 and P8 with real threads: one flight, all waiters settled, panics caught.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::world::{official, parts};
use crate::clock::System;
use crate::credential::Kind;
use crate::error::{Code, Error, Reason};
use crate::http::{Request, Response, Transport, fault};
use crate::refresh::{Parts, Refresher};
use crate::secret::Secret;
use crate::soak::size;
use crate::store::MemoryStore;
use crate::threads::of_this_process;

pub(super) type Answer = fn(&str) -> Result<String, Error>;

struct Wire(Arc<AtomicUsize>, Answer);

impl Transport for Wire {
    fn send(&self, request: &Request, _: Duration) -> Result<Response, Error> {
        self.0.fetch_add(1, Ordering::SeqCst);
        (self.1)(&request.url).map(|body| Response { status: 200, body: Zeroizing::new(body.into_bytes()) })
    }
}

pub(super) fn refresher(answer: Answer) -> (Arc<Refresher>, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let wire = Wire(requests.clone(), answer);
    let parts = parts(official("wx1", "s"), Arc::new(System), Box::new(MemoryStore), wire);
    (Refresher::new(Parts { runtime: of_this_process(), ..parts }), requests)
}

#[allow(clippy::unnecessary_wraps)] // the shape of an Answer
fn good(url: &str) -> Result<String, Error> {
    std::thread::sleep(Duration::from_millis(50));
    Ok(if url.contains("getticket") {
        r#"{"errcode":0,"errmsg":"ok","ticket":"TICKET","expires_in":7200}"#.to_owned()
    } else {
        r#"{"access_token":"TOKEN","expires_in":7200}"#.to_owned()
    })
}

/// Ten thousand callers of a cold refresher. Returns the requests that they cost.
fn storm() -> usize {
    let (refresher, requests) = refresher(good);
    let (send, receive) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..10 {
            let (refresher, send) = (&refresher, send.clone());
            scope.spawn(move || {
                for _ in 0..1_000 {
                    let send = send.clone();
                    let done =
                        Box::new(move |outcome: Result<Secret, _>| send.send(outcome.is_ok()).unwrap());
                    refresher.get_then(Kind::Ticket, 1, Duration::from_secs(10), done);
                }
            });
        }
    });
    drop(send);
    assert_eq!(
        (0..10_000).filter(|_| receive.recv_timeout(Duration::from_secs(10)).unwrap()).count(),
        10_000
    );
    assert!(receive.recv_timeout(Duration::from_millis(200)).is_err(), "no waiter is settled twice");
    requests.load(Ordering::SeqCst)
}

/// Ten thousand callers cost one flight, and each is settled once.
#[test]
fn ten_thousand_callers_cost_one_flight() {
    for _ in 0..size(1, 100) {
        assert_eq!(storm(), 2);
    }
}

/// Starts a flight, and returns when its first request has failed.
fn begin_and_wait_for_a_failure(refresher: &Refresher, kind: Kind) {
    assert_eq!(refresher.try_get(kind).unwrap_err().code(), Code::NotReady);
    let begun = Instant::now();
    while refresher.context.entry(kind).last_error().is_none() && begun.elapsed() < Duration::from_secs(10) {
        std::thread::yield_now();
    }
}

/// A caller whose timeout has passed gets TIMEOUT with the flight's last error as cause.
#[test]
fn a_late_caller_gets_timeout_and_the_flight_goes_on() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let (refresher, _) = refresher(|url| {
        if CALLS.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err(fault(Reason::Reset));
        }
        std::thread::sleep(Duration::from_millis(400));
        good(url)
    });
    begin_and_wait_for_a_failure(&refresher, Kind::Token);
    // The second request has not been answered yet, nor will it be for a while.
    let error = refresher.get(Kind::Token, 1, Duration::from_millis(1), || ()).unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert_eq!(error.cause().map(Error::code), Some(Code::Network));
    assert!(refresher.get(Kind::Token, 1, Duration::from_secs(10), || ()).is_ok());
    assert_eq!(CALLS.load(Ordering::SeqCst), 2, "one flight served both");
}

#[test]
fn a_call_back_is_settled_by_its_time_and_by_close() {
    let (refresher, _) = refresher(|_| {
        std::thread::sleep(Duration::from_secs(2));
        Err(fault(Reason::ReadTimeout))
    });
    let (send, receive) = mpsc::channel();
    let ask = |client, timeout, name: &'static str| {
        let send = send.clone();
        let done = Box::new(move |outcome: Result<Secret, Error>| {
            send.send((name, outcome.unwrap_err().code())).unwrap();
        });
        refresher.get_then(Kind::Ticket, client, timeout, done);
    };
    ask(1, Duration::from_millis(100), "timed");
    ask(2, Duration::from_secs(30), "closed");
    assert_eq!(receive.recv_timeout(Duration::from_secs(10)).unwrap(), ("timed", Code::Timeout));
    refresher.leave(2);
    assert_eq!(receive.recv_timeout(Duration::from_secs(10)).unwrap(), ("closed", Code::Closed));
    assert!(receive.recv_timeout(Duration::from_millis(200)).is_err());
}

/// A caller that waits for a ticket gets the failure of its token as cause.
#[test]
fn a_ticket_waiter_gets_the_tokens_error_as_cause() {
    let (refresher, _) = refresher(|_| {
        std::thread::sleep(Duration::from_millis(300));
        Err(fault(Reason::Reset))
    });
    begin_and_wait_for_a_failure(&refresher, Kind::Ticket);
    // The flight is far from over: three requests and two pauses.
    let error = refresher.get(Kind::Ticket, 1, Duration::from_millis(1), || ()).unwrap_err();
    assert_eq!((error.code(), error.cause().map(Error::code)), (Code::Timeout, Some(Code::Network)));
}

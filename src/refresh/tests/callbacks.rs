//! P8: if a callback panics, the others are still called.

use std::sync::mpsc;
use std::time::Duration;

use super::threads::refresher;
use crate::credential::Kind;
use crate::error::{Code, Error, Reason};
use crate::http::fault;
use crate::refresh::refresher::Callback;

fn slow(_: &str) -> Result<String, Error> {
    std::thread::sleep(Duration::from_secs(2));
    Err(fault(Reason::ReadTimeout))
}

/// A callback that panics, and one after it that reports its outcome.
fn pair() -> (Callback, Callback, mpsc::Receiver<Code>) {
    let (send, receive) = mpsc::channel();
    let panics: Callback = Box::new(|_| panic!("an injected panic"));
    let says: Callback = Box::new(move |outcome| send.send(outcome.unwrap_err().code()).unwrap());
    (panics, says, receive)
}

#[test]
fn the_next_one_whose_time_is_up_is_called() {
    let (refresher, _) = refresher(slow);
    let (panics, says, receive) = pair();
    refresher.get_then(Kind::Ticket, 1, Duration::from_millis(50), panics);
    refresher.get_then(Kind::Ticket, 1, Duration::from_millis(300), says);
    assert_eq!(receive.recv_timeout(Duration::from_millis(1_500)), Ok(Code::Timeout));
}

#[test]
fn the_next_one_of_a_flight_is_called() {
    let (refresher, _) = refresher(|_| {
        std::thread::sleep(Duration::from_millis(100));
        Err(fault(Reason::TooLarge))
    });
    let (panics, says, receive) = pair();
    refresher.get_then(Kind::Token, 1, Duration::from_secs(10), panics);
    refresher.get_then(Kind::Token, 1, Duration::from_secs(10), says);
    assert_eq!(receive.recv_timeout(Duration::from_secs(9)), Ok(Code::BadResponse));
}

#[test]
fn the_next_one_of_a_client_that_closes_is_called() {
    let (refresher, _) = refresher(slow);
    let (panics, says, receive) = pair();
    refresher.get_then(Kind::Ticket, 1, Duration::from_secs(10), panics);
    refresher.get_then(Kind::Ticket, 1, Duration::from_secs(10), says);
    refresher.leave(1);
    assert_eq!(receive.recv_timeout(Duration::from_millis(1_500)), Ok(Code::Closed));
}

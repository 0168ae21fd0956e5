//! P12: a flight ends for its waiters at its deadline, even if the store, the network or user code
//! hangs. An account that hangs delays no other. Real threads and real time.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::world::{official, parts};
use crate::clock::System;
use crate::credential::{Account, Failures, Kind, Record};
use crate::deadline::Deadline;
use crate::error::{Code, Error};
use crate::event::Event;
use crate::http::{Request, Response, Transport};
use crate::refresh::{Parts, Refresher, TokenSource};
use crate::secret::Secret;
use crate::soak::size;
use crate::store::{Lock, LockMode, Store, StoreError};
use crate::threads::of_this_process;
use crate::upstream::Family;

/// Blocks every caller at a closed gate until the gate is opened or the test ends.
#[derive(Default)]
pub(super) struct Gates {
    closed: Mutex<HashSet<&'static str>>,
    changed: Condvar,
    waiting: AtomicUsize,
}

impl Gates {
    pub(super) fn close(&self, gate: &'static str) {
        self.closed.lock().unwrap().insert(gate);
    }

    fn open_all(&self) {
        self.closed.lock().unwrap().clear();
        self.changed.notify_all();
    }

    pub(super) fn pass(&self, gate: &str) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let closed = self.closed.lock().unwrap();
        drop(self.changed.wait_while(closed, |closed| closed.contains(gate)).unwrap());
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Opens the gates when the test ends, so that no thread outlives it for long.
pub(super) struct Open(pub(super) Arc<Gates>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open_all();
    }
}

/// A store that keeps nothing, and hangs at the gates of its steps.
struct Hanging(Arc<Gates>);

struct HangingLock(Arc<Gates>);

impl Lock for HangingLock {}

impl Drop for HangingLock {
    fn drop(&mut self) {
        self.0.pass("unlock");
    }
}

impl Store for Hanging {
    fn id(&self) -> String {
        "hanging:".to_owned()
    }
    fn read(&self, _: Deadline, _: &Account, _: Kind) -> Result<Option<Record>, StoreError> {
        self.0.pass("read");
        Ok(None)
    }
    fn write(&self, _: Deadline, _: &Account, _: Kind, _: &Record) -> Result<(), StoreError> {
        self.0.pass("write");
        Ok(())
    }
    fn read_failures(&self, _: Deadline, _: &Account) -> Result<Failures, StoreError> {
        self.0.pass("read failures");
        Ok(Failures::default())
    }
    fn write_failures(&self, _: Deadline, _: &Account, _: &Failures) -> Result<(), StoreError> {
        self.0.pass("write failures");
        Ok(())
    }
    fn try_lock(&self, _: Deadline, _: &Account) -> Result<Option<Box<dyn Lock>>, StoreError> {
        self.0.pass("lock");
        Ok(Some(Box::new(HangingLock(Arc::clone(&self.0)))))
    }
    fn lock_mode(&self) -> LockMode {
        LockMode::File
    }
}

/// WeChat, which hangs at its gate and counts the requests. Each answer is a new value.
struct Wire(Arc<Gates>, Arc<AtomicUsize>);

impl Transport for Wire {
    fn send(&self, request: &Request, _: Duration) -> Result<Response, Error> {
        let nth = self.1.fetch_add(1, Ordering::SeqCst);
        self.0.pass("request");
        let name = if request.url.contains("ticket") { "ticket" } else { "access_token" };
        let body = format!(r#"{{"{name}":"{name}-{nth}","expires_in":7200}}"#);
        Ok(Response { status: 200, body: Zeroizing::new(body.into_bytes()) })
    }
}

pub(super) struct TestAccount {
    refresher: Arc<Refresher>,
    requests: Arc<AtomicUsize>,
}

pub(super) fn account(store: &Arc<Gates>, network: &Arc<Gates>, tokens: TokenSource) -> TestAccount {
    account_on(Box::new(Hanging(Arc::clone(store))), network, tokens)
}

fn account_on(store: Box<dyn Store>, network: &Arc<Gates>, tokens: TokenSource) -> TestAccount {
    account_of(official("wx1", "s"), store, network, tokens)
}

fn account_of(
    family: Family,
    store: Box<dyn Store>,
    network: &Arc<Gates>,
    token_source: TokenSource,
) -> TestAccount {
    let requests = Arc::<AtomicUsize>::default();
    let wire = Wire(Arc::clone(network), Arc::clone(&requests));
    let parts = parts(family, Arc::new(System), store, wire);
    let refresher = Refresher::new(Parts { runtime: of_this_process(), token_source, ..parts });
    TestAccount { refresher, requests }
}

pub(super) fn timed(account: &TestAccount, timeout: Duration) -> (Result<Secret, Error>, Duration) {
    let begun = Instant::now();
    let outcome = account.refresher.get(Kind::Ticket, 1, timeout, || ());
    (outcome, begun.elapsed())
}

pub(super) const LONG: Duration = Duration::from_secs(30);

/// If any step of a store hangs, the first caller waits little more than a second, and later
/// flights do not wait at all.
#[test]
fn a_hung_store_step_costs_one_second_once() {
    std::thread::scope(|scope| {
        for step in ["read", "lock", "write", "read failures", "unlock"] {
            scope.spawn(move || {
                let (store, network) = (Arc::<Gates>::default(), Arc::<Gates>::default());
                let _open = Open(Arc::clone(&store));
                store.close(step);
                let account = account(&store, &network, TokenSource::Fetched);
                let (first, took) = timed(&account, LONG);
                let first = first.unwrap();
                assert!(took < Duration::from_secs(3), "{step}: {took:?}");
                assert_eq!(timed(&account, LONG).0.unwrap(), first, "{step}: the second call has it");
                // A release reports no failure: the lock ends with its lease or with the process.
                let hangs = step != "unlock";
                let failure = account.refresher.store_failure();
                assert_eq!(failure.is_some(), hangs, "{step}");
                let advice = ["network mounts", "网络挂载"];
                assert!(failure.is_none_or(|why| advice.iter().all(|words| why.contains(words))), "{step}");
                let lock = if hangs { LockMode::None } else { LockMode::File };
                assert_eq!(account.refresher.lock_mode(), lock, "{step}: nothing is locked meanwhile");
                assert!(account.refresher.invalidate(first.reveal()));
                let (second, took) = timed(&account, LONG);
                assert_ne!(second.unwrap(), first);
                let limit = if hangs { 900 } else { 3_000 };
                assert!(took < Duration::from_millis(limit), "{step}: {took:?} for the next flight");
                assert_eq!(account.requests.load(Ordering::SeqCst), 3, "{step}");
            });
        }
    });
}

/// Cold callers of all kinds of an account at once. Each has a flight and a step in the store under
/// way, and none hangs.
#[test]
fn cold_callers_of_all_kinds_are_all_served() {
    let official = official("wx1", "s");
    let work = Family::work("ww1".to_owned(), Secret::new("s"));
    for (family, kinds) in [
        (official, &[Kind::Token, Kind::Ticket, Kind::CardTicket][..]),
        (work, &[Kind::Token, Kind::CorpTicket, Kind::AgentTicket, Kind::CorpCardTicket]),
    ] {
        let (gates, network) = (Arc::<Gates>::default(), Arc::<Gates>::default());
        let _open = Open(Arc::clone(&gates));
        gates.close("read");
        let store = Box::new(Hanging(Arc::clone(&gates)));
        let account = account_of(family, store, &network, TokenSource::Fetched);
        let failed = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&failed);
        let listen = move |event: &Event| {
            count.fetch_add(usize::from(event.error().is_some()), Ordering::SeqCst);
        };
        account.refresher.listen(1, Arc::new(listen));
        std::thread::scope(|scope| {
            for kind in kinds {
                let refresher = &account.refresher;
                scope.spawn(move || refresher.get(*kind, 1, LONG, || ()).unwrap());
            }
            // All read at the same time, for longer than a step waits for others.
            let begun = Instant::now();
            while gates.waiting.load(Ordering::SeqCst) < kinds.len() {
                assert!(begun.elapsed() < Duration::from_millis(800), "a flight or a step was refused");
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_millis(300));
            gates.open_all();
        });
        assert_eq!((account.refresher.store_failure(), failed.load(Ordering::SeqCst)), (None, 0));
        assert_eq!(account.requests.load(Ordering::SeqCst), kinds.len());
    }
}

/// A Redis that drips its answer costs the first caller seconds, and WeChat is asked all the same.
#[cfg(feature = "redis")]
#[test]
fn a_dripping_redis_keeps_no_caller_from_wechat() {
    use std::io::{Read, Write};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4_096]);
                let _ = stream.write_all(b"*3\r\n$60000\r\n");
                while stream.write_all(b"x").is_ok() {
                    std::thread::sleep(Duration::from_millis(400));
                }
            });
        }
    });
    let roots = crate::roots::Roots::new(None, None);
    let store = crate::store::RedisStore::new(&url, roots).unwrap();
    let network = Arc::<Gates>::default();
    let account = account_on(Box::new(store), &network, TokenSource::Fetched);
    let (first, took) = timed(&account, LONG);
    let first = first.unwrap();
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(account.refresher.store_failure().unwrap().contains("did not answer in time"));
    assert!(account.refresher.invalidate(first.reveal()));
    let (second, took) = timed(&account, LONG);
    assert!(second.is_ok() && took < Duration::from_millis(900), "{took:?}: the store is left alone");
    assert_eq!(account.requests.load(Ordering::SeqCst), 3);
}

/// A request that no deadline ends: the waiters get TIMEOUT a second after the flight's, the next
/// caller is not kept waiting, and the late answer is used.
#[test]
fn a_hung_flight_is_lost_a_second_late() {
    let (store, network) = (Arc::<Gates>::default(), Arc::<Gates>::default());
    let _open = Open(Arc::clone(&network));
    network.close("request");
    let account = account(&store, &network, TokenSource::Fetched);
    let (outcome, took) = timed(&account, LONG);
    assert_eq!(outcome.unwrap_err().code(), Code::Timeout);
    assert!((9_900..10_500).contains(&took.as_millis()), "{took:?}");
    let (outcome, took) = timed(&account, LONG);
    let error = outcome.unwrap_err();
    assert!(error.code() == Code::Timeout && error.retry_at_ms().is_some(), "{error}");
    assert!(took < Duration::from_millis(500), "in its cooldown: {took:?}");
    assert!(account.refresher.is_circuit_open());
    assert_eq!(account.requests.load(Ordering::SeqCst), 1);
    assert_eq!(account.refresher.counts().lost, 2, "the ticket's flight and, on its thread, the token's");
    // The token that comes late serves later callers.
    network.open_all();
    let begun = Instant::now();
    while account.refresher.try_get(Kind::Token).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(5), "the late answer was dropped");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A token function that never returns ends its flight by the flight's deadline, and its thread is
/// given up on.
#[test]
fn a_hung_token_function_ends_with_the_flight() {
    let (store, network) = (Arc::<Gates>::default(), Arc::<Gates>::default());
    let hung = Arc::<Gates>::default();
    let _open = Open(Arc::clone(&hung));
    hung.close("function");
    let gates = Arc::clone(&hung);
    let function = TokenSource::Function(Arc::new(move |_: Option<&str>, _| gates.pass("function")));
    let account = account(&store, &network, function);
    let (outcome, took) = timed(&account, LONG);
    assert_eq!(outcome.unwrap_err().code(), Code::Timeout);
    assert!(took < Duration::from_millis(10_500), "{took:?}");
}

/// If many accounts hang, in the network or in their store, another one is still served within a
/// second.
#[test]
fn two_hundred_hanging_accounts_delay_no_other() {
    for gate in ["request", "read"] {
        let (store, network) = (Arc::<Gates>::default(), Arc::<Gates>::default());
        let (_one, _two) = (Open(Arc::clone(&store)), Open(Arc::clone(&network)));
        store.close(gate);
        network.close(gate);
        let hanging: Vec<_> = (0..200).map(|_| account(&store, &network, TokenSource::Fetched)).collect();
        for account in &hanging {
            account.refresher.get_then(Kind::Ticket, 1, LONG, Box::new(drop));
        }
        let (free_store, free_network) = (Arc::<Gates>::default(), Arc::<Gates>::default());
        let begun = Instant::now();
        let mut longest = Duration::ZERO;
        while begun.elapsed() < Duration::from_millis(1_500) {
            let account = account(&free_store, &free_network, TokenSource::Fetched);
            let (outcome, took) = timed(&account, LONG);
            outcome.unwrap();
            longest = longest.max(took);
            let (steps, flights) =
                (store.waiting.load(Ordering::SeqCst), network.waiting.load(Ordering::SeqCst));
            assert!(steps <= 64 && flights <= 512, "{steps} steps and {flights} flights hang");
            std::thread::sleep(Duration::from_millis(50));
        }
        println!("{gate}: {longest:?} at most beside 200 hanging accounts");
        assert!(longest < Duration::from_secs(1), "{gate}: {longest:?}");
        for account in &hanging {
            account.refresher.leave(1);
        }
    }
}

/// A callback that asks again, and again, uses constant stack: it is queued, not called from within
/// itself.
#[test]
fn a_callback_that_asks_again_uses_constant_stack() {
    fn again(refresher: &Arc<Refresher>, left: usize, done: mpsc::Sender<Code>) {
        let me = Arc::clone(refresher);
        refresher.get_then(
            Kind::Ticket,
            1,
            LONG,
            Box::new(move |outcome| {
                if left == 0 {
                    done.send(outcome.unwrap_err().code()).unwrap();
                } else {
                    again(&me, left - 1, done);
                }
            }),
        );
    }
    let (refresher, requests) =
        super::threads::refresher(|_| Err(crate::http::fault(crate::error::Reason::Reset)));
    refresher.get(Kind::Ticket, 1, LONG, || ()).unwrap_err();
    let before = requests.load(Ordering::SeqCst);
    let (send, receive) = mpsc::channel();
    again(&refresher, size(100_000, 1_000_000), send);
    assert_eq!(receive.recv_timeout(Duration::from_secs(300)), Ok(Code::Network));
    assert_eq!(requests.load(Ordering::SeqCst), before, "in its cooldown");
}

/// A listener that hangs delays no caller, no refresh and no callback.
#[test]
fn a_hung_listener_delays_nothing() {
    let (store, network) = (Arc::<Gates>::default(), Arc::<Gates>::default());
    let hung = Arc::<Gates>::default();
    let _open = Open(Arc::clone(&hung));
    hung.close("listener");
    let account = account(&store, &network, TokenSource::Fetched);
    let gates = Arc::clone(&hung);
    account.refresher.listen(1, Arc::new(move |_| gates.pass("listener")));
    for _ in 0..2 {
        let (outcome, took) = timed(&account, LONG);
        assert!(took < Duration::from_secs(1), "{took:?}");
        account.refresher.invalidate(outcome.unwrap().reveal());
    }
    let (send, receive) = mpsc::channel();
    let done = move |outcome: Result<Secret, Error>| send.send(outcome.is_ok()).unwrap();
    account.refresher.get_then(Kind::Ticket, 1, LONG, Box::new(done));
    assert_eq!(receive.recv_timeout(Duration::from_secs(1)), Ok(true));
}

/// P8: a fetch that panics is INTERNAL for its waiters. It does so once a minute, and not at each
/// call of any kind.
#[test]
fn a_panic_is_not_repeated_at_each_call() {
    let (refresher, requests) = super::threads::refresher(|_| panic!("an injected panic"));
    for n in 0..100 {
        let kind = if n % 2 == 0 { Kind::Ticket } else { Kind::Token };
        let error = refresher.get(kind, 1, LONG, || ()).unwrap_err();
        assert_eq!(error.code(), Code::Internal);
        assert!(error.retry_at_ms().is_some());
    }
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

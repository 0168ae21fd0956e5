//! P10 on a shared Redis: if it fails in any way at any step of a flight, callers still get their
//! tickets in time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use wxsign::{Client, Code};

use crate::builder;
use crate::common::Sandbox;
use crate::common::soak::size;
use crate::server::{Server, Wire};

/// More requests than a cold flight makes, its token's flight included.
const STEPS: usize = 24;

fn cold(sandbox: &Sandbox, url: &str) -> (Client, String) {
    let client = builder(&sandbox.url, url).build().unwrap();
    let begun = Instant::now();
    let ticket = client.ticket().unwrap();
    assert!(begun.elapsed() < Duration::from_millis(9_500), "{:?}", begun.elapsed());
    (client, ticket)
}

/// Waits until nothing is sent any more: the lock is released after the caller has its ticket.
fn come_to_rest(wire: &Wire) {
    let mut before = usize::MAX;
    for _ in 0..100 {
        let now = wire.requests.load(Ordering::SeqCst);
        if now == before {
            return;
        }
        before = now;
        thread::sleep(Duration::from_millis(50));
    }
    panic!("the flight goes on asking Redis");
}

#[test]
fn a_cold_flight_has_a_bounded_number_of_steps() {
    let Some(server) = Server::start() else { return };
    let wire = Wire::new(server.port, |_| {});
    cold(&Sandbox::start(), &wire.url());
    let requests = wire.requests.load(Ordering::SeqCst);
    assert!((10..STEPS).contains(&requests), "{requests} requests");
}

/// Runs `happen` on Redis before each step of a cold flight in turn. The flight gets its ticket.
/// After `mend` the next machine gets one too, with at most one more fetch, and the machine after
/// that adopts it.
fn at_each_step(happen: fn(&Server), mend: fn(&Server)) {
    if Server::start().is_none() {
        return;
    }
    // A thousand times in a soak.
    let rounds = size(1, 1_000_usize.div_ceil(STEPS));
    let (steps, proven) = (Mutex::new((0..rounds).flat_map(|_| 1..=STEPS)), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some(step) = { steps.lock().unwrap().next() } {
                    println!("step {step}");
                    let server = Server::start().unwrap();
                    let sandbox = Sandbox::start();
                    sandbox.post("settings", &json!({ "ticket_mode": "rotate" }));
                    let wire = Wire::new(server.port, {
                        let server = Arc::downgrade(&server);
                        move |n| {
                            if let Some(server) = server.upgrade().filter(|_| n == step) {
                                happen(&server);
                            }
                        }
                    });
                    let _first = cold(&sandbox, &wire.url());
                    mend(&server);
                    come_to_rest(&wire);
                    let (second, ticket) = cold(&sandbox, &server.url());
                    let (tokens, tickets) = sandbox.counts();
                    assert!(tokens <= 2 && tickets <= 2, "step {step}: {tokens} and {tickets} fetches");
                    let plain = Wire::new(server.port, |_| {});
                    let (third, adopted) = cold(&sandbox, &plain.url());
                    // If the machine is so busy that Redis takes half a second to answer, they went
                    // on without it.
                    let had_redis = |client: &Client| client.state().unwrap().store_failure.is_none();
                    if had_redis(&second) && had_redis(&third) {
                        assert_eq!(adopted, ticket, "step {step}: an older one came back");
                        assert_eq!(sandbox.counts(), (tokens, tickets), "step {step}");
                        proven.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    let proven = proven.into_inner();
    println!("{} rounds, Redis in time for all of {proven}", STEPS * rounds);
    assert!(proven > STEPS * rounds / 2);
}

#[test]
fn killed_at_any_step() {
    at_each_step(Server::kill, |server| {
        // After the flight's last step nothing happened to Redis.
        server.kill();
        server.restart();
    });
}

#[test]
fn stopped_at_any_step() {
    at_each_step(Server::pause, Server::resume);
}

#[test]
fn flushed_at_any_step() {
    at_each_step(|server| server.run(&["FLUSHALL"]), |_| {});
}

#[test]
fn a_slow_redis_costs_time_but_no_second_fetch() {
    let Some(server) = Server::start() else { return };
    let sandbox = Sandbox::start();
    let wire = || Wire::new(server.port, |_| thread::sleep(Duration::from_millis(150)));
    let (one, two) = (wire(), wire());
    thread::scope(|scope| {
        scope.spawn(|| cold(&sandbox, &one.url()));
        scope.spawn(|| cold(&sandbox, &two.url()));
    });
    assert_eq!(sandbox.counts(), (1, 1));
}

/// A caller gets its ticket even if an answer never ends or is never complete.
#[test]
fn a_redis_that_drips_keeps_no_caller_waiting() {
    use std::io::{Read, Write};
    for flood in [false, true] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://127.0.0.1:{}", listener.local_addr().unwrap().port());
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                thread::spawn(move || {
                    let _ = stream.read(&mut [0; 4_096]);
                    let _ = stream.write_all(b"*3\r\n$60000\r\n");
                    let part = if flood { vec![b'x'; 1 << 16] } else { vec![b'x'] };
                    while stream.write_all(&part).is_ok() {
                        thread::sleep(Duration::from_millis(if flood { 0 } else { 400 }));
                    }
                });
            }
        });
        let sandbox = Sandbox::start();
        let (client, ticket) = cold(&sandbox, &url);
        let begun = Instant::now();
        assert_eq!(client.ticket().unwrap(), ticket);
        assert!(begun.elapsed() < Duration::from_secs(1), "the second call: {:?}", begun.elapsed());
        assert_eq!(sandbox.counts(), (1, 1));
        let state = client.state().unwrap();
        let failure = state.store_failure.unwrap();
        assert!(failure.contains("in time") || failure.contains("does not speak"), "{failure}");
        assert_eq!(state.lock.word(), "none");
    }
}

#[test]
fn without_redis_memory_serves_and_cooldowns_hold() {
    let sandbox = Sandbox::start();
    let events = Arc::new(Mutex::new(vec![]));
    let heard = Arc::clone(&events);
    // Port 1 of loopback: refused at once.
    let client = builder(&sandbox.url, "redis://:CANARY@127.0.0.1:1")
        .on_event(move |event| heard.lock().unwrap().push(format!("{event:?}")))
        .build()
        .unwrap();
    for _ in 0..50 {
        client.ticket().unwrap();
    }
    assert_eq!(sandbox.counts(), (1, 1));
    let failure = client.state().unwrap().store_failure.unwrap();
    assert!(failure.contains("reached"), "{failure}");
    // Listeners have a thread of their own.
    let begun = Instant::now();
    let is_heard = || events.lock().unwrap().iter().any(|event| event.starts_with("StoreDegraded"));
    while !is_heard() && begun.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(5));
    }
    let said = format!("{client:?} {:?} {:?}", client.state(), events.lock().unwrap());
    assert!(is_heard() && !said.contains("CANARY"), "{said}");

    let sandbox = Sandbox::start();
    sandbox.errcode("stable_token", 40125);
    let client = builder(&sandbox.url, "redis://127.0.0.1:1").build().unwrap();
    for _ in 0..20 {
        assert_eq!(client.ticket().unwrap_err().code(), Code::CredentialRejected);
    }
    assert_eq!(sandbox.counts(), (1, 0));
}

#[test]
fn foreign_keys_are_left_alone_and_memory_serves() {
    let Some(server) = Server::start() else { return };
    let sandbox = Sandbox::start();
    cold(&sandbox, &server.url());
    let keys: Vec<String> = server.ask(&["KEYS", "*"]);
    for key in &keys {
        server.run(&["DEL", key]);
        server.run(&["RPUSH", key, "theirs"]);
    }
    let wire = Wire::new(server.port, |_| {});
    let (client, _) = cold(&sandbox, &wire.url());
    assert!(client.state().unwrap().store_failure.unwrap().contains("not ours"));
    assert_eq!(sandbox.counts(), (2, 2));
    assert!(keys.iter().all(|key| server.ask::<i64>(&["LLEN", key]) == 1));
}

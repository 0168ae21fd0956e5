//! P10 on a real server: killed, stopped, restarted, slow or locked, it costs a bounded time and a
//! typed error.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::server::{Server, Wire};
use super::*;

/// A server that is stopped costs one step its timeout, and later steps nothing for a while.
#[test]
fn a_stopped_server_costs_a_step_and_then_nothing() {
    let Some(server) = Server::start() else { return };
    let (fresh, used) = (store(&server.url()), store(&server.url()));
    assert_eq!(value(&used), None);
    server.pause();
    for store in [fresh, used] {
        let begun = Instant::now();
        let deadline = Deadline::after(Duration::from_millis(300));
        assert!(why(store.read(deadline, &account(), Kind::Ticket)).contains("in time"));
        assert!(begun.elapsed() < Duration::from_millis(1_500), "{:?}", begun.elapsed());
        assert_eq!(store.lock_mode(), LockMode::None, "no Redis, no lock");
        let begun = Instant::now();
        for _ in 0..1_000 {
            assert!(why(store.try_lock(soon(), &account())).contains("in time"));
        }
        assert_eq!(store.lock_mode(), LockMode::None);
        assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    }
    server.resume();
}

#[test]
fn a_restarted_server_is_used_at_once() {
    let Some(server) = Server::start() else { return };
    let (restarted, down) = (store(&server.url()), store(&server.url()));
    let _ = (value(&restarted), value(&down));
    server.kill();
    assert!(why(down.read(soon(), &account(), Kind::Ticket)).contains("reached"));
    server.restart();
    // Its connection was cut, which it has not noticed yet.
    restarted.write(soon(), &account(), Kind::Ticket, &record("T", 1, &System)).unwrap();
    assert_eq!(value(&restarted).unwrap(), "T");
    assert!(down.read(soon(), &account(), Kind::Ticket).is_err(), "nothing is sent for a while");
}

/// The life of a record must not be counted from the moment at which a stopped server goes on.
#[test]
fn a_write_that_comes_late_lengthens_no_life() {
    let Some(server) = Server::start() else { return };
    let wire = Wire::new(server.port, |n| {
        if n == 2 {
            std::thread::sleep(Duration::from_millis(900));
        }
    });
    let store = store(&wire.url());
    assert_eq!(value(&store), None);
    let written = record("T", 1, &System);
    let deadline = Deadline::after(Duration::from_millis(400));
    assert!(why(store.write(deadline, &account(), Kind::Ticket, &written)).contains("in time"));
    let begun = Instant::now();
    let left = loop {
        let left: i64 = server.ask(&["PTTL", &ticket_key()]);
        if left > 0 || begun.elapsed() > Duration::from_secs(5) {
            break left;
        }
    };
    let kept = LIFE + 86_400_000;
    assert!((kept - 5_000..=kept - 900).contains(&left), "it stays {} ms less", kept - left);
}

/// A lock request that comes late: its sender has given it up, so it must not exclude any other
/// process.
#[test]
fn a_lock_that_is_granted_late_is_not_granted() {
    let Some(server) = Server::start() else { return };
    let passed = Arc::new(AtomicBool::new(false));
    let wire = Wire::new(server.port, {
        let passed = Arc::clone(&passed);
        move |n| {
            if n == 2 {
                std::thread::sleep(Duration::from_millis(1_300));
                passed.store(true, Ordering::SeqCst);
            }
        }
    });
    let late = store(&wire.url());
    assert_eq!(value(&late), None);
    assert!(late.try_lock(Deadline::after(Duration::from_millis(500)), &account()).is_err());
    while !passed.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
    for _ in 0..50 {
        let lock = store(&server.url()).try_lock(soon(), &account()).unwrap();
        assert!(lock.is_some(), "the late lock was granted");
    }
}

#[test]
fn a_lock_whose_answer_got_lost_is_ours() {
    let Some(server) = Server::start() else { return };
    let store = store(&server.url());
    let key = key(&account(), "lock");
    let command = script::lock(&key, "lost", LEASE, None, Duration::from_secs(1));
    assert_eq!(store.connector.run(soon(), &command, integer).unwrap(), 1);
    *lock(&store.lost_owner) = Some("lost".to_owned());
    let lock = store.try_lock(soon(), &account()).unwrap();
    assert!(lock.is_some());
    assert!(store.try_lock(soon(), &account()).unwrap().is_none(), "but only one has it");
}

#[test]
fn a_slow_server_is_waited_for() {
    let Some(server) = Server::start() else { return };
    let wire = Wire::new(server.port, |_| std::thread::sleep(Duration::from_millis(200)));
    let store = store(&wire.url());
    store.write(soon(), &account(), Kind::Ticket, &record("T", 1, &System)).unwrap();
    assert_eq!(value(&store).unwrap(), "T");
    assert!(store.try_lock(soon(), &account()).unwrap().is_some());
}

#[test]
fn a_wrong_password_is_named_but_not_shown() {
    let Some(server) = Server::with(&["--requirepass", "p@ss CANARY"]) else { return };
    let at = |login: &str| store(&format!("redis://{login}127.0.0.1:{}", server.port));
    let right = at(":p%40ss%20CANARY@");
    right.write(soon(), &account(), Kind::Ticket, &record("T", 1, &System)).unwrap();
    assert_eq!(value(&right).unwrap(), "T");
    for (login, word) in [("", "demands"), (":CANARY@", "refuses"), ("CANARY:CANARY@", "re")] {
        let store = at(login);
        for text in
            [why(store.read(soon(), &account(), Kind::Ticket)), why(store.try_lock(soon(), &account()))]
        {
            assert!(text.contains(word) && !text.contains("CANARY"), "{text}");
        }
    }
}

/// The rights that docs/deployment.md names are enough.
#[test]
fn the_documented_rights_are_enough() {
    let Some(server) = Server::start() else { return };
    let info: String = server.ask(&["INFO", "server"]);
    if ["3.", "4.", "5."].iter().any(|old| info.contains(&format!("redis_version:{old}"))) {
        return; // without users
    }
    let text = include_str!("../../../../docs/deployment.md");
    let rights = text.lines().find_map(|line| line.strip_prefix("| rights (ACL) | `")).unwrap();
    let rights: Vec<_> = rights.trim_end_matches("` |").split(' ').collect();
    server.run(&[&["ACL", "SETUSER", "shop", "on", ">secret"], &rights[..]].concat());
    server.run(&["ACL", "SETUSER", "mean", "on", ">secret", "~other:*", "+@all"]);
    let at = |user: &str| store(&format!("redis://{user}:secret@127.0.0.1:{}/1", server.port));
    let shop = at("shop");
    shop.write(soon(), &account(), Kind::Ticket, &record("T", 1, &System)).unwrap();
    assert_eq!(value(&shop).unwrap(), "T");
    let lock = shop.try_lock(soon(), &account()).unwrap();
    assert!(lock.is_some());
    drop(lock);
    assert!(shop.try_lock(soon(), &account()).unwrap().is_some(), "it was released");
    shop.write_failures(soon(), &account(), &Failures::default()).unwrap();
    let error = why(at("mean").read(soon(), &account(), Kind::Ticket));
    assert!(error.contains("does not let this user"), "{error}");
}

/// Even if the system's look-up of the name takes long.
#[test]
fn a_name_that_does_not_resolve_is_an_error() {
    let begun = Instant::now();
    let deadline = Deadline::after(Duration::from_millis(500));
    let error = why(store("redis://redis.wxsign.invalid").read(deadline, &account(), Kind::Ticket));
    assert!(error.contains("redis.wxsign.invalid"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
fn what_answers_without_being_redis_is_an_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(b"HTTP/1.1 400 CANARY\r\n\r\n");
        }
    });
    let text = why(store(&format!("redis://127.0.0.1:{port}")).read(soon(), &account(), Kind::Ticket));
    assert!(!text.contains("CANARY"), "{text}");
    let text = why(store(&format!("rediss://127.0.0.1:{port}")).read(soon(), &account(), Kind::Ticket));
    assert!(text.contains("TLS"), "{text}");
}

//! P2 and P6 on a real server: newer never gives way to older, a lock has one holder, and what is not ours stays.

use super::server::Server;
use super::*;
use crate::deadline::soon;
use crate::soak::size;

#[test]
fn what_is_written_is_read_by_another_process_and_every_key_expires() {
    let Some(server) = Server::start() else { return };
    let (one, two) = (store(&server.url()), store(&server.url()));
    let written = record("T", 1, &System);
    one.write(soon(), &account(), Kind::Ticket, &written).unwrap();
    let read = two.read(soon(), &account(), Kind::Ticket).unwrap().unwrap();
    assert_eq!((read.value.reveal(), read.generation, read.life), ("T", 1, LIFE));
    // On the boot clock: the wall clock's distance to it is only known to the millisecond.
    let end = |record: &Record| record.end() - record.stamp.offset;
    let shorter = end(&written) - end(&read);
    assert!((0..1_000).contains(&shorter), "it ends {shorter} ms earlier");
    assert_eq!(two.read(soon(), &account(), Kind::Token).unwrap(), None);
    let lock = one.try_lock(soon(), &account()).unwrap();
    let keys: Vec<String> = server.ask(&["KEYS", "*"]);
    assert_eq!(keys.len(), 2);
    for key in keys {
        let name = format!("wxsign:{{{}}}:", account().as_str());
        assert!(key.starts_with(&name) && !key.contains("CANARY"), "{key}");
        assert!(server.ask::<i64>(&["PTTL", &key]) > 0, "{key}");
    }
    drop(lock);
}

#[test]
fn a_newer_record_is_never_replaced_by_an_older_one() {
    let Some(server) = Server::start() else { return };
    let store = store(&server.url());
    let write = |value: &str, generation| {
        store.write(soon(), &account(), Kind::Ticket, &record(value, generation, &System)).unwrap();
    };
    write("NEW", 5);
    write("OLD", 4);
    assert_eq!(value(&store).unwrap(), "NEW");
    // Two that know nothing of each other: the later answer is the service's latest.
    write("SAME", 5);
    assert_eq!(value(&store).unwrap(), "SAME");
}

#[test]
fn a_writer_that_overran_its_lease_neither_undoes_nor_unlocks_what_came_after_it() {
    let Some(server) = Server::start() else { return };
    let slow = RedisStore { lease: Duration::from_millis(50), ..store(&server.url()) };
    let quick = store(&server.url());
    for round in 0..size(1, 1_000) as u64 {
        let (old, new) = (2 * round + 1, 2 * round + 2);
        let overrun = slow.try_lock(soon(), &account()).unwrap().expect("the lock is free");
        assert!(quick.try_lock(soon(), &account()).unwrap().is_none());
        std::thread::sleep(Duration::from_millis(60)); // the lease is the subject
        let held = quick.try_lock(soon(), &account()).unwrap().expect("the lease is over");
        quick.write(soon(), &account(), Kind::Ticket, &record("NEW", new, &System)).unwrap();
        slow.write(soon(), &account(), Kind::Ticket, &record("OLD", old, &System)).unwrap();
        assert_eq!(value(&quick).unwrap(), "NEW");
        drop(overrun);
        assert!(slow.try_lock(soon(), &account()).unwrap().is_none(), "the lock is another's");
        drop(held);
        drop(slow.try_lock(soon(), &account()).unwrap().expect("the lock is free again"));
    }
}

#[test]
fn a_lock_has_one_holder_in_all_threads_and_processes() {
    let Some(server) = Server::start() else { return };
    let stores = [store(&server.url()), store(&server.url())];
    let held = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (store, held) = (&stores[n % 2], &held);
            scope.spawn(move || {
                for _ in 0..100 {
                    if let Some(lock) = store.try_lock(soon(), &account()).unwrap() {
                        assert_eq!(held.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        held.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        drop(lock);
                    }
                }
            });
        }
    });
    let other = Account::new(["https://api", "wx2", "stable", "s"]);
    let _held = stores[0].try_lock(soon(), &account()).unwrap().expect("everybody has let go");
    assert!(stores[1].try_lock(soon(), &other).unwrap().is_some(), "accounts do not wait for each other");
}

#[test]
fn a_record_of_a_newer_format_is_left_alone() {
    let Some(server) = Server::start() else { return };
    let store = store(&server.url());
    let newer = r#"{"format":2,"generation":1,"value":"X"}"#;
    let failures = key(&account(), "failures");
    server.tell(&["MSET", &ticket_key(), newer, &failures, newer]);
    assert!(why(store.read(soon(), &account(), Kind::Ticket)).contains("format"));
    assert!(why(store.write(soon(), &account(), Kind::Ticket, &record("T", 9, &System))).contains("format"));
    assert!(store.write_failures(soon(), &account(), &Failures::default()).is_err());
    assert_eq!(server.ask::<Vec<String>>(&["MGET", &ticket_key(), &failures]), [newer, newer]);
}

#[test]
fn damaged_records_read_as_nothing_and_are_replaced() {
    let Some(server) = Server::start() else { return };
    let store = store(&server.url());
    store.write(soon(), &account(), Kind::Ticket, &record("T", 1, &System)).unwrap();
    let whole: String = server.ask(&["GET", &ticket_key()]);
    let half = &whole[..whole.len() / 2];
    let hollow = r#"{"format":1,"generation":99}"#;
    for damaged in ["", "{", "null", "[]", "7", "\u{1}", half, "{\"format\":1}", hollow] {
        server.tell(&["SET", &ticket_key(), damaged, "PX", "100000"]);
        assert_eq!(value(&store), None, "{damaged}");
        store.write(soon(), &account(), Kind::Ticket, &record("T", 1, &System)).unwrap();
        assert_eq!(value(&store).unwrap(), "T", "{damaged}");
    }
    store.write(soon(), &account(), Kind::Ticket, &record("T", 9, &System)).unwrap();
    server.tell(&["PERSIST", &ticket_key()]);
    assert_eq!(value(&store), None, "without an expiry its age is unknown");
    store.write(soon(), &account(), Kind::Ticket, &record("U", 1, &System)).unwrap();
    assert_eq!(value(&store).unwrap(), "U");
}

#[test]
fn something_else_at_our_keys_is_an_error_that_changes_nothing() {
    let Some(server) = Server::start() else { return };
    let store = store(&server.url());
    for what in ["ticket", "failures", "lock"] {
        server.tell(&["RPUSH", &key(&account(), what), "somebody's list"]);
    }
    let text = [
        why(store.read(soon(), &account(), Kind::Ticket)),
        why(store.write(soon(), &account(), Kind::Ticket, &record("T", 1, &System))),
        why(store.read_failures(soon(), &account())),
        why(store.write_failures(soon(), &account(), &Failures::default())),
        why(store.try_lock(soon(), &account())),
    ];
    assert!(text.iter().all(|text| text.contains("not ours")), "{text:?}");
    for what in ["ticket", "failures", "lock"] {
        assert_eq!(server.ask::<i64>(&["LLEN", &key(&account(), what)]), 1);
    }
    let giant = "x".repeat(MAX_LEN + 1);
    server.tell(&["DEL", &ticket_key()]);
    server.tell(&["SET", &ticket_key(), &giant]);
    assert!(why(store.read(soon(), &account(), Kind::Ticket)).contains("64 KiB"));
    assert!(why(store.write(soon(), &account(), Kind::Ticket, &record("T", 1, &System))).contains("64 KiB"));
    server.tell(&["DEL", &ticket_key()]);
    assert!(
        why(store.write(soon(), &account(), Kind::Ticket, &record(&giant, 1, &System))).contains("64 KiB")
    );
}

#[test]
fn attempts_leave_no_key_once_they_are_over() {
    let Some(server) = Server::start() else { return };
    let clock = Manual::at(T0);
    let store = store_of(&server.url(), &clock);
    let refetch = crate::credential::Refetch::default().begin(&*clock).unwrap();
    let failures = Failures { refetch: Some(refetch), ..Failures::default() };
    store.write_failures(soon(), &account(), &failures).unwrap();
    assert!(store.read_failures(soon(), &account()).unwrap().refetch.is_some());
    store.write_failures(soon(), &account(), &Failures::default()).unwrap();
    assert_eq!(server.ask::<i64>(&["DBSIZE"]), 0);
    assert!(store.read_failures(soon(), &account()).unwrap().is_empty());
}

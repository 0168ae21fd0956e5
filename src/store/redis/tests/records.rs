//! P2 and P6 on a real server: an older record never replaces a newer one, a lock has one holder,
//! and keys of other programs stay.

use super::server::Server;
use super::*;
use crate::deadline::soon;
use crate::soak::size;

#[test]
fn a_record_is_shared_and_every_key_expires() {
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
fn a_newer_record_is_never_replaced() {
    let Some(server) = Server::start() else { return };
    let store = store(&server.url());
    let write = |value: &str, generation| {
        store.write(soon(), &account(), Kind::Ticket, &record(value, generation, &System)).unwrap();
    };
    write("NEW", 5);
    write("OLD", 4);
    assert_eq!(value(&store).unwrap(), "NEW");
    // Two writers that do not know each other's records: the later request counts, even if it is
    // written first.
    let early = record("EARLY", 5, &System);
    std::thread::sleep(Duration::from_millis(50)); // the time between the requests
    write("LATE", 5);
    store.write(soon(), &account(), Kind::Ticket, &early).unwrap();
    assert_eq!(value(&store).unwrap(), "LATE");
    std::thread::sleep(Duration::from_millis(50));
    write("LATEST", 5);
    assert_eq!(value(&store).unwrap(), "LATEST");
}

/// A writer that overran its lease does not replace a newer record, and does not release the next
/// holder's lock.
#[test]
fn a_writer_past_its_lease_undoes_nothing() {
    let Some(server) = Server::start() else { return };
    let slow = RedisStore { lease: Duration::from_millis(50), ..store(&server.url()) };
    let quick = store(&server.url());
    for round in 0..size(1, 1_000) as u64 {
        let (old, new) = (2 * round + 1, 2 * round + 2);
        let overrun = slow.try_lock(soon(), &account()).unwrap().expect("the lock is free");
        assert!(quick.try_lock(soon(), &account()).unwrap().is_none());
        std::thread::sleep(Duration::from_millis(60)); // the lease is the subject
        let lock = quick.try_lock(soon(), &account()).unwrap().expect("the lease is over");
        quick.write(soon(), &account(), Kind::Ticket, &record("NEW", new, &System)).unwrap();
        slow.write(soon(), &account(), Kind::Ticket, &record("OLD", old, &System)).unwrap();
        assert_eq!(value(&quick).unwrap(), "NEW");
        drop(overrun);
        assert!(slow.try_lock(soon(), &account()).unwrap().is_none(), "the lock is another's");
        drop(lock);
        drop(slow.try_lock(soon(), &account()).unwrap().expect("the lock is free again"));
    }
}

#[test]
fn a_lock_has_one_holder() {
    let Some(server) = Server::start() else { return };
    let stores = [store(&server.url()), store(&server.url())];
    let holders = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (store, holders) = (&stores[n % 2], &holders);
            scope.spawn(move || {
                for _ in 0..100 {
                    if let Some(lock) = store.try_lock(soon(), &account()).unwrap() {
                        assert_eq!(holders.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        holders.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        drop(lock);
                    }
                }
            });
        }
    });
    let other = Account::new(["https://api", "wx2", "stable", "s"]);
    let _lock = stores[0].try_lock(soon(), &account()).unwrap().expect("all have released it");
    assert!(stores[1].try_lock(soon(), &other).unwrap().is_some(), "accounts do not wait for each other");
}

#[test]
fn a_record_of_a_newer_format_is_left_alone() {
    let Some(server) = Server::start() else { return };
    let store = store(&server.url());
    let newer = r#"{"format":3,"generation":1,"value":"X"}"#;
    let failures = key(&account(), "failures");
    server.run(&["MSET", &ticket_key(), newer, &failures, newer]);
    assert!(why(store.read(soon(), &account(), Kind::Ticket)).contains("format"));
    assert!(why(store.write(soon(), &account(), Kind::Ticket, &record("T", 9, &System))).contains("format"));
    assert!(store.write_failures(soon(), &account(), &Failures::default()).is_err());
    assert_eq!(server.ask::<Vec<String>>(&["MGET", &ticket_key(), &failures]), [newer, newer]);
}

#[test]
fn damaged_records_are_reported_and_replaced() {
    let Some(server) = Server::start() else { return };
    let store = store(&server.url());
    store.write(soon(), &account(), Kind::Ticket, &record("T", 1, &System)).unwrap();
    let whole: String = server.ask(&["GET", &ticket_key()]);
    let half = &whole[..whole.len() / 2];
    let hollow = r#"{"format":2,"generation":99}"#;
    let old = whole.replace("\"format\":2", "\"format\":1");
    let endless = whole.replace("\"generation\":1", "\"generation\":1e308");
    assert!(old != whole && endless != whole);
    for damaged in ["{", "null", "[]", "7", "\u{1}", half, "{\"format\":2}", hollow, &old, &endless] {
        server.run(&["SET", &ticket_key(), damaged, "PX", "100000"]);
        let error = store.read(soon(), &account(), Kind::Ticket).unwrap_err();
        assert!(error.message().contains("damaged") && error.concerns_one_record(), "{damaged}: {error}");
        store.write(soon(), &account(), Kind::Ticket, &record("T", 1, &System)).unwrap();
        assert_eq!(value(&store).unwrap(), "T", "{damaged}");
    }
    store.write(soon(), &account(), Kind::Ticket, &record("T", 9, &System)).unwrap();
    server.run(&["PERSIST", &ticket_key()]);
    assert!(why(store.read(soon(), &account(), Kind::Ticket)).contains("damaged"), "its age is unknown");
    store.write(soon(), &account(), Kind::Ticket, &record("U", 1, &System)).unwrap();
    assert_eq!(value(&store).unwrap(), "U");
}

/// Values from Redis pass the same checks as values from WeChat.
#[test]
fn impossible_values_and_times_are_refused() {
    let Some(server) = Server::start() else { return };
    let store = store(&server.url());
    store.write(soon(), &account(), Kind::Ticket, &record("TICKET", 1, &System)).unwrap();
    let whole: serde_json::Value =
        serde_json::from_str(&server.ask::<String>(&["GET", &ticket_key()])).unwrap();
    for (name, bad) in [
        ("value", serde_json::json!("a\u{0}b")),
        ("value", serde_json::json!("a\r\nSet-Cookie: x")),
        ("value", serde_json::json!("x".repeat(60_000))),
        ("value", serde_json::json!("\u{1b}[31m")),
        ("value", serde_json::json!(7)),
        ("life", serde_json::json!(-1)),
        ("life", serde_json::json!(1e300)),
        ("generation", serde_json::json!(1e308)),
        ("generation", serde_json::json!(-1)),
        ("generation", serde_json::json!(99.5)),
        ("generation", serde_json::json!("0x63")),
        ("generation", serde_json::json!(true)),
        ("fetched_at", serde_json::json!(null)),
        ("offset", serde_json::json!("x")),
        ("age_known", serde_json::json!("yes")),
        ("boot_id", serde_json::json!(7)),
        ("written", serde_json::json!([])),
    ] {
        let mut spoiled = whole.clone();
        // It would be newer than what is written.
        spoiled["generation"] = serde_json::json!(99);
        spoiled[name] = bad.clone();
        server.run(&["SET", &ticket_key(), &spoiled.to_string(), "PX", "100000"]);
        let error = why(store.read(soon(), &account(), Kind::Ticket));
        assert!(error.contains("damaged"), "{name} {bad}: {error}");
        store.write(soon(), &account(), Kind::Ticket, &record("T", 1, &System)).unwrap();
        assert_eq!(value(&store).unwrap(), "T", "{name}");
    }
}

/// A record whose numbers went through another program is one, and is still the newer one.
#[test]
fn numbers_count_in_any_spelling() {
    let Some(server) = Server::start() else { return };
    let store = store(&server.url());
    store.write(soon(), &account(), Kind::Ticket, &record("NEW", 7, &System)).unwrap();
    let whole: String = server.ask(&["GET", &ticket_key()]);
    for spelled in ["7.0", "\"7\"", "\" 7.0 \"", "0.7e1"] {
        let spelled = whole.replace("\"generation\":7", &format!("\"generation\":{spelled}"));
        let spelled = spelled.replace("\"format\":2", "\"format\":\"2\"");
        server.run(&["SET", &ticket_key(), &spelled, "PX", "100000"]);
        assert_eq!(value(&store).unwrap(), "NEW", "{spelled}");
        store.write(soon(), &account(), Kind::Ticket, &record("OLD", 6, &System)).unwrap();
        assert_eq!(value(&store).unwrap(), "NEW", "{spelled}");
    }
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let Some(server) = Server::start() else { return };
    let store = store(&server.url());
    for what in ["ticket", "failures", "lock"] {
        server.run(&["RPUSH", &key(&account(), what), "a foreign list"]);
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
    let giant = "x".repeat(MAX_RECORD + 1);
    server.run(&["DEL", &ticket_key()]);
    server.run(&["SET", &ticket_key(), &giant]);
    assert!(why(store.read(soon(), &account(), Kind::Ticket)).contains("64 KiB"));
    assert!(why(store.write(soon(), &account(), Kind::Ticket, &record("T", 1, &System))).contains("64 KiB"));
    server.run(&["SET", &ticket_key(), &"x".repeat(1 << 20)]);
    assert!(why(store.read(soon(), &account(), Kind::Ticket)).contains("64 KiB"));
    server.run(&["DEL", &ticket_key()]);
    assert!(
        why(store.write(soon(), &account(), Kind::Ticket, &record(&giant, 1, &System))).contains("64 KiB")
    );
}

#[test]
fn no_failures_leave_no_key() {
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

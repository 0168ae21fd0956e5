//! P7 and P10 at construction: every form of address that is taken, and no word of one that is refused.

use super::super::address::client;
use super::*;
use crate::error::Code;

#[test]
fn every_usual_form_is_taken() {
    for (url, address, user, password, database) in [
        ("redis://h", "h:6379", None, None, 0),
        ("redis://127.0.0.1:7000/", "127.0.0.1:7000", None, None, 0),
        ("redis://:p@h/3", "h:6379", None, Some("p"), 3),
        ("redis://u:p%40%3a%E4%BD%A0@h:1/15", "h:1", Some("u"), Some("p@:你"), 15),
        ("redis://u:a@b@h", "h:6379", Some("u"), Some("a@b"), 0),
        ("redis://u:a:b@my-redis_1.internal", "my-redis_1.internal:6379", Some("u"), Some("a:b"), 0),
        ("rediss://u@[::1]:6380", "::1:6380", Some("u"), None, 0),
    ] {
        let client = client(url, None).unwrap();
        let info = client.get_connection_info();
        let settings = info.redis_settings();
        assert_eq!(info.addr().to_string(), address, "{url}");
        assert_eq!((settings.username(), settings.password(), settings.db()), (user, password, database));
        let tls = matches!(info.addr(), redis::ConnectionAddr::TcpTls { insecure: false, .. });
        assert_eq!(tls, url.starts_with("rediss"));
    }
}

#[test]
fn every_other_form_is_an_invalid_argument_that_repeats_nothing() {
    for url in [
        "",
        "redis",
        "redis:",
        "redis://",
        "redis:///0",
        "redis://CANARY@",
        "http://CANARY:CANARY@h",
        "REDIS://CANARY",
        "redis://CANARY:0",
        "redis://CANARY:65536",
        "redis://CANARY:x",
        "redis://h/CANARY",
        "redis://h/-1",
        "redis://h/+1",
        "redis://h/1/2",
        "rediss://CANARY/#insecure",
        "redis://h?protocol=CANARY",
        "redis://CANARY h",
        "redis://CANARY\n",
        "redis://CANARY\\h",
        "redis://:%4@h",
        "redis://:%zz@h",
        "redis://:%ff@h",
        "redis://[CANARY]",
        "redis://[::1",
        "redis://[::1]6379",
        "redis://长.CANARY",
        "unix:///CANARY",
    ] {
        let error = RedisStore::new(url, None).err().unwrap_or_else(|| panic!("{url} was taken"));
        assert_eq!(error.code(), Code::InvalidArgument, "{url}");
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error:?}");
    }
    assert!(RedisStore::new(&format!("redis://{}", "h".repeat(2_048)), None).is_err());
}

#[test]
fn the_name_of_the_store_tells_addresses_apart_and_none_of_them() {
    let id = |url: &str| store(url).id();
    let ids = [id("redis://:CANARY@h"), id("redis://:CANARX@h"), id("redis://h"), id("redis://h/1")];
    for (n, id) in ids.iter().enumerate() {
        assert!(id.starts_with("redis:") && !id.contains("CANAR"), "{id}");
        assert!(!ids[n + 1..].contains(id));
    }
}

#[test]
fn a_certificate_file_is_checked_at_once_and_for_tls_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ca.pem");
    std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(RedisStore::new("redis://h", Some(&file)).is_ok());
    for path in [&file, &dir.path().join("missing")] {
        let error = RedisStore::new("rediss://h", Some(path)).err().unwrap();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(!error.to_string().contains(dir.path().to_str().unwrap()));
    }
}

//! P7 and P10 at construction: every form of address that works is taken; of any other no secret is
//! repeated.

use super::*;
use crate::error::Code;

#[test]
fn every_usual_form_is_taken() {
    for (url, name, user, password, database) in [
        ("redis://h", "h:6379", None, None, 0),
        ("redis://127.0.0.1:7000/", "127.0.0.1:7000", None, None, 0),
        ("redis://:p@h/3", "h:6379", None, Some("p"), 3),
        ("redis://u:p%40%3a%E4%BD%A0@h:1/15", "h:1", Some("u"), Some("p@:你"), 15),
        ("redis://u:a@b@h", "h:6379", Some("u"), Some("a@b"), 0),
        ("redis://u:a:b@my-redis_1.internal", "my-redis_1.internal:6379", Some("u"), Some("a:b"), 0),
        ("rediss://u@[::1]:6380", "[::1]:6380", Some("u"), None, 0),
    ] {
        let server = RedisServer::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        let text = |text: &Option<Zeroizing<String>>| text.as_ref().map(|text| text.to_string());
        assert_eq!(server.name(), name, "{url}");
        assert_eq!((text(&server.user).as_deref(), text(&server.password).as_deref()), (user, password));
        assert_eq!((server.database, server.is_tls), (database, url.starts_with("rediss")));
    }
}

/// The error names the fault, and repeats no part that may be a password.
#[test]
fn every_other_form_is_refused_by_name() {
    for (url, why) in [
        ("", "begins neither with redis://"),
        ("redis", "begins neither with redis://"),
        ("redis:", "no //"),
        ("redis:CANARY:6379", "no //"),
        ("rediss:/CANARY", "no //"),
        ("redis://", "has no host"),
        ("redis:///0", "has no host"),
        ("redis://CANARY@", "has no host"),
        ("http://CANARY:CANARY@h", "begins neither"),
        ("REDIS://CANARY", "begins neither"),
        ("redis://h:0", "a port that is not a number from 1 to 65535"),
        ("redis://h:65536", "a port that is not a number from 1 to 65535"),
        ("redis://h:x", "a port that is not a number from 1 to 65535"),
        ("redis://user:CANARY", "a port that is not a number from 1 to 65535"),
        ("redis://h/CANARY", "a database that is not a number"),
        ("redis://h/-1", "a database that is not a number"),
        ("redis://h/+1", "a database that is not a number"),
        ("redis://h/1/2", "a database that is not a number"),
        ("redis://h/99999999999", "a database that is not a number"),
        ("rediss://h/#insecure", "a fragment"),
        ("redis://h?protocol=CANARY", "the parameter protocol"),
        ("redis://h/0?db=1&x=2", "the parameter db"),
        ("redis://h?CANARY!=1", "parameters (?)"),
        ("redis://:CAN?ARY@h", "a ? in its user or password: write %3F"),
        ("redis://:CAN#ARY@h", "a # in its user or password: write %23"),
        ("redis://:CAN/ARY@h", "a / in its user or password: write %2F"),
        ("redis://CANARY h", "a space"),
        ("redis://CANARY\n", "a control character"),
        ("redis://CANARY\\h", "a backslash"),
        ("redis://:%4@h", "without two hexadecimal digits"),
        ("redis://:CANARY%zz@h", "without two hexadecimal digits"),
        ("redis://:%ff@h", "not UTF-8"),
        ("redis://[CANARY]", "IPv6"),
        ("redis://[::1", "IPv6"),
        ("redis://[::1]6379", "between its host and its port"),
        ("redis://长.example", "xn--"),
        ("unix:///CANARY", "begins neither"),
    ] {
        let error = RedisStore::new(url, Roots::new(None, None)).err();
        let error = error.unwrap_or_else(|| panic!("{url} was taken"));
        assert_eq!(error.code(), Code::InvalidArgument, "{url}");
        assert!(
            error.message().contains(why) && error.message().starts_with("Store::Redis"),
            "{url}: {error}"
        );
        assert!(!format!("{error} {error:?}").contains("CAN"), "{error:?}");
    }
    let long = format!("redis://{}", "h".repeat(2_048));
    assert!(RedisStore::new(&long, Roots::new(None, None)).is_err());
}

/// Clients with different passwords share nothing, and the name reveals no password.
#[test]
fn the_id_distinguishes_addresses() {
    let id = |url: &str| store(url).id();
    let ids = [id("redis://:CANARY@h"), id("redis://:CANARX@h"), id("redis://h"), id("redis://h/1")];
    for (n, id) in ids.iter().enumerate() {
        assert!(id.starts_with("redis:") && !id.contains("CANAR"), "{id}");
        assert!(!ids[n + 1..].contains(id));
    }
}

//! P10 and P12 against servers that are not Redis, or no honest one: each step ends at its deadline
//! with a typed error, reads a bounded number of bytes, and repeats none of them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::*;

/// An answer to a read: no record.
const NO_RECORD: &[u8] = b"*3\r\n$0\r\n\r\n:-2\r\n:1700000000000\r\n";
/// How long a step of these tests may take.
const STEP: Duration = Duration::from_millis(300);
/// How late a busy machine may be; the servers here go on for much longer.
const SLACK: Duration = Duration::from_millis(1_500);

/// A server that answers each connection by `answer`; its port.
fn serve(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || answer(stream));
        }
    });
    port
}

/// Reads a command with a single read; false at the end.
fn heard(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut vec![0; 1 << 16]), Ok(1..))
}

/// Sends `bytes` one after the other, for longer than a step has.
fn drip(stream: &mut TcpStream, bytes: impl Iterator<Item = u8>) {
    for byte in bytes {
        if stream.write_all(&[byte]).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The error of a read, which comes in time.
fn read_error(store: &RedisStore) -> String {
    let begun = Instant::now();
    let error = why(store.read(Deadline::after(STEP), &account(), Kind::Ticket));
    assert!(begun.elapsed() < STEP + SLACK, "{:?}: {error}", begun.elapsed());
    error
}

/// A server that sends one byte at a time: in the TLS handshake, the login, the choice of a
/// database, an answer.
#[test]
fn a_dripping_server_is_left_at_the_deadline() {
    let endless = || b"+".iter().copied().chain(std::iter::repeat(b'O'));
    let silent = serve(|mut stream| while heard(&mut stream) {});
    let login = serve(move |mut stream| {
        heard(&mut stream);
        drip(&mut stream, endless());
    });
    let select = serve(move |mut stream| {
        heard(&mut stream);
        let _ = stream.write_all(b"+OK\r\n");
        heard(&mut stream);
        drip(&mut stream, endless());
    });
    let answer = serve(|mut stream| {
        heard(&mut stream);
        let _ = stream.write_all(b"*3\r\n$60000\r\n");
        drip(&mut stream, std::iter::repeat(b'x'));
    });
    let handshake = serve(|mut stream| {
        heard(&mut stream);
        // A record of TLS with room for 16 KiB.
        drip(&mut stream, [0x16, 3, 3, 0x40, 0].into_iter().chain(std::iter::repeat(0)));
    });
    let roots = Roots::new(None, None);
    // Loading them takes its time in a build for tests.
    roots.trust().unwrap();
    for url in [
        format!("redis://127.0.0.1:{silent}"),
        format!("redis://:p@127.0.0.1:{silent}/1"),
        format!("redis://:p@127.0.0.1:{login}"),
        format!("redis://:p@127.0.0.1:{select}/1"),
        format!("redis://127.0.0.1:{answer}"),
        format!("rediss://127.0.0.1:{silent}"),
        format!("rediss://127.0.0.1:{handshake}"),
    ] {
        let error = read_error(&RedisStore::new(&url, Arc::clone(&roots)).unwrap());
        assert!(error.contains("did not answer in time"), "{url}: {error}");
    }
}

#[test]
fn no_wrong_answer_is_believed() {
    let nested = b"*3\r\n".repeat(1_000);
    let long_line = [b"-", b"x".repeat(100_000).as_slice()].concat();
    for answer in [
        &b"$70000\r\n"[..],
        b"$99999999999999999999\r\n",
        b"$-5\r\n",
        b"$5\r\nab",
        b"$2\r\nabcd",
        b"*-7\r\n",
        b"*1000000000\r\n",
        b"*9223372036854775807\r\n",
        &nested,
        b"*3\r\n*3\r\n*3\r\n:1\r\n",
        b":CANARY\r\n",
        b":1e308\r\n",
        b":+1\r\n",
        b":\r\n",
        b":1\n",
        b":1\r\n",
        b"+OK\r\n",
        b"$-1\r\n",
        b"*-1\r\n",
        b"*0\r\n",
        b"*3\r\n$1\r\na\r\n:1\r\n+CANARY\r\n",
        b"*3\r\n:1\r\n:1\r\n:1\r\n",
        b"*2\r\n$0\r\n\r\n:-2\r\n",
        b"%1\r\n+a\r\n+b\r\n",
        b"\x1b[31mCANARY\r\n",
        b"HTTP/1.1 400 CANARY\r\n\r\n",
        b"\r\n",
        b"\0\0\0\0",
        b"-CANARY \x1b[31m\r\n",
        &long_line,
        &[NO_RECORD, b":1\r\n"].concat(),
        b"",
    ] {
        let answer = answer.to_vec();
        let shown = String::from_utf8_lossy(&answer).chars().take(40).collect::<String>();
        let port = serve(move |mut stream| {
            heard(&mut stream);
            let _ = stream.write_all(&answer);
        });
        let error = read_error(&store(&format!("redis://127.0.0.1:{port}")));
        let known =
            ["does not speak", "larger than 64 KiB", "closed the connection", "answers with an error"];
        assert!(known.iter().any(|known| error.contains(known)), "{shown:?}: {error}");
        assert!(!error.contains("CANARY") && !error.contains('\u{1b}'), "{error}");
    }
}

/// A server that sends without end: only a bounded part is read.
#[test]
fn an_endless_answer_takes_little_memory() {
    for begin in [&b"$65000\r\n"[..], b"$70000\r\n", b"+", b"*8\r\n", b"", b":1\r\n"] {
        let sent = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&sent);
        let port = serve(move |mut stream| {
            heard(&mut stream);
            let _ = stream.write_all(begin);
            while stream.write_all(&vec![b'x'; 65_536]).is_ok() {
                count.fetch_add(65_536, Ordering::SeqCst);
            }
        });
        read_error(&store(&format!("redis://127.0.0.1:{port}")));
        std::thread::sleep(Duration::from_millis(20));
        // What the kernel holds for a connection, and not a byte more once it is closed.
        let sent = sent.load(Ordering::SeqCst);
        assert!(sent < 16 << 20, "{begin:?}: {sent} bytes");
    }
}

/// An answer that comes after its command was given up, or that was not asked for, is no answer to
/// the next command.
#[test]
fn a_stray_answer_grants_no_lock() {
    let port = serve(|mut stream| {
        let mut first = true;
        while heard(&mut stream) {
            // The lock's script is refused; and a granted lock follows unasked.
            let _ = stream.write_all(if first { NO_RECORD } else { b":0\r\n" });
            std::thread::sleep(Duration::from_millis(10));
            let _ = stream.write_all(b":1\r\n");
            first = false;
        }
    });
    for _ in 0..5 {
        let stray = store(&format!("redis://127.0.0.1:{port}"));
        assert_eq!(value(&stray), None);
        std::thread::sleep(Duration::from_millis(30));
        let lock = stray.try_lock(Deadline::after(STEP), &account());
        assert!(!matches!(lock, Ok(Some(_))), "a stray answer was taken");
    }
    let late = serve(|mut stream| {
        while heard(&mut stream) {
            std::thread::sleep(2 * SLACK);
            let _ = stream.write_all(b":1\r\n");
        }
    });
    let store = store(&format!("redis://127.0.0.1:{late}"));
    for _ in 0..2 {
        let begun = Instant::now();
        assert!(store.try_lock(Deadline::after(Duration::from_millis(100)), &account()).is_err());
        assert!(begun.elapsed() < SLACK, "{:?}", begun.elapsed());
    }
}

/// What one of these hints advises would not help with the others.
#[test]
fn each_error_of_a_server_has_its_next_step() {
    for (answer, step) in [
        ("MOVED 3999 10.0.0.1:6381", "cluster"),
        ("ASK 3999 10.0.0.1:6381", "cluster"),
        ("CLUSTERDOWN The cluster is down", "cluster"),
        ("READONLY You can't write against a read only replica.", "primary"),
        ("MASTERDOWN Link with MASTER is down", "primary"),
        ("BUSY Redis is busy running a script.", "SCRIPT KILL"),
        ("LOADING Redis is loading the dataset in memory", "Wait"),
        ("TRYAGAIN Multiple keys request during rehashing of slot", "Wait"),
        ("MISCONF Redis is configured to save RDB snapshots", "disk"),
        ("NOREPLICAS Not enough good replicas to write.", "min-replicas-to-write"),
        ("DENIED Redis is running in protected mode", "requirepass"),
        ("ERR max number of clients reached", "maxclients"),
        ("ERR unknown command 'EVAL'", "EVAL"),
        ("NOSCRIPT No matching script. Please use EVAL.", "EVAL"),
    ] {
        let port = serve(move |mut stream| {
            while heard(&mut stream) {
                let _ = stream.write_all(format!("-{answer}\r\n").as_bytes());
            }
        });
        let error = store(&format!("redis://127.0.0.1:{port}"))
            .try_lock(Deadline::after(STEP), &account())
            .err()
            .unwrap();
        assert!(error.hint().contains(step), "{answer}: {error}");
    }
}

/// Each error that a Redis may answer with is named in our words, with a next step, and the
/// server's are not repeated.
#[test]
fn every_error_of_a_server_is_named() {
    for (answer, words) in [
        ("NOAUTH Authentication required.", "demands a password"),
        ("WRONGPASS invalid username-password pair", "refuses the user or the password"),
        ("ERR invalid password", "refuses the user or the password"),
        ("ERR wrong number of arguments for 'auth' command", "older than 6.0"),
        ("ERR AUTH <password> called without any password configured", "has no password"),
        ("ERR Client sent AUTH, but no password is set", "has no password"),
        ("DENIED Redis is running in protected mode", "protected mode"),
        ("ERR unknown command 'EVAL'", "a command that wxsign needs"),
        ("NOPERM this user has no permissions", "does not let this user"),
        ("READONLY You can't write against a read only replica.", "is a replica"),
        ("MOVED 3999 10.0.0.1:6381", "node of a cluster"),
        ("CLUSTERDOWN The cluster is down", "node of a cluster"),
        ("OOM command not allowed when used memory > 'maxmemory'", "out of memory"),
        ("LOADING Redis is loading the dataset in memory", "not ready yet"),
        ("MISCONF Redis is configured to save RDB snapshots", "takes no writes"),
        ("ERR max number of clients reached", "too many clients"),
        ("ERR DB index is out of range", "does not have the database"),
        (
            "ERR Error running script: Write commands not allowed after non deterministic commands",
            "older than 3.2",
        ),
        ("ERR Error running script: @user_script:3: WRONGTYPE Operation against", "not ours"),
        ("NOPERM ACL failure in script: User shop has no permissions", "does not let this user"),
        ("ERR ACL failure in script: User shop has no permissions", "does not let this user"),
        ("ERR Unknown Redis command called from script", "a command that wxsign needs"),
        ("MASTERDOWN Link with MASTER is down", "lost its primary"),
        ("ASK 3999 10.0.0.1:6381", "node of a cluster"),
        ("CROSSSLOT Keys in request don't hash to the same slot", "node of a cluster"),
        ("ERR SELECT is not allowed in cluster mode", "node of a cluster"),
        ("TRYAGAIN Multiple keys request during rehashing of slot", "moves keys"),
        ("BUSY Redis is busy running a script.", "busy with another program's script"),
        ("ERR Error running script: BUSY Redis is busy running a script.", "busy with another"),
        ("NOREPLICAS Not enough good replicas to write.", "too few replicas"),
        ("NOSCRIPT No matching script. Please use EVAL.", "does not run scripts as Redis does"),
        ("EXECABORT Transaction discarded because of previous errors.", "does not run scripts"),
        ("BUSYKEY Target key name already exists.", "answers with an error"),
        ("ERR the TASKOOM failed", "answers with an error"),
        ("CANARY something", "answers with an error"),
    ] {
        let port = serve(move |mut stream| {
            while heard(&mut stream) {
                let _ = stream.write_all(format!("-{answer} CANARY\r\n").as_bytes());
            }
        });
        let store = store(&format!("redis://127.0.0.1:{port}"));
        let error = why(store.try_lock(Deadline::after(STEP), &account()));
        assert!(error.contains(words) && !error.contains("CANARY"), "{answer}: {error}");
        assert_eq!(store.lock_mode(), LockMode::None, "{answer}");
    }
}

//! The messages and hints for failures of Redis. The server's own text is never repeated, because
//! it may hold anything.

use std::io::{self, ErrorKind};

use super::resp::Malformed;
use super::url::RedisServer;
use crate::error::{Error, Reason};
use crate::roots::Trust;
use crate::store::StoreError;
use crate::store::error::{Hint, cause};

const REACH: Hint = (
    "Check that Redis runs there, and the address in store, the firewall and the network between.",
    "请确认该处的 Redis 正在运行，并检查 store 中的地址、防火墙与网络。",
);
const LOGIN: Hint = (
    "Correct the user and the password in the address: redis://user:password@host. Write %40 for @ in them.",
    "请修正地址中的用户名与密码：redis://user:password@host；其中的 @ 写作 %40。",
);
const ADDRESS: Hint = (
    "Check the host, the port and the scheme in store: redis:// without TLS, rediss:// with it.",
    "请检查 store 中的主机、端口与协议：redis:// 不加密，rediss:// 使用 TLS。",
);
const RIGHTS: Hint = (
    "Let this user run EVAL, GETRANGE, GET, SET, DEL, PTTL and TIME on keys that begin with wxsign: (ACL SETUSER).",
    "请授权该用户对 wxsign: 开头的键执行 EVAL、GETRANGE、GET、SET、DEL、PTTL 与 TIME（ACL SETUSER）。",
);
const PRIMARY: Hint = (
    "Name the primary in store: Sentinel is not followed.",
    "请在 store 中填写主节点的地址；wxsign 不跟随 Sentinel 的切换。",
);
const CLUSTER: Hint = (
    "Name a Redis that is no cluster, or a proxy before the cluster: wxsign follows no redirect to another node.",
    "请在 store 中填写非集群的 Redis，或集群前的代理；wxsign 不跟随到其他节点的跳转。",
);
const WAIT: Hint = (
    "Wait: wxsign uses Redis again by itself as soon as this has ended.",
    "请等待：结束后 wxsign 会自动恢复使用 Redis。",
);
const MEMORY: Hint = (
    "Give Redis more memory, or let it evict keys (maxmemory-policy).",
    "请为 Redis 增加内存，或设置淘汰策略（maxmemory-policy）。",
);
const SAVING: Hint = (
    "Free the disk of Redis, or correct its rights there: the log of Redis names the fault.",
    "请清理 Redis 所在的磁盘或修正其写入权限；原因见 Redis 的日志。",
);
const REPLICAS: Hint = (
    "Start the missing replicas, or lower min-replicas-to-write.",
    "请恢复缺少的从节点，或调低 min-replicas-to-write。",
);
const SCRIPT: Hint = (
    "Look for the program whose script runs on, and end the script with SCRIPT KILL.",
    "请找出脚本一直在运行的程序，并用 SCRIPT KILL 结束该脚本。",
);
const PROTECTED: Hint = (
    "Give Redis a password (requirepass), and write it into store.",
    "请为 Redis 设置密码（requirepass），并写入 store。",
);
const CLIENTS: Hint =
    ("Raise maxclients of Redis, or close idle clients.", "请调高 Redis 的 maxclients，或关闭闲置的客户端。");
const EVAL: Hint = (
    "Use Redis 3.2 or later, and let it and each proxy before it run EVAL.",
    "请使用 Redis 3.2 或更高版本，并确认它以及它前面的代理允许执行 EVAL。",
);
const KEYS: Hint = (
    "Give wxsign a separate database or Redis, or remove the key.",
    "请为 wxsign 使用单独的数据库或 Redis，或删除该键。",
);
const SERVER_LOG: Hint = ("Look into the log of Redis.", "请查看 Redis 的日志。");
const AUTHORITY: Hint =
    ("Name the authority of its certificate with caFile.", "请用 caFile 指定签发其证书的 CA。");
const DATES: Hint = (
    "Compare the dates with this machine's clock: set the clock, or renew the certificate of Redis.",
    "请把证书日期与本机时间对照：校准本机时间，或更换 Redis 的证书。",
);
const NAME: Hint = (
    "Write the host of Redis in store as its certificate names it.",
    "请在 store 中填写与 Redis 证书一致的主机名。",
);
const NO_CLIENT_CERTIFICATE: Hint = (
    "Let Redis ask for none (tls-auth-clients no): wxsign has no client certificate.",
    "请让 Redis 不要求客户端证书（tls-auth-clients no）；wxsign 没有客户端证书。",
);
const ITS_CERTIFICATE: Hint = ("Give Redis another certificate.", "请更换 Redis 的证书。");

/// Why an exchange with Redis has no answer that can be used.
#[derive(Debug)]
pub(super) enum ExchangeError {
    /// The connection could not be made, or it broke.
    Io(io::Error),
    Malformed(Malformed),
    /// Redis answered with an error; the connection is good.
    Refused(String),
}

impl From<io::Error> for ExchangeError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl ExchangeError {
    /// Whether the connection can be used for the next command.
    pub(super) fn leaves_connection(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Whether the other side has closed a connection that was kept.
    pub(super) fn is_closed(&self) -> bool {
        use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
        let closed = [BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof];
        matches!(self, Self::Io(error) if closed.contains(&error.kind()))
    }

    /// For the caller.
    pub(super) fn of(self, server: &RedisServer, trust: Option<&Trust>) -> StoreError {
        let name = server.name();
        match self {
            Self::Refused(text) => refused(&name, &text),
            Self::Malformed(Malformed::TooLarge) => too_large(&name),
            Self::Malformed(Malformed::NotRedis) => {
                StoreError::new(format!("what answers at {name} does not speak as Redis does"))
                    .with_hint(ADDRESS)
            }
            Self::Io(error) => broken(server, trust, &error),
        }
    }
}

/// The host could not be looked up.
pub(super) fn unresolved(error: &Error) -> StoreError {
    StoreError::new(format!("Redis cannot be reached: {}", error.raw_message())).with_hint(REACH)
}

/// TLS has no roots to check the server by.
pub(super) fn no_roots(server: &RedisServer, error: &Error) -> StoreError {
    let why = error.raw_message().replace('`', "");
    StoreError::new(format!("no TLS connection to Redis at {}: {why}", server.name())).with_hint(AUTHORITY)
}

fn too_large(name: &str) -> StoreError {
    StoreError::new(format!("the answer of Redis at {name} is larger than 64 KiB")).with_hint(ADDRESS)
}

fn broken(server: &RedisServer, trust: Option<&Trust>, error: &io::Error) -> StoreError {
    let name = server.name();
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        let (reason, why) = match trust {
            Some(trust) => {
                let error = trust.explain(&server.host, tls);
                (error.raw_reason(), error.raw_message().replace('`', ""))
            }
            None => (None, "TLS failed".to_owned()),
        };
        return StoreError::new(format!("no TLS connection to Redis at {name}: {why}"))
            .with_hint(tls_hint(reason));
    }
    match error.kind() {
        ErrorKind::TimedOut => {
            StoreError::new(format!("Redis at {name} did not answer in time")).with_hint(REACH)
        }
        ErrorKind::FileTooLarge => too_large(&name),
        // rustls has no room for the rest of a message.
        ErrorKind::InvalidData => {
            StoreError::new(format!("the TLS connection to Redis at {name} broke")).with_hint(ADDRESS)
        }
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            StoreError::new(format!("Redis at {name} closed the connection")).with_hint(SERVER_LOG)
        }
        _ => {
            StoreError::new(format!("Redis at {name} cannot be reached: {}", cause(error).0)).with_hint(REACH)
        }
    }
}

fn tls_hint(reason: Option<Reason>) -> Hint {
    match reason {
        Some(Reason::CertificateUntrusted | Reason::NoRoots) => AUTHORITY,
        Some(Reason::CertificateExpired | Reason::CertificateNotYetValid) => DATES,
        Some(Reason::CertificateWrongName | Reason::TlsUnknownName) => NAME,
        Some(Reason::TlsClientCertificate) => NO_CLIENT_CERTIFICATE,
        Some(Reason::CertificateInvalid) => ITS_CERTIFICATE,
        _ => ADDRESS,
    }
}

/// The words for an error of Redis, which begins with a word for its kind. In an error of a script
/// it comes later in the text.
fn refused(name: &str, text: &str) -> StoreError {
    const KNOWN: [(&str, &str, Hint); 30] = [
        ("NOAUTH", "demands a password", LOGIN),
        ("WRONGPASS", "refuses the user or the password", LOGIN),
        ("invalid password", "refuses the user or the password", LOGIN),
        ("AUTH <password> called without", "has no password, and store gives one", LOGIN),
        ("no password is set", "has no password, and store gives one", LOGIN),
        ("wrong number of arguments for 'auth'", "has no users, for it is older than 6.0", LOGIN),
        ("DENIED", "takes connections from its own machine only (protected mode)", PROTECTED),
        ("non deterministic commands", "is older than 3.2, the oldest that wxsign works with", EVAL),
        ("unknown command", "does not have a command that wxsign needs", EVAL),
        ("Unknown Redis command", "does not have a command that wxsign needs", EVAL),
        // wxsign sends neither EVALSHA nor MULTI, so something between has changed its commands.
        ("NOSCRIPT", "does not run scripts as Redis does", EVAL),
        ("EXECABORT", "does not run scripts as Redis does", EVAL),
        ("NOPERM", "does not let this user do what wxsign needs", RIGHTS),
        ("ACL failure", "does not let this user do what wxsign needs", RIGHTS),
        ("WRONGTYPE", "has a key at wxsign's name that is not ours", KEYS),
        ("READONLY", "is a replica, which takes no writes", PRIMARY),
        ("MASTERDOWN", "is a replica that has lost its primary", PRIMARY),
        ("MOVED", "is a node of a cluster that does not have our keys", CLUSTER),
        ("ASK", "is a node of a cluster that does not have our keys", CLUSTER),
        ("CROSSSLOT", "is a node of a cluster that does not have our keys", CLUSTER),
        ("SELECT is not allowed", "is a node of a cluster, which has only the database 0", CLUSTER),
        ("CLUSTERDOWN", "is a node of a cluster that is down", CLUSTER),
        ("TRYAGAIN", "moves keys to another node of its cluster", WAIT),
        ("LOADING", "is not ready yet: it loads its data", WAIT),
        ("BUSY", "is busy with another program's script", SCRIPT),
        ("OOM", "is out of memory", MEMORY),
        ("MISCONF", "takes no writes, for it cannot save its data", SAVING),
        ("NOREPLICAS", "takes no writes, for too few replicas are connected", REPLICAS),
        ("max number of clients", "has too many clients", CLIENTS),
        ("DB index", "does not have the database that store names", ADDRESS),
    ];
    let known = KNOWN.iter().find(|(sign, ..)| has_words(text, sign));
    let (_, why, hint) = known.unwrap_or(&("", "answers with an error", SERVER_LOG));
    let error = StoreError::new(format!("Redis at {name} {why}")).with_hint(*hint);
    if has_words(text, "WRONGTYPE") { error.of_one_record() } else { error }
}

/// Whether `sign` is in `text` as whole words: BUSYKEY is not BUSY.
fn has_words(text: &str, sign: &str) -> bool {
    text.match_indices(sign).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + sign.len()..).and_then(|text| text.chars().next());
        ![before, after].into_iter().flatten().any(|c| c.is_ascii_alphanumeric())
    })
}

//! What a failure of Redis is called. The words are ours: the library's may hold the address, the server's anything.

use std::error::Error;
use std::io;
use std::sync::Arc;

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::store::StoreError;

pub(super) const UNREACHABLE: &str = "Redis cannot be reached";
pub(super) const SLOW: &str = "Redis did not answer in time";

/// Why Redis did not do what it was asked.
pub(super) fn words(error: &RedisError) -> StoreError {
    if error.is_timeout() {
        return StoreError::new(SLOW);
    }
    let words = match error.kind() {
        ErrorKind::Io if is_tls(error) => {
            "the TLS handshake with Redis failed: the certificate is not trusted or it does not speak TLS"
        }
        ErrorKind::Io => UNREACHABLE,
        ErrorKind::AuthenticationFailed => "Redis refuses the user or the password",
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => "what answers does not speak as Redis does",
        ErrorKind::Server(ServerErrorKind::ReadOnly) => "this Redis is a replica, which takes no writes",
        ErrorKind::Server(ServerErrorKind::NoPerm) => "the user may not do this in Redis",
        ErrorKind::Server(ServerErrorKind::BusyLoading | ServerErrorKind::MasterDown) => {
            "Redis is not ready yet"
        }
        ErrorKind::Server(ServerErrorKind::Moved | ServerErrorKind::Ask | ServerErrorKind::ClusterDown) => {
            "this Redis is a node of a cluster that does not hold our keys"
        }
        _ => match error.code() {
            Some("NOAUTH") => "Redis demands a password",
            Some("WRONGTYPE") => "a key of the store holds something that is not ours",
            Some("OOM") => "Redis is out of memory",
            _ => "Redis answered with an error",
        },
    };
    StoreError::new(words)
}

/// Whether the connection is still good after this failure: the server answered, only not as we wished.
pub(super) fn is_answer(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}

/// rustls hands its failures up as invalid data; the library hands them on behind a pointer.
fn is_tls(error: &RedisError) -> bool {
    error
        .source()
        .and_then(|source| source.downcast_ref::<Arc<dyn Error + Send + Sync>>())
        .and_then(|source| source.downcast_ref::<io::Error>())
        .is_some_and(|error| error.kind() == io::ErrorKind::InvalidData)
}

//! `redis://user:password@host:port/database`, checked by ourselves so that no complaint ever repeats it.

use std::path::Path;

use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo, TlsCertificates,
};
use zeroize::Zeroizing;

use crate::error::{Code, Error};

/// A client of what `url` names; nothing is connected yet.
pub(super) fn client(url: &str, ca_file: Option<&Path>) -> Result<Client, Error> {
    let (tls, info) = parse(url)
        .ok_or_else(|| wrong("store is not a URL like redis://user:password@host:6379/0 or rediss://host"))?;
    let client = match ca_file {
        Some(path) if tls => {
            let pem = std::fs::read(path).map_err(|_| wrong("caFile cannot be read"))?;
            Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: Some(pem) })
        }
        _ => Client::open(info),
    };
    client.map_err(|_| {
        wrong("store cannot be used: caFile holds no PEM certificate that Redis could be checked by")
    })
}

fn wrong(why: &str) -> Error {
    Error::new(Code::InvalidArgument, why)
}

/// Whether it is TLS, and where to connect to as whom.
fn parse(url: &str) -> Option<(bool, ConnectionInfo)> {
    let (scheme, rest) = url.split_once("://")?;
    let tls = match scheme {
        "redis" => false,
        "rediss" => true,
        _ => return None,
    };
    // A fragment is how others switch the certificate check off; a query is nothing that we know.
    if url.len() > 2_048 || url.bytes().any(|b| b.is_ascii_control() || b" \\?#".contains(&b)) {
        return None;
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (login, address) = match authority.rsplit_once('@') {
        Some((login, address)) => (Some(login), address),
        None => (None, authority),
    };
    let (host, port) = host_and_port(address)?;
    let address = if tls {
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    };
    // Naming the library to the server would cost a round trip at each connection.
    let mut settings = RedisConnectionInfo::default().set_skip_set_lib_name();
    if !path.is_empty() {
        settings = settings.set_db(path.bytes().all(|b| b.is_ascii_digit()).then(|| path.parse().ok())??);
    }
    if let Some((user, password)) = login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
        if !user.is_empty() {
            settings = settings.set_username(decode(user)?.as_str());
        }
        if !password.is_empty() {
            settings = settings.set_password(decode(password)?.as_str());
        }
    }
    Some((tls, address.into_connection_info().ok()?.set_redis_settings(settings)))
}

fn host_and_port(address: &str) -> Option<(String, u16)> {
    let (host, port) = match address.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
        }
        None => match address.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        },
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:".contains(&b);
    if host.is_empty() || !host.bytes().all(plain) {
        return None;
    }
    let port = match port {
        None => 6_379,
        Some(port) => port.parse().ok().filter(|port| *port != 0)?,
    };
    Some((host.to_owned(), port))
}

/// The text behind `%40` and its like.
fn decode(text: &str) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            u8::try_from(digit()? * 16 + digit()?).ok()?
        } else {
            byte
        });
    }
    std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

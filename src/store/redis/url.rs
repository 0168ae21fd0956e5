//! `redis://user:password@host:port/database`: an address that cannot work is refused with the
//! reason, without I/O. No error repeats a password.

use zeroize::Zeroizing;

use crate::error::Error;
use crate::http::Authority;
use crate::percent;

const DEFAULT_PORT: u16 = 6_379;
const MAX_LEN: usize = 2_048;
/// The longest name of a parameter that an error repeats: a longer one may be a password.
const MAX_SHOWN: usize = 20;

/// Which Redis, and with which login.
pub(super) struct RedisServer {
    pub(super) is_tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: Option<Zeroizing<String>>,
    pub(super) password: Option<Zeroizing<String>>,
    pub(super) database: u32,
}

impl RedisServer {
    pub(super) fn parse(url: &str) -> Result<Self, Error> {
        read(url).map_err(|why| Error::option("storeRedis", format!("is the address of a Redis that {why}")))
    }

    /// The host and its port, for messages.
    pub(super) fn name(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

fn read(url: &str) -> Result<RedisServer, String> {
    let (is_tls, rest) = if let Some(rest) = url.strip_prefix("redis:") {
        (false, rest)
    } else if let Some(rest) = url.strip_prefix("rediss:") {
        (true, rest)
    } else {
        return Err("begins neither with redis:// nor with rediss://".to_owned());
    };
    let rest = rest.strip_prefix("//").ok_or("has no // after its scheme: redis://host:6379/0")?;
    if url.len() > MAX_LEN {
        return Err(format!("is longer than {MAX_LEN} characters"));
    }
    if url.bytes().any(|byte| byte.is_ascii_control() || b" \\".contains(&byte)) {
        return Err("has a space, a backslash or a control character".to_owned());
    }
    if let Some((before, after)) = rest.split_once('#') {
        return Err(reserved('#', before, after)
            .unwrap_or_else(|| "has a fragment (#), which nothing uses".to_owned()));
    }
    if let Some((before, after)) = rest.split_once('?') {
        return Err(reserved('?', before, after).unwrap_or_else(|| parameter(after)));
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if let Some(why) = reserved('/', authority, path) {
        return Err(why);
    }
    let Authority { login, host, port } = Authority::parse(authority)?;
    let (user, password) = login.map_or(("", ""), |login| login.split_once(':').unwrap_or((login, "")));
    let is_number = |path: &str| path.bytes().all(|byte| byte.is_ascii_digit());
    let database = match path {
        "" => 0,
        path => Some(path)
            .filter(|path| is_number(path))
            .and_then(|path| path.parse().ok())
            .ok_or("has a database that is not a number: redis://host:6379/0")?,
    };
    Ok(RedisServer {
        is_tls,
        host,
        port: port.unwrap_or(DEFAULT_PORT),
        user: decoded(user)?,
        password: decoded(password)?,
        database,
    })
}

/// A login follows, so the character stands in it.
fn reserved(character: char, before: &str, after: &str) -> Option<String> {
    let code = character as u32;
    (after.contains('@') && !before.contains('@'))
        .then(|| format!("has a {character} in its user or password: write %{code:02X} for it"))
}

fn parameter(query: &str) -> String {
    let name = query.split(['=', '&']).next().unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphabetic() || b"-_".contains(&byte);
    if (1..=MAX_SHOWN).contains(&name.len()) && name.bytes().all(is_plain) {
        format!("has the parameter {name}, which wxsign does not have")
    } else {
        "has parameters (?), which wxsign does not have".to_owned()
    }
}

/// The text behind `%40` and its like; none if it is empty.
fn decoded(text: &str) -> Result<Option<Zeroizing<String>>, String> {
    let bytes = percent::decode(text)
        .ok_or("has a % in its user or password without two hexadecimal digits: write %25 for it")?;
    let text = std::str::from_utf8(&bytes).map_err(|_| "has a user or password that is not UTF-8")?;
    Ok((!text.is_empty()).then(|| Zeroizing::new(text.to_owned())))
}

//! Redis's protocol, as much of it as our commands need: a command is a list of texts; an answer is
//! read within bounds, so that no answer takes much memory, time or stack.

use zeroize::Zeroizing;

/// The longest line: an error of a script quotes some of its text.
const MAX_LINE: usize = 4_096;
/// The longest list in an answer to one of our commands.
const MAX_LIST: i64 = 8;
/// Lists within lists.
const MAX_DEPTH: usize = 2;

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Status,
    Error(String),
    Integer(i64),
    Text(Zeroizing<Vec<u8>>),
    Nothing,
    List(Vec<Reply>),
}

/// Why bytes are not an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    /// No answer to our commands can be so large.
    TooLarge,
    /// It is not the protocol, or not an answer to one of our commands.
    NotRedis,
}

/// A command, whose arguments may be secret.
pub(super) struct Command(Vec<Zeroizing<Vec<u8>>>);

impl Command {
    pub(super) fn new(name: &str) -> Self {
        Self(Vec::new()).arg(name)
    }

    pub(super) fn arg(mut self, argument: impl AsRef<[u8]>) -> Self {
        self.0.push(Zeroizing::new(argument.as_ref().to_vec()));
        self
    }

    pub(super) fn number(self, number: i64) -> Self {
        self.arg(number.to_string())
    }

    /// As it is sent.
    pub(super) fn packed(&self) -> Zeroizing<Vec<u8>> {
        let length = self.0.iter().map(|argument| argument.len() + 32).sum::<usize>() + 32;
        // Allocated once: a buffer that grows would leave copies of a secret in memory.
        let mut packed = Zeroizing::new(Vec::with_capacity(length));
        packed.extend_from_slice(format!("*{}\r\n", self.0.len()).as_bytes());
        for argument in &self.0 {
            packed.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
            packed.extend_from_slice(argument);
            packed.extend_from_slice(b"\r\n");
        }
        packed
    }
}

/// The answer that `bytes` begin with, and how long it is; none if it is not complete yet. `max`
/// bounds its texts.
pub(super) fn parse(bytes: &[u8], max: usize) -> Result<Option<(Reply, usize)>, Malformed> {
    let mut rest = Rest { bytes, at: 0, max };
    Ok(rest.reply(0)?.map(|reply| (reply, rest.at)))
}

struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
    max: usize,
}

impl<'a> Rest<'a> {
    fn reply(&mut self, depth: usize) -> Result<Option<Reply>, Malformed> {
        let Some(line) = self.line()? else { return Ok(None) };
        let (kind, line) = line.split_first().ok_or(Malformed::NotRedis)?;
        Ok(Some(match kind {
            b'+' => Reply::Status,
            b'-' => Reply::Error(String::from_utf8_lossy(line).into_owned()),
            b':' => Reply::Integer(number(line)?),
            b'$' => match number(line)? {
                -1 => Reply::Nothing,
                length => match self.text(length)? {
                    Some(text) => Reply::Text(Zeroizing::new(text.to_vec())),
                    None => return Ok(None),
                },
            },
            b'*' => match number(line)? {
                -1 => Reply::Nothing,
                length @ 0..=MAX_LIST if depth < MAX_DEPTH => {
                    let mut list = Vec::new();
                    for _ in 0..length {
                        match self.reply(depth + 1)? {
                            Some(reply) => list.push(reply),
                            None => return Ok(None),
                        }
                    }
                    Reply::List(list)
                }
                _ => return Err(Malformed::NotRedis),
            },
            _ => return Err(Malformed::NotRedis),
        }))
    }

    /// Up to the next line break, which it takes as well.
    fn line(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match rest.iter().take(MAX_LINE).position(|byte| *byte == b'\n') {
            Some(end) => {
                self.at += end + 1;
                let line = rest.get(..end).and_then(|line| line.strip_suffix(b"\r"));
                line.map(Some).ok_or(Malformed::NotRedis)
            }
            None if rest.len() >= MAX_LINE => Err(Malformed::NotRedis),
            // Bytes that do not begin like an answer fail at once.
            None if rest.first().is_some_and(|kind| !b"+-:$*".contains(kind)) => Err(Malformed::NotRedis),
            None => Ok(None),
        }
    }

    fn text(&mut self, length: i64) -> Result<Option<&'a [u8]>, Malformed> {
        let length = usize::try_from(length).map_err(|_| Malformed::NotRedis)?;
        if length > self.max {
            return Err(Malformed::TooLarge);
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(text) = rest.get(..length + 2) else { return Ok(None) };
        self.at += text.len();
        text.strip_suffix(b"\r\n").map(Some).ok_or(Malformed::NotRedis)
    }
}

fn number(digits: &[u8]) -> Result<i64, Malformed> {
    let is_plain = digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
    let text = std::str::from_utf8(digits).ok().filter(|_| is_plain);
    text.and_then(|text| text.parse().ok()).ok_or(Malformed::NotRedis)
}

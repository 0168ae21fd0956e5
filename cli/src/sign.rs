//! `wxsign sign`: signs with a ticket that the caller has.

use std::io::Read;

use serde_json::json;

use crate::args::Args;
use crate::console::{Console, Failure};
use crate::{OK, settings};

pub(crate) fn run(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    let args = Args::read(arguments, &["nonce", "timestamp", "ticket-file"], &[])?;
    let url = args.url()?;
    let ticket = ticket(&args, console)?;
    let nonce = args.value("nonce").map_or_else(wxsign::nonce, str::to_owned);
    let timestamp = match args.value("timestamp") {
        Some(text) => text.parse().map_err(|_| {
            Failure::usage("--timestamp is a whole number of seconds", "--timestamp 是以秒为单位的整数")
        })?,
        None => now(),
    };
    let signature = wxsign::sign(&ticket, &nonce, timestamp, url);
    if args.has("json") {
        let value = json!({"timestamp": timestamp, "nonceStr": nonce, "signature": signature.as_str()});
        console.value(&value.to_string())?;
    } else {
        console.note(&format!("timestamp {timestamp}\nnonceStr  {nonce}"))?;
        console.value(signature.as_str())?;
    }
    Ok(OK)
}

/// The ticket: from a file, from standard input (`--ticket-file -`), or from the environment.
fn ticket(args: &Args, console: &mut Console<'_>) -> Result<String, Failure> {
    let text = match (args.value("ticket-file"), (console.variable)("WX_JSAPI_TICKET")) {
        (Some("-"), _) => {
            let mut text = String::new();
            let read = console.stdin.take(64 * 1024).read_to_string(&mut text);
            read.map_err(|_| Failure::usage("standard input is not text", "标准输入不是文本"))?;
            text
        }
        (Some(path), _) => settings::read_secret("--ticket-file", path)?,
        (None, Some(ticket)) => ticket,
        (None, None) => String::new(),
    };
    match text.trim() {
        "" => Err(Failure::usage(
            "the ticket is missing: set WX_JSAPI_TICKET, or use --ticket-file FILE (- is standard input)",
            "缺少 ticket：设置 WX_JSAPI_TICKET，或用 --ticket-file 指定文件（- 表示标准输入）",
        )),
        ticket => Ok(ticket.to_owned()),
    }
}

pub(crate) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

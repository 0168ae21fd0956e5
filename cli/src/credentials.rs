//! `wxsign config`, `ticket`, `token` and `state`: the client's answers.

use serde_json::{Map, Value, json};

use crate::OK;
use crate::args::Args;
use crate::console::{Console, Failure};
use crate::settings::Settings;

pub(crate) fn config(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    let args = Args::read(arguments, &["js-api", "open-tag"], &["debug"], console)?;
    let url = args.url()?;
    let config = Settings::read(console)?.client(None)?.config(url)?;
    let list = |name| {
        let text = args.value(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|each| !each.is_empty()).map(Value::from).collect::<Vec<_>>()
    };
    let mut value = json!({
        "debug": args.has("debug"),
        "appId": config.app_id(),
        "timestamp": config.timestamp,
        "nonceStr": config.nonce.to_string(),
        "signature": config.signature.as_str(),
        "jsApiList": list("js-api"),
    });
    if let (Some(tags), Some(object)) =
        (args.value("open-tag").map(|_| list("open-tag")), value.as_object_mut())
    {
        object.insert("openTagList".into(), tags.into());
    }
    console.value(&value.to_string())?;
    Ok(OK)
}

pub(crate) fn ticket(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    value(arguments, console, "ticket", wxsign::Client::ticket)
}

pub(crate) fn token(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    value(arguments, console, "accessToken", wxsign::Client::access_token)
}

fn value(
    arguments: &[String],
    console: &mut Console<'_>,
    name: &str,
    get: impl FnOnce(&wxsign::Client) -> Result<String, wxsign::Error>,
) -> Result<u8, Failure> {
    let args = Args::read(arguments, &[], &[], console)?;
    if args.operand()?.is_some() {
        return Err(Failure::usage("this command takes no operand", "这个命令不带参数"));
    }
    let value = get(&Settings::read(console)?.client(None)?)?;
    if args.has("json") {
        console.value(&Value::from(Map::from_iter([(name.to_owned(), value.into())])).to_string())?;
    } else {
        console.value(&value)?;
    }
    Ok(OK)
}

pub(crate) fn state(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    let args = Args::read(arguments, &[], &["wait"], console)?;
    let client = Settings::read(console)?.client(None)?;
    // A client that was just made has read nothing yet; waiting for a ticket fills its state.
    if args.has("wait")
        && let Err(error) = client.ticket()
    {
        console.note(&format!("{error}"))?;
    }
    let text = client.state()?.to_json();
    if args.has("json") {
        console.value(&text)?;
    } else {
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        console.value(&format!("{value:#}"))?;
    }
    Ok(OK)
}

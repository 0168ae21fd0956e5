//! `wxsign config`, `agent-config`, `invoice-config`, `ticket`, `token` and `state`: the client's
//! answers.

use serde_json::{Map, Value, json};

use crate::OK;
use crate::args::Args;
use crate::console::{Console, Failure};
use crate::settings::Settings;

pub(crate) fn config(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    let args = Args::read(arguments, &["js-api", "open-tag"], &["debug"])?;
    let url = args.url()?;
    let config = Settings::read(console)?.client(None)?.config(url)?;
    let config = config
        .with_js_api_list(list(&args, "js-api"))
        .with_open_tag_list(list(&args, "open-tag"))
        .with_debug(args.has("debug"));
    console.value(&json!(config).to_string())?;
    Ok(OK)
}

pub(crate) fn agent_config(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    let args = Args::read(arguments, &["js-api"], &[])?;
    let url = args.url()?;
    let settings = Settings::read(console)?;
    if !settings.is_work() {
        return Err(Failure::usage(
            "set WX_CORP_ID and WX_AGENT_ID: agent-config needs an app of 企业微信",
            "agent-config 需要企业微信的应用：请设置 WX_CORP_ID 和 WX_AGENT_ID",
        ));
    }
    let config = settings.client(None)?.agent_config(url)?.with_js_api_list(list(&args, "js-api"));
    console.value(&json!(config).to_string())?;
    Ok(OK)
}

pub(crate) fn invoice_config(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    let args = Args::read(arguments, &[], &[])?;
    args.no_operand()?;
    let config = Settings::read(console)?.client(None)?.invoice_config()?;
    console.value(&json!(config).to_string())?;
    Ok(OK)
}

/// The names in an option, with commas between them.
fn list<'a>(args: &'a Args, name: &str) -> impl Iterator<Item = &'a str> {
    let text = args.value(name).unwrap_or_default();
    text.split(',').map(str::trim).filter(|each| !each.is_empty())
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
    let args = Args::read(arguments, &[], &[])?;
    args.no_operand()?;
    let value = get(&Settings::read(console)?.client(None)?)?;
    if args.has("json") {
        console.value(&Value::from(Map::from_iter([(name.to_owned(), value.into())])).to_string())?;
    } else {
        console.value(&value)?;
    }
    Ok(OK)
}

pub(crate) fn state(arguments: &[String], console: &mut Console<'_>) -> Result<u8, Failure> {
    let args = Args::read(arguments, &[], &["wait"])?;
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

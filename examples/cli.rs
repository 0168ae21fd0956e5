//! Signs one page from a command line, and prints what the page hands to `wx.config`:
//!
//! ```sh
//! WX_APP_ID=… WX_APP_SECRET=… cargo run --example cli -- https://example.com/page
//! ```

use std::env;
use std::process::ExitCode;

use wxsign::{Client, Config, Error};

/// A client reads no environment by itself, so a program decides which variables it has.
fn signed(url: &str) -> Result<Config, Error> {
    let variable = |name| env::var(name).unwrap_or_default();
    let mut account = Client::builder().app_id(variable("WX_APP_ID")).app_secret(variable("WX_APP_SECRET"));
    if let Ok(address) = env::var("WX_BASE_URL") {
        account = account.base_url(address);
    }
    account.js_api_list(["scanQRCode"]).build()?.config(url)
}

fn main() -> ExitCode {
    let Some(url) = env::args().nth(1) else {
        eprintln!("usage: cli URL");
        return ExitCode::from(2);
    };
    match signed(&url) {
        Ok(config) => {
            println!("{}", serde_json::to_string_pretty(&config).unwrap_or_default());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}\n{}\n{}", error.hint(), error.hint_zh());
            ExitCode::FAILURE
        }
    }
}

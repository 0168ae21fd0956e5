//! What callers pass: options, URLs and hosts.

use std::time::Duration;

use wxsign::{AccessToken, Client, Code, StoreChoice};

use crate::PAGE;
use crate::common::{APP_ID, APP_SECRET, Sandbox};

#[test]
fn invalid_arguments() {
    let builder = || Client::builder().app_id(APP_ID).app_secret(APP_SECRET).store(StoreChoice::Memory);
    let wrong = [
        Client::builder(),
        builder().app_id(""),
        builder().app_id("wx 1"),
        builder().app_secret(""),
        builder().app_secret("a\nb"),
        Client::builder().app_id(APP_ID),
        builder().access_token(AccessToken::Fixed("t".into())),
        builder().base_url("ftp://x"),
        builder().base_url("http://example.com"),
        builder().allowed_hosts(["not a host"]),
        builder().timeout(Duration::ZERO),
        builder().proxy("::"),
        builder().ca_file("/nonexistent"),
        Client::builder().app_id(APP_ID).access_token(AccessToken::Fixed(String::new())),
        Client::builder().access_token(AccessToken::function(|_, reply| drop(reply))),
    ];
    let nameless = Client::builder().access_token(AccessToken::Fixed("t".into())).store(StoreChoice::Memory);
    assert_eq!(
        nameless.build().unwrap().config(PAGE).unwrap_err().code(),
        Code::InvalidArgument,
        "a page needs an appId"
    );
    for (n, builder) in wrong.into_iter().enumerate() {
        assert_eq!(builder.build().unwrap_err().code(), Code::InvalidArgument, "case {n}");
    }
}

#[test]
fn invalid_urls() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    let long = format!("https://example.com/{}", "a".repeat(3_000));
    for url in [
        "",
        "ftp://example.com/",
        &long,
        "https://evil.com\\@good.com/",
        "https://good.com\t.evil.com/",
        "https://u@x/",
    ] {
        assert_eq!(client.config(url).unwrap_err().code(), Code::InvalidUrl);
        assert_eq!(client.try_config(url).unwrap_err().code(), Code::InvalidUrl);
        assert_eq!(wxsign::sign("t", "n", 1, url).as_str().len(), 40);
    }
    assert_eq!(sandbox.counts(), (0, 0));
}

#[test]
fn host_not_allowed() {
    let sandbox = Sandbox::start();
    let client = sandbox.builder().allowed_hosts(["example.com"]).build().unwrap();
    assert_eq!(client.config("https://evil.com/").unwrap_err().code(), Code::HostNotAllowed);
    assert!(client.config(PAGE).is_ok());
}

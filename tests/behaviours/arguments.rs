//! What callers pass: options, URLs and hosts.

use std::time::Duration;

use wxsign::{AccessToken, Client, Code, OwnTicket, Store, Subject};

use crate::PAGE;
use crate::common::{APP_ID, APP_SECRET, Sandbox};

#[test]
fn invalid_arguments() {
    let builder = || Client::builder().app_id(APP_ID).app_secret(APP_SECRET).store(Store::Memory);
    let own = || Client::builder().app_id(APP_ID).ticket(OwnTicket::Fixed("t".into()));
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
        builder().proxy("socks5://127.0.0.1:1080"),
        builder().proxy("http://127.0.0.1:99999"),
        builder().proxy("http://:80"),
        builder().base_url("https://user@example.com"),
        builder().base_url("https://example.com:0"),
        builder().base_url("http://api.weixin.qq.com").allow_http(true),
        builder().allowed_hosts(["例子.测试"]),
        builder().store(Store::Dir("redis:localhost".into())),
        builder().app_secret("\"0123456789abcdef\""),
        builder().app_secret("undefined"),
        Client::builder().app_id(APP_ID).access_token(AccessToken::Fixed(String::new())),
        Client::builder().access_token(AccessToken::function(|_, reply| drop(reply))),
        builder().ticket(OwnTicket::Fixed("t".into())),
        Client::builder().ticket(OwnTicket::Fixed("t".into())),
        own().access_token(AccessToken::Fixed("t".into())),
        own().store(Store::Dir("/nonexistent".into())),
        own().import_ticket_file("/nonexistent"),
        Client::builder().app_id(APP_ID).ticket(OwnTicket::Fixed("undefined".into())),
    ];
    let nameless = Client::builder().access_token(AccessToken::Fixed("t".into())).store(Store::Memory);
    assert_eq!(
        nameless.build().unwrap().config(PAGE).unwrap_err().code(),
        Code::InvalidArgument,
        "a page needs an appId"
    );
    for (n, builder) in wrong.into_iter().enumerate() {
        assert_eq!(builder.build().unwrap_err().code(), Code::InvalidArgument, "case {n}");
    }
}

/// An error names the option that cannot work, as this binding spells it, without its secret part.
#[test]
fn a_wrong_option_is_named() {
    let builder = || Client::builder().app_id(APP_ID).app_secret(APP_SECRET).store(Store::Memory);
    for (builder, option, name) in [
        (builder().proxy("socks5://u:s3cr3t@h:1"), "proxy", "proxy"),
        (builder().base_url("https://u:s3cr3t@h"), "baseUrl", "base_url"),
        (builder().base_url("http://relay:80"), "baseUrl", "allow_http"),
        (builder().allowed_hosts(["例子.测试"]), "allowedHosts", "xn--fsqu00a.xn--0zwm56d"),
        (builder().timeout(Duration::from_secs(601)), "timeoutMs", "timeout"),
        (builder().app_secret("'s3cr3t'"), "appSecret", "app_secret"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.subject(), Some(&Subject::Option(option)), "{error}");
        assert!(error.message().contains(name) && error.http_status() == 500, "{error}");
        assert!(!format!("{error:?} {}", error.to_json()).contains("s3cr3t"));
    }
}

/// Making a client does no I/O, so the first request names a file that cannot be read.
#[test]
fn a_bad_ca_file_fails_the_first_request() {
    let builder = Client::builder().app_id(APP_ID).app_secret(APP_SECRET).store(Store::Memory);
    let client = builder.base_url("https://127.0.0.1:1").ca_file("/nonexistent/ca.pem").build().unwrap();
    let error = client.ticket().unwrap_err();
    assert_eq!((error.code(), error.subject()), (Code::InvalidArgument, Some(&Subject::Option("caFile"))));
    assert!(
        error.message().contains("ca_file") && error.message().contains("/nonexistent/ca.pem"),
        "{error}"
    );
}

/// Secrets from files and environments come with line breaks around them.
#[test]
fn space_around_a_secret_is_left_out() {
    let sandbox = Sandbox::start();
    let builder = sandbox.builder().app_id(format!("{APP_ID}\r\n")).app_secret(format!(" {APP_SECRET}\n"));
    let client = builder.build().unwrap();
    assert_eq!(client.config(PAGE).unwrap().app_id(), APP_ID);
}

#[test]
fn invalid_urls() {
    let sandbox = Sandbox::start();
    let client = sandbox.client();
    let long = format!("https://example.com/{}", "a".repeat(9_000));
    for url in [
        "",
        "ftp://example.com/",
        &long,
        "https://evil.com\\@good.com/",
        "https://good.com\t.evil.com/",
        "https://u@x/",
        "https://example.com/?q=中文",
        "https://example.com/?q=a b",
        "https%3A%2F%2Fexample.com%2F",
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

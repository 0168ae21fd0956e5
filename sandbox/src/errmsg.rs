//! The error answers of 公众号 and 企业微信, with their real texts as far as they are known.

use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::random;

/// An error answer with the usual text and a fresh request id.
pub fn answer(errcode: i64, endpoint: Endpoint) -> Value {
    json!({"errcode": errcode, "errmsg": message(errcode, endpoint, "")})
}

/// The usual text of an error code, then `echo`, then what the service adds: a `rid`, or at
/// 企业微信 a hint, the address of the caller and a link.
pub fn message(errcode: i64, endpoint: Endpoint, echo: &str) -> String {
    if endpoint.is_work() {
        format!(
            "{}{echo}, hint: [{}], from ip: 112.6.196.165, more info at \
             https://open.work.weixin.qq.com/devtool/query?e={errcode}",
            work_text(errcode),
            random::hint()
        )
    } else {
        format!("{}{echo} rid: {}", text(errcode), random::rid())
    }
}

/// The texts in which 企业微信 differs from 公众号.
fn work_text(errcode: i64) -> &'static str {
    match errcode {
        40001 => "invalid credential",
        40013 => "invalid corpid",
        40056 => "invalid agentid",
        40058 => "invalid Parameters",
        40091 => "secret is not of this corp",
        41002 => "corpid missing",
        41004 => "corpsecret missing",
        45009 => "api freq out of limit",
        48002 => "Api Forbidden",
        60011 => "no privilege to access/modify contact/party/agent",
        60020 => "not allow to access from your ip",
        _ => text(errcode),
    }
}

fn text(errcode: i64) -> &'static str {
    match errcode {
        -1 => "system error",
        -1000 => "system busy",
        40001 => "invalid credential, access_token is invalid or not latest",
        40002 => "invalid grant_type",
        40013 => "invalid appid",
        40014 => "invalid access_token",
        40097 => "invalid args",
        40125 => "invalid appsecret",
        40164 => "invalid ip 112.6.196.165 ipv6 ::ffff:112.6.196.165, not in whitelist",
        40243 => "appsecret has been frozen",
        41001 => "access_token missing",
        41002 => "appid missing",
        41004 => "appsecret missing",
        42001 => "access_token expired",
        43001 => "require GET method",
        43002 => "require POST method",
        43003 => "require https",
        45009 => "reach max api daily quota limit",
        45011 => "api minute-quota reach limit, must slower, retry next minute",
        45033 => "api concurrent out of limit",
        47001 => "data format error",
        48001 => "api unauthorized",
        48004 => "api forbidden for irregularities",
        48017 => "the fixed ip is retired",
        50002 => "user limited",
        60020 => "not allow to access from your ip, from ip: 112.6.196.165",
        61004 => "access clientip is not registered, requestIP: 112.6.196.165",
        89501 => "waiting for the admin to confirm ip 112.6.196.165",
        89503 => "the call needs the admin to confirm ip 112.6.196.165",
        89506 => "the admin refused ip 112.6.196.165 twice, wait 24 hours",
        89507 => "the admin refused ip 112.6.196.165, wait 1 hour",
        76021 => "cgi_path not found, please check",
        _ => "error of the sandbox",
    }
}

//! Signing for `wx.agentConfig` and `chooseInvoice`, which take the fields of a [`Config`].

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use super::Client;
use super::config::{Config, ConfigCallback, ConfigOut, sign_into, waiting};
use crate::ffi::error::Error;
use crate::ffi::guard::{given, guard};
use crate::ffi::status::WxsignStatus;
use crate::ffi::text::text;

impl From<crate::AgentConfig> for Config {
    fn from(config: crate::AgentConfig) -> Self {
        Self::new(config.timestamp, &config.nonce, config.signature.as_bytes())
    }
}

impl From<crate::InvoiceConfig> for Config {
    fn from(config: crate::InvoiceConfig) -> Self {
        Self::new(config.timestamp, &config.nonce, config.card_sign.as_bytes())
    }
}

/// Signs the page at `url` for wx.agentConfig of 企业微信, like wxsign_client_config() but with the
/// app's own ticket. The client must have been made with wxsign_options_set_corp(). wx.agentConfig
/// takes `timestamp`, `nonceStr` and `signature` together with `corpid`, `agentid` and `jsApiList`.
///
/// Fails with INVALID_ARGUMENT, INVALID_URL, HOST_NOT_ALLOWED, CLOSED, FORKED, TIMEOUT, or the
/// error of the fetch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_agent_config(
    client: Option<&Client>,
    url: *const c_char,
    url_len: usize,
    timeout_ms: u32,
    config: Option<&mut MaybeUninit<Config>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe {
        sign_into(config, client, url, url_len, error, |client, url| {
            client.core.agent_config_within(url, client.timeout(timeout_ms))
        })
    }
}

/// Like wxsign_client_agent_config(), but never waits. If no usable ticket is in memory, it starts
/// a fetch and fails with NOT_READY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_try_agent_config(
    client: Option<&Client>,
    url: *const c_char,
    url_len: usize,
    config: Option<&mut MaybeUninit<Config>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe { sign_into(config, client, url, url_len, error, |client, url| client.core.try_agent_config(url)) }
}

/// Like wxsign_client_agent_config(), with a callback: the rules of wxsign_client_config_async()
/// apply.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_agent_config_async(
    client: Option<&Client>,
    url: *const c_char,
    url_len: usize,
    timeout_ms: u32,
    callback: ConfigCallback,
    context: *mut c_void,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let client = given(client, "client")?;
        // SAFETY: the caller passes the text with its length.
        let url = unsafe { text(url, url_len, "url") }?;
        let callback = given(callback, "callback")?;
        client.core.agent_config_then(url, client.timeout(timeout_ms), waiting(client, callback, context));
        Ok(())
    })
}

/// Makes what a page passes to chooseInvoice, of 公众号 and 企业微信: `timestamp` (which chooseInvoice
/// takes as a text), `nonceStr`, and `signature`, which is its `cardSign`. If no usable ticket is
/// in memory, waits for one, at most `timeout_ms` milliseconds (0: the client's own timeout). Fills
/// `*config` on success and leaves it unchanged on failure.
///
/// Fails with INVALID_ARGUMENT, CLOSED, FORKED, TIMEOUT, or the error of the fetch.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_invoice_config(
    client: Option<&Client>,
    timeout_ms: u32,
    config: Option<&mut MaybeUninit<Config>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = ConfigOut::new(config)?;
        let client = given(client, "client")?;
        out.give(client.core.invoice_config_within(client.timeout(timeout_ms))?);
        Ok(())
    })
}

/// Like wxsign_client_invoice_config(), but never waits. If no usable ticket is in memory, it
/// starts a fetch and fails with NOT_READY.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_try_invoice_config(
    client: Option<&Client>,
    config: Option<&mut MaybeUninit<Config>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = ConfigOut::new(config)?;
        out.give(given(client, "client")?.core.try_invoice_config()?);
        Ok(())
    })
}

/// Like wxsign_client_invoice_config(), with a callback: the rules of wxsign_client_config_async()
/// apply.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_invoice_config_async(
    client: Option<&Client>,
    timeout_ms: u32,
    callback: ConfigCallback,
    context: *mut c_void,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let client = given(client, "client")?;
        let callback = given(callback, "callback")?;
        client.core.invoice_config_then(client.timeout(timeout_ms), waiting(client, callback, context));
        Ok(())
    })
}

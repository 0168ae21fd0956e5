//! The way to the service.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::{Options, set_path, set_text};
use crate::ffi::error::Error;
use crate::ffi::guard::{given, guard};
use crate::ffi::status::WxsignStatus;

/// Adds an address of the service, with or without "/cgi-bin". The first one is the primary
/// address, further ones are fallbacks. Without any, wxsign uses WeChat's own. Plain http is
/// accepted for loopback only, unless wxsign_options_set_allow_http() is called.
///
/// Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_add_base_url(
    options: Option<&mut Options>,
    url: *const c_char,
    url_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe { set_text(options, (url, url_len, "url"), error, |builder, url| builder.base_url(url)) }
}

/// Allows plain http to hosts that are not loopback, for a relay in your own network. Together with
/// an AppSecret, wxsign_client_new() refuses it for WeChat's own hosts.
///
/// Fails with INVALID_ARGUMENT: `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_set_allow_http(
    options: Option<&mut Options>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        given(options, "options")?.change(|builder| builder.allow_http(true));
        Ok(())
    })
}

/// Sets an HTTP proxy, "http://host:port". wxsign never reads a proxy from the environment.
///
/// Fails with INVALID_ARGUMENT: NULL, or not UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_proxy(
    options: Option<&mut Options>,
    url: *const c_char,
    url_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe { set_text(options, (url, url_len, "url"), error, |builder, url| builder.proxy(url)) }
}

/// Sets a file of PEM certificates, which are added to the system's roots. The first request reads
/// it.
///
/// Fails with INVALID_ARGUMENT: NULL, not UTF-8, or with a NUL inside.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_ca_file(
    options: Option<&mut Options>,
    file: *const c_char,
    file_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe { set_path(options, (file, file_len, "file"), error, |builder, file| builder.ca_file(file)) }
}

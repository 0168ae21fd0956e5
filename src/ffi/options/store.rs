//! Where credentials are kept.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use super::{Options, set_path, set_text};
use crate::Store;
use crate::ffi::error::Error;
use crate::ffi::guard::{given, guard};
use crate::ffi::status::WxsignStatus;

/// Keeps credentials in files in this directory. wxsign makes it if it is missing; the user that
/// runs the program must own it. If no store is set, wxsign uses the platform's state directory.
///
/// Fails with INVALID_ARGUMENT: NULL, not UTF-8, or with a NUL inside.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_store_dir(
    options: Option<&mut Options>,
    dir: *const c_char,
    dir_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe {
        set_path(options, (dir, dir_len, "dir"), error, |builder, dir| builder.store(Store::Dir(dir.into())))
    }
}

/// Keeps credentials in Redis, for machines without a common disk:
/// "redis://[:password@]host[:port][/db]", or "rediss://" for TLS. While Redis fails, wxsign keeps
/// credentials in memory.
///
/// Fails with INVALID_ARGUMENT: NULL, or not UTF-8. wxsign_client_new() refuses a malformed
/// address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_options_set_store_redis(
    options: Option<&mut Options>,
    url: *const c_char,
    url_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe {
        set_text(options, (url, url_len, "url"), error, |builder, url| {
            builder.store(Store::Redis(url.to_owned()))
        })
    }
}

/// Keeps credentials in memory only: they end with the process.
///
/// Fails with INVALID_ARGUMENT: `options` is NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_options_set_store_memory(
    options: Option<&mut Options>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        given(options, "options")?.change(|builder| builder.store(Store::Memory));
        Ok(())
    })
}

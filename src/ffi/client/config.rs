//! What a page hands to `wx.config`, asked for in three ways.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use super::Client;
use crate::ffi::callback::{Context, Waiting};
use crate::ffi::error::Error;
use crate::ffi::guard::{given, guard, invalid};
use crate::ffi::status::WxsignStatus;
use crate::ffi::text::{fill, text};
use crate::ffi::version::{WXSIGN_NONCE_SIZE, WXSIGN_SIGNATURE_SIZE};

/// What a page hands to wx.config, besides the appId and the list of interfaces.
///
/// It is yours: begin it with WXSIGN_CONFIG_INIT (or set `struct_size`), and free nothing.
///
/// Threads: it is plain data.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Config {
    /// sizeof(wxsign_config) of the program, so that later versions can add fields.
    pub struct_size: usize,
    /// Unix time in seconds.
    pub timestamp: u64,
    /// "nonceStr" in wx.config: 32 letters and digits and a NUL.
    pub nonce: [c_char; WXSIGN_NONCE_SIZE],
    /// Forty hexadecimal digits and a NUL.
    pub signature: [c_char; WXSIGN_SIGNATURE_SIZE],
}

/// Told the outcome of wxsign_client_config_async(), exactly once. With status OK `config` is given and
/// `error` is NULL, otherwise the other way round. Both are lent: they live until the callback returns.
pub type ConfigCallback = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        status: WxsignStatus,
        config: Option<&Config>,
        error: Option<&Error>,
    ),
>;

impl From<crate::Config> for Config {
    fn from(config: crate::Config) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            timestamp: config.timestamp,
            nonce: fill(config.nonce.as_bytes()),
            signature: fill(config.signature.as_bytes()),
        }
    }
}

/// A caller's config, whose program may know a longer one than this library.
struct ConfigOut<'a>(&'a mut MaybeUninit<Config>, usize);

impl<'a> ConfigOut<'a> {
    fn new(config: Option<&'a mut MaybeUninit<Config>>) -> Result<Self, crate::Error> {
        let config = given(config, "config")?;
        // SAFETY: the place is valid to read, and the header asks for this field to be set, if nothing else is.
        let size = unsafe { (&raw const (*config.as_ptr()).struct_size).read() };
        if size < size_of::<Config>() {
            return Err(invalid("config", "has too small a struct_size: begin it with WXSIGN_CONFIG_INIT"));
        }
        Ok(Self(config, size))
    }

    fn give(self, config: crate::Config) {
        self.0.write(Config { struct_size: self.1, ..config.into() });
    }
}

/// What the three that fill a config on the spot have in common.
///
/// # Safety
/// As for [`text`].
unsafe fn sign_into(
    config: Option<&mut MaybeUninit<Config>>,
    client: Option<&Client>,
    url: *const c_char,
    url_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
    sign: impl FnOnce(&Client, &str) -> Result<crate::Config, crate::Error>,
) -> WxsignStatus {
    guard(error, || {
        let out = ConfigOut::new(config)?;
        let client = given(client, "client")?;
        // SAFETY: the caller passes the text with its length.
        let url = unsafe { text(url, url_len, "url") }?;
        out.give(sign(client, url)?);
        Ok(())
    })
}

/// Signs the page at `url`, waiting for a ticket if there is none, for `timeout_ms` milliseconds at most (0:
/// the client's own timeout). Pass the page's location.href; what is after a '#' is not signed. `*config` is
/// filled on success and left alone on failure.
///
/// Fails with INVALID_ARGUMENT, INVALID_URL, HOST_NOT_ALLOWED, CLOSED, FORKED, TIMEOUT, or with what became
/// of the request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_config(
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
            client.0.config_within(url, client.timeout(timeout_ms))
        })
    }
}

/// The same without waiting, for event loops: NOT_READY where no ticket is in memory. A fetch is then under
/// way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_try_config(
    client: Option<&Client>,
    url: *const c_char,
    url_len: usize,
    config: Option<&mut MaybeUninit<Config>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe { sign_into(config, client, url, url_len, error, |client, url| client.0.try_config(url)) }
}

/// The same where wxsign_client_config() would not wait, and else NOT_READY: for hosts that have a ticket called
/// back when they must wait. No fetch begins, and a ticket that is about to end, which wxsign_client_try_config()
/// serves, is not served.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_config_if_fresh(
    client: Option<&Client>,
    url: *const c_char,
    url_len: usize,
    config: Option<&mut MaybeUninit<Config>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe { sign_into(config, client, url, url_len, error, |client, url| client.0.fresh_config(url)) }
}

/// The same by a call back. Where this returns OK, `callback` is called exactly once, and told of every
/// failure: before this returns and on this thread where nothing has to be waited for, else on a thread of
/// wxsign's, or on the one that closes the client. Where this returns anything else, which is
/// INVALID_ARGUMENT, `callback` is never called.
///
/// A callback may sign, try, and ask for another call back. It must not wait for a client, free one, throw or
/// jump out. `context` is passed to it and must stay valid until then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_config_async(
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
        let context = Context::lent(context);
        let waiting = Waiting::new(move |outcome: Result<crate::Config, crate::Error>| match outcome {
            Ok(config) => {
                let config = config.into();
                // SAFETY: the caller passed this function for this context; the config outlives the call.
                unsafe { callback(context.pointer(), WxsignStatus::Ok, Some(&config), None) }
            }
            Err(error) => {
                let (status, error) = (error.code().into(), Error::new(&error));
                // SAFETY: the caller passed this function for this context; the error outlives the call.
                unsafe { callback(context.pointer(), status, None, Some(&error)) }
            }
        });
        client.0.config_then(url, client.timeout(timeout_ms), move |outcome| waiting.settle(outcome));
        Ok(())
    })
}

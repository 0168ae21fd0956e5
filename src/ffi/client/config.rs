//! Signing a page for `wx.config`: waiting, without waiting, and with a callback.

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;

use super::Client;
use crate::ffi::callback::calling_back;
use crate::ffi::error::Error;
use crate::ffi::guard::{given, guard, invalid};
use crate::ffi::status::WxsignStatus;
use crate::ffi::text::{fill, text};
use crate::ffi::version::{WXSIGN_NONCE_SIZE, WXSIGN_SIGNATURE_SIZE};

/// What a page passes to wx.config (or to wx.agentConfig or chooseInvoice, see the function that fills
/// it), besides the appId and the jsApiList.
///
/// Initialise it with WXSIGN_CONFIG_INIT, or set `struct_size`. It owns nothing, so free nothing.
///
/// Threads: plain data.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Config {
    /// The sizeof(wxsign_config) of the program. Later versions may add fields.
    pub struct_size: usize,
    /// Unix time in seconds.
    pub timestamp: u64,
    /// wx.config calls it "nonceStr": 32 letters and digits and a NUL.
    pub nonce: [c_char; WXSIGN_NONCE_SIZE],
    /// 40 hexadecimal digits and a NUL.
    pub signature: [c_char; WXSIGN_SIGNATURE_SIZE],
}

/// Receives the outcome of wxsign_client_config_async() and of the calls like it, exactly once. If
/// `status` is OK, `error` is NULL; otherwise `config` is NULL. Both are lent: they live until the
/// callback returns.
///
/// A callback may sign, call the functions that do not wait, and ask for another callback. It must
/// not free a client, wait for one, throw, call longjmp() or end its thread.
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
        Self::new(config.timestamp, &config.nonce, config.signature.as_bytes())
    }
}

impl Config {
    pub(super) fn new(timestamp: u64, nonce: &crate::Nonce, signature: &[u8]) -> Self {
        Self {
            struct_size: size_of::<Self>(),
            timestamp,
            nonce: fill(nonce.as_bytes()),
            signature: fill(signature),
        }
    }
}

/// The caller's config. Its program may be newer than this library and have a longer struct.
pub(super) struct ConfigOut<'a> {
    place: &'a mut MaybeUninit<Config>,
    struct_size: usize,
}

impl<'a> ConfigOut<'a> {
    pub(super) fn new(config: Option<&'a mut MaybeUninit<Config>>) -> Result<Self, crate::Error> {
        let place = given(config, "config")?;
        // SAFETY: the place is valid to read, and the header requires this field to be set.
        let struct_size = unsafe { (&raw const (*place.as_ptr()).struct_size).read() };
        if struct_size < size_of::<Config>() {
            return Err(invalid(
                "config",
                "has too small a struct_size: initialise it with WXSIGN_CONFIG_INIT",
            ));
        }
        Ok(Self { place, struct_size })
    }

    pub(super) fn give(self, config: impl Into<Config>) {
        self.place.write(Config { struct_size: self.struct_size, ..config.into() });
    }
}

/// The common part of the calls that sign a page and fill a config before they return.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn sign_into<T: Into<Config>>(
    config: Option<&mut MaybeUninit<Config>>,
    client: Option<&Client>,
    url: *const c_char,
    url_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
    sign: impl FnOnce(&Client, &str) -> Result<T, crate::Error>,
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

/// Signs the page at `url`. If no usable ticket is in memory, waits for one, at most `timeout_ms`
/// milliseconds (0: the client's own timeout). Pass the page's location.href: a '#' and what
/// follows it are not signed. Fills `*config` on success and leaves it unchanged on failure.
///
/// Fails with INVALID_ARGUMENT, INVALID_URL, HOST_NOT_ALLOWED, CLOSED, FORKED, TIMEOUT, or the
/// error of the fetch.
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
            client.core.config_within(url, client.timeout(timeout_ms))
        })
    }
}

/// Like wxsign_client_config(), but never waits: for event loops. If no usable ticket is in memory,
/// it starts a fetch and fails with NOT_READY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_try_config(
    client: Option<&Client>,
    url: *const c_char,
    url_len: usize,
    config: Option<&mut MaybeUninit<Config>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe { sign_into(config, client, url, url_len, error, |client, url| client.core.try_config(url)) }
}

/// Like wxsign_client_config() if that would not wait; otherwise starts no fetch and fails with
/// NOT_READY. For programs that then call wxsign_client_config_async(). Unlike
/// wxsign_client_try_config() it does not serve a ticket that is about to expire.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_config_if_fresh(
    client: Option<&Client>,
    url: *const c_char,
    url_len: usize,
    config: Option<&mut MaybeUninit<Config>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    // SAFETY: the caller passes the text with its length.
    unsafe { sign_into(config, client, url, url_len, error, |client, url| client.core.fresh_config(url)) }
}

/// Like wxsign_client_config(), with a callback. If it returns OK, wxsign calls `callback` exactly
/// once, also for failures. If there is nothing to wait for, it does so before this function
/// returns, on this thread; otherwise on a thread of wxsign.
/// If this function returns anything else, which is INVALID_ARGUMENT, `callback` is never called.
///
/// Called from within a callback, this function always returns first and calls back later, so a
/// callback may ask again without end and the stack does not grow.
///
/// `context` is passed to `callback` and must be valid until then.
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
        client.core.config_then(url, client.timeout(timeout_ms), waiting(client, callback, context));
        Ok(())
    })
}

/// Makes a C callback callable for the core.
pub(super) fn waiting<T: Into<Config> + Send + 'static>(
    client: &Client,
    callback: unsafe extern "C" fn(*mut c_void, WxsignStatus, Option<&Config>, Option<&Error>),
    context: *mut c_void,
) -> impl FnOnce(Result<T, crate::Error>) + Send + 'static {
    calling_back(client.outstanding.add(), context, move |context, status, config: Option<T>, error| {
        let config = config.map(Into::into);
        // SAFETY: the caller passed this function for this context; config and error outlive the
        // call.
        unsafe { callback(context, status, config.as_ref(), error) };
    })
}

//! A client as C sees it; its ways to ask are in `config` and `credential`.

pub mod config;
pub mod credential;

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::time::Duration;

use super::error::Error;
use super::guard::{catch, given, guard};
use super::options::Options;
use super::status::WxsignStatus;
use super::text::{StringOut, text};

/// One account of WeChat's: fetches, keeps and refreshes its credentials, and signs pages with them.
///
/// Made by wxsign_client_new(), freed by wxsign_client_free(). Clients of one process that name the same
/// account and store share what they keep, so a second one costs nothing.
///
/// Threads: any number may use one at once; none may while it is freed, or afterwards. After fork() a client
/// is the parent's: every call on it in the child fails at once with FORKED and takes no lock, and a new
/// client works.
pub struct Client(crate::Client);

impl Client {
    /// A timeout as C passes it: 0 is the client's own.
    fn timeout(&self, timeout_ms: u32) -> Duration {
        if timeout_ms == 0 { self.0.timeout() } else { Duration::from_millis(timeout_ms.into()) }
    }
}

/// Checks the options and makes a client, which must be freed with wxsign_client_free(). No request is made
/// before the first call. On failure `*client` is NULL.
///
/// Fails with INVALID_ARGUMENT (an option is missing or wrong; the message names it) or STORE (the directory is
/// unsafe).
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_new(
    options: Option<&Options>,
    client: Option<&mut MaybeUninit<Option<Box<Client>>>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let slot = given(client, "client")?;
        let slot = slot.write(None);
        *slot = Some(Box::new(Client(given(options, "options")?.builder().build()?)));
        Ok(())
    })
}

/// Closes a client: whoever waits on it gets CLOSED, and so does every later call. Callbacks that wait are
/// called before this returns, on this thread; one that is being called on a thread of wxsign's just now may
/// end after it returned. Closing twice is fine.
///
/// Fails with INVALID_ARGUMENT (`client` is NULL) or FORKED.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_close(
    client: Option<&Client>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let client = &given(client, "client")?.0;
        // Says whether this is a forked child, where closing does nothing.
        client.state()?;
        client.close();
        Ok(())
    })
}

/// Closes a client if that was not done, and frees it. NULL is fine. It does not wait for a request that is
/// under way. In a forked child it leaks the parent's client, because freeing would take locks that nobody
/// may ever release.
///
/// Not from a callback, and not while another thread is in a call on the same client: close it first, and
/// free it when all such calls have returned. What it says of callbacks, wxsign_client_close() says.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_free(client: Option<Box<Client>>) {
    catch((), || drop(client));
}

/// Replaces the access token of a client that was made with wxsign_options_set_access_token().
///
/// Fails with INVALID_ARGUMENT (also where the client has no token of its own), CLOSED or FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_set_access_token(
    client: Option<&Client>,
    token: *const c_char,
    token_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let client = given(client, "client")?;
        // SAFETY: the caller passes the text with its length.
        client.0.set_access_token(unsafe { text(token, token_len, "token") }?)
    })
}

/// Drops the token or ticket `value`, but only if it is still the one in memory: what another caller has
/// already replaced stays. `*dropped` says whether it was; the next call fetches a new one.
///
/// Fails with INVALID_ARGUMENT, CLOSED or FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_invalidate(
    client: Option<&Client>,
    value: *const c_char,
    value_len: usize,
    dropped: Option<&mut MaybeUninit<bool>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let dropped = given(dropped, "dropped")?.write(false);
        let client = given(client, "client")?;
        // SAFETY: the caller passes the text with its length.
        *dropped = client.0.invalidate(unsafe { text(value, value_len, "value") }?)?;
        Ok(())
    })
}

/// Tells what the client knows of itself, as a JSON object: "appId", "closed", "store" ("memory", "file" or
/// "redis"), "storeFailure", "lock" (whom the store's lock keeps out: "process", this one's own fetches, "file",
/// those of this machine, "redis", everybody's there, or "none" where the file system has no lock to be trusted),
/// "circuitOpen" (the breaker: WeChat is known to fail and is asked once a minute), "requests" (to WeChat), "failures"
/// (of those, by errcode or code), "unlocked" (fetches without the lock because its holder did not give it back),
/// and for "token" and "ticket" each "freshness" ("fresh", "stale", "expiring" or "expired"), "source" ("service", "store"
/// or "import"), "ageMs", "remainingMs", "nextRefreshMs", "ageKnown", "lastError", "lastErrcode" and "retryAtMs";
/// what is not known is null. It names no secret, token or ticket, makes no request, reads no file and never
/// waits. A closed client still tells.
///
/// `*json` must be freed with wxsign_string_free() and is NULL on failure; `json_len` may be NULL.
///
/// Fails with INVALID_ARGUMENT or FORKED.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_state(
    client: Option<&Client>,
    json: Option<&mut MaybeUninit<*mut c_char>>,
    json_len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = StringOut::new(json, json_len, "json")?;
        out.give(given(client, "client")?.0.state()?.to_json())
    })
}

//! A client as C sees it. `config`, `work` and `credential` contain the calls that sign and fetch.

pub mod config;

pub mod work;

pub mod credential;

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::ptr::null;
use std::sync::Arc;
use std::time::Duration;

use super::boundary::catch;
use super::callback::Outstanding;
use super::error::Error;
use super::guard::{given, guard};
use super::options::Options;
use super::status::WxsignStatus;
use super::text::{StringOut, text};

/// A client of one WeChat account. It fetches, caches and refreshes the account's credentials, and
/// signs pages with them.
///
/// Made by wxsign_client_new(), freed by wxsign_client_free(). Clients of one process with the same
/// account and store share one cache, so a second client costs nothing.
///
/// Threads: any number may use a client at once, but none while another one frees it, or later.
/// After fork() a client belongs to the parent: in the child every call on it fails at once with
/// FORKED and takes no lock. A client that the child makes works.
pub struct Client {
    core: crate::Client,
    outstanding: Arc<Outstanding>,
    app_id: Option<CString>,
    agent_id: Option<CString>,
}

/// How long closing waits for callbacks. One that never returns must not block the program for
/// ever.
const MAX_WAIT_FOR_CALLBACKS: Duration = Duration::from_secs(5);

impl Client {
    fn new(core: crate::Client) -> Self {
        // No id contains a NUL: the builder refuses control characters.
        let id = |id: &str| CString::new(id).ok().filter(|id| !id.is_empty());
        let (app_id, agent_id) = (id(core.app_id()), core.agent_id().and_then(id));
        Self { core, outstanding: Arc::default(), app_id, agent_id }
    }

    fn shut(&self) {
        self.core.close();
        self.outstanding.wait(MAX_WAIT_FOR_CALLBACKS);
    }

    /// A timeout as C passes it. 0 means the client's own timeout.
    fn timeout(&self, timeout_ms: u32) -> Duration {
        if timeout_ms == 0 { self.core.timeout() } else { Duration::from_millis(timeout_ms.into()) }
    }
}

/// Checks the options and makes a client. Free it with wxsign_client_free(). Makes no request: the
/// first call that needs a credential does. On failure `*client` is NULL.
///
/// Fails with INVALID_ARGUMENT if an option is missing or wrong; the message names it.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_new(
    options: Option<&Options>,
    client: Option<&mut MaybeUninit<Option<Box<Client>>>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let place = given(client, "client")?.write(None);
        *place = Some(Box::new(Client::new(given(options, "options")?.builder().build()?)));
        Ok(())
    })
}

/// Closes a client: all waiting calls and every later call fail with CLOSED. Waiting callbacks get
/// CLOSED as well, on threads of wxsign. This function waits until they and running callbacks have
/// returned, at most five seconds, and not if it is called from within a callback. Closing again
/// does nothing.
///
/// Fails with INVALID_ARGUMENT (`client` is NULL) or FORKED.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_close(
    client: Option<&Client>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let client = given(client, "client")?;
        // Fails in a forked child, where closing would do nothing.
        client.core.check_fork()?;
        client.shut();
        Ok(())
    })
}

/// Closes a client if it is open, and frees it. NULL is allowed. Does not wait for a request that
/// is under way. Calls waiting callbacks like wxsign_client_close().
///
/// Never call it from a callback, or while another thread is in a call on the same client: close
/// the client first, and free it when those calls have returned.
///
/// In a forked child it leaks the parent's client, because another thread of the parent may have
/// held its locks.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_free(client: Option<Box<Client>>) {
    catch((), || {
        // In a forked child there is nothing to wait for: the parent's threads are not there.
        if let Some(client) = client.as_ref().filter(|client| client.core.check_fork().is_ok()) {
            client.shut();
        }
        drop(client);
    });
}

/// Returns what a page passes to wx.config as appId, to wx.agentConfig as corpid: the account's
/// appId or the corp's id, without the spaces and line breaks that stood around it. NULL if there is
/// none, or `client` is NULL. Also works on a closed client and after fork().
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_app_id(client: Option<&Client>) -> *const c_char {
    catch(null(), || shown(client.and_then(|client| client.app_id.as_ref())))
}

/// Returns what a page passes to wx.agentConfig as agentid, without the spaces and line breaks that
/// stood around it. NULL if the client is not one of 企业微信, or `client` is NULL. Also works on a
/// closed client and after fork().
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_client_agent_id(client: Option<&Client>) -> *const c_char {
    catch(null(), || shown(client.and_then(|client| client.agent_id.as_ref())))
}

fn shown(id: Option<&CString>) -> *const c_char {
    id.map_or(null(), |id| id.as_ptr())
}

/// Replaces the access token of a client that was made with wxsign_options_set_access_token().
///
/// Fails with INVALID_ARGUMENT (also if the client was made without that option), CLOSED or FORKED.
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
        client.core.set_access_token(unsafe { text(token, token_len, "token") }?)
    })
}

/// Replaces the ticket of a client that was made with wxsign_options_set_ticket().
///
/// Fails with INVALID_ARGUMENT (also if the client was made without that option), CLOSED or FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_set_ticket(
    client: Option<&Client>,
    ticket: *const c_char,
    ticket_len: usize,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let client = given(client, "client")?;
        // SAFETY: the caller passes the text with its length.
        client.core.set_ticket(unsafe { text(ticket, ticket_len, "ticket") }?)
    })
}

/// Drops the token or ticket `value` if it is still the cached one; a newer value stays. Writes to
/// `*dropped` whether it was dropped. The next call then fetches a new one.
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
        *dropped = client.core.invalidate(unsafe { text(value, value_len, "value") }?)?;
        Ok(())
    })
}

/// Returns the client's state as a JSON object. It contains no secret, token or ticket. Makes no
/// request, reads no file, never waits, and also works on a closed client.
///
/// | key | value |
/// |---|---|
/// | appId, closed | |
/// | store | "memory", "file" or "redis" |
/// | storeFailure | why the store cannot be used, with the next step in English and Chinese, or null |
/// | lock | the scope of the store's lock: "process", "file" (this machine), "redis" (all clients of that Redis), or "none" if the file system has no reliable lock |
/// | circuitOpen | whether wxsign asks WeChat only once a minute, because it fails |
/// | requests, failures | the requests to WeChat; those that failed, by errcode or code |
/// | unlocked | the fetches without the lock, because its holder did not release it |
/// | lost | the fetches that hung and were given up |
/// | token, ticket, agentTicket, cardTicket | one object for each credential; the last two are missing until they are asked for: |
/// | .freshness | "fresh", "stale" (served during the refresh), "expiring" (calls wait for the refresh) or "expired" |
/// | .source | "service" (WeChat), "store", "import" or "caller" (your own ticket) |
/// | .ageMs, .remainingMs, .nextRefreshMs | milliseconds, or null |
/// | .ageKnown | whether the age is known |
/// | .lastError, .lastErrcode, .retryAtMs | the last failure since the last success, or null |
///
/// On success `*json` is yours: free it with wxsign_string_free(). On failure it is NULL.
/// `json_len` may be NULL.
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
        out.give(given(client, "client")?.core.state()?.to_json())
    })
}

/// Like wxsign_explain(), with the tickets that the client remembers: the last two of each kind, in
/// memory only. It finds the ticket that made the signature, and adds what became of it. A cause
/// then has two more keys, if there is something to add:
///
/// | key | value |
/// |---|---|
/// | .detail, .detailZh | when the ticket was handed out, and when it was replaced, refused or expired |
///
/// If the evidence names a ticket, that one is used. A client that has just been made remembers
/// nothing: call wxsign_client_ticket() first. Makes no request, reads no file, never waits, and
/// also works on a closed client.
///
/// On success `*report` is yours: free it with wxsign_string_free(). On failure it is NULL.
/// `report_len` may be NULL.
///
/// Fails with INVALID_ARGUMENT or FORKED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wxsign_client_explain(
    client: Option<&Client>,
    evidence: *const c_char,
    evidence_len: usize,
    report: Option<&mut MaybeUninit<*mut c_char>>,
    report_len: Option<&mut MaybeUninit<usize>>,
    error: Option<&mut MaybeUninit<Option<Box<Error>>>>,
) -> WxsignStatus {
    guard(error, || {
        let out = StringOut::new(report, report_len, "report")?;
        let client = given(client, "client")?;
        // SAFETY: the caller passes the text with its length.
        let evidence = unsafe { text(evidence, evidence_len, "evidence") }?;
        out.give(client.core.explain(&crate::Evidence::from_json(evidence)?)?.to_json())
    })
}

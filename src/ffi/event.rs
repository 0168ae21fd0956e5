//! What a client tells about itself while it works, as C sees it.

use std::ffi::{CString, c_char, c_void};

use super::callback::Context;
use super::error::{Error, borrowed, c_text};
use super::guard::catch;

/// Something that happened behind the calls. No secret, token or ticket is ever in one.
///
/// It is lent to the listener: it and all that is read from it live until the listener returns.
///
/// Threads: only the thread that the listener was called on may use it.
pub struct Event {
    name: CString,
    credential: Option<CString>,
    source: Option<CString>,
    error: Option<Box<Error>>,
    remaining_ms: u64,
    reason: Option<CString>,
}

/// Told what happens behind the calls. It is called on threads of wxsign's, several at once where several
/// clients share the context, and once during wxsign_client_new() where the store cannot be used. It should
/// return soon; it may sign and ask without waiting, and must not free a client, wait for one, throw or jump
/// out.
pub type EventListener = Option<unsafe extern "C" fn(context: *mut c_void, event: &Event)>;

impl Event {
    fn new(event: &crate::Event) -> Self {
        let (source, remaining) = match event {
            crate::Event::Refreshed { source, remaining, .. } => (Some(c_text(source)), *remaining),
            _ => (None, std::time::Duration::ZERO),
        };
        let reason = match event {
            crate::Event::StoreDegraded { reason } => Some(c_text(reason)),
            _ => None,
        };
        Self {
            name: c_text(event.name()),
            credential: event.credential().map(c_text),
            source,
            error: event.error().map(|error| Box::new(Error::new(error))),
            remaining_ms: u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX),
            reason,
        }
    }
}

/// A listener of C's as the core wants it.
pub(super) fn listener(
    listener: unsafe extern "C" fn(*mut c_void, &Event),
    context: Context,
) -> impl Fn(&crate::Event) + Send + Sync + 'static {
    move |event| {
        let event = Event::new(event);
        // SAFETY: the caller passed this function for this context, and the event outlives the call.
        unsafe { listener(context.pointer(), &event) }
    }
}

/// The kind of event: "refreshed", "failed", "stale" (a value was served although refreshing it failed; told once
/// a minute for each credential) or "store_degraded". Later versions may add more.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_event_name(event: Option<&Event>) -> *const c_char {
    catch(c"".as_ptr(), || event.map_or(c"".as_ptr(), |event| event.name.as_ptr()))
}

/// The credential that it is about, "token" or "ticket", or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_event_credential(event: Option<&Event>) -> *const c_char {
    catch(std::ptr::null(), || borrowed(event.and_then(|event| event.credential.as_ref())))
}

/// Where a refreshed credential came from, "service" or "store", or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_event_source(event: Option<&Event>) -> *const c_char {
    catch(std::ptr::null(), || borrowed(event.and_then(|event| event.source.as_ref())))
}

/// The failure behind it, or NULL. It is lent like the event; wxsign_error_clone() keeps a copy.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_event_error(event: Option<&Event>) -> Option<&Error> {
    catch(None, || event.and_then(|event| event.error.as_deref()))
}

/// How long a refreshed credential will be served, in milliseconds, else 0.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_event_remaining_ms(event: Option<&Event>) -> u64 {
    catch(0, || event.map_or(0, |event| event.remaining_ms))
}

/// Why the store cannot be used, or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_event_reason(event: Option<&Event>) -> *const c_char {
    catch(std::ptr::null(), || borrowed(event.and_then(|event| event.reason.as_ref())))
}

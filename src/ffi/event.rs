//! An event as C sees it.

use std::ffi::{CString, c_char, c_void};

use super::boundary::catch;
use super::callback::{UserContext, call_out};
use super::error::{Error, borrowed, c_text};

/// Something that happened in the background, such as a refresh. An event never contains a secret,
/// a token or a ticket.
///
/// It is lent to the listener: the event, and everything read from it, lives until the listener
/// returns.
///
/// Threads: only the thread that runs the listener may use it.
pub struct Event {
    name: CString,
    credential: Option<CString>,
    source: Option<CString>,
    error: Option<Box<Error>>,
    remaining_ms: u64,
    reason: Option<CString>,
}

/// Receives events. wxsign calls it on its own threads. If clients share a context, several threads
/// may call it at once.
///
/// It should return soon. It may sign and call the functions that do not wait. It must not free a
/// client, wait for one, throw, call longjmp() or end its thread.
pub type EventListener = Option<unsafe extern "C" fn(context: *mut c_void, event: &Event)>;

impl Event {
    fn new(event: &crate::Event) -> Self {
        let (source, remaining) = match event {
            crate::Event::Refreshed { source, remaining, .. } => (Some(c_text(source.word())), *remaining),
            _ => (None, std::time::Duration::ZERO),
        };
        let reason = match event {
            crate::Event::StoreDegraded { reason } => Some(c_text(reason)),
            _ => None,
        };
        Self {
            name: c_text(event.name()),
            credential: event.credential().map(|kind| c_text(kind.word())),
            source,
            error: event.error().map(|error| Box::new(Error::new(error))),
            remaining_ms: u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX),
            reason,
        }
    }
}

/// Makes a C listener callable for the core.
pub(super) fn listener(
    listener: unsafe extern "C" fn(*mut c_void, &Event),
    context: UserContext,
) -> impl Fn(&crate::Event) + Send + Sync + 'static {
    move |event| {
        let event = Event::new(event);
        // SAFETY: the caller passed this function for this context, and the event outlives the
        // call.
        call_out(|| unsafe { listener(context.pointer(), &event) });
    }
}

/// Returns the kind of event: "refreshed", "failed", "stale" (a cached value was served although
/// refreshing it fails; at most once a minute per credential) or "store_degraded". Later versions
/// may add more.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_event_name(event: Option<&Event>) -> *const c_char {
    catch(c"".as_ptr(), || event.map_or(c"".as_ptr(), |event| event.name.as_ptr()))
}

/// Returns the credential that the event concerns, "token", "ticket", "agent_ticket" or
/// "card_ticket", or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_event_credential(event: Option<&Event>) -> *const c_char {
    catch(std::ptr::null(), || borrowed(event.and_then(|event| event.credential.as_ref())))
}

/// Returns where a refreshed credential came from, "service" (WeChat), "store" or "caller" (your own
/// function), or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_event_source(event: Option<&Event>) -> *const c_char {
    catch(std::ptr::null(), || borrowed(event.and_then(|event| event.source.as_ref())))
}

/// Returns the failure, or NULL. It is lent like the event; wxsign_error_clone() makes a copy.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_event_error(event: Option<&Event>) -> Option<&Error> {
    catch(None, || event.and_then(|event| event.error.as_deref()))
}

/// Returns how long a refreshed credential will be served, in milliseconds. Other events give 0.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_event_remaining_ms(event: Option<&Event>) -> u64 {
    catch(0, || event.map_or(0, |event| event.remaining_ms))
}

/// Returns why the store cannot be used ("store_degraded"), or NULL.
#[unsafe(no_mangle)]
pub extern "C" fn wxsign_event_reason(event: Option<&Event>) -> *const c_char {
    catch(std::ptr::null(), || borrowed(event.and_then(|event| event.reason.as_ref())))
}

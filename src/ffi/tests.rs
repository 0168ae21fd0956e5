//! A panic inside an entry reaches its C caller only as a status or an empty answer.

use std::mem::MaybeUninit;
use std::ptr::{null, null_mut};

use super::boundary::injected;
use super::client::config::{
    wxsign_client_config, wxsign_client_config_async, wxsign_client_config_if_fresh, wxsign_client_try_config,
};
use super::client::credential::*;
use super::client::work::*;
use super::client::*;
use super::error::*;
use super::error_json::*;
use super::event::*;
use super::explain::wxsign_explain;
use super::options::account::*;
use super::options::calls::*;
use super::options::service::*;
use super::options::store::*;
use super::options::*;
use super::sign::*;
use super::status::{WxsignStatus, wxsign_status_name};
use super::text::wxsign_string_free;
use super::ticket::*;
use super::token::*;
use super::url::*;
use super::version::{wxsign_abi_version, wxsign_version};

type ErrorPlace<'a> = Option<&'a mut MaybeUninit<Option<Box<Error>>>>;

/// An entry that can fail: the panic becomes its status and its error. The body reads no argument.
fn fails(entry: impl Fn(ErrorPlace<'_>) -> WxsignStatus) {
    let mut error = MaybeUninit::new(None);
    injected::set(true);
    let (with, without) = (entry(Some(&mut error)), entry(None));
    injected::set(false);
    assert_eq!((with, without), (WxsignStatus::Internal, WxsignStatus::Internal));
    // SAFETY: it was initialised above.
    let error = unsafe { error.assume_init() }.expect("an error was made");
    assert_eq!(wxsign_error_code(Some(&error)), WxsignStatus::Internal);
    wxsign_error_free(Some(error));
}

/// An entry that cannot fail: it returns.
fn returns<T>(entry: impl Fn() -> T) {
    injected::set(true);
    drop(entry());
    injected::set(false);
}

/// Runs the entries, each named once, and returns their names.
macro_rules! entries {
    ($check:ident: $($name:ident($($argument:expr),* $(; $error:ident)?)),* $(,)?) => {{
        $($check(|$($error: ErrorPlace<'_>)?| {
            #[allow(unused_unsafe)]
            // SAFETY: the guard panics before the body reads an argument, and C may pass NULL
            // anyway.
            unsafe { $name($($argument,)* $($error)?) }
        });)*
        vec![$(stringify!($name)),*]
    }};
}

#[test]
fn a_panic_in_any_entry_is_caught() {
    let mut tried = entries!(fails:
        wxsign_sign(null(), 0, null(), 0, 0, null(), 0, null_mut(); error),
        wxsign_card_sign(null(), null(), 0, null_mut(); error),
        wxsign_nonce(null_mut(); error),
        wxsign_url_from_query(null(), 0, None, None; error),
        wxsign_explain(null(), 0, None, None; error),
        wxsign_options_set_app_id(None, null(), 0; error),
        wxsign_options_set_corp(None, null(), 0, null(), 0; error),
        wxsign_options_set_app_secret(None, null(), 0; error),
        wxsign_options_add_base_url(None, null(), 0; error),
        wxsign_options_set_allow_http(None; error),
        wxsign_options_set_token_api(None, 0; error),
        wxsign_options_set_access_token(None, null(), 0; error),
        wxsign_options_set_access_token_function(None, None, null_mut(), None; error),
        wxsign_options_set_ticket(None, null(), 0; error),
        wxsign_options_set_ticket_function(None, None, null_mut(), None; error),
        wxsign_options_set_store_dir(None, null(), 0; error),
        wxsign_options_set_store_redis(None, null(), 0; error),
        wxsign_options_set_store_memory(None; error),
        wxsign_options_add_allowed_host(None, null(), 0; error),
        wxsign_options_set_timeout_ms(None, 0; error),
        wxsign_options_set_proxy(None, null(), 0; error),
        wxsign_options_set_ca_file(None, null(), 0; error),
        wxsign_options_set_import_ticket_file(None, null(), 0; error),
        wxsign_options_set_event_listener(None, None, null_mut(), None; error),
        wxsign_token_reply_send(None, null(), 0; error),
        wxsign_token_reply_fail(None, null(), 0; error),
        wxsign_ticket_reply_send(None, null(), 0, 0; error),
        wxsign_ticket_reply_fail(None, null(), 0; error),
        wxsign_client_new(None, None; error),
        wxsign_client_close(None; error),
        wxsign_client_set_access_token(None, null(), 0; error),
        wxsign_client_set_ticket(None, null(), 0; error),
        wxsign_client_invalidate(None, null(), 0, None; error),
        wxsign_client_state(None, None, None; error),
        wxsign_client_explain(None, null(), 0, None, None; error),
        wxsign_client_config(None, null(), 0, 0, None; error),
        wxsign_client_try_config(None, null(), 0, None; error),
        wxsign_client_config_if_fresh(None, null(), 0, None; error),
        wxsign_client_config_async(None, null(), 0, 0, None, null_mut(); error),
        wxsign_client_agent_config(None, null(), 0, 0, None; error),
        wxsign_client_try_agent_config(None, null(), 0, None; error),
        wxsign_client_agent_config_async(None, null(), 0, 0, None, null_mut(); error),
        wxsign_client_invoice_config(None, 0, None; error),
        wxsign_client_try_invoice_config(None, None; error),
        wxsign_client_invoice_config_async(None, 0, None, null_mut(); error),
        wxsign_client_ticket(None, 0, None, None; error),
        wxsign_client_try_ticket(None, None, None; error),
        wxsign_client_ticket_async(None, 0, None, null_mut(); error),
        wxsign_client_access_token(None, 0, None, None; error),
        wxsign_client_try_access_token(None, None, None; error),
        wxsign_client_access_token_async(None, 0, None, null_mut(); error),
        wxsign_error_json(None, 0, None, None; error),
    );
    tried.extend(entries!(returns:
        wxsign_version(),
        wxsign_abi_version(),
        wxsign_status_name(0),
        wxsign_string_free(null_mut()),
        wxsign_options_new(),
        wxsign_options_free(None),
        wxsign_client_free(None),
        wxsign_client_app_id(None),
        wxsign_client_agent_id(None),
        wxsign_event_name(None),
        wxsign_event_credential(None),
        wxsign_event_source(None),
        wxsign_event_error(None),
        wxsign_event_remaining_ms(None),
        wxsign_event_reason(None),
        wxsign_error_free(None),
        wxsign_error_clone(None),
        wxsign_error_new(0, null(), 0),
        wxsign_error_code(None),
        wxsign_error_name(None),
        wxsign_error_message(None),
        wxsign_error_errcode(None),
        wxsign_error_rid(None),
        wxsign_error_ip(None),
        wxsign_error_retryable(None),
        wxsign_error_retry_at_ms(None),
        wxsign_error_hint(None),
        wxsign_error_hint_zh(None),
        wxsign_error_cause(None),
        wxsign_error_reason(None),
        wxsign_error_subject(None),
        wxsign_error_subject_kind(None),
        wxsign_error_recorded_at_ms(None),
        wxsign_error_docs_url(None),
        wxsign_error_http_status(None),
        wxsign_error_retry_after_seconds(None),
        wxsign_error_public_json(None),
    ));
    tried.sort_unstable();
    assert_eq!(tried, declared(), "left: the entries above; right: the header's");
}

/// The functions that the committed header declares. `wxsign_abi_1` has no body that could panic.
fn declared() -> Vec<&'static str> {
    let header = include_str!("../../include/wxsign.h");
    let code =
        header.lines().filter(|line| !line.starts_with([' ', '/', '#', '}']) && !line.starts_with("typedef"));
    let mut names: Vec<_> = code
        .filter_map(|line| line.split_once('('))
        .filter_map(|(head, _)| head.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("wxsign_") && *name != "wxsign_abi_1")
        .collect();
    names.sort_unstable();
    names
}
